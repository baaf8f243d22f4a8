"""Every setting: the sections with their types, and the environment variables that override them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.cli.model import ScoringSettings
from oseberg.cli.settings.sections import CountySettings, DatabaseSettings, RetentionSettings, RunSettings
from oseberg.maze_authority import CheckSettings
from oseberg.mixpanel_export import MixpanelSettings
from oseberg.usage_db import AccountSettings, LoadSettings

if TYPE_CHECKING:
    from pydantic import BaseModel

MODELS: dict[str, type[BaseModel]] = {
    "mixpanel": MixpanelSettings,
    "database": DatabaseSettings,
    "accounts": AccountSettings,
    "load": LoadSettings,
    "score": ScoringSettings,
    "retention": RetentionSettings,
    "run": RunSettings,
    "county": CountySettings,
    "county.check": CheckSettings,
}
"""The type of each section, and of a table that another library reads."""

# Settings that no variable overrides belong to a team, not to a machine.
VARIABLES = {
    ("mixpanel", "project_id"): "MIXPANEL_PROJECT_ID",
    ("mixpanel", "username"): "MIXPANEL_USERNAME",
    ("mixpanel", "secret"): "MIXPANEL_SECRET",
    ("mixpanel", "region"): "MIXPANEL_REGION",
    ("mixpanel", "time_zone"): "MIXPANEL_TIME_ZONE",
    ("mixpanel", "api_url"): "MIXPANEL_API_URL",
    ("database", "url"): "OSEBERG_DATABASE_URL",
    ("database", "direct_url"): "OSEBERG_DATABASE_DIRECT_URL",
    ("database", "schema"): "OSEBERG_DATABASE_SCHEMA",
    ("load", "hash_salt"): "OSEBERG_HASH_SALT",
    ("score", "model"): "OSEBERG_MODEL",
    ("run", "ping_url"): "OSEBERG_PING_URL",
}
"""The environment variable that overrides a key."""
