"""What the users did in thirteen weeks, in the shape of Mixpanel's raw export; in one more, tracking was lost."""

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.end_to_end.sample_world._accounts import User
from tests.end_to_end.sample_world._chance import Chance

FIRST_DAY = date(2026, 7, 27)
WEEKS = 13
LOST = 5  # the week before which the lost one is: its days come in no week of the others
OFFICE = ZoneInfo("America/Chicago")
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
COUNTIES = "Andrews Howard Reagan Crockett Lea Martin Midland Upton Glasscock Ector Winkler Loving Ward Reeves".split()
LAYERS = ["leases", "wells", "units", "permits", "surveys", "rigs", "pipelines", "parcels"]

MAPS = {"Atla Query": 4.0, "Atla Map Open": 2.0, "Layer Toggle": 2.0, "Area Draw": 0.7, "Map Export": 0.6}
FILES = {"Data Export": 0.5, "Document View": 2.0, "Document Download": 0.6, "Saved Search Create": 0.3}
TEAM = {"Saved Search Run": 0.8, "Dashboard View": 0.9, "Dashboard Edit": 0.2, "Share": 0.4, "Annotation": 0.3}
SEARCH = {"Sol Search": 2.0, "Sol Alert Create": 0.3, "Sol Alert Open": 0.8, "Weekly Report Open": 0.5, "API Call": 0.2}
PERSONAS: dict[str, dict[str, float]] = {
    "broad": {"Login": 3.0, **MAPS, **FILES, **TEAM, **SEARCH},
    "deep": {"Login": 3.0, "Atla Query": 22.0},
    "light": {"Login": 1.0, "Atla Query": 1.5, "Atla Map Open": 0.7, "Document View": 0.5, "Weekly Report Open": 0.3},
    "mapper": {"Login": 2.0, **MAPS, "Dashboard View": 0.5},
    "searcher": {"Login": 2.0, **SEARCH, "Document View": 1.5},
    "mail": {},
    "idle": {},
}
MAIL = {"Sol Alert Sent": 2.0, "Weekly Report Sent": 1.0}
TIMED = {"Atla Query", "Sol Search", "Document View", "Dashboard View", "Area Draw"}
CHANCE_OF_SUCCESS = {"Map Export": 0.92, "Data Export": 0.88, "Atla Query": 0.99, "API Call": 0.97}
COURSES = {
    "steady": lambda week: 1.0,  # noqa: ARG005 - every course takes the week
    "growing": lambda week: 0.25 + 0.1 * week,
    "declining": lambda week: max(0.0, 1.15 - 0.11 * week),
}


def events(chance: Chance, users: list[User]) -> list[bytes]:
    """Give the export's lines in order of time; some are sent twice, some belong to nobody."""
    found: list[tuple[int, str]] = []
    for user in users:
        for week in range(WEEKS):
            found += week_of(chance, user, week)
    for _ in range(60):
        found.append(line(chance, "Login", moment(chance, chance.below(WEEKS * 7)), {"distinct_id": visitor(chance)}))
    found += [entry for entry in found if chance.happens(0.002)]
    found += mail_of_the_lost_week(users) + next_monday(users)
    return [text.encode() for _, text in sorted(found)]


def week_of(chance: Chance, user: User, week: int) -> list[tuple[int, str]]:
    """Give one user's events of one week: what they did on their working days, and the mail they were sent."""
    found = []
    days = [7 * week + day for day in sorted(chance.some(range(5), 1 + chance.below(5)))]
    if chance.happens(0.08):
        days.append(7 * week + 5)
    for event, rate in PERSONAS[user.persona].items():
        times = chance.count(rate * COURSES[user.company.course](week))
        found += [line(chance, event, moment(chance, chance.one(days)), identity(chance, user)) for _ in range(times)]
    if user.persona != "idle" and user.company.products != "Atla":
        for event, rate in MAIL.items():
            times = chance.count(rate) if event == "Sol Alert Sent" else 1
            mail = {"distinct_id": user.known_as}
            found += [line(chance, event, moment(chance, 7 * week), mail) for _ in range(times)]
    return found


def mail_of_the_lost_week(users: list[User]) -> list[tuple[int, str]]:
    """Give what the mail server still counted while the browsers' tracking was lost."""
    chance = Chance(LOST)  # of its own, so that the other weeks stay as they are
    getting = [user for user in users if user.persona != "idle" and user.company.products != "Atla"]
    return [
        line(chance, event, moment(chance, 7 * LOST, at_once=True), {"distinct_id": user.known_as})
        for user in getting
        for event in MAIL
    ]


def next_monday(users: list[User]) -> list[tuple[int, str]]:
    """Give the day after the last week: the export's last day ends in it."""
    chance, ends = Chance(WEEKS), moment(Chance(0), 7 * WEEKS).replace(hour=23, minute=59).timestamp()
    return [entry for user in users for entry in week_of(chance, user, WEEKS) if entry[0] / 1000 < ends]


def moment(chance: Chance, day: int, *, at_once: bool = False) -> datetime:
    """Give a time in office hours of that day, in the customers' zone; the lost week is left out unless wanted."""
    if day >= 7 * LOST and not at_once:
        day += 7
    seconds = 7 * 3600 + chance.below(11 * 3600)
    local = datetime.combine(FIRST_DAY + timedelta(days=day), time(), OFFICE) + timedelta(seconds=seconds)
    return local.astimezone(UTC).replace(microsecond=1000 * chance.below(1000))


def identity(chance: Chance, user: User) -> dict[str, str]:
    """Name the user as the product does: mostly by the usual id, on a new device by the device's."""
    if chance.happens(0.02):
        device = f"$device:{chance.code(ALPHABET, 10)}"
        return {"distinct_id": device, "$device_id": device[8:], "$user_id": user.known_as}
    return {"distinct_id": user.known_as}


def visitor(chance: Chance) -> str:
    """Give an id that no account has."""
    return f"$device:{chance.code(ALPHABET, 10)}" if chance.happens(0.7) else f"former{chance.below(9)}@gone.example"


def line(chance: Chance, event: str, at: datetime, who: dict[str, str]) -> tuple[int, str]:
    """Write one event as the export does; the time is given too, to sort by."""
    millis = round(at.timestamp() * 1000)
    properties: dict[str, object] = {"time": millis, **who, "$insert_id": chance.code(ALPHABET, 12)}
    properties |= {"$mp_api_timestamp_ms": millis, "mp_processing_time_ms": millis + 900, "mp_lib": "web"}
    properties |= details(chance, event)
    return millis, json.dumps({"event": event, "properties": properties}, separators=(",", ":"))


def details(chance: Chance, event: str) -> dict[str, object]:
    """Give the properties that this kind of event carries."""
    found: dict[str, object] = {}
    if event in TIMED:
        found["duration_seconds"] = 2 + chance.below(240)
    if event in CHANCE_OF_SUCCESS:
        found["success"] = chance.happens(CHANCE_OF_SUCCESS[event])
    if event == "Atla Query":
        found["county"] = chance.one(COUNTIES)
    elif event == "Layer Toggle":
        found["layer"] = chance.one(LAYERS)
    elif event.startswith("Document"):
        found["document_id"] = f"48003-18-{4000 + chance.below(400):07d}"
    elif event.startswith("Sol Alert") and event != "Sol Alert Create":
        found["alert_id"] = f"a{chance.below(40)}"
    elif event.startswith("Weekly Report"):
        found["report_id"] = f"r{chance.below(14)}"
    elif event == "Share":
        found["recipient"] = f"colleague{chance.below(30)}@partner.example"
    return found
