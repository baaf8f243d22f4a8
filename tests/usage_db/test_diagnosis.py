"""What `UsageDatabase.diagnose` finds, and how to fix it."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from oseberg.usage_db import AccountSettings, Diagnosis, UsageDatabase, _diagnosis


def by_name(found: list[Diagnosis]) -> dict[str, Diagnosis]:
    return {one.name: one for one in found}


def test_a_database_that_is_ready(db: UsageDatabase) -> None:
    """Everything is looked at, and nothing is wrong."""
    found = by_name(db.diagnose())
    assert list(found) == ["server", "pooler", "clock", "schema", "settings", "rights"]
    assert {one.state for one in found.values()} == {"ok"}
    assert {one.fix for one in found.values()} == {""}


def test_a_database_without_the_schema(empty_url: str) -> None:
    """The rest can be looked at, and the command that creates the schema is named."""
    with UsageDatabase(empty_url) as database:
        found = by_name(database.diagnose())
    assert (found["schema"].state, found["schema"].fix) == ("fault", "oseberg db upgrade")
    assert "rights" not in found


@pytest.mark.parametrize(("number", "says"), [("0001", "is needed"), ("9999", "is newer")])
def test_another_version_of_the_schema(url: str, number: str, says: str) -> None:
    """An older and a newer schema have different cures."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE usage.alembic_version SET version_num = %s", [number])
    with UsageDatabase(url) as database:
        found = by_name(database.diagnose())["schema"]
    assert found.state == "fault"
    assert says in found.message


def test_settings_that_differ_are_named(url: str) -> None:
    """The stored settings hold; the file that says otherwise is a fault."""
    with UsageDatabase(url, accounts=AccountSettings(smb_below=70_000)) as database:
        found = by_name(database.diagnose())["settings"]
    assert found.state == "fault"
    assert "smb_below" in found.fix


def test_missing_rights_come_as_grants(url: str) -> None:
    """Running the printed statements as an administrator is all there is to do."""
    with psycopg.connect(url, autocommit=True) as connection:
        database = connection.info.dbname
        role = f"doctor_{database[-8:]}"
        connection.execute(f'CREATE ROLE "{role}" LOGIN')
        try:
            theirs = psycopg.conninfo.make_conninfo(url, user=role)
            with UsageDatabase(theirs) as limited:
                connection.execute(f'GRANT SELECT ON usage.alembic_version TO "{role}"')
                connection.execute(f'GRANT USAGE ON SCHEMA usage TO "{role}"')
                connection.execute(f'GRANT SELECT ON usage.setting TO "{role}"')
                found = by_name(limited.diagnose())["rights"]
                assert found.state == "fault"
                assert "GRANT SELECT, INSERT, UPDATE, DELETE ON usage.product_event TO" in found.fix
                assert "GRANT INSERT, UPDATE, DELETE ON usage.setting TO" in found.fix
                connection.execute(found.fix)
                assert by_name(limited.diagnose())["rights"].state == "ok"
        finally:
            connection.execute(f'DROP OWNED BY "{role}"')
            connection.execute(f'DROP ROLE "{role}"')


def test_a_clock_that_is_off(db: UsageDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days would settle too early or too late."""

    class Late(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            del tz
            return datetime.now(UTC) - timedelta(minutes=5)

    monkeypatch.setattr(_diagnosis, "datetime", Late)
    found = by_name(db.diagnose())["clock"]
    assert found.state == "warning"
    assert "ahead of" in found.message


class Connection:
    """As much of a connection as the checks of server and pooler look at."""

    class Info:
        server_version = 180004
        backend_pid = 7

    info = Info()

    def execute(self, query: object, parameters: object = None) -> "Connection":
        del query, parameters
        return self

    def fetchone(self) -> tuple[int]:
        return (8,)


@pytest.mark.parametrize(("has_direct", "state"), [(True, "ok"), (False, "warning")])
def test_a_pooler_needs_a_direct_address(has_direct: bool, state: str) -> None:
    """A pooler answers with a process id of its own."""
    assert _diagnosis._pooler(Connection(), has_direct=has_direct).state == state


@pytest.mark.parametrize(("version", "state"), [(140011, "fault"), (150000, "ok"), (180099, "ok"), (190000, "warning")])
def test_versions_of_the_server(version: int, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """15 to 18 are tested."""
    monkeypatch.setattr(Connection.Info, "server_version", version)
    assert _diagnosis._server(Connection(), "postgresql://db/usage").state == state
