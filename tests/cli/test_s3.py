"""The commands of `oseberg s3`, against a store on loopback."""

from __future__ import annotations

import itertools
import json

import click
import pytest
from click.testing import CliRunner

from oseberg.cli import main
from oseberg.s3utils import S3, Ledger
from tests.s3utils import servers
from tests.s3utils.faults import faulty

_numbers = itertools.count()


@pytest.fixture(scope="module")
def endpoint():
    with servers.moto_server() as address:
        yield address


@pytest.fixture
def root(endpoint, monkeypatch, tmp_path):
    """Give each test a bucket with a delivery in it, and the environment that finds it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-of-the-tests")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.chdir(tmp_path)
    bucket = f"oseberg-cli-{next(_numbers)}"
    servers.client(endpoint).create_bucket(Bucket=bucket)
    s3 = S3()
    for key in ("in/a.csv", "in/images/1.pdf"):
        s3.write_text(f"s3://{bucket}/{key}", key)
    return f"s3://{bucket}"


def run(*arguments: object):
    return CliRunner().invoke(main, ["s3", *map(str, arguments)])


def as_json(*arguments: object, status: int = 0):
    result = run(*arguments, "--json")
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


def test_get_fetches_a_folder_and_finds_it_done_again(root, tmp_path):
    """A plan first, then the files, then nothing to do; data on standard output, the summary on standard error."""
    plan = as_json("get", f"{root}/in/", "d", "--dry-run")
    assert (plan["dry_run"], [one["path"] for one in plan["done"]]) == (True, ["d/a.csv", "d/images/1.pdf"])
    assert not (tmp_path / "d").exists()
    result = run("get", f"{root}/in", "d")
    assert (result.exit_code, result.stdout.split()[:4]) == (0, ["Action", "Bytes", "Verified", "by"])
    assert "2 files done (23 bytes), 0 unchanged." in result.stderr
    assert (tmp_path / "d/images/1.pdf").read_text() == "in/images/1.pdf"
    again = as_json("get", f"{root}/in/", "d")
    assert (again["done"], again["unchanged"], again["failed"]) == ([], 2, [])


def test_get_fetches_an_object(root, tmp_path):
    """To a name, or into a folder under its own."""
    assert as_json("get", f"{root}/in/a.csv", "b.csv")["done"][0]["verified"]
    assert (tmp_path / "b.csv").read_text() == "in/a.csv"
    plan = as_json("get", f"{root}/in/a.csv", ".", "--dry-run")["done"]
    assert [(one["path"], one["size"]) for one in plan] == [("a.csv", 8)]
    assert run("get", f"{root}/in/a.csv", ".").exit_code == 0
    assert (tmp_path / "a.csv").exists()
    for options in ([], ["--dry-run"]):
        again = as_json("get", f"{root}/in/a.csv", ".", *options)
        assert (again["done"], again["unchanged"]) == ([], 1)
    (tmp_path / "a.csv").write_text("in/a.cs?")
    assert len(as_json("get", f"{root}/in/a.csv", ".")["done"]) == 1


def test_what_cant_be_fetched_is_named(root, endpoint):
    """A key that leads out of the folder is status 3; nothing at all is 1; no URL is 2."""
    servers.client(endpoint).put_object(Bucket=root.removeprefix("s3://"), Key="in/../evil", Body=b"1")
    found = as_json("get", f"{root}/in/", "d", status=3)
    assert [one["url"] for one in found["failed"]] == [f"{root}/in/../evil"]
    assert len(found["done"]) == 2
    result = run("get", f"{root}/none/", "d")
    assert (result.exit_code, "is neither an object nor a folder" in result.stderr) == (1, True)
    assert run("get", "none", "d").exit_code == 2
    result = run("get", "s3://no-such-bucket-here/a", "d")
    assert (result.exit_code, "Traceback" in result.output) == (1, False)


def test_a_missing_bucket_is_one_sentence(root, tmp_path):
    """However many files there are; in one line, without a traceback."""
    (tmp_path / "d").mkdir()
    for number in range(9):
        (tmp_path / "d" / str(number)).write_text("1")
    for arguments in (("archive", "d", "s3://no-such-bucket-here/x/"), ("get", "s3://no-such-bucket-here/x/", "e")):
        result = run(*arguments)
        assert (result.exit_code, result.stderr.count("does not exist")) == (1, 1), result.stderr


def test_credentials_that_expire_midway_are_reported_without_a_flood(root, endpoint, tmp_path, monkeypatch):
    """Some files arrive; the first of the others are named with the reason, the rest are counted, JSON has them all."""
    for number in range(40):
        S3().write_text(f"{root}/many/{number:02}", "1")
    with faulty(endpoint) as faults:
        gets = itertools.count()

        def expire(exchange) -> None:
            if exchange.method == "GET" and "/many/" in exchange.path and next(gets) >= 12:
                exchange.fail(400, "ExpiredToken", "The provided token has expired.")

        faults.before.append(expire)
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", faults.endpoint)
        result = run("get", f"{root}/many/", "d")
        found = as_json("get", f"{root}/many/", "d", status=3)
    assert (result.exit_code, "Traceback" in result.output) == (3, False)
    assert 5 <= result.stderr.count("sign in again") <= 7, result.stderr
    assert "more files failed in the same way; --json names them all. The credentials have expired" in result.stderr
    assert len(found["failed"]) + found["unchanged"] == 40
    assert len(list((tmp_path / "d").iterdir())) == found["unchanged"] > 0
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    assert as_json("get", f"{root}/many/", "d")["unchanged"] == found["unchanged"]


@pytest.mark.parametrize("attempts", ["many", "0", "-1", "2.5"])
def test_a_slip_in_the_settings_of_boto3_is_named(root, monkeypatch, attempts):
    """Not as an endpoint that is wrong."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", attempts)
    result = run("get", f"{root}/in/", "d")
    assert (result.exit_code, "AWS_MAX_ATTEMPTS" in result.stderr, attempts in result.stderr) == (1, True, True)


def test_archive_never_overwrites(root, tmp_path):
    """A folder, a file and objects; other content is named, or kept under a name of its own."""
    (tmp_path / "d").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / "d" / name).write_text(name)
    plan = as_json("archive", "d", f"{root}/kept", "--dry-run")
    assert [one["url"] for one in plan["done"]] == [f"{root}/kept/a.csv", f"{root}/kept/b.csv"]
    result = run("archive", "d", f"{root}/kept")
    assert (result.exit_code, f"{root}/kept/a.csv" in result.stdout) == (0, True)
    assert as_json("archive", "d", f"{root}/kept")["unchanged"] == 2
    (tmp_path / "d" / "a.csv").write_text("other")
    found = as_json("archive", "d", f"{root}/kept", status=3)
    assert (len(found["failed"]), found["unchanged"]) == (1, 1)
    assert S3().read_text(f"{root}/kept/a.csv") == "a.csv"
    (done,) = as_json("archive", "d/a.csv", f"{root}/kept/", "--on-conflict", "version")["done"]
    assert done["url"] == f"{root}/kept/a.v2.csv"
    assert as_json("archive", f"{root}/in/a.csv", f"{root}/in/a.csv")["unchanged"] == 1
    assert len(as_json("archive", f"{root}/in/", f"{root}/more/")["done"]) == 2
    assert run("archive", "d/a.csv", f"{root}/kept/").exit_code == 1
    assert run("archive", f"{root}/none/", f"{root}/kept/").exit_code == 1
    assert run("archive", "none", f"{root}/kept/").exit_code == 1


@pytest.fixture
def ledger(root, tmp_path):
    path = tmp_path / "ledger.jsonl"
    known = Ledger(path)
    for item in S3().list(f"{root}/in"):
        known.add(item)
    return path


def test_a_ledger_is_listed(root, ledger):
    """All records, or those of some objects and folders."""
    found = as_json("ledger", "list", ledger)
    assert [one["url"] for one in found] == [f"{root}/in/a.csv", f"{root}/in/images/1.pdf"]
    assert 0 <= found[0]["lateness_seconds"] < 600
    assert len(as_json("ledger", "list", ledger, f"{root}/in/images/")) == 1
    result = run("ledger", "list", ledger)
    assert (result.exit_code, f"{root}/in/a.csv" in result.stdout, "min" in result.stdout) == (0, True, True)
    assert "No records" in run("ledger", "list", ledger, f"{root}/none").stderr
    for place in ("none.jsonl", f"{root}/none.jsonl"):
        assert run("ledger", "list", place).exit_code == 1
    Ledger(f"{root}/ledger.jsonl").add(next(S3().list(f"{root}/in")))
    assert len(as_json("ledger", "list", f"{root}/ledger.jsonl")) == 1


def test_records_are_forgotten_and_retried(root, ledger):
    """A dry run changes nothing; a URL without a record is status 3; a whole ledger isn't forgotten by a slip."""
    assert len(as_json("ledger", "retry", ledger, f"{root}/in/", "--dry-run")) == 2
    assert len(as_json("ledger", "retry", ledger, f"{root}/in/a.csv")) == 1
    assert run("ledger", "retry", ledger, f"{root}/in/a.csv").exit_code == 3
    assert len(as_json("ledger", "forget", ledger, f"{root}/in/", "--dry-run")) == 1
    assert as_json("ledger", "forget", ledger, "--older-than", "1") == []
    result = run("ledger", "forget", ledger, f"{root}/in/")
    assert "1 record forgotten." in result.stderr
    assert as_json("ledger", "list", ledger) == []
    assert run("ledger", "forget", ledger).exit_code == 2
    assert run("ledger", "forget", ledger, "in/a.csv").exit_code == 2


@pytest.mark.parametrize(("seconds", "text"), [(59, "0 min"), (7_260, "2 h 1 min"), (90_000, "1 d 1 h")])
def test_lateness_reads_well(seconds, text):
    """In the two largest units."""
    from oseberg.cli.s3.ledger import readable  # noqa: PLC0415 - what no short test can wait for

    assert readable(seconds) == text


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["table", "json"])
@pytest.mark.parametrize("verb", ["get", "archive", "forget", "retry"])
def test_with_a_closed_standard_output_nothing_is_done(root, tmp_path, monkeypatch, verb, options):
    """It is reported before anything is fetched, kept or forgotten, and not taken for success."""
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for item in ledger.new(S3().list(f"{root}/in")):
        with item:
            pass
    arguments = {
        "get": ("s3", "get", f"{root}/in/", "out"),
        "archive": ("s3", "archive", f"{root}/in/", f"{root}/kept/"),
        "forget": ("s3", "ledger", "forget", "ledger.jsonl", f"{root}/in/"),
        "retry": ("s3", "ledger", "retry", "ledger.jsonl", f"{root}/in/a.csv"),
    }
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(click.UsageError, match="Standard output is closed"):
        main([*arguments[verb], *options], standalone_mode=False)
    assert not (tmp_path / "out").exists()
    assert list(S3().list(f"{root}/kept")) == []
    assert len(list(Ledger(tmp_path / "ledger.jsonl").entries())) == 2


def test_a_key_cant_write_to_the_terminal(root):
    """A vendor's file name must not erase the lines above it, or invent some."""
    S3().write_text(f"{root}/evil/\x1b[2J.csv", "a")
    result = run("get", f"{root}/evil/", "out")
    assert result.exit_code == 0
    assert "out/\\x1b[2J.csv" in result.stdout
    assert "\x1b[2J" not in result.output
