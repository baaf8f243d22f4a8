"""Run the rules over a delivery."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import orjson
import pandas as pd

from oseberg.maze_authority._delivery.county import County, facts
from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._delivery.images import Given, gather
from oseberg.maze_authority._delivery.memory import forget_pages, forget_tables, only
from oseberg.maze_authority._findings import COLUMNS, Outcome, normalize, nothing, texts
from oseberg.maze_authority._progress import Progress
from oseberg.maze_authority._quarantine import Quarantine
from oseberg.maze_authority._records.columns import plain
from oseberg.maze_authority._records.origin import Origin
from oseberg.maze_authority._records.read import Read, Records, read_records
from oseberg.maze_authority._register.changes import Change
from oseberg.maze_authority._register.names import name_of
from oseberg.maze_authority._register.register import Register
from oseberg.maze_authority._registry import ACROSS, Rule, find
from oseberg.maze_authority._registry import rules as registry
from oseberg.maze_authority._result import Result
from oseberg.maze_authority._settings import CheckSettings, Limits, Setting
from oseberg.maze_authority._waivers import Waiver, Waivers, load_waivers
from oseberg.maze_authority.errors import CompanionError, RecordsError, RuleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SPOOLED = 1_000_000  # records from which on their lists wait in files while the good part is judged by itself
ON_PAGES = "MA2"  # how the ids of the rules on numbers, books and pages begin
LAST = "MA990"  # the rule on waivers runs last, when it is known which of them were used
NONE_FOUND = nothing().assign(waiver=None, rule="")
"""What most rules find, prepared: to build it for each of them would take longer than a small delivery's rules do."""


def check(
    records: Records,
    images: Given | None = None,
    history: Records | None = None,
    county: County | str | None = None,
    waivers: str | Path | Iterable[Waiver] | None = None,
    *,
    complete_series: bool = True,
    as_of: date | str | None = None,
    lag_days: int | None = None,
    summary: Mapping[str, Any] | None = None,
    rejects: Iterable[str] | None = None,
    settings: CheckSettings | Mapping[str, Setting] | None = None,
    rules: Iterable[str] | None = None,
    progress: Progress | None = None,
    register: Register | str | Path | None = None,
    delivery_name: str | None = None,
    delivered: date | str | None = None,
    all_open: bool = False,
) -> Result:
    """Check standard index records for completeness.

    With a register, the delivery is judged together with all that were delivered before it and remembered, and the
    status is 3 only for what is new or overdue.

    Args:
        records: A records.jsonl, an iterable of `IndexRecord`, or a DataFrame with one row for each document. Next to
            a records.jsonl, `summary.json` and `rejects.jsonl` are read as well.
        images: The delivered images: a folder that holds `images/`, or paths, or (path, size, digest or None).
        history: The records of an earlier delivery, in the same forms.
        county: The county that all records should be of: its FIPS code, or facts about it.
        waivers: A TOML file of `[[waiver]]` tables, or waivers.
        complete_series: The vendor delivers every instrument. With False (leases only) gaps in numbers and pages
            can't be told, and the rules on them are `not_run`.
        as_of: The day to judge by (future dates, waivers, lateness), or its ISO text. Without it future dates and
            waivers go by today, and lateness by the delivery's own last day.
        lag_days: Days that the certified-through date may stay behind; by default what `settings` say, or 30.
        summary: The parser's summary, when the records are not a file.
        rejects: Texts of rejected rows, when the records are not a file.
        settings: Severities and tolerated findings by rule id, or `CheckSettings`. What these say of one county holds
            where all records are of that county, or `county` names it.
        rules: Ids of the rules to run; all by default.
        register: A `Register`, the path of its file, or postgresql://…; it is made if it does not exist. The delivery
            is remembered in one transaction; the same delivery again changes nothing.
        delivery_name: The delivery's name in the register. A delivery of the same name replaces its earlier version,
            which is kept. By default it is the name of a folder YYYYMMDD around the records, or made from their files.
        delivered: The day of the delivery, by which the register orders a county's deliveries. By default the day
            `delivered` of the summary, or the one that the delivery's name is; otherwise the time of the file decides,
            which the report says.
        all_open: With a register: whether everything that is open gives status 3, as without a register.
        progress: Called as `progress(done, total, rule)` before each rule and after the last one.

    Returns:
        What was found.

    Raises:
        RecordsError: The records are not standard index records.
        CompanionError: Images, summary or rejects can't be read.
        CountyError: `county` is not a FIPS code.
        WaiversError: The waivers can't be read.
        RuleError: A rule that is named does not exist.
        RegisterError: The register can't be opened, or another check uses it.

    Examples:
        >>> from oseberg.maze_authority import check, sample_record
        >>> result = check([sample_record(instrument_number=n) for n in ("18-0000001", "18-0000004")])
        >>> result.findings.query("rule == 'MA201'").key.tolist()
        ['18-0000002..18-0000003']
    """
    due = None if as_of is None else day(as_of)
    today = due or datetime.now(tz=UTC).date()
    county = facts(county) if isinstance(county, str) else county
    read = read_records(records)
    limits = allowed(settings, county.fips if county else sole_county(read.documents), lag_days)
    path = Path(records) if isinstance(records, (str, Path)) else None
    beside = path and path.parent
    counties = [county.fips] if county else sorted(read.documents["county_fips"].unique())
    book = Register(register) if isinstance(register, (str, Path)) else register
    name = delivery_name or (name_of(path) if path else None)
    delivery = assemble(
        read,
        as_of=today,
        due=due,
        lag_days=limits.lag_days,
        waivers=Waivers(load_waivers(waivers), today),
        delivered=None if images is None else gather(images),
        history=None if history is None else assemble(read_records(history), as_of=today, waivers=Waivers((), today)),
        rejects=tuple(map(plain, rejects)) if rejects is not None else read_rejects(beside),
        summary=summary if summary is not None else read_summary(beside),
        county=county,
        complete_series=complete_series,
        register=None if book is None else book.known(counties, name),
    )
    # Rules read the register while the transaction is open: nobody changes it between reading and writing.
    with nullcontext() if book is None else book.transaction():
        outcomes = run_all(delivery, chosen(rules), limits.rules, progress)
        change = None
        if book is not None:
            _ = delivery.coverage  # reports show it, when the register has changed or is closed
            change = book.record(
                delivery,
                outcomes.alone,
                name=name,
                delivered=None if delivered is None else day(delivered),
                arrived=path.stat().st_mtime_ns if path else None,
            )
    if book is not register and book is not None:
        book.close()
    return finish(delivery, outcomes.shown, limits.rules, read.records, change, all_open=all_open)


def assemble(read: Read, **inputs: Any) -> Delivery:  # noqa: ANN401 - Delivery's fields
    """Join the tables that were read and what is next to them."""
    return Delivery(documents=read.documents, lists=read.lists, order=read.order, **inputs)


def chosen(rules: Iterable[str] | None) -> list[Rule]:
    """Return the rules to run, in the order of their ids, the one on waivers last."""
    named = [rules] if isinstance(rules, str) else rules
    picked = registry.values() if named is None else [find(name) for name in named]
    return sorted(picked, key=lambda one: (one.id == LAST, one.id))


def day(given: date | str) -> date:
    """Return a day that may be an ISO text or a moment.

    Raises:
        ValueError: The text is not an ISO day.
    """
    if isinstance(given, str):
        return date.fromisoformat(given)
    return given.date() if isinstance(given, datetime) else given


def sole_county(documents: pd.DataFrame) -> str | None:
    """Return the county that all documents are of; None where there are several or none."""
    found = documents["county_fips"].unique()
    return str(found[0]) if len(found) == 1 else None


def allowed(
    settings: CheckSettings | Mapping[str, Setting] | None, county_fips: str | None, lag_days: int | None
) -> Limits:
    """Return what the records are allowed.

    Raises:
        RuleError: A setting is of a rule that does not exist.
    """
    if not isinstance(settings, CheckSettings):
        settings = CheckSettings(rules={find(name).id: setting for name, setting in (settings or {}).items()})
    limits = settings.of(county_fips)
    return limits if lag_days is None else limits.model_copy(update={"lag_days": lag_days})


class Outcomes(NamedTuple):
    """What the rules found.

    Attributes:
        shown: What a person is shown: rules on several deliveries judge this one with those before it.
        alone: What is true of this delivery alone, which is what a register keeps of it.
    """

    shown: list[Outcome]
    alone: list[Outcome]


def run_all(
    delivery: Delivery, rules: list[Rule], settings: Mapping[str, Setting], progress: Progress | None
) -> Outcomes:
    """Run the rules on the delivery.

    Args:
        delivery: What is checked.
        rules: The rules, the one on waivers last.
        settings: What each rule is allowed.
        progress: Called before each rule and after the last one.

    Returns:
        What they found.
    """
    # A register keeps what is true of a delivery alone: what depends on others is computed from all of them.
    alone = delivery.alone
    shown: list[Outcome] = []
    kept: list[Outcome] = []
    for done, one in enumerate(rules):
        if progress is not None:
            progress(done, len(rules), one.id)
        # Other rules must not depend on what else is known, or the order of the deliveries would matter.
        subject = delivery if one.id in ACROSS else alone
        if one.id == LAST:
            subject = replace(alone, waivers=counted(delivery.waivers, shown))
        shown.append(run(one, subject, settings.get(one.id, Setting())))
        # A mistyped number shows itself with what comes later: the register keeps what is odd about it alone.
        again = one.id in ACROSS and alone is not delivery
        kept.append(run(one, alone, settings.get(one.id, Setting())) if again else shown[-1])
        give_up_pages(delivery, one, rules[done + 1 :])
    if progress is not None:
        progress(len(rules), len(rules), "rules")
    return Outcomes(shown, kept)


def give_up_pages(delivery: Delivery, ran: Rule, rest: list[Rule]) -> None:
    """Drop the pages of a delivery after the last rule that reads them: they take as much memory as the records."""
    if ran.id.startswith(ON_PAGES) and not any(one.id.startswith(ON_PAGES) for one in rest):
        for one in (delivery, delivery.alone):
            forget_pages(one)


def finish(
    delivery: Delivery,
    outcomes: list[Outcome],
    settings: Mapping[str, Setting],
    records: Origin,
    change: Change | None,
    *,
    all_open: bool,
) -> Result:
    """Run the rules over whole deliveries again on the good part, and build the result."""
    quarantine = Quarantine(outcomes, len(delivery))
    again = rerun(delivery, outcomes, settings, quarantine.mask)
    return Result.build(delivery, outcomes, quarantine, again, records, change, all_open=all_open)


def run(one: Rule, delivery: Delivery, setting: Setting) -> Outcome:
    """Run one rule; what it lacks or how it breaks is a state of its own."""
    lacking = [reason for need in one.needs if (reason := delivery.has(need))]
    if lacking:
        return Outcome(one, "not_run", prepared(nothing(), one, delivery, setting), " and ".join(lacking))
    try:
        found = prepared(normalize(delivery, one.function(delivery)), one, delivery, setting)
    except RecordsError:
        raise
    except Exception as error:  # noqa: BLE001 - a rule may be anyone's; its failure must not hide the others' findings
        return Outcome(one, "broken", prepared(nothing(), one, delivery, setting), f"{type(error).__name__}: {error}")
    tolerated = found.empty or setting.tolerates(int(found["waiver"].isna().sum()), len(delivery))
    return Outcome(one, "passed" if tolerated else "failed", found)


def prepared(found: pd.DataFrame, one: Rule, delivery: Delivery, setting: Setting) -> pd.DataFrame:
    """Return findings their severity and waiver."""
    if list(found.columns) != COLUMNS:
        raise RuleError(f"{one.id} returned columns {list(found.columns)}. Build findings with flag() or about().")
    if found.empty:
        return NONE_FOUND.copy()
    own = setting.severity or one.severity
    severity = [stated if stated and not setting.severity else own for stated in found["severity"]]
    waiver = [None] * len(found) if one.id == LAST else delivery.waivers.apply(one.id, found)
    return found.reset_index(drop=True).assign(severity=texts(severity), waiver=texts(waiver), rule=one.id)


def counted(waivers: Waivers, outcomes: list[Outcome]) -> Waivers:
    """Return the waivers with the number of findings that each one matched."""
    matched = [outcome.findings["waiver"].dropna() for outcome in outcomes if len(outcome.findings)]
    places = pd.concat(matched).astype(int).to_numpy() if matched else np.empty(0, dtype=int)
    ran = frozenset(outcome.rule.id for outcome in outcomes if outcome.state in ("passed", "failed"))
    return replace(waivers, used=tuple(np.bincount(places, minlength=len(waivers.items)).tolist()), ran=ran)


def rerun(
    delivery: Delivery, outcomes: list[Outcome], settings: Mapping[str, Setting], bad: np.ndarray[Any, Any]
) -> pd.DataFrame:
    """Run the rules over whole deliveries again on the good part; give what they find only there."""
    if not bad.any():
        return NONE_FOUND.copy()
    ran = [one for one in outcomes if one.state in ("passed", "failed")]
    # What is read of the whole delivery from here on is computed before its tables are given up.
    _ = delivery.coverage, delivery.held_back_by
    forget_tables(delivery)
    forget_tables(delivery.alone)
    judged = [one for one in ran if one.rule.scope == "delivery" and one.rule.id != LAST]
    with delivery.lists.spooled() if len(delivery) >= SPOOLED else nullcontext():
        # Without the register, which holds the records in quarantine by now: the gap that one leaves would be hidden.
        good = only(delivery.alone, ~bad)
        fresh = [NONE_FOUND]
        for place, outcome in enumerate(judged):
            found = run(outcome.rule, good, settings.get(outcome.rule.id, Setting())).findings
            before = set(zip(outcome.findings["county_fips"], outcome.findings["key"], strict=True))
            new = [pair not in before for pair in zip(found["county_fips"], found["key"], strict=True)]
            fresh.append(found.loc[new])
            give_up_pages(good, outcome.rule, [one.rule for one in judged[place + 1 :]])
    again = pd.concat(fresh, ignore_index=True)
    # People look for a record where it is in the whole delivery.
    places = np.append(np.flatnonzero(~bad), -1)
    return again.assign(doc=places[again["doc"].to_numpy()])


def read_summary(folder: Path | None) -> Mapping[str, Any] | None:
    """Read the parser's summary.json next to the records.

    Raises:
        CompanionError: It is there and can't be read.
    """
    path = folder and folder / "summary.json"
    if path is None or not path.exists():
        return None
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise CompanionError(f"{path}: {error}. Parse the delivery again, or move the file away.") from None
    if not isinstance(content, dict):
        raise CompanionError(f"{path} is not a JSON object. Parse the delivery again.")
    return content


def read_rejects(folder: Path | None) -> tuple[str, ...]:
    """Read the texts of rejects.jsonl next to the records.

    Raises:
        CompanionError: It is there and can't be read.
    """
    path = folder and folder / "rejects.jsonl"
    if path is None or not path.exists():
        return ()
    try:
        lines = [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
        return tuple(str(reject["text"]) for reject in lines)
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise CompanionError(f"{path} holds no rejected rows ({error!r}). Parse the delivery again.") from None
