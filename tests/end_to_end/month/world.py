"""What happens in the month: people who work, a product team, a vendor, and the customers' list."""

import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

COMPANIES = {
    10: "Alpha Resources",
    20: "Basin Minerals",
    30: "Caprock Land",
    40: "Delaware Royalty",
    50: "Eagle Oil",
    60: "Frio Energy",
}
PEOPLE = 8  # of each company
KINDS = {
    "Atla Query": "county",
    "Atla Map Open": "object_id",
    "Layer Toggle": "layer",
    "Document View": "document_id",
    "Sol Search": "object_id",
    "Sol Alert Open": "alert_id",
    "Share": "recipient",
    "Login": "object_id",
}
LEAVING, FADES = 40, date(2037, 10, 19)
"""The company that cancels, and since when hardly any of its users do anything."""
LEA = "35025"
DOCUMENTS = 10  # of a delivery


@dataclass
class World:
    """The truth of the month.

    Attributes:
        days: The lines that Mixpanel would export of each day.
        company: The company of each user.
        email: The e-mail of each user.
        canceled: When a company canceled.
    """

    days: dict[date, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    company: dict[int, int] = field(default_factory=dict)
    email: dict[int, str] = field(default_factory=dict)
    canceled: dict[int, date] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(26))
    made: int = 0

    def __post_init__(self) -> None:
        for place, company in enumerate(COMPANIES):
            for number in range(PEOPLE):
                user = 100 * (place + 1) + number
                self.company[user] = company
                self.email[user] = f"user{user}@example.com"

    def work(self, day: date) -> None:
        """Let people work on a day: much on weekdays, hardly on weekends; companies differ."""
        weekend = day.weekday() >= 5
        for user, company in self.company.items():
            eager = 0.9 if company < 50 else 0.6
            if company == LEAVING and day >= FADES:
                eager = 0.03
            if company in self.canceled and day > self.canceled[company]:
                continue
            if self.chance.random() < (0.06 if weekend else eager):
                for _ in range(self.chance.randint(1, 6)):
                    self.act(user, day)

    def act(self, user: int, day: date, event: str | None = None) -> None:
        """Let a user do something on a day; what is done is in Mixpanel from now on."""
        name = event or self.chance.choice(list(KINDS))
        wall = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
            seconds=self.chance.randint(28_000, 64_000)
        )
        self.made += 1
        properties = {
            "time": int(wall.timestamp() * 1000),
            "distinct_id": self.email[user] if user % 2 else str(user),
            "$insert_id": f"event-{self.made}",
            KINDS[name]: f"{KINDS[name]}-{self.chance.randint(1, 9)}",
        }
        self.days[day].append(json.dumps({"event": name, "properties": properties}).encode())

    def write_accounts(self, folder: Path) -> tuple[Path, Path]:
        """Write the customers' list as it is now."""
        users, groups = folder / "users.csv", folder / "groups.csv"
        rows = [
            f"{user},User {user},{self.email[user]},{company},{str(company not in self.canceled).lower()}"
            for user, company in self.company.items()
        ]
        users.write_text("\n".join(["id,name,email,group_id,enabled", *rows]) + "\n")
        rows = [f"{key},{name},120000,{self.canceled.get(key, '')}" for key, name in COMPANIES.items()]
        groups.write_text("\n".join(["id,name,account_size,cancelled_on", *rows]) + "\n")
        return users, groups


def deliver(folder: Path, day: date, first: int, *, cut: bool = False) -> None:
    """Let the vendor deliver a week of Lea's recordings, whole or cut in the middle of the transfer.

    Args:
        folder: The vendor's folder.
        day: The day of the delivery, a Monday; it holds the five business days before.
        first: The first instrument number.
        cut: Whether the end of the file is missing.
    """
    rows = []
    for number in range(DOCUMENTS):
        recorded = day - timedelta(days=7 - number // (DOCUMENTS // 5))
        name, page = f"{recorded.year}-{first + number:05}", 101 + 2 * (first + number)
        rows += [
            f"D|{name}|OGL|{recorded:%m/%d/%Y}|{900 + number:04}|2044|{page:04}|2|{name}.TIF",
            f"P|{name}|G|1|ORTIZ LINDA B",
            f"P|{name}|E|1|LONE MESA EXPLORATION LP",
            f"R|{name}|STR|T9S R39E SEC {1 + number}",
        ]
    rows.append(f"T|{DOCUMENTS}|{len(rows) - DOCUMENTS}")
    target = folder / LEA / f"{day:%Y%m%d}" / f"LEA_{day:%Y%m%d}.txt"
    images = target.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + DOCUMENTS):
        (images / f"{day.year}-{number:05}.TIF").write_bytes(b"II*\0" + number.to_bytes(4, "little"))
    target.write_text("\r\n".join(rows[: len(rows) // 2 if cut else None]) + "\r\n")
