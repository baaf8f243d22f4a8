"""One wheel to psql: other programs look into the embedded database, and it is backed up and brought back."""

import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from oseberg.usage_db import EmbeddedServerError, UsageDatabase, UsageDatabaseError, without_password
from oseberg.usage_db._server import clients
from tests import postgres
from tests.usage_db.helpers import DAY, lines


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with postgres.open_folder() as place:
        yield place


@pytest.fixture(scope="module")
def embedded(folder: Path) -> Iterator[UsageDatabase]:
    with UsageDatabase.embedded(folder / "pg") as db:
        db.upgrade()
        db.replace_day(DAY, lines(5))
        yield db


def test_psql(embedded: UsageDatabase, capfd: pytest.CaptureFixture[str]) -> None:
    """The client psql runs on the database, and its exit status is passed on."""
    assert embedded.psql("SELECT count(*) AS events FROM usage.product_event") == 0
    assert "events" in capfd.readouterr().out
    assert embedded.psql("SELECT nonsense") == 1
    assert "does not exist" in capfd.readouterr().err


def test_a_door_with_a_password(embedded: UsageDatabase) -> None:
    """Over loopback TCP, whoever has the password reads; writing needs another door; nobody else gets in."""
    count = "SELECT count(*) FROM usage.product_event"
    with embedded.doorway("secret word") as door:
        url = f"host=127.0.0.1 port={door.port} dbname=postgres user=anybody"
        with psycopg.connect(url, password="secret word") as connection:
            assert connection.execute(count).fetchone() == (5,)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute("DELETE FROM usage.product_event")
        with pytest.raises(psycopg.OperationalError, match="password is wrong"):
            psycopg.connect(url, password="other")
        for noise in (b"GET / HTTP/1.1\r\n\r\n", b"", struct.pack("!ii", 8, 80877102), struct.pack("!ii", 9, 1) + b"x"):
            # the door may have closed already
            with socket.create_connection(("127.0.0.1", door.port)) as client, suppress(OSError):
                client.sendall(noise)
                client.shutdown(socket.SHUT_WR)
                assert client.recv(10) in {b"", b"N"}
        with pytest.raises(UsageDatabaseError, match=f"Port {door.port} can't be used"):
            embedded.doorway("x", port=door.port)
    with embedded.doorway("secret word", write=True) as door:
        url = f"host=127.0.0.1 port={door.port} dbname=postgres user=anybody sslmode=prefer"
        with psycopg.connect(url, password="secret word") as connection:
            connection.execute("UPDATE usage.job_type SET name = name")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, password="secret word")


def test_backup_and_restore(embedded: UsageDatabase, folder: Path) -> None:
    """A backup is a private file; in an empty database it is the same, and verified days stay verified."""
    file = folder / "usage.dump"
    embedded.backup(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(UsageDatabaseError, match="already holds a schema usage"):
        embedded.restore_backup(file)
    with UsageDatabase.embedded(folder / "other") as db:
        with pytest.raises(UsageDatabaseError, match="does not exist"):
            db.restore_backup(folder / "nothing")
        with pytest.raises(UsageDatabaseError, match="pg_restore failed"):
            db.restore_backup(Path(__file__))
        db.restore_backup(file)
        assert db.verify()["state"].tolist() == ["ok"]
        assert db.replace_day(DAY, lines(6)).inserted == 1
    with pytest.raises(UsageDatabaseError, match="can't be written"):
        embedded.backup(folder / "nowhere" / "usage.dump")


def test_what_only_the_embedded_server_has(url: str, db: UsageDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of one's own needs no door; without the wheel, the system's programs are used, if there are any."""
    with pytest.raises(UsageDatabaseError, match="is a server already"):
        db.doorway("x")

    def fail() -> Path:
        raise EmbeddedServerError("no wheel")

    monkeypatch.setattr(clients, "wheel_binaries", fail)
    monkeypatch.setattr(clients.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert clients._program("psql") == "/usr/bin/psql"
    monkeypatch.setattr(clients.shutil, "which", lambda _: None)
    with pytest.raises(UsageDatabaseError, match="psql is neither installed"):
        db.psql("SELECT 1")
    names = clients._environment("postgresql://ann:secret@example.com:5433/usage?sslmode=require")
    assert (names["PGPASSWORD"], names["PGPORT"], names["PGSSLMODE"]) == ("secret", "5433", "require")


ADDRESSES = {
    "postgresql://ann:se%40cret@example.com/usage": "postgresql://ann@example.com/usage",
    "postgresql://ann@example.com/usage?password=secret&sslmode=require": "postgresql://ann@example.com/usage?sslmode=require",
    "postgresql://ann@example.com/usage?sslmode=require&password=secret": "postgresql://ann@example.com/usage?sslmode=require",
    "host=example.com password=secret user=ann": "user=ann host=example.com",
    "postgresql://example.com/usage": "postgresql://example.com/usage",
    "postgresql://ann:se cret@:x:y": "(an address that can't be read)",
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_addresses_are_shown_without_their_password(url: str) -> None:
    """Whatever the form of an address, its password is not part of what people see."""
    assert without_password(url).rstrip("?&") == ADDRESSES[url]
