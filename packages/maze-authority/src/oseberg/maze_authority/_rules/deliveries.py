"""MA7xx, MA9xx: this delivery against the one before, the parser's account, and the waivers."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.coverage import business_days, span
from oseberg.maze_authority._delivery.delivery import CONTENT, Delivery
from oseberg.maze_authority._findings import about, flag, nothing
from oseberg.maze_authority._records.sample import sample_record
from oseberg.maze_authority._registry import Example, rule
from oseberg.maze_authority._waivers import Waiver

ACCOUNT = {"rows": 4, "used": 1, "structural": 1, "duplicate": 1, "rejected": 1}
WAIVED = {"rule": "MA501", "key": "18-0000001", "reason": "seen", "by": "A. Hale", "expires": date(2019, 1, 31)}


@rule(
    "MA701",
    title="Record withdrawn since the last delivery",
    severity="warning",
    authority="trade practice",
    fix="Ask the vendor why the record is gone; recorded documents don't vanish",
    message="{key}, recorded on {value}, was delivered before and is gone",
    scope="delivery",
    needs=("history",),
    passing=Example({}, history=[sample_record()]),
    failing=Example({}, history=[sample_record(), sample_record(instrument_number="18-0000002")]),
)
def withdrawn(delivery: Delivery) -> pd.DataFrame:
    """A record that was delivered before, of a day that this delivery covers again, is in it again."""
    history = delivery.history
    ends = delivery.windows
    if history is None:
        return nothing()
    earlier = identified(history)
    gone = earlier.loc[~earlier["identity"].isin(identified(delivery)["identity"])]
    docs = gone["doc"].to_numpy()
    recorded = history.documents["recorded_on"].iloc[docs]
    columns = (gone["county_fips"], history.labels[docs], history.keys(docs), recorded)
    rows = []
    for fips, series, key, day in zip(*columns, strict=True):
        first, last = ends.get(fips, (date.max, date.min))
        if not pd.isna(day) and first <= day.date() <= last:
            value = day.date().isoformat()
            rows.append({"county_fips": fips, "series": series, "key": key, "value": value, "expected": "the record"})
    return about(rows)


@rule(
    "MA702",
    title="Record changed since the last delivery",
    severity="warning",
    authority="trade practice",
    fix="Compare the two records; take the new one when the vendor confirms it",
    message="{key} differs from the earlier delivery in {value}",
    scope="delivery",
    needs=("history",),
    passing=Example({}, history=[sample_record()]),
    failing=Example({}, history=[sample_record(page_count=2)]),
)
def changed(delivery: Delivery) -> pd.DataFrame:
    """A record that was delivered before says the same again."""
    history = delivery.history
    if history is None:
        return nothing()
    now, then = identified(delivery), identified(history)
    now["content"], then["content"] = delivery.content[now["doc"]], history.content[then["doc"]]
    both = now.merge(then, on="identity", suffixes=("", "_then"))
    same = both.loc[both["content"] == both["content_then"], "identity"]
    differing = both.loc[~both["identity"].isin(same)].drop_duplicates("doc").sort_values("doc")
    value = [
        differences(delivery, history, *pair) for pair in zip(differing["doc"], differing["doc_then"], strict=True)
    ]
    return flag(delivery, differing["doc"], value, "the same content")


def identified(delivery: Delivery) -> pd.DataFrame:
    """Return the numbered documents with what identifies them: county, series and number."""
    numbers = delivery.numbers
    identity = numbers["county_fips"] + "\x1f" + numbers["shown"] + "\x1f" + numbers["text"]
    return pd.DataFrame({"doc": numbers["doc"], "county_fips": numbers["county_fips"], "identity": identity})


def differences(now: Delivery, then: Delivery, doc: int, doc_then: int) -> str:
    """Name the fields in which two documents differ."""
    one, other = now.documents.iloc[[doc]][CONTENT], then.documents.iloc[[doc_then]][CONTENT]
    names = [
        name for name in CONTENT if not one[name].reset_index(drop=True).equals(other[name].reset_index(drop=True))
    ]
    lists = ("grantors", "grantees", "legals", "references", "images")
    names += [name for name in lists if rows_of(now, name, doc) != rows_of(then, name, doc_then)]
    return ", ".join(names)


def rows_of(delivery: Delivery, name: str, doc: int) -> list[dict[str, object]]:
    """Return a document's rows in one of the tables."""
    table = getattr(delivery, name)
    docs = table["doc"].to_numpy()
    rows = table.iloc[np.searchsorted(docs, doc) : np.searchsorted(docs, doc, side="right")].drop(columns="doc")
    return [dict(row) for row in rows.astype(object).where(rows.notna(), None).to_dict("records")]


@rule(
    "MA703",
    title="Delivery windows not contiguous",
    severity="error",
    authority="trade practice",
    fix="Ask the vendor for the delivery of the days between",
    message="{key}: no delivery between {value} and {expected}",
    scope="delivery",
    needs=("history",),
    passing=Example({"recorded_on": "2018-06-11"}, history=[sample_record(recorded_on="2018-06-08")]),
    failing=Example({"recorded_on": "2018-06-11"}, history=[sample_record(recorded_on="2018-06-06")]),
)
def contiguous(delivery: Delivery) -> pd.DataFrame:
    """Between the last day of the earlier delivery and the first of this one there is no business day."""
    if delivery.history is None:
        return nothing()
    before = delivery.history.windows
    rows = []
    for fips, (first, last) in delivery.windows.items():
        if fips in before:
            start, end = sorted([(first, last), before[fips]])
            skipped = [day for day in business_days(fips, start[1], end[0]) if start[1] < day < end[0]]
            if skipped:
                key = span(skipped[0], skipped[-1])
                rows.append({"county_fips": fips, "key": key, "value": str(start[1]), "expected": str(end[0])})
    return about(rows)


@rule(
    "MA901",
    title="Rows not accounted for",
    severity="fatal",
    authority="trade practice",
    fix="Report the parser's defect; don't use the records",
    message="The summary's {key}: {value}, but {expected}",
    scope="delivery",
    needs=("summary",),
    passing=Example({}, summary=ACCOUNT),
    failing=Example({}, summary=ACCOUNT | {"rows": 5}),
)
def rows_accounted_for(delivery: Delivery) -> pd.DataFrame:
    """Every row of the delivery was used, structural, a duplicate or rejected, and every record is here."""
    summary = delivery.summary or {}
    parts = {name: summary.get(name) for name in ("used", "structural", "duplicate", "rejected")}
    fips = str(summary.get("county_fips") or (delivery.documents["county_fips"].iloc[0] if len(delivery) else ""))
    numbers = [value for value in (*parts.values(), summary.get("rows")) if isinstance(value, int)]
    told = " + ".join(f"{value} {name}" for name, value in parts.items())
    rows = []
    if len(numbers) <= len(parts) or summary["rows"] != sum(numbers[:-1]):
        rows.append({"key": "rows", "value": str(summary.get("rows")), "expected": f"{told} were told"})
    stated = summary.get("records")
    if stated is not None and stated != len(delivery):
        rows.append({"key": "records", "value": str(stated), "expected": f"{len(delivery)} are here"})
    if delivery.rejects and parts["rejected"] != len(delivery.rejects):
        rows.append(
            {"key": "rejected", "value": str(parts["rejected"]), "expected": f"{len(delivery.rejects)} are listed"}
        )
    return about({"county_fips": fips, **row} for row in rows)


@rule(
    "MA990",
    title="Waiver expired or unmatched",
    severity="warning",
    authority="trade practice",
    fix="Remove the waiver, or renew it with a new reason",
    message="The waiver of {key} by {value} {expected}",
    needs=("waivers",),
    passing=Example({"grantors": []}, waivers=[Waiver.model_validate(WAIVED)], as_of=date(2018, 6, 20)),
    failing=Example({"grantors": []}, waivers=[Waiver.model_validate(WAIVED)], as_of=date(2019, 6, 20), lag_days=999),
)
def stale_waivers(delivery: Delivery) -> pd.DataFrame:
    """A waiver that no longer holds, or that matches nothing, would hide a finding one day. A waiver's last day counts.

    A waiver of a rule that was not run is left alone.
    """
    waivers = delivery.waivers
    fips = str(delivery.documents["county_fips"].iloc[0]) if len(delivery) else ""
    rows = []
    for waiver, used in zip(waivers.items, waivers.used, strict=True):
        row = {"county_fips": waiver.county_fips or fips, "key": f"{waiver.rule} {waiver.place}", "value": waiver.by}
        if not waivers.in_force(waiver):
            rows.append({**row, "expected": f"expired after {waiver.expires}"})
        elif not used and waiver.rule in waivers.ran:
            rows.append({**row, "expected": "matches no finding"})
    return about(rows)
