"""Transfers: downloads, uploads and copies, one object or many."""
