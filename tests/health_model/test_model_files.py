"""Model files and weights: what is read, what is refused and where, and what changes the version."""

import csv
import json
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from oseberg.health_model import (
    HealthModel,
    ModelError,
    explain,
    metrics_html,
    metrics_markdown,
    model_schema,
)
from oseberg.health_model._model.definition import Definition
from oseberg.health_model._model.toml import SHIPPED
from tests.health_model.helpers import FICTION, WEEK, events, row, users


def test_shipped_model_is_the_agreed_one():
    """Thirty metrics, weights that sum to 93, the largest score printed with every report."""
    model = HealthModel.load()
    kinds = [metric.kind for metric in model.metrics]
    assert (len(kinds), sum(metric.weight for metric in model.metrics)) == (30, 93)
    assert (kinds.count("percentage"), kinds.count("boolean")) == (5, 4)
    assert round(model.attainable, 2) == 92.9
    assert {"county", "layer", "recipient", "success", "duration_seconds"} <= set(model.properties)


def test_another_product_needs_its_own_toml_alone(tmp_path):
    """Five metrics of a fictitious product, scored without weights.csv or a database."""
    path = tmp_path / "harbour.toml"
    path.write_text(FICTION)
    model = HealthModel.load(path)
    data = events(
        *(row(n, "Cargo booked", pd.Timestamp("2026-11-10", tz="UTC"), port="Oslo") for n in range(1, 101)),
        row(300, "Digest mailed"),
    )
    statistics = model.statistics(data, users(300), WEEK)
    result = model.score(statistics, model.fit(statistics)).users.set_index("user_id")
    assert result.loc[1, "score"] > result.loc[300, "score"] > result.loc[299, "score"] == 0
    assert result.loc[300, "passive_only"]
    with pytest.raises(ModelError, match="Edit them there"):
        model.save(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("weight = 3", "weight = 9", "weight = 9", "metrics.days.weight: Input should be less than or equal to 5"),
        ("weight = 3", "importance = 3", "importance", "metrics.days.importance: unknown key"),
        ('kind = "boolean"', 'kind = "maybe"', "maybe", "metrics.mailed.kind: Input should be"),
        ("cargo.count.1w", "freight.count.1w", "[metrics.bookings]", "the model has no event 'freight'"),
        ("cargo.count.1w", "cargo.number.1w", "[metrics.bookings]", "'number' is not a measure"),
        ("cargo.count.1w", "cargo.count", "[metrics.bookings]", "is not written event.measure.1w"),
        (
            "digest.count.1w",
            "digest.sessions.1w",
            "[metrics.mailed]",
            "'sessions' is not a measure; choose one of count",
        ),
        ("weight = 3\n", "", "[metrics.days]", "give a weight here"),
        ('"Europe/Oslo"', '"Norway/Oslo"', "Norway", "is not an IANA time zone"),
        ('"Ship tracked"', '"Cargo booked"', "[events.ship]", "is already events.cargo"),
        ('actor = "system"', 'product = "Sea"', "[events.digest]", "product 'Sea' is not among"),
        ("[events.ship]", "[events.any]", "[events.any]", "means all events together"),
        (
            'statistic = "any.days.1w"',
            'statistic = "any.days.1w"\nof = "any.count.1w"',
            "[metrics.days]",
            "belongs to a percentage",
        ),
        ('name = "harbour"', 'name = "harbour"\nbusiness_hours = [18, 8]', "[18, 8]", "the earlier one first"),
        ('name = "harbour"', 'name = "Har bour"', "Har bour", "name: String should match"),
    ],
)
def test_a_wrong_model_is_reported_with_file_line_and_key(tmp_path, old, new, place, message):
    """Whoever edits a model finds the place at once."""
    path = tmp_path / "wrong.toml"
    text = FICTION.replace(old, new, 1)
    path.write_text(text)
    line = 1 + next(number for number, content in enumerate(text.splitlines()) if place in content)
    with pytest.raises(ModelError) as caught:
        HealthModel.load(path)
    assert f"{path}, line {line}: " in str(caught.value)
    assert message in str(caught.value)


def test_a_segment_may_not_be_both(tmp_path):
    """A column of weights must mean one thing."""
    path = tmp_path / "wrong.toml"
    path.write_text(FICTION + '[segments]\njob_types = ["SMB"]\ngroup_types = ["SMB"]\n')
    with pytest.raises(ModelError, match="SMB is both a job type and a group type"):
        HealthModel.load(path)


def test_no_toml_is_told_so(tmp_path):
    """A broken file names its line; one in another encoding says what to do."""
    path = tmp_path / "wrong.toml"
    path.write_text("name = \n")
    with pytest.raises(ModelError, match="line 1"):
        HealthModel.load(path)
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(ModelError, match="Save the file as UTF-8"):
        HealthModel.load(path)


def test_version_changes_with_model_and_weights_but_not_with_comments(copy):
    """A version stands for what is computed."""
    version = HealthModel.load().version
    assert HealthModel.load(copy).version == version
    copy.write_text("# a comment\n" + copy.read_text())
    assert HealthModel.load(copy).version == version
    weights = copy.with_name("weights.csv")
    weights.write_text(weights.read_text().replace("shares,5", "shares,4"))
    changed = HealthModel.load(copy).version
    assert changed != version
    copy.write_text(copy.read_text().replace("session_gap_minutes = 30", "session_gap_minutes = 20"))
    assert HealthModel.load(copy).version not in (changed, version)


def test_a_stored_model_comes_back_the_same(copy):
    """Old scores can be explained by the model that made them."""
    model = HealthModel.load(copy)
    again = HealthModel.from_stored(json.loads(json.dumps(model.stored())))
    assert again == model
    assert again.version == model.version


def test_segments_have_weights_of_their_own(copy):
    """A job type's weight beats a group type's, which beats the default; an empty cell means the default."""
    rows = list(csv.reader(copy.with_name("weights.csv").read_text().splitlines()))
    rows[0] += ["SMB", "Geologist"]
    rows[1] += ["2", "1"]
    rows[2:] = [[*line, "", ""] for line in rows[2:]]
    copy.with_name("weights.csv").write_text("\n".join(",".join(line) for line in rows))
    model = HealthModel.load(copy)
    people = users(
        4, group_type=["SMB", "SMB", "Enterprise", None], job_type=["Geologist", None, "Landman", "Astronaut"]
    )
    statistics = model.statistics(events(row(1, "Login")), people, WEEK)
    with pytest.warns(UserWarning, match="has only 4 users"):
        reference = model.fit(statistics)
    table = model.score(statistics, reference).contributions
    assert table[table["metric"] == "active_days"]["weight"].tolist() == [1, 2, 4, 4]
    assert model.metrics[0].weights == {"SMB": 2, "Geologist": 1}
    assert "4, SMB 2, Geologist 1" in metrics_markdown(model)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("shares,5", "shares,6", "row 30, column default: the weight of shares is '6', not a whole number from 0 to 5"),
        ("shares,5", "shares,-1", "the weight of shares is '-1'"),
        ("shares,5", "shares,2.5", "the weight of shares is '2.5'"),
        ("shares,5", "shares,", "the weight of shares is ''"),
        ("shares,5", "shares,much", "the weight of shares is 'much'"),
        ("shares,5", "shaers,5", "row 30: 'shaers' is not a metric of the model atla-sol"),
        ("shares,5", "sessions,5", "row 30: 'sessions' appears twice"),
        ("shares,5\n", "", "'shares' has no row"),
        ("metric,default", "metric,default,Pilot", "row 1: 'Pilot' is not a job type or group type"),
        ("metric,default", "metric,weight", "row 1: column 'default' is missing"),
        ("metric,default", "metric,default,SMB,SMB", "row 1: column 'SMB' appears twice"),
    ],
)
def test_a_wrong_sheet_is_reported_with_file_row_and_column(copy, tmp_path, old, new, message):
    """Sales people find the cell; the model stays as it was."""
    sheet = tmp_path / "edited.csv"
    before = copy.with_name("weights.csv").read_text()
    sheet.write_text(before.replace(old, new, 1))
    with pytest.raises(ModelError) as caught:
        HealthModel.load(copy, weights=sheet)
    assert f"{sheet}: " in str(caught.value)
    assert message in str(caught.value)
    assert copy.with_name("weights.csv").read_text() == before


def test_a_sheet_may_be_separated_by_semicolons(copy, tmp_path):
    """Spreadsheets write CSV as their country does, with a mark at the start and blank rows at the end."""
    sheet = tmp_path / "edited.csv"
    text = copy.with_name("weights.csv").read_text().replace("shares,5", "shares,1").replace(",", ";")
    sheet.write_text("\ufeff" + text + ";\n", encoding="utf-8")
    assert HealthModel.load(copy, weights=sheet).weights["shares"] == {"default": 1}
    sheet.write_bytes(b"metric,default\nsh\xe4res,5\n")
    with pytest.raises(ModelError, match="Save the sheet as CSV UTF-8"):
        HealthModel.load(copy, weights=sheet)


def test_the_shipped_model_stays_where_it_is():
    """An installed package is not edited."""
    with pytest.raises(ModelError, match="shipped model can't be changed"):
        HealthModel.load().save()


def test_shipped_weights_cover_the_shipped_metrics():
    """No weight stands in the TOML, none is missing in the sheet."""
    metrics = tomllib.loads(SHIPPED.read_text())["metrics"]
    assert not [key for key, metric in metrics.items() if "weight" in metric]


def test_documentation_shows_every_metric_and_its_cuts():
    """Question, formula, weight, and with a reference what earns 0.5 and 0.9."""
    model = HealthModel.load()
    data = events(*(row(n, "Share", recipient=k) for n in range(1, 201) for k in range(n % 20)))
    reference = model.fit(model.statistics(data, users(200), WEEK))
    text, page = metrics_markdown(model, reference), metrics_html(model, reference)
    for metric in model.metrics:
        assert metric.question in text
        assert metric.id in page
    assert "decile(share.count.1w) | 5 % | more than 9 times | more than 17 times" in text
    assert "max(sol_alert_sent.objects.1w, 3)" in text
    assert "200 users of 2026-W46 to 2026-W46" in text
    assert "0.9 =" not in metrics_markdown(model)
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_committed_pages_are_up_to_date():
    """The documentation of the metrics and the schema for editors are those of the code."""
    schema = json.loads(SHIPPED.with_name("model.schema.json").read_text())
    assert schema == model_schema(), "write it anew: json.dumps(model_schema(), indent=2)"
    page = Path(__file__).parents[2] / "packages" / "health-model" / "METRICS.md"
    assert page.read_text() == metrics_markdown(HealthModel.load()), "oseberg score metrics -o METRICS.md"


def test_schema_describes_the_shipped_model():
    """Every key of the shipped model is in the schema, and nothing else is allowed."""
    schema = model_schema()
    assert set(tomllib.loads(SHIPPED.read_text())) <= set(schema["properties"])
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("statistic", "read"),
    [
        ("any.durations.1w", {"duration_seconds"}),
        ("any.minutes.1w", set()),
        ("cargo.longest.1w", {"duration_seconds"}),
        ("any.success_share.1w", {"success"}),
        ("any.objects.1w", {"port", "object_id"}),
        ("cargo.objects.1w", {"port"}),
    ],
)
def test_properties_follow_from_the_statistics(tmp_path, statistic, read):
    """Each metric says by its statistic what it reads of events; `port` is read by another metric anyway."""
    path = tmp_path / "harbour.toml"
    path.write_text(FICTION.replace("any.days.1w", statistic, 1))
    assert set(HealthModel.load(path).metric_properties) == read | {"port"}


def test_a_reference_may_be_its_kind_alone(tmp_path):
    """`reference = "week"` is enough."""
    path = tmp_path / "week.toml"
    path.write_text('reference = "week"\n' + FICTION)
    assert HealthModel.load(path).definition.reference.kind == "week"


@pytest.mark.filterwarnings("ignore::oseberg.health_model.FewUsersWarning")
def test_weight_0_switches_a_metric_off(copy):
    """For everybody, or for a segment; the others share its weight, and all cannot be off."""
    weights = copy.with_name("weights.csv")
    original = weights.read_text()
    weights.write_text(original.replace("shares,5", "shares,0"))
    model = HealthModel.load(copy)
    data, people = events(row(1, "Share"), row(2, "Share")), users(2, job_type=["Landman", None])
    frame = model.statistics(data, people, WEEK)
    scored = model.score(frame, model.fit([frame] * 3))
    assert scored.contributions.query("metric == 'shares'")["weight"].tolist() == [0, 0]
    told = explain(model, scored.contributions[:30], scored.users["score"][0]).metrics.set_index("metric")
    assert told.loc["shares", "words"] == "Switched off (weight 0)."
    assert model.version != HealthModel.load().version
    lines = [f"{line},0" if line.startswith("shares,") else f"{line}," for line in original.splitlines()[1:]]
    weights.write_text("\n".join(["metric,default,Landman", *lines]))
    scored = HealthModel.load(copy).score(frame, model.fit([frame] * 3))
    assert scored.contributions.query("metric == 'shares'")["weight"].tolist() == [0, 5]
    weights.write_text(re.sub(r",\d+", ",0", original))
    with pytest.raises(ModelError, match="every default weight is 0"):
        HealthModel.load(copy)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("stated", [False, True])
def test_weights_are_read_as_spreadsheets_write_them(copy, tmp_path, mark, stated):
    """Any separator, Excel's line that states it, and blank columns at the end."""
    text = copy.with_name("weights.csv").read_text().replace(",", mark)
    lines = [f"sep={mark}"] * stated + [f"{line}{mark}{mark}" for line in text.splitlines()]
    path = tmp_path / "edited.csv"
    path.write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    assert HealthModel.load(copy, weights=path).weights == HealthModel.load(copy).weights


def test_what_is_not_a_sheet_gets_one_message(copy, tmp_path):
    """A picture, or a document of another program."""
    path = tmp_path / "weights.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    with pytest.raises(ModelError, match=r"is not a CSV sheet in UTF-8, at byte [\d,]+\. Save"):
        HealthModel.load(copy, weights=path)


def test_tenure_may_be_a_metric(tmp_path):
    """Days since the first day as a user; other looks at earlier weeks stay refused."""
    path = tmp_path / "model.toml"
    path.write_text(FICTION.replace('statistic = "any.days.1w"', 'statistic = "any.tenure.1w"'))
    model = HealthModel.load(path)
    people = users(3, since=["2026-11-02", None, "2026-11-15"])
    assert model.statistics(events(), people, WEEK, only="model")["days"].tolist() == [14, 0, 1]
    path.write_text(FICTION.replace('statistic = "any.days.1w"', 'statistic = "any.new_kinds.1w"'))
    with pytest.raises(ModelError, match="reads earlier weeks"):
        HealthModel.load(path)


def test_every_shipped_metric_says_why_and_where_that_is_known_from():
    """A paragraph and its source for each of the thirty, on every page of them; neither makes a new version."""
    metrics = HealthModel.load().definition.metrics
    assert len(metrics) == 30
    assert all(len(metric.why) > 40 and metric.source.endswith(".") for metric in metrics.values())
    told = metrics_markdown(HealthModel.load())
    assert all(f"- **{key}**: {metric.why} Source: {metric.source}\n" in told for key, metric in metrics.items())
    assert "Source: Limayem, Hirt and Cheung" in metrics_html(HealthModel.load())
    assert "source" not in str(HealthModel.load().stored()["model"]["metrics"]["shares"])


@pytest.mark.parametrize(
    ("part", "allowed"),
    [
        ({"business_hours": (0, 24)}, True),
        ({"business_hours": (8, 8)}, False),
        ({"business_hours": (8, 25)}, False),
        ({"business_hours": (-1, 5)}, False),
        ({"session_gap_minutes": 1}, True),
        ({"session_gap_minutes": 0}, False),
        ({"reference": {"weeks": 1}}, True),
        ({"reference": {"weeks": 0}}, False),
    ],
    ids=str,
)
def test_numbers_of_a_model_have_limits(part, allowed):
    """Hours of one day, and at least a minute and a week."""
    whole = tomllib.loads(FICTION) | part
    if allowed:
        Definition.model_validate(whole)
    else:
        with pytest.raises(ValueError, match=next(iter(part))):
            Definition.model_validate(whole)


@pytest.mark.parametrize(("weight", "allowed"), [(-1, False), (0, True), (5, True), (6, False), (2.0, False)])
def test_weights_go_from_0_to_5(weight, allowed):
    """In the model's own file as in a sheet."""
    whole = tomllib.loads(FICTION)
    whole["metrics"]["days"] |= {"weight": weight}
    if allowed:
        assert Definition.model_validate(whole).metrics["days"].weight == weight
    else:
        with pytest.raises(ValueError, match="weight"):
            Definition.model_validate(whole)
