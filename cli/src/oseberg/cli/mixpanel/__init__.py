"""Export product events from Mixpanel, and load them into the database."""
