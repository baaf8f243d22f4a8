# ruff: noqa: INP001 - a script that alembic runs
"""Runs of the command."""

from alembic import context

from oseberg.usage_db._schema.statements import statements

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table."""
    context.config.attributes["expect"](down_revision)
    for statement in statements("0010_command_run", context.config.attributes["accounts"]):
        context.config.attributes["execute"](statement)
