"""The store: one connection, its conditions, listings and deletions, and its answers as errors."""
