"""Batches of columns -> tables and frames, with types and names that never move."""
