"""Copies of objects: within a store, to another one, to an archive that is never overwritten."""
