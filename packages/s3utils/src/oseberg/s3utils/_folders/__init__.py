"""Folders: many files at once, by several workers, with one report."""
