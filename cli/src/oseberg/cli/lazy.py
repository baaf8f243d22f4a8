"""Declares commands without importing their work, so that help is instant: it is imported when a command runs."""

from __future__ import annotations

from contextlib import nullcontext
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli.exits import readable_errors
from oseberg.cli.journal import current_log

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

UNLIMITED = 1_000  # letters: longer than any first sentence
LOG_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.option("--log-format", type=click.Choice(["text", "json"]), envvar="OSEBERG_LOG_FORMAT", hidden=True),
    click.option("--log-file", type=click.Path(dir_okay=False), envvar="OSEBERG_LOG_FILE", hidden=True),
)
"""Options of every command; described once, in the help of the root command, so that they don't repeat everywhere."""


class Group(click.Group):
    """A group whose help lists the first sentence of each command in full, instead of cutting it off."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names of the commands and their first sentences."""
        known = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, command.get_short_help_str(UNLIMITED)) for name, command in known if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def load_work(target: str) -> Callable[..., Any]:
    """Import the function that does a command's work.

    Args:
        target: The module below `oseberg.cli` and the function, as in `score.digest:run`.

    Returns:
        The function.
    """
    module, name = target.split(":")
    function: Callable[..., Any] = getattr(import_module(f"oseberg.cli.{module}"), name)
    return function


def does(target: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a declared command call the function that does its work, imported when the command runs.

    The declaration holds what a person reads: the command's name, its options and its help. The function returns the
    exit status, or nothing for 0.

    Args:
        target: The module below `oseberg.cli` and the function, as in `score.digest:run`.

    Returns:
        The decorator of the declaration.
    """

    def bind(declaration: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(declaration)
        def run(*, log_format: str | None, log_file: str | None, **options: Any) -> None:  # noqa: ANN401 - each command's own
            context = click.get_current_context()
            with logging_for(context, log_format, log_file), readable_errors():
                if status := load_work(target)(**options):
                    context.exit(status)

        run.work = target  # type: ignore[attr-defined] # a test compares its parameters with the options
        for option in reversed(LOG_OPTIONS):
            option(run)
        return run

    return bind


def logging_for(context: click.Context, form: str | None, path: str | None) -> AbstractContextManager[None]:
    """Open the log that a command's options or the environment ask for.

    Args:
        context: The command.
        form: The value of `--log-format`, or None.
        path: The value of `--log-file`, or None.

    Returns:
        The log as a context manager; without such an option, and outside a run, one that does nothing.
    """
    if not (form == "json" or path or current_log()):
        return nullcontext()  # the usual case: logging is not even imported
    step = context.command_path.partition(" ")[2]  # without the name of the program
    opened: AbstractContextManager[None] = load_work("run.log:logging_to")(form or "text", path and Path(path), step)
    return opened


def prints(target: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Make the callback of an option, such as `--rules`, that prints something instead of running the command.

    Args:
        target: The module below `oseberg.cli` and the function that returns the text for the option's value.

    Returns:
        A callback for an option that is eager and not passed on.
    """

    def callback(ctx: click.Context, param: click.Parameter, value: Any) -> None:  # noqa: ANN401, ARG001 - click's signature
        if value and not ctx.resilient_parsing:
            with readable_errors():
                click.echo(load_work(target)(value), nl=False)
            ctx.exit()

    return callback
