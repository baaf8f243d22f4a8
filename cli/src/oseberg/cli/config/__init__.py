"""Show, write and check the settings file."""
