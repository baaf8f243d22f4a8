# ruff: noqa: INP001 - a script that alembic runs
"""What people read: events with their users, companies with their scores, ids without a user."""

from alembic import context

from oseberg.usage_db._schema.statements import statements

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the views."""
    context.config.attributes["expect"](down_revision)
    for statement in statements("0003_views", context.config.attributes["accounts"]):
        context.config.attributes["execute"](statement)
