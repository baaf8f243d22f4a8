"""The `oseberg` command: the six libraries on one command line.

Each command group is a folder here. Its `commands.py` declares what a person sees: names, options and help. What a
command does is in the module of its name, which imports a library and is itself imported only when the command runs,
so that every help text answers at once.
"""

from oseberg.cli.root import main

__all__ = ["main"]
