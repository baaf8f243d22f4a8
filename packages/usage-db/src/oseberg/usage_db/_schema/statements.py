"""The packaged SQL, with the names that the settings give to another team's tables and columns."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from oseberg.usage_db._accounts.settings import column_name, is_expression
from oseberg.usage_db._identity.ids import sql_type

if TYPE_CHECKING:
    from oseberg.usage_db._accounts.settings import AccountSettings


def statements(name: str, accounts: AccountSettings | None = None) -> list[str]:
    """Return the statements of a packaged file; an empty line separates them."""
    text = (files("oseberg.usage_db._schema") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    if accounts:
        text = named(text, accounts)
    parts = (part.strip() for part in re.split(r";\n(?:\n|\Z)", text))
    return [part for part in parts if _code(part)]


def account_statements(accounts: AccountSettings) -> list[str]:
    """Return the statements that bring the account side into its mode; they may be repeated."""
    return statements(f"accounts_{accounts.mode}", accounts)


def settings_statements(accounts: AccountSettings) -> list[str]:
    """Return the statements that store the settings which the views and later runs read."""
    values = {
        "accounts": accounts.model_dump_json(by_alias=True),
        "smb_below": format(accounts.smb_below, "f"),
        "own_group_id": None if accounts.own_group_id is None else str(accounts.own_group_id),
    }
    return [
        f"INSERT INTO usage.setting (name, value) VALUES ({literal(name)}, {literal(value)}) "  # noqa: S608 - quoted
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE setting.value IS DISTINCT FROM excluded.value"
        for name, value in values.items()
    ]


def named(text: str, accounts: AccountSettings) -> str:
    """Replace the default names `account."user"`, `u."email"` and so on by the configured ones."""
    tables = {
        'account."user"': f"{identifier(accounts.schema_name)}.{identifier(accounts.user_table)}",
        'account."group"': f"{identifier(accounts.schema_name)}.{identifier(accounts.group_table)}",
    }
    replaced = {
        **tables,
        **{literal(name): literal(place) for name, place in tables.items()},
        "CREATE SCHEMA account;": f"CREATE SCHEMA {identifier(accounts.schema_name)};",
        "to_regnamespace('account')": f"to_regnamespace({literal(identifier(accounts.schema_name))})",
        "ON SCHEMA usage, account ": f"ON SCHEMA usage, {identifier(accounts.schema_name)} ",
    }
    for prefix, columns in (("u", accounts.user_columns), ("g", accounts.group_columns)):
        replaced |= {f'{prefix}."{key}"': _source(prefix, key, value) for key, value in columns}
    pattern = "|".join(re.escape(key) for key in sorted(replaced, key=len, reverse=True))
    return re.sub(pattern, lambda match: replaced[match[0]], _typed(text, accounts))


def _typed(text: str, accounts: AccountSettings) -> str:
    """Write ids of users and companies with the accounts database's type; the packaged SQL says bigint."""
    user, group = sql_type(accounts.user_ids), sql_type(accounts.group_ids)
    for pattern, kind in ((_USER_ID, user), (_GROUP_ID, group)):
        text = pattern.sub(lambda match, kind=kind: match[1] + kind, text)  # type: ignore[misc]
    return text


def _source(prefix: str, key: str, value: str) -> str:
    """Return what a view reads for a column: the column, an expression, or the substitute for a missing one."""
    if not value.strip():
        return "true" if key == "enabled" else "NULL"
    return f"({value})" if is_expression(value) else f"{prefix}.{identifier(column_name(value))}"


_USER_ID = re.compile(r"""(\buser_id |u\."id"::|CREATE TABLE account\."user" \(\s+"id" )bigint""")
_GROUP_ID = re.compile(
    r"""(\bgroup_id |"group_id" |u\."group_id"::|g\."id"::|s\.value::|"""
    r"""CREATE TABLE account\."group" \(\s+"id" )bigint"""
)


def identifier(name: str) -> str:
    """Quote a name of the database."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | None) -> str:
    """Quote a text."""
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def _code(part: str) -> str:
    return "\n".join(line for line in part.splitlines() if not line.startswith("--")).strip()
