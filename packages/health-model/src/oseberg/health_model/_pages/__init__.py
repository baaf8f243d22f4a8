"""Everything for people to read: the health page, digest, spreadsheets, and the metrics' documentation."""
