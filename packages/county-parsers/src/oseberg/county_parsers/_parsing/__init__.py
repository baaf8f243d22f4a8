"""Deliveries: found, recognized and parsed, one or many."""
