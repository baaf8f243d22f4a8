"""Helpers for tests of the command."""

import click


def commands(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    """Return a command and everything below it, with the words that call each."""
    if not isinstance(command, click.Group):
        return [(path, command)]
    context = click.Context(command)
    names = command.list_commands(context)
    below = [found for name in names for found in commands(command.get_command(context, name), (*path, name))]
    return [(path, command), *below]
