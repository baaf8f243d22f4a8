# ruff: noqa: INP001 - a script that alembic runs
"""The tables of users and groups, and the classes of both."""

from alembic import context, op

from oseberg.usage_db._schema.statements import account_statements, settings_statements, statements

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create what is missing; each statement that locks another team's table is a transaction of its own."""
    context.config.attributes["expect"](down_revision)
    accounts, execute, patiently = (context.config.attributes[key] for key in ("accounts", "execute", "patiently"))
    for statement in [*statements("0002_accounts", accounts), *settings_statements(accounts)]:
        execute(statement)
    with op.get_context().autocommit_block():
        for statement in account_statements(accounts):
            patiently(statement)
