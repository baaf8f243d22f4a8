"""One module for each county: a declaration, and code only where the declaration ends."""
