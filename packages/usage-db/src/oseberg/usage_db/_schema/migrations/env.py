# ruff: noqa: INP001 - a script that alembic runs
"""Alembic's environment: a connection given by the caller, or text for a database administrator."""

from alembic import context

SCHEMA = "CREATE SCHEMA IF NOT EXISTS usage"

if context.is_offline_mode():
    context.configure(dialect_name="postgresql", version_table_schema="usage", transaction_per_migration=True)
    context.execute(SCHEMA)
else:
    connection = context.config.attributes["connection"]
    connection.exec_driver_sql(SCHEMA)
    connection.commit()
    context.configure(connection=connection, version_table_schema="usage", transaction_per_migration=True)

with context.begin_transaction():
    context.run_migrations()
