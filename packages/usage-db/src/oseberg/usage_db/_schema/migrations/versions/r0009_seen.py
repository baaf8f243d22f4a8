# ruff: noqa: INP001 - a script that alembic runs
"""When each user was seen, and activity for sums over years."""

from alembic import context, op

from oseberg.usage_db._schema.statements import statements

revision = "0009"
down_revision = "0008"

REPLACED = "CREATE OR REPLACE VIEW usage.user_first_event "  # in a transaction of its own


def upgrade() -> None:
    """Create the views, then replace the one that people may be reading."""
    context.config.attributes["expect"](down_revision)
    execute, patiently = (context.config.attributes[key] for key in ("execute", "patiently"))
    script = statements("0009_seen", context.config.attributes["accounts"])
    for statement in script:
        if REPLACED not in statement:
            execute(statement)
    with op.get_context().autocommit_block():
        for statement in script:
            if REPLACED in statement:
                patiently(statement)
