# ruff: noqa: INP001 - a script that alembic runs
"""When each user was seen, and activity for sums over years."""

from alembic import context

from oseberg.usage_db._schema.statements import statements

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the views."""
    context.config.attributes["expect"](down_revision)
    for statement in statements("0009_seen", context.config.attributes["accounts"]):
        context.config.attributes["execute"](statement)
