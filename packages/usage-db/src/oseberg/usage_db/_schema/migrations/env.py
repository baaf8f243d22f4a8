# ruff: noqa: INP001 - a script that alembic runs
"""Alembic's environment: a connection given by the caller, or text for a database administrator."""

from alembic import context

from oseberg.usage_db._postgres.naming import in_schema

# Only where there is none: a role may own the schema and still not be allowed to create one.
SCHEMA = """DO $$
BEGIN
    IF to_regnamespace('usage') IS NULL THEN
        CREATE SCHEMA usage;
    END IF;
END
$$"""

name = context.config.attributes["schema"]
if context.is_offline_mode():
    context.configure(dialect_name="postgresql", version_table_schema=name, transaction_per_migration=True)
    context.execute(in_schema(SCHEMA, name))
else:
    connection = context.config.attributes["connection"]
    connection.exec_driver_sql(SCHEMA)
    connection.commit()
    context.configure(connection=connection, version_table_schema=name, transaction_per_migration=True)

with context.begin_transaction():
    context.run_migrations()
