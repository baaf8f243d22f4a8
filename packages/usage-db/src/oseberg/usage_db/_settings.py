"""Typed settings: where the accounts are, and what a load leaves out or changes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

_STRICT = ConfigDict(extra="forbid", frozen=True)


class UserColumns(BaseModel):
    """Names of the columns of the table of users."""

    model_config = _STRICT

    id: str = "id"
    email: str = "email"
    username: str = "username"
    name: str = "name"
    group_id: str = "group_id"
    enabled: str = "enabled"


class GroupColumns(BaseModel):
    """Names of the columns of the table of groups."""

    model_config = _STRICT

    id: str = "id"
    name: str = "name"
    account_size: str = "account_size"


class AccountSettings(BaseModel):
    """Where the tables of users and groups are, and how companies are classified.

    Attributes:
        mode: `columns` adds nullable columns to the two tables; `side` leaves them untouched and keeps the same facts
            in `usage.user_job` and `usage.group_class`.
        schema_name: Schema of the two tables (`schema` in `oseberg.toml`).
        smb_below: An account size below this many dollars is SMB, from it on Enterprise.
        own_group_id: The group that is Oseberg itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    mode: Literal["columns", "side"] = "columns"
    schema_name: str = Field(default="account", alias="schema")
    user_table: str = "user"
    group_table: str = "group"
    user_columns: UserColumns = UserColumns()
    group_columns: GroupColumns = GroupColumns()
    smb_below: float = Field(default=50_000, ge=0)
    own_group_id: int | None = None


class LoadSettings(BaseModel):
    """What a load leaves out or changes, applied to each event before anything is stored.

    Attributes:
        include_events: Only these events are kept; empty keeps all.
        exclude_events: These events are dropped.
        drop_users: Events of these ids are dropped: internal users and test accounts. `$user_id` and `distinct_id` are
            compared without regard to case; `*` and `?` are wild (`*@oseberg.com`).
        drop_properties: Properties that are not stored.
        rename_properties: Old name to new name.
        hash_properties: Properties stored as `sha256:` and a salted hash.
        hash_salt: The salt for them; needed when there are any.
        settle_days: A day is loaded again until it was loaded this many days after its end.
        recheck_days: Once a week, all days of the last so many are loaded again.
    """

    model_config = _STRICT

    include_events: list[str] = []
    exclude_events: list[str] = []
    drop_users: list[str] = []
    drop_properties: list[str] = []
    rename_properties: dict[str, str] = {}
    hash_properties: list[str] = []
    hash_salt: SecretStr = SecretStr("")
    settle_days: int = Field(default=5, ge=0)
    recheck_days: int = Field(default=30, ge=0)
