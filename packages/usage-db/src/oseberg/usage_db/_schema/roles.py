"""The optional roles: who owns, loads, imports accounts and reads, each with no more rights than that needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.usage_db._accounts.settings import column_name, is_expression
from oseberg.usage_db._schema.statements import identifier, literal, statements

if TYPE_CHECKING:
    from oseberg.usage_db._accounts.settings import AccountSettings

_ADDED = {"user": ("job_type_id", "products"), "group": ("group_type_id", "salesforce_id")}
_LOGINS = """-- Put each login into one role (the names of the logins are yours):
--   GRANT usage_etl TO oseberg_loader;         mixpanel load, score weekly, db upgrade, db archive
--   GRANT usage_accounts TO oseberg_accounts;  db accounts: the only role that may write users and companies
--   GRANT usage_reader TO metabase;            dashboards and analysts: of accounts, only the columns granted below
-- Members of usage_owner, which usage_etl is, own what they create through it: any of them can load and migrate."""


def role_statements(accounts: AccountSettings) -> list[str]:
    """Return the statements that create the roles and grant exactly what each needs; they may be repeated.

    Args:
        accounts: Where the tables of users and groups are; of them, only the columns that the views read are granted.

    Returns:
        Statements without their semicolons.
    """
    schema = identifier(accounts.schema_name)
    grants = []
    for kind, columns in (("user", accounts.user_columns), ("group", accounts.group_columns)):
        table = f"{schema}.{identifier(accounts.user_table if kind == 'user' else accounts.group_table)}"
        given = columns.model_dump().values()
        listed = ", ".join(identifier(column_name(name)) for name in given if name.strip() and not is_expression(name))
        added = ", ".join(_ADDED[kind])
        grants += [
            f"REVOKE ALL ON {table} FROM usage_owner, usage_etl, usage_accounts, usage_reader",
            *_grants(table, listed),
            _WHERE_ADDED.format(
                table=literal(table), column=literal(_ADDED[kind][0]), grants=";\n        ".join(_grants(table, added))
            ),
        ]
        grants += [
            _OF_EXPRESSION.format(table=literal(table), expression=literal(text))
            for text in given
            if is_expression(text)
        ]
    first, *others = statements("roles", accounts)
    return [f"{_LOGINS}\n\n{first}", *others, *grants]


def _grants(table: str, columns: str) -> tuple[str, str]:
    return (
        f"GRANT SELECT ({columns}) ON {table} TO usage_owner, usage_accounts, usage_reader",
        f"GRANT INSERT ({columns}), UPDATE ({columns}) ON {table} TO usage_accounts",
    )


# The columns that the mode `columns` adds; the script doesn't know in which mode the database is.
_WHERE_ADDED = """DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = {table}::regclass AND attname = {column}) THEN
        {grants};
    END IF;
END
$$"""

# An expression is read by the views as well: every word of it that is a column.
_OF_EXPRESSION = """DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = {table}::regclass AND a.attnum > 0
        AND a.attname = ANY (regexp_split_to_array({expression}, '[^\\w]+'))
    LOOP
        EXECUTE format('GRANT SELECT (%I) ON %s TO usage_owner, usage_accounts, usage_reader', name, {table});
    END LOOP;
END
$$"""
