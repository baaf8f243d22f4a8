"""The sections of oseberg.toml that belong to the command; the other sections are settings of the libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class DatabaseSettings(BaseModel):
    """`[database]`: where the usage database is."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    url: SecretStr | None = Field(None, description="postgresql://…; unset: an embedded Postgres")
    direct_url: SecretStr | None = Field(None, description="the same database, reached without the pooler")
    schema_: str = Field(
        "usage",
        alias="schema",
        pattern="^[a-z_][a-z0-9_]{0,49}$",  # a name that needs no quotes
        description="the schema of the tables that oseberg makes",
    )


# `ping_url` is a secret: whoever knows it can report runs that never happened.
class RunSettings(BaseModel):
    """`[run]`: what `oseberg run` does besides the steps, and whom it notifies."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    ping_url: SecretStr | None = Field(None, description="address to ping at start, success and failure")
    # a command may carry a token, which `config show` must not print
    on_failure: SecretStr | None = Field(None, description="command to run after a failure, the summary on its input")
    report: Path | None = Field(None, description="health page to write every week")
    digest: Path | None = Field(None, description="file for the weekly digest")


class RetentionSettings(BaseModel):
    """`[retention]`: which months of events `oseberg db archive` moves to files, and where to."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    keep_months: int | None = Field(None, ge=1, description="months of events to keep besides the present one")
    to: str | None = Field(None, description="folder or s3:// prefix of the archives")


class CountySettings(BaseModel):
    """`[county]`: the user's own county modules, and how records are checked."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    path: Path | None = Field(None, description="folder of your own county modules")
    surveys: Path | None = Field(None, description="CSV list of surveys and townships that checks the land")
    source: str | None = Field(None, description="where all deliveries are, a folder or an s3:// prefix")
    out: Path | None = Field(None, description="folder for the results of all deliveries")
    register_: str | None = Field(
        None, alias="register", description="register of all checks: a file, or an s3:// or postgresql:// address"
    )
    waivers: Path | None = Field(None, description="TOML file of waivers")
    check: dict[str, Any] = Field(default_factory=dict, description="settings of oseberg county check")
