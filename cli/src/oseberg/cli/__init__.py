"""The `oseberg` command: the six libraries on one command line.

Each command group is one module here; what a command does is done by a library. Nothing heavier than click is
imported before a command runs, so that every help text answers at once.
"""

from oseberg.cli.root import main

__all__ = ["main"]
