"""Measures a user's week: events in, one row of statistics per user out."""
