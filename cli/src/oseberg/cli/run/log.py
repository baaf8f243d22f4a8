"""Write what a command says as JSON lines, for machines that read logs, and into a file with rotation."""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from filelock import FileLock

from oseberg.cli import journal
from oseberg.cli.exits import FAILED, TRY_LATER, Failure, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST, KEPT = 5_000_000, 5  # bytes of a file, and old files: a year of daily runs, yet small enough to open
LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
FIELDS = "fields"
SECONDS = 10.0  # another process rotates in a moment, unless it hangs


class JsonLines(logging.Formatter):
    """One JSON object per line: time, level, run, step, message, and the counts of the step."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        shown = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        return json.dumps(shown | getattr(record, FIELDS, {}), ensure_ascii=False, default=str)


class Lines(logging.Formatter):
    """A line for people, with the time and the run in front."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        fields = getattr(record, FIELDS, {})
        # indented, no line of a message can pass for a line of the log
        message = printable(record.getMessage()).replace("\n", "\n    ")
        return f"{moment} {record.levelname:<7} {fields.get('run', '')} {fields.get('step', '')}: {message}"


class PrivateFile(RotatingFileHandler):
    """A log file that only its owner can read, since its lines may name people; several processes may write into it."""

    failed = False

    def _open(self) -> Any:  # noqa: ANN401 - the base class's signature
        """Create the file with narrow permissions; an existing file keeps its own."""
        # the mode counts from the first moment: a chmod afterwards would leave the file open for an instant
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="replace")

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - the base class's name
        """Whether the file is full; reopens it first if another process has rotated it."""
        self.follow()
        return bool(super().shouldRollover(record))

    def doRollover(self) -> None:  # noqa: N802 - the base class's name
        """Rotate the files, unless another process just did: a second rotation would drop an old file too early."""
        folder, name = os.path.split(self.baseFilename)
        with FileLock(Path(folder) / f".{name}.lock", timeout=SECONDS):
            if not self.follow():
                super().doRollover()

    def follow(self) -> bool:
        """Reopen the file if it was moved away; return whether it was."""
        if self.stream is None:  # the base class opens it with the next line
            return False
        try:
            known = Path(self.baseFilename).stat()
        except FileNotFoundError:
            known = None
        here = os.fstat(self.stream.fileno())
        if known and os.path.samestat(known, here):
            return False
        self.stream.close()
        self.stream = self._open()
        return True

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        """Report once that the file can't be written: a full disk must not fail the work."""
        del record
        if self.failed:
            return
        self.failed = True
        error = sys.exc_info()[1]
        reason = getattr(error, "strerror", None) or str(error)
        message = f"--log-file {self.baseFilename} can't be written: {reason}. The command continues without it."
        as_json = isinstance(self.formatter, JsonLines)
        line = logging.LogRecord("oseberg", logging.WARNING, "", 0, message, None, None)
        click.echo(JsonLines().format(line) if as_json else f"oseberg: {message}", err=True)


@contextmanager
def logging_to(form: str, path: Path | None, step: str) -> Iterator[None]:
    """Log what a command says while the block lasts, and at its end the status, the seconds and the counts.

    A command inside a run is a step of it: it uses the log that is open, under its own name.

    Args:
        form: `text`, or `json` for JSON lines on standard error instead of messages for people.
        path: A file that gets every line as well, or None.
        step: The command, as in `mixpanel load`.

    Raises:
        Failure: The file can't be written.
    """
    # options on a step's command line can't split the log of a run in two
    inner = journal.current_log()
    log = Log(inner.logger, inner.run, step, quiet=inner.quiet) if inner else open_log(form, path, step)
    began = time.monotonic()
    status: int | None = None
    with journal.logging_by(log), journal.counting() as counts:
        try:
            yield
            status = 0
        except click.exceptions.Exit as ended:
            status = ended.exit_code
            raise
        except click.ClickException as error:
            status = error.exit_code
            log.emit(error.format_message(), "warning" if status == TRY_LATER else "error")
            if log.quiet and not inner:  # the message is in the log; click would print it once more
                raise click.exceptions.Exit(status) from None
            raise
        except BaseException as error:
            status = getattr(error, "code", None) or FAILED
            raise
        finally:
            seconds = round(time.monotonic() - began, 3)
            log.emit("finished", "info" if not status else "warning", status=status, seconds=seconds, **counts)
            if not inner:
                close(log.logger)


def log_usage(error: click.UsageError) -> None:
    """Log a wrong command line as JSON lines, like any other failure."""
    step = error.ctx.command_path.partition(" ")[2] if error.ctx else ""
    log = open_log("json", None, step)
    log.emit(error.format_message(), "error")
    log.emit("finished", "warning", status=error.exit_code, seconds=0.0)
    close(log.logger)


def open_log(form: str, path: Path | None, step: str) -> Log:
    """Open the log of a command that a person or a schedule started."""
    logger = logging.getLogger("oseberg")
    logger.setLevel(logging.INFO)
    logger.propagate = False  # an application around us may log elsewhere
    formatter = JsonLines() if form == "json" else Lines()
    try:
        handlers: list[logging.Handler] = [PrivateFile(path, maxBytes=LARGEST, backupCount=KEPT)] if path else []
    except OSError as error:
        raise Failure(f"--log-file {path}: {error.strerror}. Choose a file that this account can write.") from None
    handlers.append(logging.StreamHandler(sys.stderr) if form == "json" else logging.NullHandler())
    for handler in handlers:
        handler.setFormatter(formatter)
        logger.addHandler(handler)
    return Log(logger, new_run_id(), step, quiet=form == "json")


def close(logger: logging.Logger) -> None:
    """Close the file of a log, and reset where its lines go."""
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        with suppress(OSError):  # writing the last lines to a full disk fails again
            handler.close()


def new_run_id() -> str:
    """Return an id that sorts by time and is unique across machines, as in `20261102T063000Z-9f2c41`."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


class Log:
    """The log of one command.

    Args:
        logger: Where the lines go.
        run: The id that all lines of a run share.
        step: The command.
        quiet: Whether standard error gets the lines of this log instead of messages for people.
    """

    def __init__(self, logger: logging.Logger, run: str, step: str, *, quiet: bool) -> None:
        self.logger, self.run, self.step, self.quiet = logger, run, step, quiet

    def emit(self, message: str, level: str = "info", **fields: object) -> None:
        """Write a line.

        Args:
            message: What happened.
            level: `info`, `warning` or `error`.
            fields: What a machine reads, such as `seconds` and counts.
        """
        self.logger.log(LEVELS[level], "%s", message, extra={FIELDS: {"run": self.run, "step": self.step, **fields}})
