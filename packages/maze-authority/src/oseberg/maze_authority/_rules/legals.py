"""MA60x: descriptions of land, and references to prior documents."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.county import NAMED_SURVEYS, County
from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import about, flag, flag_each
from oseberg.maze_authority._numbers.series import Series
from oseberg.maze_authority._records.columns import among
from oseberg.maze_authority._records.instrument_number import LONGEST
from oseberg.maze_authority._records.sample import NEXT
from oseberg.maze_authority._registry import Example, rule
from oseberg.maze_authority._rules.fields import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


LAND = frozenset(
    {"oil_gas_lease", "lease_memorandum", "top_lease", "mineral_deed", "royalty_deed", "right_of_way", "pooling"}
)
DERIVED = frozenset({"lease_assignment", "lease_amendment", "lease_extension", "lease_ratification", "lease_release"})
REFERRING = frozenset({"lease_release", "lease_assignment", "lease_amendment"})
HIGHEST_SECTION = 36
SECTION = re.compile(r"\bSEC(?:TION|TIONS|S)?\b\.?\s*(\d+)", re.IGNORECASE)
YEAR = re.compile(r"(?:19|20)\d\d")
PLSS = {"kind": "plss", "text": "T19S R33E SEC 5", "township": "T19S", "range": "R33E", "section": "5"}
LEA = {"county_fips": "35025"}
RELEASE = {"document_type": "lease_release", "document_type_text": "REL OGL"}


@rule(
    "MA601",
    title="Land description missing",
    severity="error",
    authority="Tex. Loc. Gov't Code 193.009(b); NMSA 14-10-3",
    fix="Read the description from the image; ask the vendor for the missing entry",
    message="{key} is {value} without {expected}",
    passing=Example({}, {"document_type": "affidavit", "legals": [], "instrument_number": "18-0000002", "page": "103"}),
    failing=Example({"legals": []}),
)
def land_described(delivery: Delivery) -> pd.DataFrame:
    """Documents that convey land or minerals describe it. The law asks for a description "if any".

    Affidavits and unmapped types may have none; assignments, amendments, extensions, ratifications and releases may
    refer to the prior document instead.
    """
    kinds = delivery.documents["document_type"]
    described = having(delivery, delivery.legals)
    either = described | having(delivery, delivery.references)
    bad = (kinds.isin(LAND).to_numpy() & ~described) | (kinds.isin(DERIVED).to_numpy() & ~either)
    found = kinds[bad]
    expected = ["a description of land" + (" or a reference" if kind in DERIVED else "") for kind in found]
    return flag(delivery, bad, [with_article(kind.replace("_", " ")) for kind in found], expected)


def with_article(words: str) -> str:
    """Put the indefinite article before words."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def having(delivery: Delivery, table: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which documents have a row in a table."""
    there = np.zeros(len(delivery), dtype=bool)
    there[table["doc"].to_numpy()] = True
    return there


@rule(
    "MA602",
    title="Land description not fully read",
    severity="warning",
    authority="trade practice",
    fix="Read the text by eye; teach the county's parser where it recurs",
    message="{key}: not understood: {value}",
    passing=Example({}),
    failing=Example({"legals": [{"kind": "unread", "text": "SEE PLAT", "remainder": "SEE PLAT"}]}),
)
def land_read(delivery: Delivery) -> pd.DataFrame:
    """A description that the parser could not read, or read only in part, can't be mapped.

    By metes and bounds, land is described by its calls, which are counted and not read one by one: such a text is its
    own remainder. Without any call nothing of it was read.
    """
    legals = delivery.legals
    unread = legals.loc[
        (legals["kind"] == "unread") | (legals["kind"] == "metes_and_bounds") | filled(legals["remainder"])
    ]
    whole = (unread["kind"] == "metes_and_bounds") & (unread["calls"] > 0)
    rest = unread["remainder"].astype(object)
    unread = unread.loc[~whole | (rest.notna() & (rest != unread["text"].astype(object)))]
    texts = unread["remainder"].astype("str").where(filled(unread["remainder"]), unread["text"])
    first = unread.assign(rest=texts.fillna("")).drop_duplicates("doc")
    return flag(delivery, first["doc"], [repr(text) for text in first["rest"]], "a description read whole")


@rule(
    "MA603",
    title="Reference missing or unknown",
    severity="warning",
    authority="NMAC 1.11.2.16 (related document number); trade practice in Texas",
    fix="Read the prior document's number from the image; correct it",
    message="{key} {value}",
    scope="delivery",
    passing=Example({}, NEXT | RELEASE | {"references": [{"text": "18-0000001", "instrument_number": "18-0000001"}]}),
    failing=Example({}, NEXT | RELEASE | {"references": [{"text": "18-0000009", "instrument_number": "18-0000009"}]}),
)
def references_known(delivery: Delivery) -> pd.DataFrame:
    """A release, assignment or amendment says which document it acts on, and that document exists.

    A number is unknown when it is within a series of this or the earlier delivery and is not there, when it is higher
    than its series has come, of a year to come, or when it has no digits. Numbers of other series may be older books.
    """
    referring = delivery.documents["document_type"].isin(REFERRING).to_numpy()
    missing = referring & ~having(delivery, delivery.references)
    said = {int(doc): "refers to no prior document" for doc in np.flatnonzero(missing)}
    stated = delivery.references.loc[filled(delivery.references["instrument_number"])]
    stated = stated.loc[referring[stated["doc"].to_numpy()]]
    # Most references are known: only the rest is looked at one by one.
    for known in known_numbers(delivery) if len(stated) else ():
        stated = stated.loc[~among(stated["instrument_number"], known)]
    fips = delivery.documents["county_fips"].array[stated["doc"].to_numpy()]
    is_unknown = cache(partial(unknown, delivery))
    for doc, county, text in zip(stated["doc"], fips, stated["instrument_number"], strict=True):
        if is_unknown(county, text):
            said.setdefault(int(doc), f"refers to {text}, which is unknown")
    return flag_each(delivery, {doc: (text, "a known instrument") for doc, text in said.items()})


def known_numbers(delivery: Delivery) -> list[pd.Series]:
    """Return the instrument numbers of this delivery, of its rejected rows, and of the earlier delivery."""
    deliveries = [delivery, delivery.history] if delivery.history else [delivery]
    rejected = pd.Series(sorted(delivery.rejected_numbers), dtype="str")
    return [rejected, *(one.documents["instrument_number"] for one in deliveries)]


def unknown(delivery: Delivery, fips: str, text: str) -> bool:
    """Whether a reference can't be right."""
    if not any(mark.isdigit() for mark in text):
        return True
    earlier = delivery.history.series if delivery.history else []
    series = [one for one in (*delivery.series, *earlier) if one.county_fips == fips]
    # A reference to a year to come is mistyped, whatever its number.
    years = [int(one.prefix[:4]) for one in series if YEAR.match(one.prefix)]
    ahead = bool(years) and bool(YEAR.match(text)) and int(text[:4]) > max(years)
    return ahead or any(absent(delivery, one, text) for one in series)


def absent(delivery: Delivery, series: Series, text: str) -> bool:
    """Whether a number belongs to a series and should be there, or can't be there yet."""
    place = series.place(text)
    # Without padding, numbers of other books look alike; those of the same length are ours.
    if place is None or (not series.width and len(text) - len(series.prefix) != len(str(series.numbers[-1]))):
        return False
    if place > series.numbers[-1]:
        return True
    return delivery.complete_series and place >= series.numbers[0] and place not in series


@rule(
    "MA604",
    title="Section, township or range impossible",
    severity="warning",
    authority="43 U.S.C. 751 (townships of 36 sections); trade practice",
    fix="Look at the image; correct the section, township or range",
    message="{key}: {value}; possible is {expected}",
    passing=Example(LEA | {"legals": [PLSS]}),
    failing=Example(LEA | {"legals": [PLSS | {"township": "T39S"}]}),
)
def plss_possible(delivery: Delivery) -> pd.DataFrame:
    """A township has the sections 1 to 36, and a county spans certain townships and ranges.

    Metes and bounds are judged where they name a township and a range; without a range a section is one of a survey.
    """
    legals = delivery.legals
    bounded = (legals["kind"] == "metes_and_bounds") & filled(legals["township"]) & filled(legals["range"])
    legals = legals.loc[(legals["kind"] == "plss") | bounded]
    return flag_each(delivery, judged(delivery, legals, ["township", "range", "section", "remainder"], impossible))


def judged(
    delivery: Delivery, legals: pd.DataFrame, fields: list[str], problem: Callable[..., tuple[str, str] | None]
) -> dict[int, tuple[str, str]]:
    """Judge each distinct tract of a county once; give for each document the first problem of its tracts.

    Args:
        delivery: What is being checked.
        legals: The tracts to judge.
        fields: What of a tract is judged.
        problem: Takes the county and the fields ("" for an absent one); gives (value, expected), or None.
    """
    cases = legals[fields].copy()
    cases.insert(0, "county_fips", delivery.documents["county_fips"].array[legals["doc"].to_numpy()])
    codes = cases.groupby(list(cases), sort=False, dropna=False).ngroup().to_numpy()
    # A county has far fewer distinct tracts than documents.
    _, first = np.unique(codes, return_index=True)
    distinct = cases.iloc[first].astype(object).fillna("").itertuples(index=False)
    problems = [problem(delivery.counties[fips], *case) for fips, *case in distinct]
    bad = np.array([one is not None for one in problems], dtype=bool)[codes]
    found: dict[int, tuple[str, str]] = {}
    for doc, code in zip(legals["doc"].to_numpy()[bad], codes[bad], strict=True):
        found.setdefault(int(doc), problems[code])
    return found


def impossible(county: County, township: str, span: str, section: str, rest: str) -> tuple[str, str] | None:
    """Return what is impossible and what is possible, or None."""
    number = section or next(iter(SECTION.findall(rest)), None)
    if number and not (number.isdecimal() and len(number) < LONGEST and 1 <= int(number) <= HIGHEST_SECTION):
        return f"section {number}", f"1 to {HIGHEST_SECTION}"
    for name, text, bounds, side in (
        ("township", township, county.townships, "S"),
        ("range", span, county.ranges, "E"),
    ):
        if text and bounds and not within(text, bounds, side):
            return f"{name} {text}", f"{name} {bounds[0]}{side} to {bounds[1]}{side}"
    return None


def within(text: str, bounds: tuple[int, int], side: str) -> bool:
    """Whether a township such as T19S, or a range such as R33E, is in the county."""
    match = re.fullmatch(rf"[TR](\d{{1,4}}){side}", text)
    return bool(match) and bounds[0] <= int(match[1]) <= bounds[1]  # type: ignore[index] # bool(match) comes first


@rule(
    "MA605",
    title="Survey or county mismatch",
    severity="warning",
    authority="trade practice",
    fix="Look at the image; the description or the county is wrong, unless the land extends across the county line",
    message="{key}: {value}, where {expected}",
    passing=Example({}),
    failing=Example({"legals": [PLSS]}),
)
def survey_in_county(delivery: Delivery) -> pd.DataFrame:
    """A railroad, school or university survey is in certain counties; townships and ranges are not used in Texas.

    These are warnings: land extends across lines, and Howard County once kept Andrews County's records. A record of
    another county than the one that is checked (`county=`), or than nearly all others of its file, is fatal: it is in
    the wrong delivery. Without `county=`, a delivery of several counties is named.
    """
    odd = judged(delivery, delivery.legals, ["kind", "survey", "range"], mismatch)
    foreign = {doc: one[:2] for doc, one in delivery.foreign.items()}
    # One finding for each document: that it is foreign explains its land as well.
    docs = np.array(sorted(odd | foreign), dtype=np.int64)
    found = [(odd | foreign)[doc] for doc in docs.tolist()]
    severity = ["fatal" if doc in foreign else None for doc in docs.tolist()]
    flagged = flag(delivery, docs, [value for value, _ in found], [text for _, text in found], severity)
    # It is a finding of the county that the delivery belongs to, whose register keeps it.
    flagged["county_fips"] = [
        delivery.foreign[doc].home if doc in foreign else fips
        for doc, fips in zip(docs.tolist(), flagged["county_fips"], strict=True)
    ]
    return pd.concat([flagged, about(mixture(delivery, foreign))], ignore_index=True)


def mixture(delivery: Delivery, foreign: Mapping[int, object]) -> list[dict[str, str]]:
    """Return the finding that a delivery holds several counties, none of them expected or foreign."""
    fips = delivery.documents["county_fips"]
    counts = fips.drop(index=list(foreign)).value_counts(sort=False).sort_index()
    counts = counts.loc[counts > 0]
    if delivery.county is not None or len(counts) < 2:  # noqa: PLR2004 - a mixture is of two
        return []
    names = " and ".join(f"{count:,} of {delivery.counties[str(one)].name}" for one, count in counts.items())
    key = ", ".join(map(str, counts.index))
    row = {"county_fips": str(counts.index[0]), "key": key, "value": f"the delivery has {names}"}
    return [row | {"expected": "a delivery is usually of one county; name it with --county"}]


def mismatch(county: County, kind: str, survey: str, span: str) -> tuple[str, str] | None:
    """Return what does not belong to the county and why, or None."""
    # A township alone may be that of a railroad's block, which Texas has; ranges it has not.
    metes = kind == "metes_and_bounds"
    if county.state == "TX" and (kind == "plss" or (metes and span)):
        return "a township and range description", f"{county.name} is in Texas, which was not surveyed so"
    if county.state == "NM" and (kind in ("texas_survey", "league_labor") or (metes and survey in NAMED_SURVEYS)):
        return "a Texas survey", f"{county.name} is in New Mexico"
    if county.surveys is not None and survey in NAMED_SURVEYS - county.surveys:
        return f"survey {survey}", f"that survey does not extend into {county.name}"
    return None
