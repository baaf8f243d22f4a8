"""Addresses: S3 URLs, and keys as paths below a local folder."""
