"""A Postgres schema of product events and scores that never holds half a day or a day twice."""

__all__: list[str] = []
