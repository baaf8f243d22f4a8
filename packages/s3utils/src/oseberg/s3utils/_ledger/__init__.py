"""Ledgers: what was processed, told by content and not by time."""
