"""Legal descriptions: a text of the index into tracts."""
