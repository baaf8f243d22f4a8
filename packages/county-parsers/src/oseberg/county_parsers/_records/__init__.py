"""Rows as readers yield them, and records as they are put together."""
