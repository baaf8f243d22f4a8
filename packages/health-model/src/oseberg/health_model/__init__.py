"""Weekly health scores from product usage that people can trust, explain and reproduce.

>>> import pandas as pd
>>> from oseberg.health_model import HealthModel, company_scores
>>> model = HealthModel.load()
>>> users = pd.DataFrame({"user_id": range(300), "group_id": [number // 30 for number in range(300)]})
>>> events = pd.DataFrame({
...     "user_id": [number for number in range(300) for _ in range(number % 10)],
...     "event": "Atla Query",
...     "time": pd.Timestamp("2026-11-10 15:00", tz="UTC"),
... })
>>> statistics = model.statistics(events, users, week="2026-W46")
>>> result = model.score(statistics, model.fit(statistics))
>>> len(company_scores(result.users))
10
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oseberg.health_model._churn.alarms import past_alarms
    from oseberg.health_model._churn.cancellations import (
        CancellationColumns,
        Cancellations,
        read_accounts,
        read_cancellations,
    )
    from oseberg.health_model._churn.history import (
        DEFAULT_THRESHOLD,
        LISTS,
        History,
        attention,
        fleet_declines,
        fleet_drops,
    )
    from oseberg.health_model._churn.quality import CurvePoint
    from oseberg.health_model._churn.salesforce import SalesforceClient, query_cancellations
    from oseberg.health_model._churn.salesforce_id import widen_salesforce_id
    from oseberg.health_model._churn.threshold import Threshold, find_threshold
    from oseberg.health_model._explain.company import CompanyExplanation, explain_company
    from oseberg.health_model._explain.fleet import FleetChange, fleet_change
    from oseberg.health_model._explain.user import Explanation, explain
    from oseberg.health_model._health_model import HealthModel, ModelMetric
    from oseberg.health_model._lake.files import Lake
    from oseberg.health_model._lint import Finding, check_model, check_reference
    from oseberg.health_model._lost_events import LostEvent, lost_events
    from oseberg.health_model._measures.roster import AS_OF_EACH_WEEK, TODAYS
    from oseberg.health_model._model.toml import model_schema
    from oseberg.health_model._pages.company import account_table
    from oseberg.health_model._pages.digest import Digest, make_digest
    from oseberg.health_model._pages.metrics import metrics_csv, metrics_html, metrics_markdown, write_metrics_workbook
    from oseberg.health_model._pages.notes import read_notes
    from oseberg.health_model._pages.report import write_report
    from oseberg.health_model._pages.tables import write_accounts
    from oseberg.health_model._rounding import half_up, largest_remainder
    from oseberg.health_model._score.companies import company_scores
    from oseberg.health_model._score.deciles import decile_cuts, deciles
    from oseberg.health_model._score.reference import Reference
    from oseberg.health_model._score.users import ScoreResult
    from oseberg.health_model._settings import ScoreSettings
    from oseberg.health_model._tracking import lost_days, lost_since, lost_weeks
    from oseberg.health_model._week import Week, complete_weeks
    from oseberg.health_model._weeks import (
        Plan,
        Scored,
        newest_frozen,
        newest_reference,
        plan_weeks,
        refit,
        score_weeks,
    )
    from oseberg.health_model.errors import (
        CancellationError,
        DataError,
        FewUsersWarning,
        HealthModelError,
        ModelError,
        ReferenceMismatchError,
        WeekError,
    )

__all__ = [
    "AS_OF_EACH_WEEK",
    "DEFAULT_THRESHOLD",
    "LISTS",
    "TODAYS",
    "CancellationColumns",
    "CancellationError",
    "Cancellations",
    "CompanyExplanation",
    "CurvePoint",
    "DataError",
    "Digest",
    "Explanation",
    "FewUsersWarning",
    "Finding",
    "FleetChange",
    "HealthModel",
    "HealthModelError",
    "History",
    "Lake",
    "LostEvent",
    "ModelError",
    "ModelMetric",
    "Plan",
    "Reference",
    "ReferenceMismatchError",
    "SalesforceClient",
    "ScoreResult",
    "ScoreSettings",
    "Scored",
    "Threshold",
    "Week",
    "WeekError",
    "account_table",
    "attention",
    "check_model",
    "check_reference",
    "company_scores",
    "complete_weeks",
    "decile_cuts",
    "deciles",
    "explain",
    "explain_company",
    "find_threshold",
    "fleet_change",
    "fleet_declines",
    "fleet_drops",
    "half_up",
    "largest_remainder",
    "lost_days",
    "lost_events",
    "lost_since",
    "lost_weeks",
    "make_digest",
    "metrics_csv",
    "metrics_html",
    "metrics_markdown",
    "model_schema",
    "newest_frozen",
    "newest_reference",
    "past_alarms",
    "plan_weeks",
    "query_cancellations",
    "read_accounts",
    "read_cancellations",
    "read_notes",
    "refit",
    "score_weeks",
    "widen_salesforce_id",
    "write_accounts",
    "write_metrics_workbook",
    "write_report",
]

# pandas takes a second to import: a version or a help text should not wait for it.
_HOMES = {
    "AS_OF_EACH_WEEK": "_measures.roster",
    "CancellationColumns": "_churn.cancellations",
    "CancellationError": "errors",
    "Cancellations": "_churn.cancellations",
    "CompanyExplanation": "_explain.company",
    "CurvePoint": "_churn.quality",
    "DEFAULT_THRESHOLD": "_churn.history",
    "DataError": "errors",
    "Digest": "_pages.digest",
    "Explanation": "_explain.user",
    "FewUsersWarning": "errors",
    "Finding": "_lint",
    "FleetChange": "_explain.fleet",
    "HealthModel": "_health_model",
    "HealthModelError": "errors",
    "History": "_churn.history",
    "LISTS": "_churn.history",
    "Lake": "_lake.files",
    "LostEvent": "_lost_events",
    "ModelError": "errors",
    "ModelMetric": "_health_model",
    "Plan": "_weeks",
    "Reference": "_score.reference",
    "ReferenceMismatchError": "errors",
    "SalesforceClient": "_churn.salesforce",
    "ScoreResult": "_score.users",
    "ScoreSettings": "_settings",
    "Scored": "_weeks",
    "TODAYS": "_measures.roster",
    "Threshold": "_churn.threshold",
    "Week": "_week",
    "WeekError": "errors",
    "account_table": "_pages.company",
    "attention": "_churn.history",
    "check_model": "_lint",
    "check_reference": "_lint",
    "company_scores": "_score.companies",
    "complete_weeks": "_week",
    "decile_cuts": "_score.deciles",
    "deciles": "_score.deciles",
    "explain": "_explain.user",
    "explain_company": "_explain.company",
    "find_threshold": "_churn.threshold",
    "fleet_change": "_explain.fleet",
    "fleet_declines": "_churn.history",
    "fleet_drops": "_churn.history",
    "half_up": "_rounding",
    "largest_remainder": "_rounding",
    "lost_days": "_tracking",
    "lost_events": "_lost_events",
    "lost_since": "_tracking",
    "lost_weeks": "_tracking",
    "make_digest": "_pages.digest",
    "metrics_csv": "_pages.metrics",
    "metrics_html": "_pages.metrics",
    "metrics_markdown": "_pages.metrics",
    "model_schema": "_model.toml",
    "newest_frozen": "_weeks",
    "newest_reference": "_weeks",
    "past_alarms": "_churn.alarms",
    "plan_weeks": "_weeks",
    "query_cancellations": "_churn.salesforce",
    "read_accounts": "_churn.cancellations",
    "read_cancellations": "_churn.cancellations",
    "read_notes": "_pages.notes",
    "refit": "_weeks",
    "score_weeks": "_weeks",
    "widen_salesforce_id": "_churn.salesforce_id",
    "write_accounts": "_pages.tables",
    "write_metrics_workbook": "_pages.metrics",
    "write_report": "_pages.report",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the package exports
    """Import a name when it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
