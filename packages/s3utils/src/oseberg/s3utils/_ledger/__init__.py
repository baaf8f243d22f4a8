"""Ledgers: which objects were processed, by content and not by time."""
