"""The work of `oseberg county parse`: one delivery, or every one under a root, several at a time."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli._atomic import write_text
from oseberg.cli.county.deliveries import Withdrawals, is_s3, names_under, open_delivery
from oseberg.cli.county.own import own_counties, survey_list
from oseberg.cli.exits import DONE, FAILED, NEEDS_ATTENTION, Failure, explains_itself, sentence, status, worst
from oseberg.cli.journal import add_counts
from oseberg.cli.output import count, say
from oseberg.cli.progress import ProgressDisplay
from oseberg.cli.workers.opened import open_workers
from oseberg.county_parsers import (
    County,
    Delivery,
    Parsed,
    apply_feed,
    feed_delivery,
    find_deliveries,
    list_counties,
    load_county,
    needs_attention,
    parse_all,
    parse_to,
)
from oseberg.s3utils import S3Url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Executor

TOLD = ".told.json"
"""The file of the output folder that holds what was reported of files that belong to no delivery."""
SUMMARY = "summary.json"
NAME_AND_SOURCE = 2  # words of the command line


def run(
    *,
    words: tuple[str, ...],
    every: bool,
    out: Path | None,
    stable_for: int,
    again: bool,
    processes: int,
    dask: str | None,
) -> int:
    """Parse one delivery, or with `--all` every one under a root."""
    own = own_counties()
    opened = partial(open_delivery, out=out, own=own, stable_minutes=stable_for, again=again)
    if every:
        if len(words) != 1 or not out:
            raise click.UsageError("--all needs a root and --out: oseberg county parse --all ROOT --out DIR")
        root = words[0]
        if dask:  # the workers have working folders of their own
            out, root = out.absolute(), root if is_s3(root) else str(Path(root).absolute())
            opened = partial(opened, out=out)
        with open_workers(processes, dask) as executor:
            return parse_root(root, out, own, opened, executor)
    if len(words) != NAME_AND_SOURCE:
        raise click.UsageError("Name the county and its delivery (`oseberg county list` shows the counties).")
    if processes > 1 or dask:
        raise click.UsageError("--workers and --dask distribute many deliveries: use them with --all.")
    name, source = words
    if out is None:
        with opened(Delivery(name, source, Path())) as place:
            return print_records(name, place or Path(source), own)
    county = load_county(name, own)
    delivery = Delivery(name, source, out / feed_delivery(county, source) if county.feed else out)
    (parsed,) = parse_all([delivery], folder=own, opened=opened, surveys=survey_list())
    if parsed.error is not None:
        raise parsed.error
    rated = report(parsed, own)
    return worst({rated, report_feed(county, out, [delivery])}) if county.feed else rated


def parse_root(root: str, out: Path, own: Path | None, opened: partial[Any], executor: Executor | None) -> int:
    """Parse every new or changed delivery under a root; report withdrawn files, and files that no county reads.

    Args:
        root: A folder or an `s3://` prefix.
        out: The folder of all results.
        own: The folder of the user's own county modules.
        opened: Opens a delivery.
        executor: Does the work.

    Returns:
        The status of what is new since the last run: rejected rows of deliveries that have not changed are known.
    """
    names = names_under(root)
    todo, told, broken = deliveries_under(root, names, out, own)
    withdrawn = Withdrawals(root, out, names)
    for problem in broken:
        say(f"oseberg: {problem}")
    statuses = {FAILED} if broken else set()
    statuses.add(tell(told, out))
    gone: dict[str, list[str]] = {}
    for name in withdrawn.names:
        say(f"{name}: withdrawn. It was parsed before and is gone now; its records stay in history/ or {out}.")
        gone.setdefault(str(PurePosixPath(name).parent), []).append(name)
        statuses.add(NEEDS_ATTENTION)
    places = {*gone, *(str(PurePosixPath(name).parent) for name in withdrawn.returned)}
    changed = frozenset(one.source for one in todo if place_of(one) in places)
    opened = partial(opened, of_all=True, changed=changed)
    changed_feeds: dict[str, list[Delivery]] = {}
    with ProgressDisplay("Parsing", len(todo)) as display:
        display(0, len(todo), "deliveries")
        surveys = survey_list()
        for parsed in parse_all(todo, executor=executor, folder=own, opened=opened, surveys=surveys, progress=display):
            statuses.add(report(parsed, own, of_all=True))
            if parsed.error is not None:
                gone.pop(place_of(parsed.delivery), None)  # until it is parsed without them, they are not settled
            elif not parsed.unchanged or not (parsed.delivery.out.parent / SUMMARY).is_file():
                changed_feeds.setdefault(parsed.delivery.county, []).append(parsed.delivery)
    for name, deliveries in changed_feeds.items():
        county = load_county(name, own)
        if county.feed:
            statuses.add(report_feed(county, deliveries[0].out.parent, deliveries))
    withdrawn.settle(name for names_ in gone.values() for name in names_)
    return worst(statuses)


def place_of(delivery: Delivery) -> str:
    """Return a delivery's place under its root, `FIPS/YYYYMMDD`."""
    return "/".join(delivery.out.parts[-2:])


def tell(sentences: list[str], out: Path) -> int:
    """Print the files that belong to no delivery; return 3 if any of them is new since the last run, else 0."""
    path = out / TOLD
    known = set(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else set()
    for sentence_ in sentences:
        say(sentence_)
    if known != set(sentences):
        out.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(sentences, ensure_ascii=False, indent=2) + "\n")
    return NEEDS_ATTENTION if set(sentences) - known else DONE


def print_records(county: str, place: Path, own: Path | None) -> int:
    """Parse one delivery to standard output, once all of it is read, and its summary to standard error.

    Args:
        county: The county's name.
        place: The delivery's folder or file.
        own: The folder of the user's own county modules.

    Returns:
        The status.
    """
    with tempfile.TemporaryDirectory() as folder:
        summary = parse_to(county, place, folder, folder=own, surveys=survey_list())
        with (Path(folder) / "records.jsonl").open("rb") as records:
            shutil.copyfileobj(records, sys.stdout.buffer)
    say(json.dumps(summary, ensure_ascii=False, indent=2))
    return count_and_rate(summary)


def report(parsed: Parsed, own: Path | None, *, of_all: bool = False) -> int:
    """Print what became of a delivery.

    Args:
        parsed: The result, or the error.
        own: The folder of the user's own county modules.
        of_all: The delivery is one of all under a root: one that has not changed needs nobody's attention again.

    Returns:
        The status.
    """
    delivery = parsed.delivery
    if parsed.error is not None:
        if isinstance(parsed.error, Failure):
            say(f"oseberg: {parsed.error.message}")
            return parsed.error.exit_code
        if not explains_itself(parsed.error):
            raise parsed.error  # a bug of our own, whose traceback is needed
        say(f"oseberg: {sentence(parsed.error)}")
        return status(parsed.error)
    summary: Mapping[str, Any] = parsed.summary or {}
    if parsed.unchanged:
        say(f"{delivery.source}: already parsed; use --again to parse it again.")
    records = f"{count(summary['records'], 'record')} ({summary['incomplete']:,} incomplete)"
    rows = f"{count(summary['rows'], 'row')}; {summary['rejected']:,} rejected"
    say(f"{load_county(delivery.county, own).name}, {delivery.source}: {records} of {rows} -> {delivery.out}")
    if summary["rejected"] and not parsed.unchanged:
        say(f"{delivery.out / 'rejects.jsonl'}: the rejected rows, each with its reason.")
    for problem in [*summary.get("problems", []), *summary.get("doubts", [])]:
        say(f"{delivery.source}: {problem}")
    rated = count_and_rate(summary)
    return DONE if of_all and parsed.unchanged else rated


def report_feed(county: County, out: Path, deliveries: list[Delivery]) -> int:
    """Apply the deliveries of a feed to its documents, and print the result.

    Args:
        county: The declaration.
        out: The folder of the feed.
        deliveries: What was parsed in this run.

    Returns:
        The status: 3 where a delivery deletes documents that none before it added.
    """
    applied = apply_feed(county, out)
    feed = applied.summary["feed"]
    done = f"{feed['added']:,} added, {feed['updated']:,} updated, {feed['deleted']:,} deleted"
    documents = count(applied.summary["records"], "document")
    say(f"{county.name}: {documents} after {count(feed['deliveries'], 'delivery', 'deliveries')} ({done}) -> {out}")
    for delivery in deliveries:
        for sentence_ in applied.sentences(delivery.out.name):
            say(f"{delivery.source}: {sentence_}")
    new = {delivery.out.name for delivery in deliveries}
    deletes = any(one.action == "delete" and one.delivery in new for one in applied.unknown)
    return NEEDS_ATTENTION if deletes else DONE


def count_and_rate(summary: Mapping[str, Any]) -> int:
    """Count what was read for the log; return 3 when a person should look at it, else 0."""
    add_counts(deliveries=1, **{name: summary[name] for name in ("records", "rows", "rejected")})
    return NEEDS_ATTENTION if needs_attention(summary) else DONE


def deliveries_under(
    root: str, names: list[str], out: Path, own: Path | None
) -> tuple[list[Delivery], list[str], list[str]]:
    """Find each delivery `ROOT/FIPS/YYYYMMDD` of every county; its results go to `OUT/FIPS/YYYYMMDD`.

    Args:
        root: A folder or an `s3://` prefix.
        names: The paths of the files under it.
        out: The folder of all results.
        own: The folder of the user's own county modules.

    Returns:
        The deliveries, sentences about what belongs to none, and a message for each county module that can't be used:
        it doesn't stop the other counties.

    Raises:
        Failure: The root has no delivery.
    """
    broken: list[str] = []
    counties = list_counties(own, on_error=lambda error: broken.append(str(error)))
    found = find_deliveries(names, counties, own)
    deliveries = []
    for place, (name, _) in found.deliveries.items():
        source = str(S3Url(root) / f"{place}/") if is_s3(root) else str(Path(root) / place)
        deliveries.append(Delivery(name, source, out / place))
    if not deliveries and not broken:
        seen = "".join(f"\n{sentence_}" for sentence_ in found.strange)
        raise Failure(f"{root} has no delivery of a known county. Deliveries are ROOT/FIPS/YYYYMMDD.{seen}")
    return deliveries, [*found.chosen, *found.strange], broken
