"""Mixpanel's Query Profiles: users or groups, page by page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from oseberg.mixpanel_export._http.exporter import Exporter
from oseberg.mixpanel_export._http.tracker import Request, Tracker
from oseberg.mixpanel_export._read.json_values import has_long_integer, lenient
from oseberg.mixpanel_export.errors import RequestError, TruncatedExportError

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN = 300


@dataclass(frozen=True)
class ProfileQuery:
    """Which profiles are requested (documentation: Query API, Query Profiles).

    Attributes:
        project_id: The number of the project.
        where: An expression; None takes all profiles.
        group: The id of a group key (`data_group_id`); None takes the users' profiles.
        properties: The properties to return; None takes all.
    """

    project_id: str
    where: str | None = None
    group: str | None = None
    properties: tuple[str, ...] | None = None

    def form(self, page: int, session: str | None) -> dict[str, str]:
        """Return the form that is posted for a page; the session keeps all pages of one state."""
        form = {"page": str(page)} | ({"session_id": session} if session else {})
        form |= {"where": self.where} if self.where else {}
        form |= {"data_group_id": self.group} if self.group else {}
        if self.properties is not None:
            form["output_properties"] = json.dumps(list(self.properties), ensure_ascii=False)
        return form

    def pages(self, exporter: Exporter, tracker: Tracker) -> Iterator[list[tuple[str, dict[str, Any]]]]:
        """Yield the profiles of each page: their distinct_id and their properties.

        Args:
            exporter: Sends the requests.
            tracker: Counts them.

        Raises:
            MixpanelExportError: A subclass says why the profiles are incomplete.
        """
        page, session, whole = 0, None, True
        while whole:
            content = exporter.fetch(
                {"project_id": self.project_id},
                Request(tracker),
                lambda body: parsed(b"".join(body)),
                form=self.form(page, session),
            )
            found = [
                (str(one.get("$distinct_id", "")), dict(one.get("$properties") or {})) for one in content["results"]
            ]
            tracker.count_rows(len(found))
            tracker.days_done(1)
            session = content.get("session_id") or session
            whole = len(found) >= max(1, int(content.get("page_size") or 1)) and session is not None
            page += 1
            yield found


def parsed(body: bytes) -> dict[str, Any]:
    """Return the content of a page.

    Raises:
        TruncatedExportError: The body is not whole JSON.
        RequestError: Mixpanel reports an error, or the page is something else.
    """
    try:
        content = lenient(body) if has_long_integer(body) else orjson.loads(body)
    except ValueError:
        try:
            content = lenient(body)
        except ValueError:
            raise TruncatedExportError("A page of profiles is cut short: it is not complete JSON.") from None
    results: Any = content.get("results") if isinstance(content, dict) else None
    if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
        said = body[:SHOWN].decode(errors="replace")
        raise RequestError(f"Mixpanel sent something other than profiles: {said!r}. Check where and the group key.")
    return dict(content)
