"""The sections of oseberg.toml that belong to the command; the other sections are settings of the libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class DatabaseSettings(BaseModel):
    """`[database]`: where the usage database is."""

    model_config = ConfigDict(extra="forbid")

    url: SecretStr | None = Field(None, description="postgresql://…; unset: an embedded Postgres")
    direct_url: SecretStr | None = Field(None, description="the same database, reached without the pooler")


class CountySettings(BaseModel):
    """`[county]`: the user's own county modules, and how records are checked."""

    model_config = ConfigDict(extra="forbid")

    path: Path | None = Field(None, description="folder of your own county modules")
    check: dict[str, Any] = Field(default_factory=dict, description="settings of oseberg county check")
