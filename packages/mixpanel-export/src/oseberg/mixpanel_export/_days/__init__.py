"""Whole days: split from a response, kept on disk until the whole answer is there."""
