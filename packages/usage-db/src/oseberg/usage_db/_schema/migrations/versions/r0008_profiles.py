# ruff: noqa: INP001 - a script that alembic runs
"""Mixpanel's profiles, whose e-mail addresses resolve ids."""

from alembic import context, op

from oseberg.usage_db._schema.statements import statements

revision = "0008"
down_revision = "0007"

REPLACED = "CREATE OR REPLACE VIEW usage.user_product_event "  # in a transaction of its own


def upgrade() -> None:
    """Create the table, then replace the view of events, which people may be reading, by one that uses it."""
    context.config.attributes["expect"](down_revision)
    execute, patiently = (context.config.attributes[key] for key in ("execute", "patiently"))
    script = statements("0008_profiles", context.config.attributes["accounts"])
    for statement in script:
        if REPLACED not in statement:
            execute(statement)
    with op.get_context().autocommit_block():
        for statement in script:
            if REPLACED in statement:
                patiently(statement)
