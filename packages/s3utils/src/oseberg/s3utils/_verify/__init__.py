"""Verification: checksums, and the rule by which bytes are compared with what was stored."""
