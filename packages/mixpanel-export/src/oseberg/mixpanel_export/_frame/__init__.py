"""Batches of columns -> tables and frames, with stable types and names."""
