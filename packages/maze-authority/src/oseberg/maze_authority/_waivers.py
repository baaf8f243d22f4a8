"""Waivers: findings that a person has looked at and accepted until a day."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from orjson import dumps
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from oseberg.maze_authority._atomic import write_text
from oseberg.maze_authority._records.instrument_number import LONGEST, split
from oseberg.maze_authority.errors import WaiversError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Waiver(BaseModel):
    """One waiver; exactly one of key and range is given.

    Attributes:
        rule: The rule's id.
        key: A finding's key, as the report spells it.
        range: `FIRST..LAST` of numbers or ISO days: waives every finding within it.
        reason: Why the finding is accepted.
        by: Who accepted it.
        expires: The last day it holds.
        county_fips: Where given, only that county's findings.

    Examples:
        >>> Waiver(rule="MA201", range="18-0004513..18-0004520", reason="voided by the clerk", by="A. Hale",
        ...        expires="2027-01-31").covers("18-0004515..18-0004516")
        True
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str = Field(pattern=r"^[A-Z]{2}\d{3}$")
    key: str | None = None
    range: str | None = None
    reason: str = Field(min_length=1)
    by: str = Field(min_length=1)
    expires: date
    county_fips: str | None = None

    @model_validator(mode="after")
    def one_place(self) -> Waiver:
        """Reject a waiver that names neither key nor range, both, or a range that can't be read.

        Returns:
            The waiver itself.
        """
        if (self.key is None) == (self.range is None):
            raise ValueError("give either key or range")
        if self.range is not None and interval(self.range) is None:
            raise ValueError(f"range {self.range!r} is not FIRST..LAST of one series of numbers or of ISO days")
        return self

    @property
    def place(self) -> str:
        """The key or range, for people."""
        return self.key if self.key is not None else str(self.range)

    def covers(self, key: str) -> bool:
        """Whether a finding's key is the one waived, or is within the waived range.

        Args:
            key: The finding's key.

        Returns:
            True if the waiver covers it.
        """
        if self.key is not None:
            return key == self.key
        outer, inner = interval(str(self.range)), interval(key)
        return (
            outer is not None
            and inner is not None
            and outer[0] == inner[0]
            and outer[1] <= inner[1] <= inner[2] <= outer[2]
        )


def interval(text: str) -> tuple[str, int, int] | None:
    """Read `FIRST..LAST`, or a single number or day, as (series, first, last)."""
    first, _, last = text.partition("..")
    ends = [endpoint(first), endpoint(last or first)]
    if ends[0] is None or ends[1] is None or ends[0][0] != ends[1][0]:
        return None
    return ends[0][0], ends[0][1], ends[1][1]


def endpoint(text: str) -> tuple[str, int] | None:
    """Read a number or a day as its series and place."""
    if ISO_DAY.fullmatch(text):
        try:
            return "day", date.fromisoformat(text).toordinal()
        except ValueError:
            return None
    prefix, digits, _ = split(text)
    return (prefix, int(digits)) if 0 < len(digits) <= LONGEST else None


@dataclass(frozen=True)
class Waivers:
    """The waivers of a check.

    Attributes:
        items: All of them.
        today: The day of the check.
        used: For each, how many findings it matched; filled in when the findings are known.
        ran: The rules that ran; a waiver of another rule is not unmatched.
    """

    items: tuple[Waiver, ...]
    today: date
    used: tuple[int, ...] = ()
    ran: frozenset[str] = frozenset()

    def find(self, rule: str, county_fips: str, key: str) -> int | None:
        """Return the place of the first waiver in force that covers a finding."""
        for place, waiver in enumerate(self.items):
            if self.in_force(waiver) and self._fits(waiver, rule, county_fips) and waiver.covers(key):
                return place
        return None

    def in_force(self, waiver: Waiver) -> bool:
        """Whether a waiver is still in force; its last day counts."""
        return self.today <= waiver.expires

    def _fits(self, waiver: Waiver, rule: str, county_fips: str) -> bool:
        return waiver.rule == rule and waiver.county_fips in (None, county_fips)

    def apply(self, rule: str, frame: pd.DataFrame) -> list[int | None]:
        """Return for each finding of a rule the waiver that covers it."""
        if not any(waiver.rule == rule for waiver in self.items):
            return [None] * len(frame)
        return [self.find(rule, county, key) for county, key in zip(frame["county_fips"], frame["key"], strict=True)]


def load_waivers(given: str | Path | Iterable[Waiver] | None) -> tuple[Waiver, ...]:
    """Read a TOML file of `[[waiver]]` tables, or validate waivers that are given as such.

    Raises:
        WaiversError: The file can't be read or a waiver is malformed; the message names which and why.
    """
    if given is None:
        return ()
    if not isinstance(given, (str, Path)):
        return tuple(parse_waiver(one, f"waiver {number}") for number, one in enumerate(given, start=1))
    path = Path(given)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WaiversError(f"{path}: {error.strerror}. Pass a TOML file of [[waiver]] tables.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WaiversError(f"{path}: {error}. Correct the file; https://toml.io describes the format.") from None
    tables = content.pop("waiver", [])
    if content or not isinstance(tables, list):
        raise WaiversError(f"{path}: only [[waiver]] tables belong here, not {', '.join(content) or 'one [waiver]'}.")
    return tuple(parse_waiver(table, f"{path}: waiver {number}") for number, table in enumerate(tables, start=1))


def parse_waiver(table: object, where: str) -> Waiver:
    """Validate one table; a waiver is one already.

    Raises:
        WaiversError: It is malformed.
    """
    try:
        return Waiver.model_validate(table)
    except ValidationError as error:
        problems = (f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors())
        raise WaiversError(f"{where}: {'; '.join(problem.removeprefix(': ') for problem in problems)}") from None


def add_waiver(path: str | Path, waiver: Waiver) -> None:
    """Append a waiver to a TOML file, which is created if missing; existing content is kept.

    Args:
        path: The file.
        waiver: The waiver.

    Raises:
        WaiversError: The file holds something other than waivers.
        OSError: The file can't be written.
    """
    target = Path(path)
    before = ""
    if target.exists():
        # Read before it is written: comments and order of the file stay, so it is appended to, not rewritten.
        load_waivers(target)  # a file that is not understood is not written to
        before = target.read_text(encoding="utf-8")
    stated = waiver.model_dump(exclude_none=True)
    # A JSON text without control characters is a TOML text as well; a day is written bare.
    lines = [f"{name} = {value if name == 'expires' else dumps(value).decode()}" for name, value in stated.items()]
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    write_text(target, before + gap + "\n".join(["[[waiver]]", *lines, ""]))
