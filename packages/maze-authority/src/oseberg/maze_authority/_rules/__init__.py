"""The rules, by subject; importing this package registers them."""

from oseberg.maze_authority._rules import _dates, _deliveries, _fields, _images, _legals, _numbers, _parties

__all__ = ["_dates", "_deliveries", "_fields", "_images", "_legals", "_numbers", "_parties"]
