"""Numbers, pages and days in order: what a series lacks, and which of its members are mistyped."""
