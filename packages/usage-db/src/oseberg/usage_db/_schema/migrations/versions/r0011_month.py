# ruff: noqa: INP001 - a script that alembic runs
"""Activity by month."""

from alembic import context, op

from oseberg.usage_db._schema.statements import statements

revision = "0011"
down_revision = "0010"

REPLACED = "CREATE OR REPLACE VIEW usage.identity_unresolved "  # in a transaction of its own


def upgrade() -> None:
    """Create and fill the table, then replace the view that people may be reading."""
    context.config.attributes["expect"](down_revision)
    execute, patiently = (context.config.attributes[key] for key in ("execute", "patiently"))
    script = statements("0011_month", context.config.attributes["accounts"])
    for statement in script:
        if REPLACED not in statement:
            execute(statement)
    with op.get_context().autocommit_block():
        for statement in script:
            if REPLACED in statement:
                patiently(statement)
