# ruff: noqa: INP001 - a script that alembic runs
"""Users resolved once, and what each did on each day."""

from alembic import context

from oseberg.usage_db._schema.statements import statements

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables from the stored events, and the views on them."""
    context.config.attributes["expect"](down_revision)
    for statement in statements("0006_rollup", context.config.attributes["accounts"]):
        context.config.attributes["execute"](statement)
