"""The reports; importing this package registers their forms."""

from oseberg.maze_authority._reports import html, texts

__all__ = ["html", "texts"]
