"""Courthouse index deliveries into standard records, every row accounted for."""

__all__: list[str] = []
