# ruff: noqa: INP001 - a script that alembic runs
"""Mixpanel's profiles, whose e-mail addresses resolve ids."""

from alembic import context

from oseberg.usage_db._schema.statements import statements

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table, and let the view of events know what its rows say."""
    context.config.attributes["expect"](down_revision)
    for statement in statements("0008_profiles", context.config.attributes["accounts"]):
        context.config.attributes["execute"](statement)
