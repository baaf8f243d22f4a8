# ruff: noqa: INP001 - a script that alembic runs
"""What users and companies were on each day."""

from alembic import context

from oseberg.usage_db._schema.statements import statements

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables, extend the views, and record the facts of today."""
    context.config.attributes["expect"](down_revision)
    for statement in statements("0005_history", context.config.attributes["accounts"]):
        context.config.attributes["execute"](statement)
