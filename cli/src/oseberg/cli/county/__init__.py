"""Parse, check and add counties."""
