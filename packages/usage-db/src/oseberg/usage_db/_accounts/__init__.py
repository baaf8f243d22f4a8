"""Users and companies: their files, their settings and their tables."""
