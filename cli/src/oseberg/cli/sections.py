"""The sections of oseberg.toml that the command reads by itself; the libraries have settings for the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class DatabaseSettings(BaseModel):
    """`[database]`: where the usage database is."""

    model_config = ConfigDict(extra="forbid")

    url: SecretStr | None = Field(None, description="postgresql://…; unset: an embedded Postgres")
    direct_url: SecretStr | None = Field(None, description="the same database without a pooler between")


class CountySettings(BaseModel):
    """`[county]`: the user's own counties, and how records are checked."""

    model_config = ConfigDict(extra="forbid")

    path: Path | None = Field(None, description="the folder of the user's county modules")
    check: dict[str, Any] = Field(default_factory=dict, description="maze-authority's settings, read by the check")
