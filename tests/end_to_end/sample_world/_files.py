"""The sample world as the files that the command ships."""

import csv
import gzip
import io
import zipfile
from pathlib import Path

from oseberg.county_parsers import list_counties
from tests.end_to_end.sample_world._accounts import COMPANIES, User, users
from tests.end_to_end.sample_world._chance import Chance
from tests.end_to_end.sample_world._delivery import delivery
from tests.end_to_end.sample_world._events import events

SEED = 1976
EXAMPLES = Path(__file__).parents[2] / "county_parsers" / "data"


def sample_files() -> dict[str, bytes]:
    """Give each file's content by name; the same bytes on every run and every Python."""
    chance = Chance(SEED)
    people = users(chance)
    lines = b"".join(line + b"\n" for line in events(chance, people))
    return {
        "events.jsonl.gz": gzip.compress(lines, mtime=0),
        "users.csv": users_csv(people),
        "groups.csv": groups_csv(),
        "andrews.zip": zipped(delivery(Chance(SEED))),
        "deliveries.zip": zipped(other_deliveries()),
    }


def other_deliveries() -> dict[str, bytes]:
    """Give the deliveries of the other shipped counties: the examples that their tests read."""
    shipped = list_counties().keys() - {"andrews", "example"}
    return {
        f"{name}/{path.relative_to(EXAMPLES / name / 'delivery').as_posix()}": path.read_bytes()
        for name in sorted(shipped)
        for path in sorted((EXAMPLES / name / "delivery").rglob("*"))
        if path.is_file()
    }


def users_csv(people: list[User]) -> bytes:
    """Write users.csv; a blank `enabled` follows from `disabled_on`."""
    heading = ["id", "email", "username", "name", "group_id", "job_type", "enabled", "products"]
    rows = [
        [
            *(u.id, u.email, u.username, u.name, u.company.id, u.job_type, enabled(u), u.company.products),
            *(u.created, u.company.canceled),
        ]
        for u in people
    ]
    return table([[*heading, "created_on", "disabled_on"], *rows])


def enabled(user: User) -> str:
    return "" if user.company.canceled else str(user.enabled).lower()


def groups_csv() -> bytes:
    heading = ["id", "name", "account_size", "group_type", "salesforce_id"]
    heading += ["started_on", "cancelled_on", "renewal_on", "arr", "currency", "owner"]
    rows = [
        [
            *(c.id, c.name, c.size, c.group_type, "", c.started, c.canceled, c.renewal),
            *(c.size, "USD" if c.size else "", c.owner),
        ]
        for c in COMPANIES
    ]
    return table([heading, *rows])


def table(rows: list[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def zipped(files: dict[str, bytes]) -> bytes:
    """Pack files with fixed dates, so that the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (2018, 6, 5, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()
