"""Where records and rejects go: memory, files, a flat table."""
