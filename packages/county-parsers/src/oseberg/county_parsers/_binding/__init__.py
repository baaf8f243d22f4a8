"""Binds a declaration to the columns and rows of a file."""
