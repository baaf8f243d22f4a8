"""Where the tables of users and companies are, and how companies are classified."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

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
