"""Create, upgrade and inspect the usage database."""
