"""The register: what was delivered, what is open, and through which day each county is certified."""
