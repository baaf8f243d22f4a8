"""The rules, by subject; importing this package registers them."""

from oseberg.maze_authority._rules import (
    books,
    damage,
    dates,
    days,
    deliveries,
    fields,
    images,
    legals,
    numbers,
    parties,
    twins,
)

__all__ = [
    "books",
    "damage",
    "dates",
    "days",
    "deliveries",
    "fields",
    "images",
    "legals",
    "numbers",
    "parties",
    "twins",
]
