# ruff: noqa: INP001 - a script that alembic runs
"""Activity by month."""

import re

from alembic import context, op

from oseberg.usage_db._schema.statements import statements

revision = "0011"
down_revision = "0010"

PATIENT = re.compile("^(CREATE OR REPLACE VIEW usage.identity_unresolved|DROP INDEX) ", re.MULTILINE)
"""What people may be reading is replaced in transactions of their own, after everything that takes time."""


def upgrade() -> None:
    """Create and fill the table, then replace a view and an index that people may be reading."""
    context.config.attributes["expect"](down_revision)
    execute, patiently = (context.config.attributes[key] for key in ("execute", "patiently"))
    script = statements("0011_month", context.config.attributes["accounts"])
    for statement in script:
        if not PATIENT.search(statement):
            execute(statement)
    with op.get_context().autocommit_block():
        for statement in script:
            if PATIENT.search(statement):
                patiently(statement)
