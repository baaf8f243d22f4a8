"""The results of a parse: in memory, as files, as a flat table."""
