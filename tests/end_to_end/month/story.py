"""The month, day by day: what happens, what the run must say, and what a person then does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tests.end_to_end.month.clock import SIMULATED
from tests.end_to_end.month.world import LEAVING, World, deliver

FIRST, LAST = date(SIMULATED, 11, 2), date(SIMULATED, 12, 2)
HISTORY = FIRST - timedelta(weeks=4)
LOST = date(SIMULATED, 11, 16)  # the Monday of the week without tracking
MOVED = 203
"""The user who moves to another company."""


@dataclass
class Place:
    """Where the month happens.

    Attributes:
        world: The truth.
        folder: The folder of the runs.
        secret: What Mixpanel accepts now.
        set_secret: Puts a secret into the environment of the runs.
        import_accounts: Runs `oseberg db accounts`.
    """

    world: World
    folder: Path
    secret: list[str]
    set_secret: Callable[[str], None]
    import_accounts: Callable[[], None] = lambda: None

    @property
    def vendor(self) -> Path:
        """The vendor's folder."""
        return self.folder / "vendor"


@dataclass(frozen=True)
class Chapter:
    """What is special about a day.

    Attributes:
        happens: What a reader of the page should know.
        before: What happens before the run.
        says: A part of what the run must say; the status must not be 0, unless `status` is.
        status: The status of the run.
        does: What the person does who reads it: a sentence for the page.
        heal: Does it; None if the run's own command, as printed, is what to do.
        rerun: Whether the run is started once more after that, and must end with 0.
    """

    happens: str
    before: Callable[[Place], None] = lambda _: None
    says: str = ""
    status: int = 0
    does: str = ""
    heal: Callable[[Place], None] | None = None
    rerun: bool = False


def day(month: int, number: int) -> date:
    """Return a day of the simulated year."""
    return date(SIMULATED, month, number)


def late_events(when: date, people: range) -> Callable[[Place], None]:
    """Let events of an earlier day reach Mixpanel only now: phones that were offline."""

    def happen(place: Place) -> None:
        for user in people:
            place.world.act(user, when, "Document View")

    return happen


def expire(place: Place) -> None:
    """Let the service account's secret expire."""
    place.secret[0] = "renewed"


def renew(place: Place) -> None:
    """Put the renewed secret into the environment of the schedule."""
    place.set_secret("renewed")


def move(place: Place) -> None:
    """Move a user to another company."""
    place.world.company[MOVED] = 30
    place.import_accounts()


def cancel(place: Place) -> None:
    """Let a company cancel."""
    place.world.canceled[LEAVING] = day(11, 24)
    place.import_accounts()


CHAPTERS = {
    day(11, 2): Chapter("The first Monday. Four weeks of history are loaded; the vendor has delivered nothing yet."),
    day(11, 3): Chapter("The vendor delivers Lea's first week.", lambda place: deliver(place.vendor, day(11, 2), 1)),
    day(11, 9): Chapter(
        "The second delivery. Hardly any user of Delaware Royalty has done anything for three weeks.",
        lambda place: deliver(place.vendor, day(11, 9), 11),
        says="Newly low: Delaware Royalty.",
        status=3,
        does="Hands the digest to the company's account manager.",
    ),
    day(11, 10): Chapter(
        "Phones that were offline send events of November 4. That week has been scored.",
        late_events(day(11, 4), range(100, 108)),
        says="to recompute one: oseberg score weekly --week 2026-W45",
        does="Runs the command that was printed.",
    ),
    day(11, 12): Chapter(
        "The secret of Mixpanel's service account has expired.",
        expire,
        says="MIXPANEL_SECRET",
        status=1,
        does="Checks the secret, finds it expired, and puts a new one into the schedule's environment. Runs it again.",
        heal=renew,
        rerun=True,
    ),
    day(11, 16): Chapter(
        "The third delivery is cut in the middle of the transfer. Since midnight the app's new version tracks nothing.",
        lambda place: deliver(place.vendor, day(11, 16), 21, cut=True),
        says="Ask the vendor for the whole file.",
        status=3,
        does="Asks the vendor, who delivers the file once more. Runs it again.",
        heal=lambda place: deliver(place.vendor, day(11, 16), 21),
        rerun=True,
    ),
    day(11, 18): Chapter(
        "Two days without events: more than a holiday.",
        says="Tracking seems lost since 2026-11-16",
        status=3,
        does="Tells the product team to check the tracking.",
    ),
    day(11, 19): Chapter(
        "A user has moved to another company. The product team works on the tracking.",
        move,
        says="Check the tracking.",
        status=3,
    ),
    day(11, 20): Chapter("", says="Check the tracking.", status=3),
    day(11, 21): Chapter("", says="Check the tracking.", status=3),
    day(11, 22): Chapter("", says="Check the tracking.", status=3),
    day(11, 23): Chapter(
        "The new version of the app, with its tracking, reaches people this morning. The fourth delivery.",
        lambda place: deliver(place.vendor, day(11, 23), 31),
        says="Check the tracking.",
        status=3,
    ),
    day(11, 24): Chapter("Events arrive again: the alarm has ended by itself."),
    day(11, 25): Chapter(
        "Delaware Royalty has canceled; the customers' list knows it, and its users are disabled.", cancel
    ),
    day(11, 27): Chapter(
        "Events of November 11 arrive, sixteen days late. The weekly look back at the last 30 days will find them.",
        late_events(day(11, 11), range(300, 306)),
    ),
    day(11, 30): Chapter("The fifth delivery.", lambda place: deliver(place.vendor, day(11, 30), 41)),
    day(12, 2): Chapter(
        "The weekly look back at the last 30 days finds the late events of November 11.",
        says="to recompute one: oseberg score weekly --week 2026-W46",
        does="Runs the command that was printed.",
    ),
}


def works(world: World, when: date) -> None:
    """Let people work on a day, if the app tracks it."""
    if not LOST <= when < LOST + timedelta(days=7):
        world.work(when)
