"""Twenty-four months of deliveries of one county against a known truth, kills included."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from oseberg.maze_authority import Register, Waiver, check, county_status, sample_record
from oseberg.maze_authority._delivery.coverage import business_days

pytestmark = pytest.mark.unmeasured

MONTHS = [date(2016 + month // 12, month % 12 + 1, 1) for month in range(24)]
FLAWLESS = sample_record(volume=None, page=None, images=[], page_count=None).model_dump(mode="json")
KILLS, REBUILT = (5, 17), 7  # steps at which a check is killed, and after which the register is built anew
ARRIVED = 1_600_000_000_000_000_000
Number = tuple[int, int]
"""Year and number: the count starts over each year."""


@dataclass
class Vendor:
    """What the county recorded, and what the vendor sends of it, month by month."""

    chance: random.Random
    per_day: tuple[int, int] = (3, 6)
    recorded: dict[Number, date] = field(default_factory=dict)
    voided: set[Number] = field(default_factory=set)
    sent: set[Number] = field(default_factory=set)
    withdrawn: set[Number] = field(default_factory=set)
    kept_back: set[Number] = field(default_factory=set)
    changed: set[Number] = field(default_factory=set)

    def record_all(self) -> None:
        """Fill two years with numbers; some are voided, and some the vendor will forget."""
        count = {2016: 0, 2017: 0}
        for day in business_days("48003", date(2016, 1, 1), date(2017, 12, 31)):
            for _ in range(self.chance.randint(*self.per_day)):
                count[day.year] += 1
                self.recorded[day.year, count[day.year]] = day
        middle = [one for one in self.recorded if one[1] > 10]
        # Apart from each other: a voided number next to a missing one is one gap, which a waiver of one doesn't cover.
        for place, number in enumerate(self.chance.sample(middle[::7], 40)):
            (self.voided if place < 8 else self.kept_back).add(number)
        for number in self.voided:
            del self.recorded[number]

    def month(self, first: date) -> list[Number]:
        """The numbers of a month that the vendor does not forget."""
        return [one for one, day in self.recorded.items() if (day.year, day.month) == (first.year, first.month)]

    def row(self, number: Number, line: int) -> dict[str, Any]:
        day = self.recorded[number].isoformat()
        parties = [{"name": f"COX {number[1]}" if number in self.changed else "HALE ROBERT K"}]
        return {
            **FLAWLESS,
            "instrument_number": f"{number[1]:07d}",
            "recorded_on": day,
            "instrument_date": day,
            "grantors": parties,
            "source": {"file": "A.csv", "lines": [line]},
        }

    def missing(self) -> set[Number]:
        """The truth: numbers between the first and the last of a year that are not here and not voided."""
        found = set()
        for year in (2016, 2017):
            here = [number for one, number in self.sent if one == year]
            if here:
                every = {(year, number) for number in range(min(here), max(here) + 1)}
                found |= every - self.sent - self.voided
        return found

    def certified(self) -> date | None:
        """The truth: the day before the first one without records, with a withdrawn document, or with a gap.

        A missing number may be of the day of the last document before it.
        """
        days = [self.recorded[one] for one in self.sent]
        # A voided number may have been the only one of its day: the day is without records all the same.
        obstacles = sorted(set(business_days("48003", min(days), max(days))) - set(days))[:1]
        for year, number in self.missing():
            below = max(one for other, one in self.sent if other == year and one < number)
            obstacles.append(self.recorded[year, number if (year, number) in self.withdrawn else below])
        first = min(obstacles, default=None)
        if first is None:
            return max(days)
        return None if first <= min(days) else first - timedelta(days=1)


def story(vendor: Vendor) -> list[tuple[str, list[Number], set[Number]]]:
    """Every delivery: its name, its numbers, and what of the earlier ones it withdraws."""
    chance, steps = vendor.chance, []
    here: set[Number] = set()
    for place, first in enumerate(MONTHS):
        name = f"{first:%Y%m}28"
        mine = [one for one in vendor.month(first) if one not in vendor.kept_back]
        extra: list[Number] = []
        if place % 4 == 1:  # some that were kept back come with the next month
            waiting = sorted(one for one in vendor.kept_back if vendor.recorded[one] < first and one not in here)
            extra = waiting[: len(waiting) // 2]
        if place % 5 == 2:  # the last week comes again
            start = first - timedelta(days=7)
            extra += [one for one in here if start <= vendor.recorded[one] < first]
        here |= {*mine, *extra}
        steps.append((name, [*extra, *mine], set()))
        if place % 6 == 3:  # corrected, with one document less
            gone = chance.choice(mine[5:-5])
            vendor.changed |= set(chance.sample(mine, 3))
            again = [one for one in [*extra, *mine] if one != gone]
            steps.append((name, again, {gone}))
            here.discard(gone)
            if place % 12 == 3:
                steps.append((f"{first:%Y%m}29", [gone], set()))  # and sent alone
                here.add(gone)
        if place % 7 == 6:  # a late document alone
            late = sorted(one for one in vendor.kept_back if vendor.recorded[one] < first and one not in here)[:1]
            here |= set(late)
            steps += [(f"{first:%Y%m}27", late, set())] * bool(late)
        if place % 8 == 7:  # the same delivery once more
            steps.append(steps[-1])
    return steps


def written(folder: Path, vendor: Vendor, step: int, name: str, numbers: list[Number]) -> Path:
    place = folder / f"{step:03d}" / name
    place.mkdir(parents=True)
    path = place / "records.jsonl"
    rows = (vendor.row(number, line) for line, number in enumerate(numbers, start=2))
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    os.utime(path, ns=(ARRIVED + step, ARRIVED + step))
    return path


def waivers_of(vendor: Vendor) -> list[Waiver]:
    """Voided numbers are waived; those of the first year as they are spelled before the count starts over, too."""
    common = {"rule": "MA201", "reason": "voided", "by": "A. Hale", "expires": date(2999, 1, 1)}
    spelled = [f"{year}/{number:07d}" for year, number in sorted(vendor.voided)]
    first_year = [f"{number:07d}" for year, number in sorted(vendor.voided) if year == MONTHS[0].year]
    return [Waiver(key=key, **common) for key in spelled + first_year]


def has_overdue(result) -> bool:
    return bool(set(result.still_open["fingerprint"]) & result.change.overdue)


KILLED = """
import sys, orjson
from oseberg.maze_authority import Waiver, check
check(sys.argv[1], register=sys.argv[2], waivers=[Waiver.model_validate(one) for one in orjson.loads(sys.argv[3])])
"""


def killed(path: Path, register: Path, waivers: list[Waiver], after: float) -> None:
    """Start a check and end it at once after a while."""
    given = orjson.dumps([one.model_dump(mode="json") for one in waivers]).decode()
    process = subprocess.Popen([sys.executable, "-c", KILLED, path, register, given])
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize(
    ("seed", "per_day"),
    # Where one or two documents are recorded a day, one of them is half of it.
    [(1, (3, 6)), (2, (3, 6)), (8, (1, 2))],
)
def test_the_register_is_exact_at_every_step(seed: int, per_day: tuple[int, int], tmp_path: Path) -> None:
    """Certified day and missing numbers are the truth after each delivery; what is new and closed is what changed."""
    vendor = Vendor(random.Random(seed), per_day)
    vendor.record_all()
    steps = story(vendor)
    # All are followed to their end but one, whose beginning is built anew in another order; one is killed on its way.
    steps = steps[: REBUILT + 1] if seed == 2 else steps
    vendor.changed, changed = set(), vendor.changed
    waivers = waivers_of(vendor)
    paths = []
    with Register(tmp_path / "register.sqlite") as register:
        for step, (name, numbers, gone) in enumerate(steps):
            if gone:
                vendor.changed = changed & set(numbers)
            path = written(tmp_path, vendor, step, name, numbers)
            paths.append(path)
            if seed == 1 and step in KILLS:
                before = register.dump()
                killed(path, register.path, waivers, random.Random(step).uniform(0.8, 2.5))
                if register.dump() == before:
                    check(path, register=register, waivers=waivers)
                result = check(path, register=register, waivers=waivers)
                assert result.new.empty, "the same delivery again"
            else:
                result = check(path, register=register, waivers=waivers)
            was_missing, vendor.sent = vendor.missing(), (vendor.sent | set(numbers)) - gone
            vendor.withdrawn = (vendor.withdrawn | gone) - set(numbers)
            opened = vendor.missing() - was_missing
            assert (result.exit_code == 3) <= bool(opened) or has_overdue(result), (step, name)
            status = county_status(register, "48003", today=date(2018, 1, 5))
            named = {
                (year, number)
                for gap in status.open_gaps
                for year in ({int(gap.first[:4])} if "/" in gap.first else {(gap.before or gap.after).year})
                for number in range(int(gap.first[-7:]), int(gap.last[-7:]) + 1)
            }
            assert named == vendor.missing(), (step, name)
            assert result.certified_through["48003"] == vendor.certified(), (step, name)
            if step == REBUILT:
                whole = register.dump()
    if seed == 2:
        shuffled = random.Random(seed).sample(paths[: REBUILT + 1], REBUILT + 1)
        with Register(tmp_path / "again.sqlite") as again:
            for path in shuffled:
                check(path, register=again, waivers=waivers)
            assert again.dump() == whole
