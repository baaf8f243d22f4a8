"""Verification: checksums, and the rule by which received bytes are compared with the stored ones."""
