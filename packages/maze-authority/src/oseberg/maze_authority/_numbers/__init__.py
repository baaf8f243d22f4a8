"""Numbers, pages and days in their order: what is missing of a series, and which of its members are mistyped."""
