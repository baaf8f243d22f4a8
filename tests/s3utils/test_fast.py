"""The engines for small files: the same results as by boto3, which does whatever they can't do."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from botocore.credentials import RefreshableCredentials

from oseberg.s3utils import S3, PartialFailure
from oseberg.s3utils._folders.obstore_engine import _Process
from tests.s3utils import servers
from tests.s3utils.faults import faulty

MIB = 1 << 20


def by_engine(exchange) -> bool:
    """Whether boto3, which numbers its attempts, did not send a request."""
    return "amz-sdk-request" not in {name.lower() for name in exchange.headers}


@pytest.fixture(autouse=True, params=["obstore", "requests of our own"])
def engine(request, monkeypatch) -> str:
    monkeypatch.setattr(_Process, "inherited_obstore", request.param != "obstore")  # as in a forked child
    return request.param


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(16):
        (folder / f"{number}.csv").write_bytes(bytes([number]) * 1000)
    return folder


def test_small_files_are_sent_by_the_engine(faults, s3, root, files, client, bucket):
    """With the type that the name says; the first by boto3, which shows that requests are really sent."""
    fast = S3(endpoint_url=faults.endpoint)
    list(fast.list(root))
    report = fast.upload_all(files, f"{root}/up", progress=False)
    assert len(report.transfers) == 16
    sent = [exchange for exchange in faults.seen if exchange.method == "PUT"]
    assert len(sent) == 16
    assert all(by_engine(exchange) for exchange in sent)
    assert client.head_object(Bucket=bucket, Key="up/7.csv")["ContentType"] == "text/csv"
    assert s3.read_bytes(f"{root}/up/7.csv") == bytes([7]) * 1000


@pytest.mark.parametrize("options", [{"write_options": {"encryption": "aws:kms"}}, {"requester_pays": True}], ids=str)
def test_what_the_engine_cant_do_is_left_to_boto3(faults, root, files, options):
    """Options, who pays, conditions."""
    careful = S3(endpoint_url=faults.endpoint, **options)
    list(careful.list(root))
    careful.upload_all(files, f"{root}/up", progress=False)
    S3(endpoint_url=faults.endpoint).upload_all(files, f"{root}/absent", if_absent=True, progress=False)
    assert not any(by_engine(exchange) for exchange in faults.seen if exchange.method == "PUT")


def test_a_store_that_knows_no_newer_checksums_gets_content_md5(faults, root, files, engine):
    old = S3(endpoint_url=faults.endpoint, checksums="when_required")
    list(old.list(root))
    report = old.upload_all(files, f"{root}/up", progress=False)
    assert {transfer.verified for transfer in report.transfers} == {"md5"}
    sent = [exchange for exchange in faults.seen if exchange.method == "PUT"]
    assert all(by_engine(exchange) == (engine != "obstore") for exchange in sent)
    for exchange in sent:
        names = {name.lower() for name in exchange.headers}
        assert "content-md5" in names
        assert not any("checksum" in name for name in names)


def test_a_store_whose_etag_shows_nothing(faults, s3, root, files, engine):
    """As with encryption by KMS: a few are sent twice at most, then boto3 sends all, or else the CRC-32 shows it."""
    faults.after.append(lambda e: e.answer_headers.update({"ETag": f'"{"0" * 32}"'}) if e.method == "PUT" else None)
    fast = S3(endpoint_url=faults.endpoint, workers=1)
    list(fast.list(root))
    report = fast.upload_all(files, f"{root}/up", progress=False)
    assert {transfer.verified for transfer in report.transfers} == {"crc32"}
    assert len(report.transfers) == 16
    by_it = sum(by_engine(exchange) for exchange in faults.seen if exchange.method == "PUT")
    assert 0 < by_it <= 8 if engine == "obstore" else by_it == 16
    assert len(list(s3.list(f"{root}/up"))) == 16


def without_checksums(faults) -> None:
    """Let the store do as one that doesn't know checksums: it ignores them without a word."""
    faults.after.append(
        lambda e: [e.answer_headers.pop(name) for name in list(e.answer_headers) if "checksum" in name.lower()]
    )


def test_a_store_that_ignores_checksums_shows_the_content_by_etags(faults, s3, root, files, engine):
    """What a store compared is what it says that it compared, not what it was sent."""
    without_checksums(faults)
    silent = S3(endpoint_url=faults.endpoint)
    list(silent.list(root))
    report = silent.upload_all(files, f"{root}/up", progress=False)
    assert {transfer.verified for transfer in report.transfers} == {"etag"}
    (files / "one").write_bytes(bytes(2 * MIB))
    assert silent.upload(files / "one", f"{root}/one").verified == "etag"
    (files / "parts").write_bytes(bytes(9 * MIB))
    assert silent.upload(files / "parts", f"{root}/parts").verified == "etag of parts"
    faults.after.append(lambda e: e.answer_headers.update({"ETag": f'"{"0" * 32}"'}) if e.method == "PUT" else None)
    assert silent.upload(files / "one", f"{root}/two").verified == "size"


KEYS = ["plain.csv", "a deed + more.csv", "Grüße/ñ.txt", "a%20b?c#d", "x/~tilde/(1).txt", ".hidden", "a=b&c;d"]


def test_whatever_the_keys_the_files_are_those_that_were_stored(faults, s3, root, tmp_path, engine):
    """Verified by what boto3 verifies by; keys that it may spell differently are fetched by boto3."""
    for key in KEYS:
        s3.write_text(f"{root}/in/{key}", key)
    fast = S3(endpoint_url=faults.endpoint)
    report = fast.download_all(f"{root}/in", tmp_path, progress=False)
    assert {path.relative_to(tmp_path).as_posix() for path in report.paths} == set(KEYS)
    assert all((tmp_path / key).read_text() == key for key in KEYS)
    by_it = sum(by_engine(exchange) for exchange in faults.seen)
    assert by_it == (1 if engine == "obstore" else len(KEYS))


@pytest.mark.parametrize("status", [200, 307, 403, 503])
def test_an_answer_that_cant_be_used_is_asked_for_by_boto3(faults, s3, root, files, tmp_path, status):
    """A damaged object, a redirection, a denial, a store that is busy: the engine is given up, nothing is lost."""
    s3.upload_all(files, f"{root}/in", progress=False)

    def spoil(exchange) -> None:
        if by_engine(exchange):
            exchange.answer = bytes(len(exchange.answer)) if status == 200 else b""
            exchange.status = status

    faults.after.append(spoil)
    fast = S3(endpoint_url=faults.endpoint, workers=1)
    report = fast.download_all(f"{root}/in", tmp_path / "out", progress=False)
    assert len(report.transfers) == 16
    assert all(path.read_bytes() == bytes([int(path.stem)]) * 1000 for path in report.paths)
    assert 0 < sum(by_engine(exchange) for exchange in faults.seen) < 16


def test_a_damaged_object_is_refused(faults, s3, root, files, tmp_path):
    """By boto3 as well, so that nothing is kept."""
    s3.upload_all(files, f"{root}/in", progress=False)

    def spoil(exchange) -> None:
        if exchange.path.endswith("/7.csv"):
            exchange.answer = bytes(len(exchange.answer))

    faults.after.append(spoil)
    with pytest.raises(PartialFailure, match="differs from the store's") as caught:
        S3(endpoint_url=faults.endpoint).download_all(f"{root}/in", tmp_path / "out", progress=False)
    assert len(caught.value.report.transfers) == 15
    assert not (tmp_path / "out" / "7.csv").exists()


def test_a_file_that_is_gone_or_grows_is_named(faults, root, files):
    """The rest is sent."""
    fast = S3(endpoint_url=faults.endpoint)
    list(fast.list(root))
    faults.before.append(lambda e: (files / "9.csv").unlink(missing_ok=True) if e.method == "PUT" else None)
    with pytest.raises(PartialFailure, match=re.escape("9.csv")) as caught:
        S3(endpoint_url=faults.endpoint, workers=1).upload_all(files, f"{root}/up", progress=False)
    assert len(caught.value.report.transfers) == 15


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self, *_) -> datetime:
        return self.now


def expiring(clock, lifetime: timedelta) -> RefreshableCredentials:
    """Make credentials whose key says until when they are good, and that are asked for again when boto3 thinks so."""

    def ask() -> dict[str, str]:
        until = clock() + lifetime
        return {
            "access_key": f"until{until.timestamp():.0f}",
            "secret_key": "a-secret-of-the-tests",
            "token": "token",
            "expiry_time": until.isoformat(),
        }

    short = {"advisory_timeout": 2, "mandatory_timeout": 1} if lifetime < timedelta(minutes=1) else {}
    return RefreshableCredentials.create_from_metadata(ask(), ask, "tests", **short)


@pytest.fixture
def with_credentials(monkeypatch):
    """Make an S3 whose session has the credentials that a test gives it."""
    from oseberg.s3utils._store import client as module  # noqa: PLC0415 - where the session is made

    original = module.quick_session

    def make(credentials, endpoint) -> S3:
        def with_them(profile, region):
            session, core = original(profile, region)
            core._credentials = credentials
            return session, core

        monkeypatch.setattr(module, "quick_session", with_them)
        return S3(endpoint_url=endpoint)

    return make


def deny_expired(faults, clock) -> list[str]:
    """Let the store refuse requests that are signed with credentials that have expired."""
    keys: list[str] = []

    def check(exchange) -> None:
        headers = {name.lower(): value for name, value in exchange.headers.items()}
        key = re.search(r"Credential=until(\d+)/", headers["authorization"])
        keys.append(key[1])
        if int(key[1]) < int(clock().timestamp()):
            exchange.fail(400, "ExpiredToken")

    faults.before.append(check)
    return keys


def test_credentials_that_expire_midway_are_renewed(faults, s3, root, tmp_path, with_credentials):
    """120 downloads with credentials that are good for three seconds."""
    for number in range(30):
        s3.write_bytes(f"{root}/{number}", bytes(100))
    clock = lambda *_: datetime.now(UTC)  # noqa: E731 - the real one
    fast = with_credentials(expiring(clock, timedelta(seconds=3)), faults.endpoint)
    keys = deny_expired(faults, clock)
    for turn in range(4):
        assert len(fast.download_all(root, tmp_path / str(turn), progress=False).transfers) == 30
        time.sleep(0.6)
    assert len(set(keys)) > 1
    assert any(by_engine(exchange) for exchange in faults.seen)
    assert not any(exchange.status == 400 for exchange in faults.seen)


def test_a_day_of_renewals(moto_endpoint, s3, root, tmp_path, with_credentials, monkeypatch):
    """A download, an upload and a listing every half hour of 24 hours, with credentials that are good for one."""
    clock = Clock()
    monkeypatch.setattr("botocore.credentials._local_now", clock)
    credentials = expiring(clock, timedelta(hours=1))
    credentials._time_fetcher = clock
    for number in range(2):
        s3.write_bytes(f"{root}/in/{number}", bytes(100))
    with faulty(moto_endpoint) as faults:
        fast = with_credentials(credentials, faults.endpoint)
        keys = deny_expired(faults, clock)
        for turn in range(24 * 2):
            clock.now += timedelta(minutes=30)
            assert len(fast.download_all(f"{root}/in", tmp_path / "in", progress=False).transfers) == 2
            fast.write_text(f"{root}/out/{turn}", "done")
        assert not any(exchange.status == 400 for exchange in faults.seen)
        assert len(set(keys)) >= 24
        assert any(by_engine(exchange) for exchange in faults.seen)
    assert len(servers.client(moto_endpoint).list_objects_v2(Bucket=root[5:], Prefix="out/")["Contents"]) == 24 * 2
