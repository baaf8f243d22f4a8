"""The standard index record: its form, its tables, and how it is read."""
