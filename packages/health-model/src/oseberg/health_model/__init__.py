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
from oseberg.health_model._health_model import HealthModel, ModelMetric
from oseberg.health_model._lint import Finding, check_model, check_reference
from oseberg.health_model._model.toml import model_schema
from oseberg.health_model._pages.change import FleetChange, fleet_change
from oseberg.health_model._pages.company import account_table
from oseberg.health_model._pages.digest import Digest, make_digest
from oseberg.health_model._pages.explain import Explanation, explain
from oseberg.health_model._pages.explain_company import CompanyExplanation, explain_company
from oseberg.health_model._pages.metrics import metrics_csv, metrics_html, metrics_markdown, write_metrics_workbook
from oseberg.health_model._pages.notes import read_notes
from oseberg.health_model._pages.report import AS_OF_EACH_WEEK, TODAYS, write_report
from oseberg.health_model._pages.tables import write_accounts
from oseberg.health_model._rounding import half_up, largest_remainder
from oseberg.health_model._score.companies import company_scores
from oseberg.health_model._score.deciles import decile_cuts, deciles
from oseberg.health_model._score.reference import Reference
from oseberg.health_model._score.users import ScoreResult
from oseberg.health_model._settings import ScoreSettings
from oseberg.health_model._tracking import lost_days, lost_since, lost_weeks
from oseberg.health_model._week import Week, complete_weeks
from oseberg.health_model._weeks import Plan, Scored, newest_frozen, newest_reference, plan_weeks, refit, score_weeks
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
    "lost_since",
    "lost_weeks",
    "make_digest",
    "metrics_csv",
    "metrics_html",
    "metrics_markdown",
    "model_schema",
    "newest_frozen",
    "newest_reference",
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
