# ruff: noqa: INP001 - a script that alembic runs
"""Product events, the log of their loading, identities, scores."""

from alembic import context

from oseberg.usage_db._schema.statements import statements

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    context.config.attributes["expect"](down_revision)
    for statement in statements("0001_usage", context.config.attributes["accounts"]):
        context.config.attributes["execute"](statement)
