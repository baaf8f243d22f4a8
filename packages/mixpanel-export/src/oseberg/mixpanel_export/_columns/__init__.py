"""Blocks of lines -> batches of typed columns, by Arrow or by Python with the same result."""
