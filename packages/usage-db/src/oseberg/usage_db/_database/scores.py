"""Store and read models, references and scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.usage_db._database.opened import Opened
from oseberg.usage_db._postgres.connection import readable_errors
from oseberg.usage_db._scores import Scores

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import pandas as pd

    from oseberg.usage_db._identity.ids import AccountId


@readable_errors()
def save_model(self: Opened, version: str, definition: dict[str, Any], sha256: str) -> None:
    """Store a model; a stored version never changes.

    Args:
        version: The version of the model.
        definition: The whole model.
        sha256: Its hash.

    Raises:
        UsageDatabaseError: The version is stored with other content.
    """
    _scores(self).save_model(version, definition, sha256)


@readable_errors()
def save_event_products(self: Opened, products: Mapping[str, str | None]) -> int:
    """Store the product that each event belongs to, for the view `usage.user_day`.

    Args:
        products: `Atla`, `Sol` or None (an event of both) by the event's name.

    Returns:
        The number of events whose product changed.
    """
    return _scores(self).save_event_products(products)


@readable_errors()
def save_reference(
    self: Opened, reference_id: str, model_version: str, weeks: list[date], cuts: dict[str, Any], users: int
) -> None:
    """Store a reference; a stored one never changes.

    Args:
        reference_id: Its name.
        model_version: The stored model that it was fitted with.
        weeks: The Mondays of the weeks that it was fitted on.
        cuts: The cut-offs of each metric.
        users: How many user-weeks it was fitted on.

    Raises:
        UsageDatabaseError: The id is stored with other content.
    """
    _scores(self).save_reference(reference_id, model_version, weeks, cuts, users)


@readable_errors()
def save_scores(
    self: Opened, week: date, users: pd.DataFrame, contributions: pd.DataFrame, *, model_version: str, reference_id: str
) -> int:
    """Make the stored scores of a week equal to these, in one transaction.

    Args:
        week: The week's Monday.
        users: user_id, group_id, score (0..100), active, passive_only.
        contributions: user_id, metric, value, points, weight, contribution.
        model_version: A stored model.
        reference_id: A stored reference.

    Returns:
        The number of rows inserted, changed or deleted.

    Raises:
        UsageDatabaseError: The model or the reference isn't stored.
    """
    return _scores(self).save(week, users, contributions, model_version=model_version, reference_id=reference_id)


@readable_errors()
def models(self: Opened) -> pd.DataFrame:
    """Return the stored models.

    Returns:
        A row for each model, the oldest first: model_version (str), definition (the stored JSON as a dict), sha256
        (str), created_at (datetime64, UTC).
    """
    return _scores(self).models()


@readable_errors()
def references(self: Opened, model_version: str | None = None) -> pd.DataFrame:
    """Return the stored references.

    Args:
        model_version: The model; default: every one.

    Returns:
        A row for each reference, the oldest first: reference_id and model_version (str), weeks and cuts (the stored
        JSON), users (Int64), created_at (datetime64, UTC).
    """
    return _scores(self).references(model_version)


@readable_errors()
def scores(self: Opened, week: date | None = None, model_version: str | None = None) -> pd.DataFrame:
    """Return stored scores, one row for each model version, week and user.

    Args:
        week: The week's Monday; default: every week.
        model_version: The model; default: every one.

    Returns:
        Rows in this order: model_version and reference_id (str), week (`datetime.date`, a Monday), user_id and
        group_id (Int64 or str), score (float64, 0 to 100), active and passive_only (boolean), computed_at
        (datetime64, UTC: when the week was last computed).
    """
    return _scores(self).read(week, model_version)


@readable_errors()
def scored_weeks(self: Opened, model_version: str | None = None) -> pd.DataFrame:
    """Return the weeks that are scored.

    Args:
        model_version: The model; default: every one.

    Returns:
        A row for each model version and week, in their order: model_version (str), week (`datetime.date`, a Monday),
        reference_id (str), users (Int64), computed_at (datetime64, UTC: when the week was last computed).
    """
    return _scores(self).weeks(model_version)


@readable_errors()
def contributions(
    self: Opened, week: date, user_id: AccountId | None = None, model_version: str | None = None
) -> pd.DataFrame:
    """Return the metrics behind a week's scores.

    Args:
        week: The week's Monday.
        user_id: The only user; default: every one.
        model_version: The model; default: every one.

    Returns:
        A row for each user and metric, in their order: model_version (str), week (`datetime.date`), user_id (Int64 or
        str), metric (str), and as float64 value, points (0 to 1), weight and contribution (points of the score).
    """
    return _scores(self).contributions(week, user_id, model_version)


@readable_errors()
def metric_sums(self: Opened, weeks: Iterable[date], model_version: str | None = None) -> pd.DataFrame:
    """Add up each metric's contributions over all users in some weeks, to compare these weeks.

    Args:
        weeks: Mondays.
        model_version: Only this version of the model.

    Returns:
        A row for each week and metric, in their order: model_version (str), week (`datetime.date`), metric (str),
        contribution (float64: the sum); a week without points has no rows.
    """
    return _scores(self).metric_sums(list(weeks), model_version)


@readable_errors()
def company_scores(self: Opened, week: date | None = None, model_version: str | None = None) -> pd.DataFrame:
    """Return the companies' scores, from the view `usage.company_score`.

    Args:
        week: The week's Monday; default: every week.
        model_version: The model; default: every one.

    Returns:
        A row for each model version, week and company, in their order: group_id (Int64 or str), group_name, group_type
        and model_version (str), week (`datetime.date`), users and active_users (Int64), and as float64 score, adoption,
        active_score, passive_points, core_score, concentration and passive_share (scores 0 to 100, shares 0 to 1).
    """
    return _scores(self).companies(week, model_version)


def _scores(self: Opened) -> Scores:
    return Scores(self._ready())
