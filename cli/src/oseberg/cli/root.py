"""The root command: finds a group's module only when it is needed, and turns our errors into sentences."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Never

import click

from oseberg.cli.exits import Failure, is_ours, sentence, status

if TYPE_CHECKING:
    from collections.abc import Callable

GROUPS = {
    "mixpanel": "Export product events from Mixpanel, or load them into the database.",
    "db": "Create, upgrade and inspect the usage database.",
    "score": "Score users and companies, and explain the scores.",
    "county": "Turn a courthouse's index files into standard records, and check them.",
    "schedule": "Write the daily run for cron, systemd, Kubernetes or Airflow.",
    "demo": "Do the main job on sample data, from start to finish.",
}


class Root(click.Group):
    """Command groups by name; a group's module is imported when the group is used."""

    def main(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401 - click's signature
        """Run as a program; SIGTERM, with which systemd and Kubernetes stop one, ends it as Ctrl-C does, in order."""
        with suppress(ValueError):  # not the main thread, which alone hears signals
            signal.signal(signal.SIGTERM, end_in_order)
        return super().main(*args, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the names in the order of the work, not of the alphabet."""
        return list(GROUPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import `NAME/commands.py` and return its command NAME."""
        if cmd_name not in GROUPS:
            return None
        command: click.Command = getattr(import_module(f"oseberg.cli.{cmd_name}.commands"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest a group for a misspelt one; click knows only those that are imported."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=GROUPS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the groups without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(GROUPS.items()))

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - whatever the command returns
        """Run the command; a library's error becomes its message and an exit status, without a traceback."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise  # click ends quietly when `| head` has read enough
        except Exception as error:
            if is_ours(error):
                raise Failure(sentence(error), status(error)) from error
            raise


def end_in_order(number: int, frame: object) -> Never:
    """Leave with the status that shells give for a signal; what is half done is undone on the way."""
    del frame
    sys.exit(128 + number)


CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


def print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001 - click's signature
    """Print the installed version and leave."""
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"oseberg {version('oseberg')}")
        ctx.exit()


version_option: Callable[..., Any] = click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_version,
    help="Show the version and exit.",
)


@click.group(cls=Root, context_settings=CONTEXT)
@version_option
def main() -> None:
    """From product events to health scores, and from courthouse index files to checked records.

    Settings come from options, then the environment, then oseberg.toml in the working folder, then oseberg.toml
    in your configuration folder. Data goes to standard output, everything else to standard error.

    Exit status: 0 done; 1 failed, nothing half-done; 2 wrong usage; 3 finished, but something needs a person;
    75 try again later.

    \b
    Example:
      oseberg demo
    """
