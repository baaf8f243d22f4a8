"""The rules, by subject; importing this package registers them."""

from oseberg.maze_authority._rules import dates, deliveries, fields, images, legals, numbers, parties

__all__ = ["dates", "deliveries", "fields", "images", "legals", "numbers", "parties"]
