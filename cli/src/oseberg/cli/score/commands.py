"""The commands of `oseberg score`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli.exits import Failure
from oseberg.cli.output import json_option, print_frame, say
from oseberg.cli.score.week_type import WEEK
from oseberg.cli.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from oseberg.health_model import Week

model_option: Callable[..., Any] = click.option(
    "--model",
    "model_path",
    type=click.Path(path_type=Path),
    help="A model file [default: OSEBERG_MODEL, then [score] model in oseberg.toml, then the shipped model].",
)

FORMATS = ("md", "html", "xlsx", "csv")
ENDINGS = {"": "md", ".txt": "md", ".htm": "html"} | {f".{form}": form for form in FORMATS}


def named_format(output: Path | None) -> str:
    """Give the format that a file's name asks for; Markdown without one.

    Raises:
        UsageError: The name promises a format that is not written, such as .pdf.
    """
    ending = output.suffix.lower() if output else ""
    if ending not in ENDINGS:
        raise click.UsageError(f"{output} has another ending than .{', .'.join(FORMATS)}. Say which one: --format md")
    return ENDINGS[ending]


@click.group()
def score() -> None:
    """Score users and companies, and explain the scores.

    \b
    Example:
      oseberg score weekly
      oseberg score companies
    """


@score.command()
@click.option("--week", type=WEEK, help="Score this week alone, again if it has scores: 2026-W46.")
@click.option("--refit", "again", is_flag=True, help="Fit a new reference on the latest weeks, and show the shift.")
@model_option
@json_option
def weekly(*, week: Week | None, again: bool, model_path: Path | None, as_json: bool) -> None:
    """Score every complete week not yet scored.

    Scored weeks are left alone; those with newer events are named. Prints one line for each week. With --refit (once
    a quarter) nothing is scored: the latest weeks become the reference of weeks to come, and each of them is measured
    with both.

    \b
    Example:
      oseberg score weekly
      oseberg score weekly --week 2026-W46
    """
    from oseberg.cli.database import open_database
    from oseberg.cli.score.stored import load_model
    from oseberg.cli.score.weekly import refit_reference, score_database

    if again and week:
        raise click.UsageError("--refit takes the latest weeks; leave --week away.")
    settings = Settings.load()
    model = load_model(settings, model_path)
    with open_database(settings) as database:
        if again:
            print_frame(refit_reference(database, model, settings), as_json=as_json)
        else:
            print_frame(score_database(database, model, settings, week), as_json=as_json)


@score.command()
@click.option("--week", type=WEEK, help="The week to show [default: the latest scored one].")
@model_option
@json_option
def companies(week: Week | None, model_path: Path | None, *, as_json: bool) -> None:
    """Show the companies' scores, those that need attention first.

    A score is the plain mean over the licensed users = adoption x active_score + passive_points. A company needs
    attention when 3 of its last 4 weeks are at or below the threshold ([score] threshold in oseberg.toml).

    \b
    Example:
      oseberg score companies
      oseberg score companies --json
    """
    from oseberg.cli.database import open_database
    from oseberg.cli.score.stored import company_table, load_model, read_score_settings

    settings = Settings.load()
    model = load_model(settings, model_path)
    threshold = read_score_settings(settings).threshold
    with open_database(settings) as database:
        frame, drops = company_table(database, model, threshold, week)
    say(f"Weeks in {model.time_zone}; largest attainable score {model.attainable:.2f}; low is {threshold:g} or less.")
    if drops:
        say(f"The whole fleet dropped in {', '.join(drops)}: look at the tracking first. No account is blamed for it.")
    print_frame(frame if as_json else frame.round(2), as_json=as_json)


@score.command()
@click.argument("user")
@click.option("--week", type=WEEK, help="The week to explain [default: the latest scored one].")
@model_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table; numbers unrounded.")
def explain(user: str, week: Week | None, model_path: Path | None, *, as_json: bool) -> None:
    """Explain a user's score: 30 lines that add up to it, and what changed since the week before.

    USER is an id, an e-mail address or a username.

    \b
    Example:
      oseberg score explain ann@example.com
      oseberg score explain 1042 --week 2026-W46 --json
    """
    import json

    from oseberg.cli.database import open_database
    from oseberg.cli.score.stored import explain_user, load_model

    settings = Settings.load()
    model = load_model(settings, model_path)
    with open_database(settings) as database:
        who, moment, told = explain_user(database, model, user, week)
    if as_json:
        click.echo(json.dumps({**who, "week": str(moment), "model": model.version, **told.to_dict()}, indent=2))
        return
    click.echo(f"{who['label']}, week {moment}: {told.score:.2f} of at most {model.attainable:.2f} points")
    click.echo(f"(model {model.version}, weeks in {model.time_zone})\n")
    print_frame(told.table())
    if told.previous_score is not None:
        click.echo(f"\nThe week before: {told.previous_score:.2f}. What changed most:")
        click.echo("\n".join(told.changes()) or "nothing")


@score.command()
@click.option("--format", "form", type=click.Choice(FORMATS), help="[default: as the name of -o ends, else md]")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write a file instead of standard output.")
@click.option("--weights", type=click.Path(path_type=Path), help="Check and use an edited sheet, csv or xlsx.")
@click.option("--save", type=click.Path(path_type=Path), help="Keep the model with these weights in this folder.")
@click.option("--cuts", is_flag=True, help="Add what earns how many points, from the newest stored reference.")
@model_option
def metrics(
    *,
    form: str | None,
    output: Path | None,
    weights: Path | None,
    save: Path | None,
    cuts: bool,
    model_path: Path | None,
) -> None:
    """Document the metrics, or check and apply edited weights.

    The csv, or the xlsx's sheet "weights", can be edited and read back with --weights: a model file of your own
    (--model) then has its weights replaced; --save keeps a copy of the model with the new weights in a folder. New
    weights make a new version of the model; scores of the old version stay.

    \b
    Example:
      oseberg score metrics -o metrics.xlsx
      oseberg score metrics --weights metrics.xlsx --save health-model
    """
    from oseberg.cli.score.stored import load_model, print_metrics, save_weights

    form = form or named_format(output)
    if form == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError("A workbook is nothing to read in a terminal: -o metrics.xlsx")
    if form == "csv" and cuts:
        raise click.UsageError("The csv holds the weights alone; --cuts goes with md, html and xlsx.")
    settings = Settings.load()
    model = load_model(settings, model_path, weights)
    if weights is not None or save is not None:
        save_weights(model, save)
    if weights is None or output is not None:
        print_metrics(model, form, output, settings if cuts else None)


groups_option: Callable[..., Any] = click.option(
    "--groups", type=click.Path(path_type=Path), help="GROUPS.csv with id and salesforce_id [default: as loaded]."
)


@score.command()
@click.option("--cancellations", type=click.Path(path_type=Path), required=True, help="CSV: AccountId, NoticeDate.")
@groups_option
@click.option("--lead-weeks", type=click.IntRange(0), default=8, show_default=True, help="Time needed to act.")
@click.option("--horizon-weeks", type=click.IntRange(1), default=13, show_default=True, help="How far to look ahead.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the resampling.")
@model_option
@json_option
def threshold(
    *,
    cancellations: Path,
    groups: Path | None,
    lead_weeks: int,
    horizon_weeks: int,
    seed: int,
    model_path: Path | None,
    as_json: bool,
) -> None:
    """Find the company score that warns of a cancellation, or say that there is none.

    Compares the stored history of scores with the cancellations there were. The file has group_id, or the AccountId
    that GROUPS.csv calls salesforce_id; other headings: [score.cancellations] in oseberg.toml.

    \b
    Example:
      oseberg score threshold --cancellations cancellations.csv
    """
    from oseberg.cli.database import open_database
    from oseberg.cli.score.stored import load_model
    from oseberg.cli.score.threshold import as_row, search

    settings = Settings.load()
    model = load_model(settings, model_path)
    with open_database(settings) as database:
        found = search(database, model, settings, cancellations, groups, (lead_weeks, horizon_weeks, seed))
    row = as_row(found, model)
    print_frame(row if as_json else row.round(2).T.reset_index().set_axis(["", "found"], axis=1), as_json=as_json)


@score.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="REPORT.html, .xlsx or .csv.")
@click.option("--cancellations", type=click.Path(path_type=Path), help="Show the threshold found from these.")
@groups_option
@model_option
def report(output: Path, cancellations: Path | None, groups: Path | None, model_path: Path | None) -> None:
    """Write the health page: which accounts need attention, why, and since when.

    One HTML file that opens without a network: accounts and users week by week, and what each score is made of. A name
    that ends in .xlsx or .csv gives the same numbers as a spreadsheet.

    \b
    Example:
      oseberg score report -o report.html
      oseberg score report -o accounts.xlsx
    """
    from oseberg.cli.database import open_database
    from oseberg.cli.score.report import PAGES, SPREADSHEETS, is_spreadsheet, write_page
    from oseberg.cli.score.stored import load_model, read_score_settings
    from oseberg.cli.score.threshold import search

    if groups and not cancellations:
        raise click.UsageError("--groups goes with --cancellations.")
    if output.suffix.lower() not in PAGES + SPREADSHEETS:
        raise click.UsageError(f"{output} ends neither in .html, nor in .xlsx or .csv.")
    if cancellations and is_spreadsheet(output):
        raise click.UsageError("A spreadsheet shows no threshold; leave --cancellations away.")
    settings = Settings.load()
    model = load_model(settings, model_path)
    if not output.parent.is_dir():
        raise Failure(f"{output.parent} is no folder. Make it first, or choose another with -o.")
    with open_database(settings) as database:
        found = search(database, model, settings, cancellations, groups).threshold if cancellations else None
        write_page(database, model, output, read_score_settings(settings).threshold, found)
    say(f"Wrote {output}")
