"""Why a score is what it is, and what moved it: exact parts, and sentences."""
