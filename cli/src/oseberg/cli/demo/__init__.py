"""Run the real commands on the sample data that ships with them."""
