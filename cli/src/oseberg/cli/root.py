"""The root command, which imports a group's module only when it is needed."""

from __future__ import annotations

import os
import re
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, Never

import click

GROUPS = {
    "mixpanel": "Export product events from Mixpanel, or load them into the database.",
    "db": "Create, upgrade and inspect the usage database.",
    "score": "Score users and companies, and explain the scores.",
    "county": "Turn a county's index files into standard records, and check them.",
    "run": "Run everything that is due: daily or weekly, for a schedule.",
    "runs": "Show the last runs.",
    "s3": "Fetch and archive files in S3, and see what was processed.",
    "schedule": "Print a schedule for cron, systemd, Kubernetes or Airflow.",
    "doctor": "Check everything that the commands rely on.",
    "config": "Show, write and check the settings file.",
    "sample": "Serve sample events, and write sample deliveries.",
    "demo": "Run everything on sample data, from start to finish.",
}
"""The short help of each group, here so that `oseberg --help` imports none of them."""


FOLDERS = {"runs": "run"}
"""The folder of a command, where it isn't the command's own name."""


WORDS = "oseberg.words"


class Root(click.Group):
    """Find command groups by name; a group's module is imported when the group is used."""

    def main(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401 - click's signature
        """Run as a program; SIGTERM (from systemd or Kubernetes) stops it in an orderly way, as Ctrl-C does."""
        with suppress(ValueError):  # only the main thread may handle signals
            signal.signal(signal.SIGTERM, end_in_order)
        return super().main(*args, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember the command line as typed: a wrong word ends the command before its options are known."""
        ctx.meta[WORDS] = " ".join(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command; with JSON lines, wrong usage is logged as a line like any other."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if not wants_json(ctx.meta[WORDS]):
                raise
            report: Any = import_module("oseberg.cli.run.log").log_usage
            report(error)
            ctx.exit(error.exit_code)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in working order, not alphabetically."""
        return list(GROUPS)  # click would sort them

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import `NAME/commands.py` and return its command NAME."""
        if cmd_name not in GROUPS:
            return None
        folder = FOLDERS.get(cmd_name, cmd_name)
        command: click.Command = getattr(import_module(f"oseberg.cli.{folder}.commands"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest a group for a misspelled one; click would only suggest groups that are already imported."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:  # click compares with the commands that it has imported: none
            raise click.NoSuchCommand(error.command_name, possibilities=GROUPS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the groups without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(GROUPS.items()))


def wants_json(words: str) -> bool:
    """Whether the words of a command, or the environment, ask for JSON lines."""
    asked = re.findall(r"--log-format[ =](\w+)", words)
    return (asked[-1] if asked else os.environ.get("OSEBERG_LOG_FORMAT")) == "json"


def end_in_order(number: int, frame: object) -> Never:
    """Exit with the status that shells use for a signal; unfinished work is rolled back on the way out."""
    del frame
    sys.exit(128 + number)


# 110: an option and its sentence fit on one line of a wide terminal; click uses less on a narrow one
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(cls=Root, context_settings=CONTEXT)
@click.version_option(package_name="oseberg", message="oseberg %(version)s")
def main() -> None:
    """From product events to health scores, and from county index files to checked records.

    Settings come from options, then the environment, then oseberg.toml in the working folder, then oseberg.toml
    in your configuration folder. Data goes to standard output, everything else to standard error.

    Exit status: 0 done; 1 failed, nothing half-done; 2 wrong usage; 3 finished, but something needs attention;
    75 try again later.

    Every command takes --log-format json (JSON lines on standard error instead of messages) and --log-file PATH
    (the messages go to a file as well, which is rotated), or OSEBERG_LOG_FORMAT and OSEBERG_LOG_FILE.

    \b
    Example:
      oseberg demo
    """
