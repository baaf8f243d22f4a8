"""Sample data to try every command on: events, users and companies, and a delivery of each county."""
