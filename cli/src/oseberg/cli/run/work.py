"""The work of `oseberg run`: step after step, one summary, one status."""

from __future__ import annotations

import io
import json
import os
import shlex
import sys
import time
import traceback
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli.exits import DONE, FAILED, NEEDS_ATTENTION, TRY_LATER, printable, readable_errors, sentence, worst
from oseberg.cli.journal import counting, current_log, listening
from oseberg.cli.output import say
from oseberg.cli.run.history import only_run, own_temporary_folder, record, start_entry, store
from oseberg.cli.run.log import logging_to
from oseberg.cli.run.notify import Watchers, check_ping_url, is_web_address
from oseberg.cli.run.steps import Step, plan_steps
from oseberg.cli.settings import Settings
from oseberg.cli.settings.sections import RunSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STATES = {DONE: "done", NEEDS_ATTENTION: "attention", TRY_LATER: "later"}


@dataclass
class Outcome:
    """What became of a step.

    Attributes:
        name: The step.
        state: `done`, `attention` (it finished, and something needs attention), `failed`, `later` or `skipped`.
        status: The exit status; None when it was skipped.
        seconds: How long it took.
        message: Why it failed or was skipped, or what it counted.
        counts: What it counted, by name.
    """

    name: str
    state: str
    status: int | None = None
    seconds: float = 0.0
    message: str = ""
    counts: dict[str, int] = field(default_factory=dict)


def run_daily(*, ping_url: str | None, on_failure: str | None, as_json: bool) -> int:
    """Do the daily run."""
    return run_steps("daily", ping_url, on_failure, as_json=as_json)


def run_weekly(*, ping_url: str | None, on_failure: str | None, as_json: bool) -> int:
    """Do the weekly run."""
    return run_steps("weekly", ping_url, on_failure, as_json=as_json)


def run_steps(name: str, ping_url: str | None, on_failure: str | None, *, as_json: bool) -> int:
    """Do the steps of a run, record it, and notify its watchers.

    Args:
        name: `daily` or `weekly`.
        ping_url: The address to ping; None for that of the environment or the settings.
        on_failure: The command after a failure; None for that of the settings.
        as_json: Whether to print the summary as JSON.

    Returns:
        The exit status.
    """
    # before the settings are read: an invalid file is a failure that must be reported
    watchers = Watchers((ping_url or os.environ.get("OSEBERG_PING_URL") or "").strip() or None, on_failure)
    with ExitStack() as stack:
        try:
            settings = Settings.load()
            watchers = complete(watchers, settings)
            for block in (only_run(), own_temporary_folder()):
                stack.enter_context(block)
        except (click.ClickException, OSError) as error:
            tell_of_start(watchers, name, error)
            raise
        if current_log() is None:
            stack.enter_context(logging_to("text", None, f"run {name}"))
        entry, summary = run_planned(name, watchers, settings)
    click.echo(json.dumps(entry, indent=2, ensure_ascii=False) if as_json else summary)
    return int(entry["status"])


def complete(watchers: Watchers, settings: Settings) -> Watchers:
    """Add the watchers that the settings name; options and the environment override them.

    Raises:
        Failure: The settings or the address to ping are invalid.
    """
    check_ping_url(watchers.url)
    wanted = settings.validated("run", RunSettings)
    if wanted.on_failure and not watchers.command:
        watchers = replace(watchers, command=wanted.on_failure.get_secret_value())
    if wanted.ping_url and not watchers.url:
        check_ping_url(wanted.ping_url.get_secret_value())
        watchers = replace(watchers, url=wanted.ping_url.get_secret_value())
    return watchers


def tell_of_start(watchers: Watchers, name: str, error: click.ClickException | OSError) -> None:
    """Report a run that could not even start, unless another run is in progress, which reports itself."""
    status = getattr(error, "exit_code", FAILED)
    if status == TRY_LATER:
        return
    message = error.format_message() if isinstance(error, click.ClickException) else sentence(error)
    known = watchers if is_web_address(watchers.url or "") else replace(watchers, url=None)
    known.end(status, f"oseberg run {name}: failed\n{message}", {"OSEBERG_RUN_STATUS": str(status)})


def run_planned(name: str, watchers: Watchers, settings: Settings) -> tuple[dict[str, Any], str]:
    """Do the steps that are planned, between the two lines of the history.

    Args:
        name: `daily` or `weekly`.
        watchers: Whom to tell.
        settings: The settings, which every step uses as they are now.

    Returns:
        The record of the run, and its summary.
    """
    root, log = click.get_current_context().find_root().command, current_log()
    entry = start_entry(log.run if log else "", name)
    remember(entry, settings)
    # after the record: a service that is told of a start must be able to find the run
    watchers.start()
    outcomes: list[Outcome] = []
    status, began = FAILED, time.monotonic()
    try:
        outcomes.extend(do_steps(plan(settings, root, weekly=name == "weekly"), root, settings))
        status = worst({one.status for one in outcomes if one.status is not None})
        if all(one.state == "skipped" for one in outcomes):
            status = NEEDS_ATTENTION
            say("Nothing is configured. `oseberg config init` writes a settings file to fill in.")
    except (KeyboardInterrupt, SystemExit):  # SIGTERM too: the history must show that the run was stopped
        entry["state"] = "interrupted"
        raise
    finally:
        if entry["state"] == "running":
            entry["state"] = STATES.get(status, "failed")
        seconds = round(time.monotonic() - began, 1)
        entry |= {"status": status, "seconds": seconds, "steps": [asdict(one) for one in outcomes]}
        entry["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
        remember(entry, settings)
        summary = summarize(name, entry["state"], outcomes)
        names = {"OSEBERG_RUN_ID": entry["id"], "OSEBERG_RUN_STATUS": str(status)}
        watchers.end(status, summary, names)
    return entry, summary


def remember(entry: dict[str, Any], settings: Settings) -> None:
    """Write a line of the history; a full disk must not stop the steps that need no disk."""
    try:
        record(entry)
    except OSError as error:
        say(f"The history of runs can't be written: {sentence(error)}.")
    store(entry, settings)


def plan(settings: Settings, root: click.Command, *, weekly: bool) -> list[Step]:
    """Plan the steps; invalid settings become one failing step, so that the history and the watchers see them."""
    try:
        return plan_steps(settings, root, weekly=weekly)
    except click.ClickException as error:
        known = error

        def fail() -> list[tuple[str, ...]]:
            raise known

        return [Step("settings", fail)]


def do_steps(steps: list[Step], root: click.Command, settings: Settings) -> Iterator[Outcome]:
    """Do the steps one after the other; a failed step doesn't stop the others.

    Args:
        steps: The steps.
        root: The root command.
        settings: The settings, which every step uses as they are now.

    Yields:
        What became of each step.
    """
    for step in steps:
        if step.skipped:
            yield Outcome(step.name, "skipped", message=step.skipped)
            continue
        say(f"\n{step.name}", style="bold")
        began = time.monotonic()
        with counting() as counts, listening() as heard, tables_aside():
            results = do_commands(step, root, settings)
        status = worst({code for code, _ in results})
        if step.informs and status == NEEDS_ATTENTION:
            status = DONE  # a gap that stays open for weeks would make every run look alike
        said = "; ".join(" ".join(text.split()) for _, text in results if text)
        # a step that needs attention has said last why, and what to do: the mail and the ping hold nothing else
        last = heard[-1].splitlines()[-1] if heard else ""
        message = (
            said or (last if status else "") or list_counts(counts) or last or ("" if results else "nothing to do")
        )
        seconds = round(time.monotonic() - began, 1)
        # a file's name may not be valid text, which would break the history and the summary
        message = printable(message).encode(errors="backslashreplace").decode()
        yield Outcome(step.name, STATES.get(status, "failed"), status, seconds, message, dict(counts))


@contextmanager
def tables_aside() -> Iterator[None]:
    """Send the output of steps to standard error or into the log: standard output is for the summary."""
    log = current_log()
    if log is None or not log.quiet:
        with redirect_stdout(sys.stderr):
            yield
        return
    with redirect_stdout(io.StringIO()) as tables:
        yield
    if text := tables.getvalue().strip():
        log.emit(text)


def do_commands(step: Step, root: click.Command, settings: Settings) -> list[tuple[int, str]]:
    """Find out which commands a step consists of, which may fail as well, and run them."""
    commands: list[tuple[str, ...]] = []
    status, message = attempt(lambda: commands.extend(step.commands()))
    if status:
        if (log := current_log()) and log.quiet:
            log.emit(message, "error")  # the failing command logs that itself
        return [(status, message)]
    return [do_command(command, root, settings) for command in commands]


def do_command(command: tuple[str, ...], root: click.Command, settings: Settings) -> tuple[int, str]:
    """Run one command as a person would.

    Args:
        command: Its words.
        root: The root command.
        settings: The settings.

    Returns:
        The exit status, and the message of a failure.
    """
    if not is_quiet():
        click.echo(printable(f"$ oseberg {shlex.join(command)}"), err=True)
    return attempt(lambda: root.main(list(command), prog_name="oseberg", standalone_mode=False, obj=settings))


def attempt(work: Callable[[], object]) -> tuple[int, str]:
    """Do a part of a step; its failure never stops the other steps.

    Args:
        work: Returns an exit status, or anything else for 0.

    Returns:
        The exit status, and the message of a failure.
    """
    log = current_log()
    try:
        with readable_errors():
            code = work()
    except click.ClickException as error:
        message = printable(error.format_message())
        if not is_quiet():
            click.echo(f"oseberg: {message}", err=True)
        # nobody typed the step's command line, so an error in it is a failure of the run, not wrong usage
        return FAILED if isinstance(error, click.UsageError) else error.exit_code, message
    except click.Abort:
        raise KeyboardInterrupt from None
    except Exception as error:  # noqa: BLE001 - a defect in one step must not keep the others from their work
        if log:
            log.emit(traceback.format_exc(), "error")
        if not is_quiet():
            traceback.print_exc()
        return FAILED, f"unexpected error: {type(error).__name__}"
    return code if isinstance(code, int) else DONE, ""


def is_quiet() -> bool:
    """Whether standard error gets log lines instead of messages for people."""
    log = current_log()
    return bool(log and log.quiet)


def list_counts(counts: dict[str, int]) -> str:
    """Return counts as text, without those that are 0."""
    return ", ".join(f"{number:,} {noun_of(name, number)}" for name, number in counts.items() if number)


def noun_of(name: str, number: int) -> str:
    """Return what a count counts, such as `delivery waiting` for the one of `deliveries_waiting`."""
    noun, _, more = name.partition("_")
    if number == 1:
        noun = f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")
    return " ".join([noun, *more.split("_")]).rstrip()


def summarize(name: str, state: str, outcomes: list[Outcome]) -> str:
    """Return the summary of a run: a line for each step."""
    width = max((len(one.name) for one in outcomes), default=0)
    lines = [f"{one.state:<9}  {one.name:<{width}}  {one.seconds:>6.1f} s  {one.message}" for one in outcomes]
    return "\n".join([f"oseberg run {name}: {state}", *lines])
