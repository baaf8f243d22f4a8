"""The schema of our tables: SQL is written for `usage`, and renamed where a database has them in another schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from psycopg import sql

from oseberg.usage_db.errors import SettingsError

if TYPE_CHECKING:
    from psycopg.abc import Query

DEFAULT = "usage"

# A plain name needs no quotes, so that one text serves statements, literals of regclass, comments and names of roles.
_PLAIN = re.compile(r"[a-z_][a-z0-9_]{0,49}", re.ASCII)
_RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
    current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc
    distinct do else end except false fetch for foreign from grant group having in initially intersect into lateral
    leading limit localtime localtimestamp not null offset on only or order placing primary references returning select
    session_user some symmetric system_user table then to trailing true union unique user using variadic when where
    window with authorization binary collation concurrently cross current_schema freeze full ilike inner is isnull join
    left like natural notnull outer overlaps right similar tablesample verbose information_schema public
    """.split()
)

# `usage.table`, also within a literal; `SCHEMA usage`; `'usage'`; and the roles, which are named after the schema.
_OURS = re.compile(
    r"""\busage(?=\.["'a-z_%{])|(?<=SCHEMA )usage\b|(?<=')usage(?=')|\busage(?=_(?:owner|etl|accounts|reader)\b)"""
)


def check_name(schema: str) -> str:
    """Return a name for the schema, if it can be one.

    Raises:
        SettingsError: It is not a plain name in lower case, or a word that SQL or Postgres keeps for itself.
    """
    if not _PLAIN.fullmatch(schema) or schema in _RESERVED or schema.startswith("pg_"):
        raise SettingsError(
            f"{schema!r} can't be the schema: use lower-case letters, digits and underscores, at most 50, and no word "
            'that SQL reserves, for example [database] schema = "oseberg_usage".'
        )
    return schema


def in_schema(text: str, schema: str) -> str:
    """Return SQL that is written for `usage` as SQL for another schema."""
    return text if schema == DEFAULT else _OURS.sub(schema, text)


def query_in_schema(query: Query, schema: str) -> Query:
    """Return a query for another schema; quoted names and literals in it are left alone, as they are other people's."""
    if schema == DEFAULT:
        return query
    if isinstance(query, str):
        return in_schema(query, schema)
    if isinstance(query, sql.Composable):
        return sql.Composed([_part_in_schema(query, schema)])
    return query


def _part_in_schema(part: sql.Composable, schema: str) -> sql.Composable:
    if isinstance(part, sql.Composed):
        return sql.Composed([_part_in_schema(inner, schema) for inner in part])
    return sql.SQL(in_schema(part.as_string(None), schema)) if isinstance(part, sql.SQL) else part
