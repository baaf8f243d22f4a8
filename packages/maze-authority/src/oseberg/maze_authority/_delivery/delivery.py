"""A delivery as the rules see it: tables of the documents and of their lists, and what was delivered with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import groupby, islice
from typing import Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.before import Before, EarlierRecords
from oseberg.maze_authority._delivery.coverage import (
    SeriesCoverage,
    certify,
    cover_series,
    coverage_table,
    find_empty_days,
    find_obstacles,
    find_windows,
    skipped_days,
)
from oseberg.maze_authority._delivery.identity import identified_documents, identities
from oseberg.maze_authority._delivery.inputs import Inputs
from oseberg.maze_authority._delivery.withdrawn import find_withdrawn, placed_in_series
from oseberg.maze_authority._numbers.book_pages import book_pages, placed_pages
from oseberg.maze_authority._numbers.doubles import Double, as_malformed, find_doubles, shared_numbers
from oseberg.maze_authority._numbers.intervals import Intervals
from oseberg.maze_authority._numbers.order import DayOrder
from oseberg.maze_authority._numbers.outliers import Neighbors, Outlier, find_outliers, is_among
from oseberg.maze_authority._numbers.page_counts import count_images
from oseberg.maze_authority._numbers.series import (
    Series,
    Stratum,
    build_series,
    by_prefix,
    find_restarts,
    parse_numbers,
    strata_of,
)
from oseberg.maze_authority._numbers.shapes import find_placeless, misshapen
from oseberg.maze_authority._numbers.slips import Places
from oseberg.maze_authority._numbers.strays import Stray, Unplaced

LOOK_BACK = 100  # numbers below a gap that are asked for a day; numbers without a plausible one are rare


@dataclass(frozen=True)
class Delivery(Inputs):
    """A delivery that is checked, alone and together with the deliveries before it.

    Attributes:
        history: The earlier delivery, where it was given.
    """

    history: Delivery | None = None

    @cached_property
    def before(self) -> Before | None:
        """What is known from earlier deliveries: from the register, or from `history`."""
        if self.register is not None or self.history is None:
            return self.register
        one = self.history
        windows = {fips: [ends] for fips, ends in one.windows.items()}
        return EarlierRecords(one.documents, one.numbers, windows, one, one.numbers_elsewhere)

    @cached_property
    def alone(self) -> Delivery:
        """The delivery without the register's knowledge, so that the order of deliveries does not matter."""
        if self.register is None:
            return self
        alone = replace(self, register=None)
        # What depends on the records alone is not computed again.
        for name in ("content", "twins", "counties"):
            alone.__dict__[name] = getattr(self, name)
        return alone

    @cached_property
    def _strata_before(self) -> list[Stratum]:
        return list(self.before.strata) if self.before else []

    @cached_property
    def printed_numbers(self) -> pd.DataFrame:
        """The instrument numbers as they are printed, placed in their series (see `parse_numbers`)."""
        return parse_numbers(self.documents, self._strata_before)

    @cached_property
    def doubles(self) -> dict[int, Double]:
        """By document its probable number, where it is mistyped and belongs to another document."""
        if self.register is not None:
            return self.alone.doubles
        return find_doubles(self.documents, self.printed_numbers, self._strata_before) if self.complete_series else {}

    @cached_property
    def placeless(self) -> set[int]:
        """The documents whose number says nothing about their place; see `find_placeless`."""
        return find_placeless(self.printed_numbers, self.documents["recorded_on"].to_numpy())

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """The instrument numbers; one that belongs to another document or says nothing about its place is malformed."""
        wrong = self.placeless.union(self.doubles)
        return as_malformed(self.printed_numbers, wrong) if wrong else self.printed_numbers

    @cached_property
    def odd_numbers(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which rows of `numbers` are malformed, or have another form than the others of their county."""
        return np.asarray(~self.numbers["valid"].to_numpy() | misshapen(self.numbers))

    @cached_property
    def strays(self) -> dict[int, Stray]:
        """By document the hole in the numbers that it probably fills, where its own number doesn't say so."""
        if self.register is not None:
            return self.alone.strays
        lost = Unplaced(self.documents, self.numbers, self.odd_numbers, self.outliers, self.foreign, self.doubles)
        look = Neighbors(self.day_of)
        return lost.find(self.series, self.places.printed, look) if self.complete_series else {}

    @property
    def foreign_pages(self) -> set[tuple[str, int]]:
        """The volumes and first pages of records of another county: a mistyped county doesn't make a page missing."""
        mine = self.places.printed.loc[self.places.printed["doc"].isin(list(self.foreign)).to_numpy()]
        return set(zip(mine["volume"].astype(str), mine["page"].tolist(), strict=True))

    @cached_property
    def numbers_elsewhere(self) -> set[str]:
        """Numbers that are here, but not in their place: in rejected rows, or of documents with a mistyped number."""
        return self.rejected_numbers.union(
            (one.printed for one in self.doubles.values()), (one.printed for one in self.strays.values())
        )

    @cached_property
    def series(self) -> list[Series]:
        """The series of instrument numbers of this delivery and those before it, by county and label."""
        return build_series(self.numbers, self.documents["recorded_on"], self.strata, self._strata_before)

    @cached_property
    def strata(self) -> list[Stratum]:
        """The numbers of this delivery by county, prefix and year."""
        return strata_of(self.numbers)

    @cached_property
    def anew(self) -> set[tuple[str, str]]:
        """The counties and prefixes whose count starts over each year."""
        return find_restarts([*self.strata, *self._strata_before])

    def day_of(self, series: Series, number: int) -> date | None:
        """Return the day on which a number was recorded, in this or an earlier delivery.

        Args:
            series: The number's series.
            number: The number.

        Returns:
            The day, None if the number or its day is unknown.
        """
        day = series.day_of(number)
        if day is None and self.before is not None:
            day = self.before.day_of(series.county_fips, series.prefix, series.year, number)
        return day

    def day_before(self, series: Series, number: int) -> date | None:
        """Return the day of the last number below one whose day is within the county's days.

        Args:
            series: The number's series.
            number: The number.

        Returns:
            The day, None if the numbers below are not dated.
        """
        first, last = self.spans.get(series.county_fips, (date.max, date.min))
        below = (
            one for start, end in reversed(series.held.pairs()) for one in range(min(end, number - 1), start - 1, -1)
        )
        days = (self.day_of(series, one) for one in islice(below, LOOK_BACK))
        return next((day for day in days if day and first <= day <= last), None)

    @cached_property
    def outliers(self) -> list[Outlier]:
        """The numbers that are probably mistyped; nothing where gaps can't be told."""
        if not self.complete_series:
            return []
        found = []
        for _, mine in groupby(self.series, key=lambda one: one.county_fips):
            found += find_outliers(list(mine), self.day_of)
        return found

    @cached_property
    def same_number(self) -> pd.DataFrame:
        """The rows of `numbers` that share their number; see `shared_numbers`."""
        return shared_numbers(self.numbers)

    @cached_property
    def places(self) -> Places:
        """Where the documents are in the books."""
        if self.register is not None:
            return self.alone.places
        printed, images = placed_pages(self.documents), count_images(self.images, len(self))
        if self.doubles:
            # Its number is not its own, so it is not the other document once more.
            others = printed["doc"].isin(list(self.doubles)).to_numpy()
            printed = printed.assign(instrument_number=printed["instrument_number"].mask(others))
        return Places(printed, self.numbers, not self.same_number.empty, images)

    @property
    def placed(self) -> pd.DataFrame:
        """The documents with a volume and a page, those with a mistyped one where they probably belong."""
        return self.places.placed

    @cached_property
    def own_pages(self) -> pd.DataFrame:
        """The documents with a volume and a page, ordered by page (see `book_pages`)."""
        return self.places.pages

    @cached_property
    def book_pages(self) -> pd.DataFrame:
        """The documents with a volume and a page, ordered by page, with what is known of the same volumes before."""
        if self.before is None:
            return self.own_pages
        mine = self.placed
        books = mine[["county_fips", "book_type", "volume"]].drop_duplicates()
        return book_pages(pd.concat([mine, self.before.pages(books)], ignore_index=True))

    @cached_property
    def windows(self) -> dict[str, tuple[date, date]]:
        """By county the first and last recorded day, typing errors left out; nothing for a county without days."""
        return find_windows(self.documents, self.as_of, self.misdated)

    @cached_property
    def day_order(self) -> DayOrder:
        """How the days follow the numbers."""
        numbers, recorded = self.numbers, self.documents["recorded_on"].to_numpy()
        docs = numbers["doc"].to_numpy()
        usable = numbers["valid"].to_numpy() & ~np.isnat(recorded[docs]) & ~self.impossible[docs]
        usable &= ~is_among(numbers, self.outliers) & (numbers["label"] != "undated").to_numpy()
        return DayOrder(numbers if usable.all() else numbers.loc[usable], recorded, self.impossible)

    @property
    def misdated(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each document whether its day is probably mistyped, as this delivery alone shows it."""
        return self.alone.day_order.misdated

    @cached_property
    def all_windows(self) -> dict[str, list[tuple[date, date]]]:
        """By county the first and last recorded day of this delivery and of each one before it."""
        earlier = self.before.windows if self.before else {}
        mine = {fips: [ends] for fips, ends in self.windows.items()}
        return {fips: [*earlier.get(fips, []), *mine.get(fips, [])] for fips in sorted({*earlier, *mine})}

    @cached_property
    def spans(self) -> dict[str, tuple[date, date]]:
        """By county the first and last day of all deliveries together."""
        known = {fips: ends for fips, ends in self.all_windows.items() if ends}
        return {fips: (min(ends)[0], max(end for _, end in ends)) for fips, ends in known.items()}

    @cached_property
    def days(self) -> dict[str, np.ndarray[Any, Any]]:
        """By county the days with records in this delivery or before it."""
        known = dict(self.before.days) if self.before else {}
        for fips, days in self.documents.groupby("county_fips", sort=True)["recorded_on"]:
            mine = np.unique(days.dropna().to_numpy().astype("datetime64[D]"))
            known[str(fips)] = np.union1d(known.get(str(fips), mine[:0]), mine)
        return known

    @cached_property
    def gaps(self) -> list[SeriesCoverage]:
        """For each series its missing intervals, and the numbers that are known from elsewhere."""
        strata = by_prefix([*self.strata, *self._strata_before])
        undated = {key: strata[key][0].held if 0 in strata[key] else Intervals.of() for key in self.anew}
        earlier = self.before.rejected if self.before else ()
        return cover_series(self.series, self.numbers_elsewhere.union(earlier), undated, self.outliers)

    @cached_property
    def identified(self) -> pd.DataFrame:
        """Every document with what identifies it across deliveries; see `identified_documents`."""
        return identified_documents(self.documents, self.numbers, self.keys)

    @cached_property
    def withdrawn(self) -> pd.DataFrame:
        """Documents that this delivery should repeat and does not; see `Before.between`."""
        nothing = pd.DataFrame({"county_fips": []})
        if self.before is None:  # to identify a million documents takes time and memory
            return nothing
        found = []
        for fips in sorted(self.documents["county_fips"].unique()):
            mine = set(identities(self.identified.loc[(self.identified["county_fips"] == fips).to_numpy()]))
            found.append(find_withdrawn(self.before, fips, mine, self.windows.get(fips), self.anew))
        return pd.concat([one for one in found if len(one)] or [nothing], ignore_index=True)

    def placed_before(self, fips: str, earlier: pd.DataFrame) -> pd.DataFrame:
        """Return documents from before with their series as it is known now; see `placed_in_series`.

        Args:
            fips: The county.
            earlier: Documents as `Before.between` returns them.

        Returns:
            The documents with `county_fips`, `shown` and `identity`.
        """
        return placed_in_series(fips, earlier, self.anew)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row for each series of instrument numbers; see `Result.coverage`."""
        return coverage_table(self.gaps if self.complete_series else [], self.certified_through, self.waivers)

    @cached_property
    def empty_days(self) -> dict[str, list[tuple[date, date]]]:
        """By county the business days without records, as intervals."""
        return find_empty_days(self.days, self.spans)

    @cached_property
    def skipped_days(self) -> dict[str, list[tuple[date, date]]]:
        """By county the business days without records that lie between two deliveries, as intervals."""
        return {
            fips: skipped_days(fips, self.empty_days[fips], windows) if len(windows) > 1 else []
            for fips, windows in self.all_windows.items()
            if fips in self.empty_days
        }

    @cached_property
    def _certified(self) -> dict[str, tuple[date | None, str | None]]:
        return {fips: self.certify_county(fips) for fips in self.spans}

    def certify_county(self, fips: str) -> tuple[date | None, str | None]:
        """Return the day through which a county is complete, and the first obstacle to a later day.

        Args:
            fips: The county.

        Returns:
            The day, None if there is none; and the obstacle, None for a whole county.
        """
        if fips not in self.spans:
            return None, None
        covered = self.gaps if self.complete_series else []
        obstacles = find_obstacles(fips, self.empty_days[fips], covered, self.day_before, self.waivers)
        return certify(self.spans[fips], [*obstacles, *self._withdrawn_days(fips)])

    def _withdrawn_days(self, fips: str) -> list[tuple[date, str]]:
        gone = self.withdrawn.loc[self.withdrawn["county_fips"] == fips]
        now = [(key, day.date()) for key, day in zip(gone.get("key", ()), gone.get("day", ()), strict=True)]
        # What was withdrawn and is in this delivery is there again.
        earlier = self.before.withdrawn.get(fips, []) if self.before else []
        here = set(self.documents["instrument_number"]) if earlier else set()
        now += [(key, day) for key, day in earlier if key not in here]
        return [(day, f"{key} withdrawn") for key, day in now if self.waivers.find("MA701", fips, key) is None]

    @cached_property
    def certified_through(self) -> dict[str, date | None]:
        """By county the day through which it is complete."""
        counties = sorted(self.documents["county_fips"].unique())
        return {fips: self._certified.get(fips, (None, None))[0] for fips in counties}

    @property
    def held_back_by(self) -> dict[str, str]:
        """By county the first obstacle to a later certified-through date; none for a complete county."""
        return {fips: what for fips, (_, what) in self._certified.items() if what}

    def series_of(self, docs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the series labels of some documents.

        Args:
            docs: Their positions.

        Returns:
            One label for each, "" without a series.
        """
        numbered = self.numbers["doc"].to_numpy()
        rows = np.searchsorted(numbered, docs)
        there = np.append(numbered, -1)[rows] == docs
        labels = np.full(len(docs), "", dtype=object)
        labels[there] = self.numbers["label"].iloc[rows[there]].astype(object)
        return labels

    def has(self, need: str) -> str | None:
        """Return why an input that a rule needs is missing, or None if it is available.

        Args:
            need: images, digests, history, summary, waivers or complete_series.

        Returns:
            A clause for the report, such as `no earlier records were given`, or None.
        """
        there, otherwise = {
            "images": (self.delivered is not None, "the delivery's images were not given"),
            "digests": (
                self.delivered is not None and self.delivered.has_digests,
                "no images with digests of their bytes were given",
            ),
            "history": (self.before is not None, "no earlier records were given"),
            "summary": (self.summary is not None, "summary.json is missing next to the records"),
            "waivers": (bool(self.waivers.items), "no waivers were given"),
            "complete_series": (self.complete_series, "the vendor does not deliver every instrument"),
        }[need]
        return None if there else otherwise
