"""Scores are stored a week at a time, read back as they were, and companies are averaged by the view."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from oseberg.usage_db import UsageDatabase, UsageDatabaseError
from tests.usage_db.helpers import DAY, line

WEEK = date(2026, 11, 2)


def users(*rows: tuple[int, int | None, float, bool, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["user_id", "group_id", "score", "active", "passive_only"])


def contributions(*rows: tuple[int, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["user_id", "metric", "contribution"])
    return frame.assign(value=3.5, points=0.9, weight=4)


@pytest.fixture
def scored(db: UsageDatabase) -> UsageDatabase:
    db.save_model("1", {"metrics": []}, "aa")
    db.save_reference("r1", "1", [WEEK], {"a": [1]}, 2)
    return db


def test_week_is_replaced_and_an_equal_one_writes_nothing(url: str, scored: UsageDatabase) -> None:
    """Changed scores are written, absent users go, equal ones keep their row; the computation is noted each time."""
    first = users((1, 7, 12.34, True, False), (2, None, 0, False, False))
    parts = contributions((1, "b", 10.04), (1, "a", 2.3))
    save = {"model_version": "1", "reference_id": "r1"}
    assert scored.save_scores(WEEK, first, parts, **save) == 3
    before = scored.scored_weeks()["computed_at"][0]
    assert scored.save_scores(WEEK, first, parts, **save) == 0
    assert scored.scored_weeks()["computed_at"][0] > before
    assert scored.scores()["score"].tolist() == [12.34, 0.0]
    assert scored.scores(WEEK, "1")["group_id"].tolist() == [7, pd.NA]
    assert scored.contributions(WEEK, user_id=1)["metric"].tolist() == ["a", "b"]
    assert scored.contributions(WEEK)["contribution"].sum() == pytest.approx(12.34)
    assert scored.save_scores(WEEK, users((1, 7, 50, True, False)), contributions(), **save) == 3
    assert scored.scores()["score"].tolist() == [50.0]
    assert scored.contributions(WEEK).empty
    assert scored.scores(date(2026, 11, 9)).empty


def test_contributions_are_added_up_by_week_and_metric(scored: UsageDatabase) -> None:
    """Only of the weeks and the version that are asked for."""
    people = users((1, 7, 12.34, True, False), (2, 7, 5.5, True, False))
    save = {"model_version": "1", "reference_id": "r1"}
    scored.save_scores(WEEK, people, contributions((1, "b", 10.04), (1, "a", 2.3), (2, "a", 5.5)), **save)
    scored.save_scores(date(2026, 11, 9), people, contributions((1, "a", 1.0)), **save)
    found = scored.metric_sums([WEEK], model_version="1")
    assert found[["week", "metric", "contribution"]].to_numpy().tolist() == [[WEEK, "a", 7.8], [WEEK, "b", 10.04]]
    assert len(scored.metric_sums([WEEK, date(2026, 11, 9)])) == 3
    assert scored.metric_sums([WEEK], model_version="2").empty
    assert scored.metric_sums([]).empty


@pytest.mark.parametrize("oddest", [float("inf"), float("nan"), 1e17], ids=["endless", "unknown", "large"])
def test_contributions_come_back_exactly(scored: UsageDatabase, oddest: float) -> None:
    """Names with quotes, braces, breaks and backslashes, and the finest and oddest numbers, are stored as they are."""
    names = sorted(['a"b', "a,b", "{}", "a\\b", "a\tb\n", "NULL", "", "ä"])
    values = [0.1 + 0.2, 1e-300, -0.0, 1e22, oddest, 5.0, 2 / 3, 1e16]
    frame = pd.DataFrame(
        {"user_id": 1, "metric": names, "value": values, "points": 0.1, "weight": 4, "contribution": 1}
    )
    scored.save_scores(WEEK, users((1, 7, 8, True, False)), frame, model_version="1", reference_id="r1")
    stored = scored.contributions(WEEK)
    assert stored["metric"].tolist() == names
    assert list(map(str, stored["value"])) == list(map(str, values))


def test_scores_that_fail_leave_the_week_as_it_was(scored: UsageDatabase) -> None:
    """A week is one transaction: a score out of bounds changes nothing of it."""
    save = {"model_version": "1", "reference_id": "r1"}
    scored.save_scores(WEEK, users((1, 7, 10, True, False)), contributions(), **save)
    with pytest.raises(UsageDatabaseError, match="violates check constraint"):
        scored.save_scores(WEEK, users((1, 7, 20, True, False), (2, 7, 101, True, False)), contributions(), **save)
    assert scored.scores()["score"].tolist() == [10.0]


def test_models_and_references_never_change(scored: UsageDatabase) -> None:
    """Storing the same again is fine; other content under the same name is refused."""
    scored.save_model("1", {"metrics": []}, "aa")
    scored.save_reference("r1", "1", [WEEK], {"a": [1]}, 2)
    with pytest.raises(UsageDatabaseError, match="model 1 is stored with other content"):
        scored.save_model("1", {}, "bb")
    with pytest.raises(UsageDatabaseError, match="reference r1 is stored with other cuts"):
        scored.save_reference("r1", "1", [WEEK], {"a": [2]}, 2)
    assert scored.models()["definition"].tolist() == [{"metrics": []}]
    assert scored.references("1")["weeks"].tolist() == [[WEEK]]
    assert scored.references("2").empty


def test_companies(scored: UsageDatabase) -> None:
    """The mean over licensed users, taken apart: adoption, active mean, passive points, core, concentration."""
    frame = users(
        *((number, 7, score, True, False) for number, score in enumerate([90, 50, 40, 30, 20.5, 10])),
        *((number, 7, 2, False, True) for number in range(6, 9)),
        (9, 7, 0, False, False),
        (10, 8, 0, False, False),
        (11, None, 99, True, False),
    )
    scored.import_accounts(groups=pd.DataFrame({"id": [7], "name": ["Seven"], "account_size": [10]}))
    scored.save_scores(WEEK, frame, contributions(), model_version="1", reference_id="r1")
    seven, eight = (row for _, row in scored.company_scores(WEEK, "1").iterrows())
    assert seven[["group_name", "group_type", "users", "active_users"]].tolist() == ["Seven", "SMB", 10, 6]
    assert seven["score"] == pytest.approx(24.65)
    assert seven["score"] == pytest.approx(seven["adoption"] * seven["active_score"] + seven["passive_points"])
    assert seven["core_score"] == pytest.approx(46.1)
    assert seven["concentration"] == pytest.approx(90 / 246.5)
    assert seven["passive_share"] == pytest.approx(0.3)
    assert eight[["score", "adoption", "core_score"]].tolist() == [0, 0, 0]
    assert eight[["active_score", "concentration"]].isna().all()


def test_core_of_a_large_company_is_its_best_fifth(scored: UsageDatabase) -> None:
    """From 26 users on, the core is the best fifth, rounded up."""
    frame = users(*((number, 7, number, True, False) for number in range(26)))
    scored.save_scores(WEEK, frame, contributions(), model_version="1", reference_id="r1")
    assert scored.company_scores()["core_score"].tolist() == [pytest.approx(sum(range(20, 26)) / 6)]


def test_events_are_read_with_stable_types(db: UsageDatabase) -> None:
    """Properties are nullable text as JSON spells them; the span is half-open; an empty one has the same types."""
    properties = {"flag": True, "number": 12.5, "text": "ä", "none": None, "list": [1]}
    db.replace_day(DAY, [line(0, **properties), line(1)])
    since, until = datetime(2026, 11, 2, 12, tzinfo=UTC), datetime(2026, 11, 2, 12, 0, 1, tzinfo=UTC)
    frame = db.events(since, until, ["flag", "number", "text", "missing", "list"])
    assert frame.columns.tolist()[:4] == ["user_id", "distinct_id", "event", "time"]
    assert frame.iloc[0, 4:].fillna("-").tolist() == ["true", "12.5", "ä", "-", "[1]"]
    empty = db.events(until.replace(year=2027), until.replace(year=2028), ["flag", "number", "text", "missing", "list"])
    assert empty.empty
    assert empty.dtypes.astype(str).tolist() == frame.dtypes.astype(str).tolist()
    with pytest.raises(ValueError, match="need a time zone"):
        db.events(datetime(2026, 11, 2), until)  # noqa: DTZ001 - the fault
    with pytest.raises(ValueError, match="two columns of one name: time"):
        db.events(since, until, ["flag", "time"])


def test_properties_come_back_exactly(db: UsageDatabase) -> None:
    """Empty texts, quotes, breaks, commas, words that mean nothing elsewhere: each is the text that it was."""
    texts = ["", "NA", "null", "\\N", '"', 'a,"b"', "a\nb", "a\r\nb", "\r", " ", "\\.", "\x01", "007", "1e5", "\u2028"]
    db.replace_day(DAY, [line(number, text=text) for number, text in enumerate(texts)])
    frame = db.events(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC), ["text", "a'b%s"])
    assert frame["text"].tolist() == texts
    assert frame["a'b%s"].isna().all()
    assert frame["user_id"].isna().all()


def test_times_are_utc_whatever_the_session(url: str) -> None:
    """A role or database with another time zone changes nothing of what is read."""
    with UsageDatabase(f"{url}&options=-c%20timezone%3DAmerica/Chicago") as db:
        db.replace_day(DAY, [line(0)])
        frame = db.events(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))
        assert str(frame["time"].dtype) == "datetime64[us, UTC]"
        assert frame["time"][0] == datetime(2026, 11, 2, 12, tzinfo=UTC)
        assert db.status().newest_event == datetime(2026, 11, 2, 12, tzinfo=UTC)
        assert str(db.status().newest_event.tzinfo) == "UTC"


def test_what_postgres_refuses_is_reported(scored: UsageDatabase) -> None:
    """A week that is not a date, and scores of a model that isn't stored, are reported in Postgres's words."""
    with pytest.raises(UsageDatabaseError, match='type date: "2026-W46"'):
        scored.scores("2026-W46")  # type: ignore[arg-type] # the fault
    with pytest.raises(UsageDatabaseError, match=r"\(model_version\)=\(other\) is not present"):
        scored.save_scores(WEEK, users(), contributions(), model_version="other", reference_id="r1")
