"""Ledgers: what was processed, by content and not by time."""
