r"""Mixpanel's raw event export as whole days, exact rows and typed pandas DataFrames.

A day is whole or it is an error; a retry can't yield a row twice; types depend on all values and on nothing else.

Example:
    >>> from oseberg.mixpanel_export import normalize
    >>> body = b'{"event":"Atla Query","properties":{"time":1793534400,"distinct_id":"7","county":"Andrews"}}\n'
    >>> normalize(body)[["event", "distinct_id", "county"]].to_dict("records")
    [{'event': 'Atla Query', 'distinct_id': '7', 'county': 'Andrews'}]

    With a service account in `MIXPANEL_USERNAME` and `MIXPANEL_SECRET`, and the project in `MIXPANEL_PROJECT_ID`:

    >>> from oseberg.mixpanel_export import MixpanelClient
    >>> frame = MixpanelClient.from_env().export("2026-11-01", "2026-11-07")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from oseberg.mixpanel_export.errors import (
    AuthenticationError,
    BusyError,
    DeadlineError,
    MixpanelExportError,
    RateLimitError,
    RequestError,
    SchemaError,
    SettingsError,
    TimeZoneError,
    TruncatedExportError,
    UnavailableError,
    UnreadableLinesError,
)

if TYPE_CHECKING:
    from oseberg.mixpanel_export._client import MixpanelClient
    from oseberg.mixpanel_export._days.day import Day
    from oseberg.mixpanel_export._days.overview import Overview
    from oseberg.mixpanel_export._display import to_notebook, to_stderr
    from oseberg.mixpanel_export._frame.concat import concat
    from oseberg.mixpanel_export._frame.frame import normalize
    from oseberg.mixpanel_export._frame.names import written_names
    from oseberg.mixpanel_export._frame.schema import write_schema
    from oseberg.mixpanel_export._http.retry import RetryPolicy
    from oseberg.mixpanel_export._http.settings import MixpanelSettings
    from oseberg.mixpanel_export._many import Export, Exported, export_all
    from oseberg.mixpanel_export._progress import Progress
    from oseberg.mixpanel_export._report import Changes, Report

__version__ = version("oseberg-mixpanel-export")

__all__ = [
    "AuthenticationError",
    "BusyError",
    "Changes",
    "Day",
    "DeadlineError",
    "Export",
    "Exported",
    "MixpanelClient",
    "MixpanelExportError",
    "MixpanelSettings",
    "Overview",
    "Progress",
    "RateLimitError",
    "Report",
    "RequestError",
    "RetryPolicy",
    "SchemaError",
    "SettingsError",
    "TimeZoneError",
    "TruncatedExportError",
    "UnavailableError",
    "UnreadableLinesError",
    "concat",
    "export_all",
    "normalize",
    "to_notebook",
    "to_stderr",
    "write_schema",
    "written_names",
]

_HOMES = {
    "Changes": "_report",
    "Day": "_days.day",
    "Export": "_many",
    "Exported": "_many",
    "MixpanelClient": "_client",
    "MixpanelSettings": "_http.settings",
    "Overview": "_days.overview",
    "Progress": "_progress",
    "Report": "_report",
    "RetryPolicy": "_http.retry",
    "concat": "_frame.concat",
    "export_all": "_many",
    "normalize": "_frame.frame",
    "to_notebook": "_display",
    "to_stderr": "_display",
    "write_schema": "_frame.schema",
    "written_names": "_frame.names",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever has the name
    """Import a public name when it is first used: pandas, pyarrow and requests take most of a second."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted({*globals(), *__all__})
