# ruff: noqa: INP001 - a script that alembic runs
"""The line that each event was made of, by its digest."""

from alembic import context, op

from oseberg.usage_db._schema.statements import statements

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Change the columns; each statement is a transaction of its own, for people may be reading the events."""
    context.config.attributes["expect"](down_revision)
    patiently = context.config.attributes["patiently"]
    with op.get_context().autocommit_block():
        for statement in statements("0004_line_digest", context.config.attributes["accounts"]):
            patiently(statement)
