"""Postgres itself: connections, errors in plain words, the lock, and queries as DataFrames."""
