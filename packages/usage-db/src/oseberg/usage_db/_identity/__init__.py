"""Whom an id means: kinds of ids, the rules, and the table of identities."""
