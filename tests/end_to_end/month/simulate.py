"""Simulate the month, keep what was printed, and heal what the runs complain about by doing what they say."""

import re
import shlex
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oseberg.cli import main
from oseberg.cli.config.known import VARIABLES
from oseberg.cli.sample.server import PROJECT, SECRET, USERNAME, Handler, SampleMixpanel
from tests import postgres
from tests.end_to_end.month.clock import SHOWN, SIMULATED, ZONE, at, shown
from tests.end_to_end.month.story import CHAPTERS, FIRST, HISTORY, LAST, Chapter, Place, works
from tests.end_to_end.month.world import World

SETTINGS = """[run]
report = "health.html"
digest = "digest.html"

[county]
source = "vendor"
out = "parsed"
register = "register.db"
"""
COMMAND = re.compile(r"oseberg (?:score|mixpanel|db|county) [^\n;]*--week \S+")


@dataclass
class Told:
    """What a day's run printed.

    Attributes:
        day: The day.
        command: `run daily` or `run weekly`.
        status: Its exit status.
        summary: Standard output.
        messages: Standard error.
        healed: The command that a person ran because the run printed it, and its status.
        again: The status and summary of the run that followed, if the person started it once more.
    """

    day: date
    command: str
    status: int
    summary: str
    messages: str
    healed: list[tuple[str, int]] = field(default_factory=list)
    again: tuple[int, str] | None = None


@dataclass
class Month:
    """A finished month.

    Attributes:
        told: What each day's run printed.
        imports: The days on which the accounts were imported, with the list as it was.
        place: Where it happened.
        url: The database.
        today: The simulated day.
    """

    place: Place
    url: str
    today: date = FIRST - timedelta(days=1)
    told: list[Told] = field(default_factory=list)
    imports: list[tuple[date, str, str]] = field(default_factory=list)


def call(*words: str) -> Result:
    """Run a command; a traceback is a fault of ours."""
    done = CliRunner().invoke(main, words)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@contextmanager
def simulated(folder: Path, server: postgres.Server) -> Iterator[Month]:
    """Simulate the month, and keep the database and the pages while the block lasts."""
    world, secret = World(), [SECRET]
    with pytest.MonkeyPatch.context() as patch, SampleMixpanel([]) as mixpanel, server.database() as url:
        mixpanel._server.days = world.days  # type: ignore[attr-defined] # what Mixpanel has from now on is what it sends
        patch.setattr(Handler, "is_authorized", lambda request: is_current(request, secret[0]))
        set_up(patch, folder, mixpanel.url, url)
        place = Place(world, folder, secret, lambda text: patch.setenv("MIXPANEL_SECRET", text))
        month = Month(place, url)
        place.import_accounts = lambda: import_accounts(month)
        for number in range((FIRST - HISTORY).days):
            works(world, HISTORY + timedelta(days=number))
        begin(month)
        for number in range((LAST - FIRST).days + 1):
            live(month, FIRST + timedelta(days=number))
        yield month


def is_current(request: Handler, secret: str) -> bool:
    """Whether a request carries the secret that holds now."""
    expected = "Basic " + b64encode(f"{USERNAME}:{secret}".encode()).decode()
    return request.headers.get("Authorization", "") == expected


def set_up(patch: pytest.MonkeyPatch, folder: Path, mixpanel: str, url: str) -> None:
    """Write the settings, and set the environment that a schedule would have."""
    for name in VARIABLES.values():
        patch.delenv(name, raising=False)
    names = {
        "MIXPANEL_API_URL": mixpanel,
        "MIXPANEL_PROJECT_ID": PROJECT,
        "MIXPANEL_USERNAME": USERNAME,
        "MIXPANEL_SECRET": SECRET,
        "MIXPANEL_TIME_ZONE": ZONE,
        "OSEBERG_DATABASE_URL": url,
        "OSEBERG_HOME": str(folder / "home"),
        "XDG_CONFIG_HOME": str(folder / "user"),
        "COLUMNS": "120",
    }
    for name, value in names.items():
        patch.setenv(name, value)
    patch.chdir(folder)
    (folder / "oseberg.toml").write_text(SETTINGS)
    (folder / "vendor").mkdir()


def import_accounts(month: Month) -> None:
    """Import the customers' list, and remember when."""
    users, groups = month.place.world.write_accounts(month.place.folder)
    month.imports.append((month.today, users.read_text(), groups.read_text()))
    done = call("db", "accounts", str(users), str(groups))
    assert done.exit_code == 0, done.output


def begin(month: Month) -> None:
    """Set everything up on the day before."""
    with at(FIRST - timedelta(days=1), month.url):
        month.place.import_accounts()
        done = call("mixpanel", "load", "--since", str(HISTORY), "--until", str(FIRST - timedelta(days=2)))
        assert done.exit_code == 0, done.output


def live(month: Month, day: date) -> None:
    """Live a day: what happens, the run, and what a person does then."""
    chapter, month.today = CHAPTERS.get(day, Chapter("")), day
    with at(day, month.url, time(6)):
        chapter.before(month.place)
    with at(day, month.url):
        told = run(day)
        month.told.append(told)
        for command in printed_commands(told):
            told.healed.append((shown(command), call(*shlex.split(command)[1:]).exit_code))
        if chapter.heal:
            chapter.heal(month.place)
        if chapter.rerun:
            again = run(day)
            told.again = (again.status, again.summary)
    works(month.place.world, day)


def run(day: date) -> Told:
    """Do the scheduled run: weekly on Mondays."""
    command = "weekly" if day.weekday() == 0 else "daily"
    done = call("run", command)
    return Told(day, f"run {command}", done.exit_code, shown(done.stdout), shown(done.stderr))


def printed_commands(told: Told) -> list[str]:
    """Return the commands that a run printed for a person to run, except those that are only for who insists."""
    lines = [line for line in told.messages.splitlines() if "recompute" in line]
    found = [match.group() for line in lines for match in COMMAND.finditer(line)]
    return [command.replace(str(SHOWN), str(SIMULATED)) for command in found]


def truth(month: Month, url: str) -> None:
    """Bring everything that is known at the end into another database, at once and without any trouble.

    The customers' list is imported as often as it changed, since whose users count in a week follows from its history.
    """
    folder = month.place.folder / "truth"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OSEBERG_DATABASE_URL", url)
        for day, users, groups in month.imports:
            (folder / "users.csv").write_text(users)
            (folder / "groups.csv").write_text(groups)
            with at(day, url):
                assert call("db", "accounts", str(folder / "users.csv"), str(folder / "groups.csv")).exit_code == 0
        with at(LAST, url):
            assert call("mixpanel", "load", "--since", str(HISTORY)).exit_code == 0
            assert call("score", "weekly").exit_code == 0
