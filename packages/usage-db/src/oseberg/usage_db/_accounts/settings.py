"""Where the tables of users and companies are, and how companies are classified."""

from __future__ import annotations

import json
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from oseberg.usage_db._identity.ids import AccountId, IdKind
from oseberg.usage_db._zones import find_zone

_STRICT = ConfigDict(extra="forbid", frozen=True)
_QUOTED = re.compile(r'"(?:[^"]|"")+"')


def is_expression(name: str) -> bool:
    """Whether a setting is an SQL expression, such as `deleted_at IS NULL`, instead of a column's name.

    Args:
        name: The setting; a text with blanks, parentheses or `::` is an expression, unless it is in double quotes.
    """
    text = name.strip()
    return not _QUOTED.fullmatch(text) and any(mark in text for mark in (" ", "(", "::"))


def column_name(setting: str) -> str:
    """Return the name of the column that a setting names, which may be in double quotes, as SQL writes it.

    Args:
        setting: The setting.

    Example:
        >>> column_name('"Full ""legal"" name"')
        'Full "legal" name'
    """
    text = setting.strip()
    return text[1:-1].replace('""', '"') if _QUOTED.fullmatch(text) else setting


class UserColumns(BaseModel):
    """Columns of the table of users; an empty name: the table lacks that column.

    `email`, `username`, `name` and `enabled` may be SQL expressions of the table's columns, which are only read.
    A name with blanks is written in double quotes.
    """

    model_config = _STRICT

    id: str = "id"
    email: str = "email"
    username: str = "username"
    name: str = "name"
    group_id: str = "group_id"
    enabled: str = "enabled"


class GroupColumns(BaseModel):
    """Columns of the table of groups; an empty name: the table lacks it. `account_size` may be an SQL expression."""

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
        user_ids: What the ids of users are: `integer`, `uuid` or `text`. If it is not named, the first upgrade looks at
            the table; afterward it can't change.
        group_ids: The same for companies.
        time_zone: The zone in which the days of accounts begin, such as the day of an import.
        user_segments: Further columns of the file of users that are kept, with their history, to compare users by.
        group_segments: The same for the file of companies.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    mode: Literal["columns", "side"] = "columns"
    schema_name: str = Field(default="account", alias="schema")
    user_table: str = "user"
    group_table: str = "group"
    user_columns: UserColumns = UserColumns()
    group_columns: GroupColumns = GroupColumns()
    # The company's own definition of a small account.
    smb_below: float = Field(default=50_000, ge=0)
    own_group_id: AccountId | None = None
    user_ids: IdKind = "integer"
    group_ids: IdKind = "integer"
    time_zone: str = "UTC"
    user_segments: tuple[str, ...] = ()
    group_segments: tuple[str, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return find_zone(name).key

    @field_validator("own_group_id")
    @classmethod
    def _as_stored(cls, value: AccountId | None) -> AccountId | None:
        # "3" in a file means the company that the database knows as 3
        return int(value) if isinstance(value, str) and re.fullmatch(r"0|[1-9]\d{0,17}", value, re.ASCII) else value

    def over(self, stored: AccountSettings) -> AccountSettings:
        """Return other settings, overridden by those that are set here.

        Args:
            stored: The other settings, such as those that a database stores.

        Returns:
            The stored settings with those that were named here.
        """
        named = {name: getattr(self, name) for name in self.model_fields_set if not name.endswith("_columns")}
        for name in ("user_columns", "group_columns"):
            columns = getattr(self, name)
            kept: BaseModel = getattr(stored, name)
            named[name] = kept.model_copy(update={key: getattr(columns, key) for key in columns.model_fields_set})
        return stored.model_copy(update=named)

    def differences(self, stored: AccountSettings) -> list[str]:
        """Compare the settings that are set here with those that a database stores.

        Args:
            stored: The stored settings.

        Returns:
            A phrase for each setting that differs; settings that were not named never do.
        """
        mine, theirs = _flat(self.over(stored)), _flat(stored)
        return [
            f"{name} = {_shown(value)}, but the database stores {_shown(theirs[name])}"
            for name, value in mine.items()
            if value != theirs[name]
        ]


def _flat(settings: AccountSettings) -> dict[str, object]:
    content = settings.model_dump(by_alias=True)
    columns = {
        f"{name}.{key}": value for name in ("user_columns", "group_columns") for key, value in content.pop(name).items()
    }
    return content | columns


def _shown(value: object) -> str:
    return "nothing" if value is None else json.dumps(value)
