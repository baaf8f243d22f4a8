"""MA7xx, MA9xx: withdrawn and changed records, days between deliveries, rows accounted for, stale waivers."""

from __future__ import annotations

from datetime import date

import pandas as pd

from oseberg.maze_authority._delivery.coverage import span
from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._delivery.fields import differences
from oseberg.maze_authority._delivery.identity import identities
from oseberg.maze_authority._findings import about, flag, nothing
from oseberg.maze_authority._records.sample import sample_record
from oseberg.maze_authority._registry import Example, rule
from oseberg.maze_authority._waivers import Waiver

ACCOUNT = {"rows": 4, "used": 1, "structural": 1, "duplicate": 1, "rejected": 1}
WAIVED = {"rule": "MA501", "key": "18-0000001", "reason": "seen", "by": "A. Hale", "expires": date(2019, 1, 31)}


@rule(
    "MA701",
    title="Record withdrawn since the last delivery",
    severity="error",
    authority="trade practice",
    fix="Ask the vendor why the record is gone; recorded documents don't vanish",
    message="{key}, recorded on {value}, was delivered before and is gone",
    scope="delivery",
    needs=("history",),
    passing=Example({}, history=[sample_record()]),
    failing=Example({}, history=[sample_record(), sample_record(instrument_number="18-0000002")]),
)
def withdrawn(delivery: Delivery) -> pd.DataFrame:
    """A record that was delivered before, of a day that this delivery repeats, is in it again.

    A delivery repeats a day if it has at least half of the day's known documents: a late document repeats nothing.
    """
    gone = delivery.withdrawn
    columns = (gone[name].tolist() for name in ("county_fips", "shown", "key", "day")) if len(gone) else ()
    return about(
        {
            "county_fips": fips,
            "series": shown or "running",
            "key": key,
            "value": day.date().isoformat(),
            "expected": "the record",
        }
        for fips, shown, key, day in zip(*columns, strict=True)
    )


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
    """A record that was delivered before says the same again. The fields that differ are named with both values."""
    if delivery.before is None:
        return nothing()
    known = delivery.identified
    now = known[["doc", "county_fips"]].assign(identity=identities(known))
    now["content"] = delivery.content[now["doc"].to_numpy()]
    parts = [
        delivery.placed_before(str(fips), delivery.before.contents(str(fips), mine["text"]))
        for fips, mine in known.groupby("county_fips", sort=True)
    ]
    if not parts:
        return nothing()
    both = now.merge(pd.concat(parts, ignore_index=True), on=["county_fips", "identity"], suffixes=("_now", ""))
    # A number may occur twice on either side: one equal pair is enough.
    same = both.loc[both["content"] == both["content_now"], ["county_fips", "identity"]].drop_duplicates()
    differing = both.merge(same, how="left", on=["county_fips", "identity"], indicator=True)
    differing = differing.loc[differing["_merge"] == "left_only"].drop_duplicates("doc_now").sort_values("doc_now")
    docs = differing["doc_now"].to_numpy()
    pairs = zip(delivery.before.fields(differing), delivery.fields(docs), strict=True) if len(docs) else ()
    return flag(delivery, docs, [differences(*pair) for pair in pairs], "the same content")


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
    """Two deliveries that follow each other skip no business day."""
    rows = []
    for fips, runs in delivery.skipped_days.items():
        windows = sorted(delivery.all_windows[fips])
        for first, last in runs:
            before = max(end for _, end in windows if end < first)
            after = min(start for start, _ in windows if start > last)
            rows.append({"county_fips": fips, "key": span(first, last), "value": str(before), "expected": str(after)})
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
    # A summary written by another program may lack parts; what it lacks can't add up.
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
