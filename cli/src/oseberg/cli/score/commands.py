"""The commands of `oseberg score`, as a person sees them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli.lazy import Group, does
from oseberg.cli.options import json_option, wide_option

if TYPE_CHECKING:
    from collections.abc import Callable

PATH = click.Path(path_type=Path)
# The library knows its formats and outcomes; they are repeated here, since help must not import it.
FORMATS = ("md", "html", "xlsx", "csv")
OUTCOMES = ("lasting", "recovered", "canceled", "no longer scored")

model_option: Callable[..., Any] = click.option(
    "--model",
    "model_path",
    type=PATH,
    help="Model file [default: OSEBERG_MODEL, then [score] model in oseberg.toml, then the shipped model].",
)
groups_option: Callable[..., Any] = click.option(
    "--groups", type=PATH, help="GROUPS.csv with id and salesforce_id [default: as loaded]."
)


@click.group(cls=Group)
def score() -> None:
    """Score users and companies, and explain the scores.

    \b
    Example:
      oseberg score weekly
      oseberg score companies
    """


@score.command()
@click.option("--week", metavar="WEEK", help="Score only this week, again if it has scores: 2026-W46.")
@click.option("--refit", "again", is_flag=True, help="Fit a new reference on the latest weeks, and show the shift.")
@click.option(
    "--events",
    metavar="DIR|s3://…",
    help="Read the events from a lake of Parquet days [default: [score] events, else the database].",
)
@click.option(
    "--workers",
    "processes",
    type=click.IntRange(min=1),
    help="With a lake: number of processes [default: [score] workers, else 1].",
)
@click.option(
    "--dask",
    metavar="ADDRESS",
    help="With a lake: use the Dask scheduler at tcp://host:8786 [default: [score] dask].",
)
@model_option
@json_option
@does("score.weekly.run:run")
def weekly() -> None:
    """Score every complete week not yet scored.

    Scored weeks are left alone; those with newer events are named. A week of which loaded events are gone is not
    scored, and the exit status is 3. Prints one line for each week. With --refit (once a quarter) nothing is scored:
    the latest weeks become the reference for future weeks, and each of them is measured with both.

    --events reads what `oseberg mixpanel export --format parquet --partition day` wrote. The database then needs the
    accounts and keeps the scores, but no events; the scores are the same. A worker that is killed is replaced. With
    [score] events in oseberg.toml, `oseberg run` exports into the lake and scores from it. If the newest days of a lake
    have hardly any events, the exit status is 3.

    \b
    Example:
      oseberg score weekly
      oseberg score weekly --events s3://acme-usage/events --workers 4
      oseberg score weekly --week 2026-W46
    """


@score.command()
@click.option("--week", metavar="WEEK", help="Week to show [default: the latest scored one].")
@click.option("--top", type=click.IntRange(1), metavar="N", help="Only the first N companies.")
@click.option("--attention", is_flag=True, help="Only companies that are newly low, falling or low for long.")
@click.option("--type", "kind", metavar="TYPE", help="Only companies of this type, such as Enterprise.")
@click.option("--owner", metavar="OWNER", help="Only this owner's companies.")
@model_option
@wide_option
@json_option
@does("score.companies:run")
def companies() -> None:
    """Show the companies' scores: newly low first, then falling, low for long, onboarding, and all others.

    A score is the plain mean over the licensed users = adoption x active_score + passive_points. A company is low when
    3 of its last 4 weeks with tracking are at or below the threshold ([score] threshold in oseberg.toml). Within a
    list, most money at risk comes first.

    \b
    Example:
      oseberg score companies --attention --owner "Ann Lee"
      oseberg score companies --json
    """


@score.command()
@click.option("--week", metavar="WEEK", help="Later week [default: the latest scored one].")
@click.option("--before", metavar="WEEK", help="Week to compare with [default: the week before].")
@click.option("--by", multiple=True, metavar="SEGMENT", help="Only by this segment, such as job_type; repeatable.")
@model_option
@json_option
@does("score.fleet:run")
def fleet() -> None:
    """Break down the change of the mean over all users between any two weeks, exactly.

    By who joined, left or changed company, by metric, and by segment: type, job, owner, tenure, and what [accounts]
    user_segments and group_segments in oseberg.toml declare. Each table adds up to the change.

    \b
    Example:
      oseberg score fleet --week 2026-W46 --before 2026-W33 --by tenure
    """


@score.command()
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only alarms with this outcome.")
@model_option
@wide_option
@json_option
@does("score.alarms:run")
def alarms() -> None:
    """List past alarms of every company, and what became of them.

    An alarm begins when 3 of the last 4 weeks with tracking are at or below the threshold. Companies that have left
    are listed too: as canceled, where GROUPS.csv says when (cancelled_on).

    \b
    Example:
      oseberg score alarms --outcome canceled
    """


@score.command()
@click.argument("who")
@click.option("--week", metavar="WEEK", help="Week to explain [default: the latest scored one].")
@click.option("--company", is_flag=True, help="WHO is a company, even if a user has the same id.")
@model_option
@wide_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table; numbers unrounded.")
@does("score.explain:run")
def explain() -> None:
    """Explain a score: 30 lines that add up to it, and what changed since the week before.

    WHO is a user (an id, an e-mail address or a username) or a company (a name, an id or a Salesforce id). A company's
    users are listed too, those who moved its score most first.

    \b
    Example:
      oseberg score explain ann@example.com
      oseberg score explain "Alpha Resources" --week 2026-W46 --json
    """


@score.command()
@click.option("--format", "form", type=click.Choice(FORMATS), help="Format [default: by the extension of -o, else md].")
@click.option("-o", "--output", type=PATH, help="Write to this file [default: standard output].")
@click.option("--weights", type=PATH, help="Check and use an edited sheet, csv or xlsx.")
@click.option("--save", type=PATH, help="Keep the model with these weights in this folder.")
@click.option("--cuts", is_flag=True, help="Add the cut-offs: what value earns how many points.")
@click.option("--check", is_flag=True, help="Check the model against the stored events; status 3 if anything is found.")
@model_option
@does("score.metrics:run")
def metrics() -> None:
    """Document the metrics, or check and apply edited weights.

    The csv, or the xlsx's sheet "weights", can be edited and read back with --weights: a model file of your own
    (--model) then has its weights replaced; --save keeps a copy of the model with the new weights in a folder. New
    weights make a new version of the model; scores of the old version stay.

    \b
    Example:
      oseberg score metrics -o metrics.xlsx
      oseberg score metrics --weights metrics.xlsx --save health-model
      oseberg score metrics --check
    """


@score.command()
@click.option("--week", metavar="WEEK", help="Week to measure [default: the latest complete one].")
@click.option("-o", "--output", type=PATH, help="Write each user's statistics to this file, .csv or .parquet.")
@model_option
@wide_option
@json_option
@does("score.statistics:run")
def statistics() -> None:
    """Describe the statistics, or write those of a week's users with -o.

    The score uses 30 metrics made of these; analysts may want all of them.

    \b
    Example:
      oseberg score statistics
      oseberg score statistics --week 2026-W46 -o statistics.parquet
    """


@score.command()
@click.option("--cancellations", type=PATH, required=True, help="CSV file with AccountId and NoticeDate.")
@groups_option
@click.option(
    "--lead-weeks",
    type=click.IntRange(0),
    default=8,
    show_default=True,
    help="Weeks needed to act before the notice date.",
)
@click.option("--horizon-weeks", type=click.IntRange(1), default=13, show_default=True, help="Weeks to look ahead.")
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed for the resampling.")
@model_option
@json_option
@does("score.threshold:run")
def threshold() -> None:
    """Find the company score below which a cancellation becomes likely, or say that there is none.

    Compares the stored history of scores with past cancellations. The file has group_id, or the AccountId that
    GROUPS.csv calls salesforce_id; other headings: [score.cancellations] in oseberg.toml.

    \b
    Example:
      oseberg score threshold --cancellations cancellations.csv
    """


@score.command()
@click.option("--owner", metavar="OWNER", help="Only this owner's companies.")
@click.option(
    "--format", "form", type=click.Choice(["text", "html"]), default="text", show_default=True, help="Format."
)
@click.option("-o", "--output", type=PATH, help="Write to this file [default: standard output].")
@model_option
@does("score.digest:run")
def digest() -> None:
    """Print what changed since the week before: newly low, falling, onboarding and recovered companies.

    The exit status is 3 when a company is newly low or falling, so that a scheduler can notify.

    \b
    Example:
      oseberg score digest --owner "Ann Lee"
      oseberg score digest --format html -o digest.html
    """


@score.command()
@click.option("-o", "--output", type=PATH, required=True, help="File to write: REPORT.html, .xlsx or .csv.")
@click.option("--cancellations", type=PATH, help="Show the threshold found from this CSV file.")
@groups_option
@click.option(
    "--notes",
    type=PATH,
    help="CSV file with company (id or name), date, author and note: shown on the companies' pages.",
)
@model_option
@does("score.report:run")
def report() -> None:
    """Write the health page: which accounts need attention, why, and since when.

    One HTML file that opens without a network: accounts and users week by week, and how each score is made up. With
    the extension .xlsx or .csv, writes the same numbers as a spreadsheet.

    \b
    Example:
      oseberg score report -o report.html
      oseberg score report -o accounts.xlsx
    """
