# ruff: noqa: INP001 - a script that alembic runs
"""What left the database, and a comment on every table and column."""

from alembic import context

from oseberg.usage_db._schema.statements import statements

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables, and comment on everything."""
    context.config.attributes["expect"](down_revision)
    for statement in (*statements("0007_keeping", context.config.attributes["accounts"]), *statements("comments")):
        context.config.attributes["execute"](statement)
