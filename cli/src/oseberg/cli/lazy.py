"""Declare commands without their work: what a command needs is imported when it runs, so that help stays instant."""

from __future__ import annotations

from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


def load_work(target: str) -> Callable[..., Any]:
    """Import the function that does a command's work.

    Args:
        target: The module below `oseberg.cli` and the function, as in `score.weekly:run`.

    Returns:
        The function.
    """
    module, name = target.split(":")
    function: Callable[..., Any] = getattr(import_module(f"oseberg.cli.{module}"), name)
    return function


def does(target: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a declared command call the function that does its work, imported when the command runs.

    The declaration holds what a person reads: the command's name, its options and its help. The function returns the
    exit status, or nothing for 0.

    Args:
        target: The module below `oseberg.cli` and the function, as in `score.weekly:run`.

    Returns:
        The decorator of the declaration.
    """

    def bind(declaration: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(declaration)
        def run(**options: Any) -> None:  # noqa: ANN401 - each command's own
            status = load_work(target)(**options)
            if status:
                click.get_current_context().exit(status)

        run.work = target  # type: ignore[attr-defined] # a test compares its parameters with the options
        return run

    return bind


def prints(target: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Make the callback of an option, such as `--rules`, that prints something instead of running the command.

    Args:
        target: The module below `oseberg.cli` and the function that returns the text for the option's value.

    Returns:
        A callback for an option that is eager and not passed on.
    """

    def callback(ctx: click.Context, param: click.Parameter, value: Any) -> None:  # noqa: ANN401, ARG001 - click's signature
        if value and not ctx.resilient_parsing:
            click.echo(load_work(target)(value), nl=False)
            ctx.exit()

    return callback
