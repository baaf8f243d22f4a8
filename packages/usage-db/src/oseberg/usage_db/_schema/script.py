"""The migrations as a script for psql, for a database administrator."""

from __future__ import annotations

import io

from oseberg.usage_db._accounts.settings import AccountSettings, column_name
from oseberg.usage_db._postgres.naming import DEFAULT, check_name, in_schema
from oseberg.usage_db._schema.migrate import HEAD, LOCK_TIMEOUT_MS, alembic_config
from oseberg.usage_db._schema.roles import role_statements
from oseberg.usage_db._schema.statements import identifier, literal
from oseberg.usage_db.errors import SchemaError

_ATTEMPTS = 100
_HEADER = """\
-- Apply with: psql -v ON_ERROR_STOP=1 -f FILE
-- Each step is a transaction, and refuses to run on a database of another version than the one it expects.
-- If a script stopped, read the version (SELECT version_num FROM usage.alembic_version), and print the rest:
-- oseberg db sql --from VERSION"""
_PATIENT = """\
-- Waits at most {timeout} ms for its lock, because everybody who comes later waits behind it; then lets go of
-- everything and tries again a second later, up to {attempts} times. If it still fails, nothing was changed: run the
-- statement again at a quieter time, or look in pg_locks for who holds the lock.
DO $retry$
BEGIN
    FOR attempt IN 1..{attempts} LOOP
        BEGIN
            SET LOCAL lock_timeout = '{timeout}ms';
            EXECUTE $statement$
{statement}
$statement$;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(1);
        END;
    END LOOP;
    RAISE EXCEPTION 'The table stayed locked. Nothing was changed; run this statement again.';
END
$retry$"""
_NEW = """DO $new$
BEGIN
    IF to_regclass('usage.alembic_version') IS NOT NULL THEN
        RAISE EXCEPTION 'The schema usage is there already, and nothing was changed.'
        USING HINT = 'Read its version (SELECT version_num FROM usage.alembic_version), and print what is missing: '
            'oseberg db sql --from VERSION';
    END IF;
    IF EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('usage') AND relkind IN ('r', 'p', 'v', 'm'))
    THEN
        RAISE EXCEPTION 'The schema usage holds tables of something else, and nothing was changed.'
        USING HINT = 'Name another one in oseberg.toml ([database] schema = "..."), and print the script again.';
    END IF;
END
$new$"""
_WHOLE = """\
    IF EXISTS (
        SELECT FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
        WHERE a.attrelid = to_regclass({table}) AND a.attname = {column}
        AND CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
        NOT IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
    ) THEN
        RAISE EXCEPTION 'The ids of % are not whole numbers.', $name${place}$name$
        USING HINT = 'Set [accounts] {name} = "uuid" (or "text"), and print the script again.';
    END IF;"""
_EXPECTS = """DO $expects$
BEGIN
    IF NOT EXISTS (SELECT FROM usage.alembic_version WHERE version_num = '{version}') THEN
        RAISE EXCEPTION 'This step expects version {version} of the schema, and changed nothing.'
        USING HINT = 'Print the steps that are missing: oseberg db sql --from VERSION';
    END IF;
END
$expects$"""


def migration_sql(
    accounts: AccountSettings | None = None,
    *,
    roles: bool = False,
    since: str | None = None,
    roles_only: bool = False,
    schema: str = DEFAULT,
) -> str:
    """Return the migrations as a script for psql, for a database administrator.

    Args:
        accounts: Where the tables of users and groups are.
        roles: Add the roles `usage_owner`, `usage_etl`, `usage_accounts` and `usage_reader`, with their grants.
        since: The version that the database has; only the steps after it are printed.
        roles_only: Print the roles alone.
        schema: The schema of the tables; the roles are named after it.

    Returns:
        Text that `psql -v ON_ERROR_STOP=1 -f` runs.

    Raises:
        SchemaError: The version does not exist.
        SettingsError: The schema can't have this name.

    Example:
        >>> "CREATE TABLE usage.product_event" in migration_sql()
        True
    """
    accounts = accounts or AccountSettings()
    check_name(schema)
    output = io.StringIO()
    if not roles_only:
        _write_steps(output, accounts, since, schema)
    if roles or roles_only:
        output.write(in_schema("".join(f"{statement};\n\n" for statement in role_statements(accounts)), schema))
    return f"{in_schema(_HEADER, schema)}\n\n{output.getvalue()}"


def _kinds_check(accounts: AccountSettings) -> str:
    """Return a statement that stops the script where the ids of an existing table are others than the settings say."""
    checks = []
    for name, table, column in (
        ("user_ids", accounts.user_table, column_name(accounts.user_columns.id)),
        ("group_ids", accounts.group_table, column_name(accounts.group_columns.id)),
    ):
        if getattr(accounts, name) == "integer":
            place = f"{identifier(accounts.schema_name)}.{identifier(table)}"
            checks.append(_WHOLE.format(table=literal(place), column=literal(column), name=name, place=place))
    body = "\n".join(checks) or "    NULL;"
    return f"DO $kinds$\nBEGIN\n{body}\nEND\n$kinds$"


def _write_steps(output: io.StringIO, accounts: AccountSettings, since: str | None, schema: str) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, rarely needed

    def write(statement: str) -> None:
        output.write(in_schema(f"{statement};\n\n", schema))

    def write_patient(statement: str) -> None:
        write(_PATIENT.format(timeout=LOCK_TIMEOUT_MS, attempts=_ATTEMPTS, statement=statement))

    def expect(version: str | None) -> None:
        if version:
            write(_EXPECTS.format(version=version))
            # Later sessions wait behind a waiting statement, so it gives up, and the step can be run again.
            write(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'")

    known = {f"{number:04}" for number in range(1, int(HEAD) + 1)}
    if since is not None and since not in known:
        raise SchemaError(f"The version {since!r} does not exist. The versions are 0001 to {HEAD}.")
    if since == HEAD:
        output.write(f"-- Version {HEAD} is the newest: there is nothing to do.\n\n")
        return
    if since is None:
        write(_NEW)
        write(_kinds_check(accounts))
    config = alembic_config(accounts, schema, write, write_patient, expect)
    config.output_buffer = output
    command.upgrade(config, f"{since}:head" if since else "head", sql=True)
