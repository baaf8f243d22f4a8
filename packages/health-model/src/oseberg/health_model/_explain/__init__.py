"""Explanations: why a score is what it is, and what moved it, in exact parts and sentences."""
