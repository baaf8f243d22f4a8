"""A short cut: texts that differ only in their numbers are read once."""
