"""Contents of objects as Python values: text, JSON, tables."""
