"""Check the connections: Mixpanel, the database and S3."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from oseberg.cli.county.deliveries import is_s3
from oseberg.cli.database import open_database
from oseberg.cli.doctor.finding import FAULT, OK, WARNING, Finding
from oseberg.cli.doctor.lake import begin_lake
from oseberg.cli.mixpanel.client import open_client
from oseberg.cli.model import find_lake
from oseberg.cli.output import count
from oseberg.cli.settings.sections import CountySettings, RetentionSettings
from oseberg.cli.types import YESTERDAY, day_in
from oseberg.mixpanel_export import MixpanelExportError, MixpanelSettings, RateLimitError, RetryPolicy, TimeZoneError
from oseberg.s3utils import S3, S3Url
from oseberg.usage_db import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.cli.settings import Settings

SAMPLE = 100  # events of yesterday: a small response that still tells the time zone
SECONDS = 60.0  # a person waits


def check_mixpanel(settings: Settings) -> Iterator[Finding]:
    """Yield whether Mixpanel accepts the account, the project and the region, by one request."""
    known = settings.validated("mixpanel", MixpanelSettings).with_environment(os.environ)
    missing = known.missing()
    if len(missing) == len(("project_id", "username", "secret")):
        yield Finding("mixpanel", OK, f"not configured: {', '.join(missing)} are not set")
        return
    if missing:
        yield Finding(
            "mixpanel",
            FAULT,
            f"{', '.join(missing)} are not set, but the others are",
            "Set them in the environment, or in [mixpanel] of oseberg.toml.",
        )
        return
    # the client of every command would retry for minutes, which suits a schedule, not a person
    client = open_client(settings, retry=RetryPolicy(attempts=2, first_wait=1.0), deadline=SECONDS)
    day = day_in(ZoneInfo(client.time_zone), YESTERDAY)
    where = f"project {client.project_id} in {known.api_url or f'region {known.region}'}"
    try:
        events = int(client.overview(day, day, limit=SAMPLE).events["count"].sum())
    except RateLimitError as error:
        yield Finding("mixpanel", WARNING, f"{where} was not checked: {error}", "Run oseberg doctor again later.")
    except TimeZoneError as error:
        fix = "Set MIXPANEL_TIME_ZONE, or time_zone in [mixpanel] of oseberg.toml."
        text = f"{where} accepts {known.username}, but its events are in another time zone: {error}"
        yield Finding("mixpanel", FAULT, text, fix)
    except MixpanelExportError as error:
        yield Finding("mixpanel", FAULT, f"{where}: {error}")
    else:
        told = f"as {count(events, 'event')} of {day} confirm" if events else f"{day} has no events to confirm it"
        text = f"{where} accepts {known.username}; times are read as {client.time_zone}, {told}"
        yield Finding("mixpanel", OK, text)


def check_database(settings: Settings) -> Iterator[Finding]:
    """Yield the database's own diagnosis; an embedded database that doesn't exist is not created."""
    if not settings.get("database", "url", "OSEBERG_DATABASE_URL"):
        folder = data_folder() / "postgres"
        if not folder.exists():
            yield Finding("database", OK, f"not configured: embedded Postgres in {folder}, made at the first use")
            return
    with open_database(settings) as database:
        for one in database.diagnose():
            yield Finding("database", one.state, f"{one.name}: {one.message}", one.fix)


def check_s3(settings: Settings) -> Iterator[Finding]:
    """Yield whether the deliveries in S3 can be listed and read, and whether archives can be written."""
    source = settings.validated("county", CountySettings).source
    archive = settings.validated("retention", RetentionSettings).to
    lake = find_lake(settings)
    s3 = S3()
    if source and is_s3(source):
        yield check_reading(s3, source, "Check [county] source.")
    if archive and is_s3(archive):
        yield check_writing(s3, archive)
    if lake and is_s3(lake):
        yield check_reading(s3, lake, begin_lake(lake))
        if settings.get("mixpanel", "project_id", "MIXPANEL_PROJECT_ID"):  # otherwise another program fills the bucket
            yield check_writing(s3, lake)
    if not any(place and is_s3(place) for place in (source, archive, lake)):
        text = "not configured: none of [county] source, [retention] to and [score] events is an address in S3"
        yield Finding("s3", OK, text)


def check_reading(s3: S3, place: str, fix: str) -> Finding:
    """Return whether a place in S3 can be listed and its objects read.

    Args:
        s3: The store.
        place: The address.
        fix: What to do when nothing is there.
    """
    first = next(iter(s3.list(place)), None)
    if first is None:
        return Finding("s3", WARNING, f"{place} can be listed, and is empty", fix)
    s3.stat(first.url)  # listing and reading are two rights
    return Finding("s3", OK, f"{place} can be listed and read")


def check_writing(s3: S3, place: str) -> Finding:
    """Return whether a place in S3 can be written to: writes an empty object and removes it again."""
    probe = S3Url(place) / f".oseberg-doctor-{secrets.token_hex(4)}"
    s3.write_bytes(probe, b"")
    s3.delete(probe)
    return Finding("s3", OK, f"{place} can be written to")
