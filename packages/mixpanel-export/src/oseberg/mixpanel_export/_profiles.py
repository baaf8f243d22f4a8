"""The part of the client that queries profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oseberg.mixpanel_export._ask.profiles import ProfileQuery
from oseberg.mixpanel_export._connection import Connection
from oseberg.mixpanel_export._frame.frame import Dtype, check_options, to_pandas
from oseberg.mixpanel_export._frame.names import Names
from oseberg.mixpanel_export._frame.profiles import ProfileTable
from oseberg.mixpanel_export._frame.schema import INTEGERS, NAMES, Schema, SchemaSource
from oseberg.mixpanel_export._http.exporter import Exporter
from oseberg.mixpanel_export._http.tracker import Notify, Tracker
from oseberg.mixpanel_export._progress import Progress
from oseberg.mixpanel_export._report import Report
from oseberg.mixpanel_export._write.profiles import check_format, write_profiles
from oseberg.mixpanel_export._write.target import Format, Target, format_of
from oseberg.mixpanel_export.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

Profiles = list[list[tuple[str, dict[str, Any]]]]


@dataclass(frozen=True)
class ProfileSelection:
    """The profiles that a method was asked for, and their columns.

    Attributes:
        queries: Sends the queries.
        query: Which profiles.
        tracker: Counts, and reports how far it is.
        names: The style of names.
        schema: The columns that the result has at least.
    """

    queries: Exporter
    query: ProfileQuery
    tracker: Tracker
    names: Names
    schema: Schema

    def frame(self, dtype: Dtype) -> pd.DataFrame:
        """Return the profiles as a frame."""
        _, found = self._fetch()
        frame = to_pandas(found.table, dtype)
        frame.attrs[NAMES], frame.attrs[INTEGERS] = found.names, found.integers
        frame.attrs["mixpanel_report"] = self.tracker.report.to_dict()
        return frame

    def write(self, target: Target, kind: str) -> Report:
        """Write the profiles to a file."""
        pages, found = self._fetch()
        write_profiles(target, kind, found, pages)
        return self.tracker.report

    def _fetch(self) -> tuple[Profiles, ProfileTable]:
        """Return the profiles as they came, and as columns."""
        pages = list(self.query.pages(self.queries, self.tracker))
        found = ProfileTable.of(pages, self.names, self.schema)
        self.tracker.report.rows, self.tracker.report.properties = len(found.table), found.types
        return pages, found


class ProfileClient:
    """Queries the profiles of users and groups; `MixpanelClient` provides and documents its attributes."""

    progress: Progress | None
    notify: Notify | None
    _connection: Connection

    def profiles(
        self,
        where: str | None = None,
        *,
        properties: Iterable[str] | None = None,
        names: Names = "raw",
        schema: SchemaSource | None = None,
        dtype: Dtype = "arrow",
    ) -> pd.DataFrame:
        """Query the users' profiles.

        Mixpanel allows 60 such requests an hour, a page of 1,000 profiles each; they are counted apart from exports.

        Args:
            where: An expression, such as `properties["$email"] == "a@example.com"`; None takes all profiles.
            properties: The properties to return; None takes all.
            names: `raw` keeps Mixpanel's property names; `snake` writes them for SQL.
            schema: Columns and types that the result has at least, as `export` takes it.
            dtype: `arrow` or `numpy_nullable`.

        Returns:
            One row for each profile, in Mixpanel's order: `distinct_id` (string), `$email`, `$name`, `$created` and
            `$last_seen` as Mixpanel wrote them, even with no rows; then every other property, sorted by name, in the
            types that `normalize` describes. `attrs["mixpanel_names"]` and `attrs["mixpanel_report"]` as in `export`.

        Raises:
            SettingsError: An option is invalid.
            RateLimitError: Mixpanel's queries of the hour are spent; the message says when to come back.
            MixpanelExportError: Another subclass says why the profiles are incomplete.

        Example:
            >>> client.profiles()[["distinct_id", "$email"]]  # doctest: +SKIP
        """
        return self._profiles((where, None, properties), (names, schema, dtype)).frame(dtype)

    def groups(
        self,
        key: str | int,
        where: str | None = None,
        *,
        properties: Iterable[str] | None = None,
        names: Names = "raw",
        schema: SchemaSource | None = None,
        dtype: Dtype = "arrow",
    ) -> pd.DataFrame:
        """Query the profiles of groups, such as companies.

        Args:
            key: The id of the group key (`data_group_id`), under Project Settings > Group Keys.
            where: As in `profiles`, like the following ones.
            properties: The properties to return.
            names: `raw` or `snake`.
            schema: Columns and types that the result has at least.
            dtype: `arrow` or `numpy_nullable`.

        Returns:
            A frame as of `profiles`; `distinct_id` is the group's id.

        Raises:
            SettingsError: The key or an option is invalid.
            MixpanelExportError: A subclass says why the profiles are incomplete.
        """
        if not str(key).strip():
            raise SettingsError("key is empty. Pass the id of the group key: Project Settings > Group Keys shows it.")
        return self._profiles((where, str(key).strip(), properties), (names, schema, dtype)).frame(dtype)

    def write_profiles(
        self,
        target: Target,
        where: str | None = None,
        *,
        group: str | int | None = None,
        format: Format | None = None,  # noqa: A002 - the option's name
        properties: Iterable[str] | None = None,
        names: Names = "raw",
        schema: SchemaSource | None = None,
    ) -> Report:
        """Write the profiles of users or groups to a file.

        Args:
            target: A path, a device or a binary stream, as `write` takes it.
            where: An expression; None takes all profiles.
            group: The id of a group key; None takes the users' profiles.
            format: `csv`, `jsonl` or `parquet`; None goes by the path's extension.
            properties: The properties to write; None takes all.
            names: `raw` or `snake`.
            schema: Columns and types that the file has at least.

        Returns:
            The report of the query: requests, rows and retries.

        Raises:
            MixpanelExportError: A subclass says why the profiles are incomplete; the target is untouched.
        """
        kind = format_of(target, format)
        check_format(kind)
        key = None if group is None else str(group)
        return self._profiles((where, key, properties), (names, schema, "arrow")).write(target, kind)

    def _profiles(
        self,
        what: tuple[str | None, str | None, Iterable[str] | None],
        columns: tuple[Names, SchemaSource | None, Dtype],
    ) -> ProfileSelection:
        """Check the arguments of a method: expression, group key, properties and columns."""
        where, group, properties = what
        names, schema, dtype = columns
        least, one = check_options(names, schema, dtype), self._connection
        query = ProfileQuery(one.project_id, where, group, names_of(properties))
        tracker = Tracker(None, progress=self.progress, notify=self.notify, unit="pages")
        return ProfileSelection(one.queries, query, tracker, names, least)


def names_of(properties: Iterable[str] | None) -> tuple[str, ...] | None:
    """Return the names of properties as the user listed them.

    Raises:
        SettingsError: It is one text, whose letters would be the names.
    """
    if isinstance(properties, str):
        raise SettingsError(f"properties={properties!r} is a single text. Write properties=[{properties!r}].")
    return None if properties is None else tuple(properties)
