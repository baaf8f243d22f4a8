"""Events as a table: columns, types that depend on all values, names, and duplicates."""
