"""Transfers of one object: downloads, uploads, open files, verified and whole or not at all."""
