"""What was processed: once recorded never given again, and never recorded unless it was."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from oseberg.s3utils import (
    S3,
    AccessDenied,
    BucketNotFound,
    GuardRefused,
    Ledger,
    LocalFileError,
    PreconditionFailed,
    S3Object,
    S3Url,
)
from tests.s3utils import servers

ROOT = Path(__file__).parents[2]


def an_object(key="a", etag="1", version=None, age=0) -> S3Object:
    modified = datetime.now(UTC) - timedelta(seconds=age)
    return S3Object(f"s3://bucket/{key}", 1, etag, modified, version)


def names(items) -> list[str]:
    return [item.url.key for item in items]


@pytest.fixture(params=["file", "s3"])
def place(request, tmp_path, root):
    return tmp_path / "deep" / "ledger.jsonl" if request.param == "file" else f"{root}/ledger.jsonl"


@pytest.fixture
def ledger(place, s3):
    return Ledger(place, s3=s3)


def test_what_was_processed_isnt_given_again(ledger, place, s3):
    """By bucket, key and ETag: new content is new, an old time stamp isn't a reason to skip."""
    for item in ledger.new([an_object("a"), an_object("b")]):
        with item as entered:
            assert entered.object.url == item.url
    again = Ledger(place, s3=s3)
    late = an_object("late", age=10**6)
    assert names(again.new([an_object("a"), an_object("b", etag="2"), late])) == ["b", "late"]
    assert an_object("a") in again
    assert late not in again
    frame = again.frame()
    assert frame["key"].tolist() == ["a", "b"]
    assert str(frame["processed_at"].dt.tz) == "UTC"


def test_exceptions_pass_and_leave_the_item_unprocessed(ledger):
    """Ctrl-C included."""
    for error in (ValueError, KeyboardInterrupt):
        (item,) = ledger.new([an_object()])
        with pytest.raises(error), item:
            raise error
    assert names(ledger.new([an_object()])) == ["a"]
    assert ledger.frame().empty


def test_versions_count_before_etags(ledger):
    """With versions, the same content under a new version is new; a listing without them matches by ETag."""
    ledger.add(an_object(version="v1"))
    assert names(ledger.new([an_object(version="v1"), an_object()])) == []
    assert names(ledger.new([an_object(version="v2")])) == ["a"]


def test_files_still_being_written_wait(ledger):
    """`stable_for` holds back young objects, and says which."""
    items = [an_object("young"), an_object("old", age=600)]
    assert names(ledger.new(items, stable_for=timedelta(minutes=5))) == ["old"]
    assert names(ledger.waiting) == ["young"]
    assert names(ledger.new(items)) == ["young", "old"]
    assert ledger.waiting == []


KILLED = """
import os, signal, sys
from oseberg.s3utils import S3, Ledger
s3 = S3(endpoint_url=sys.argv[1])
ledger = Ledger(sys.argv[2], s3=s3)
for number, item in enumerate(ledger.new(s3.list(sys.argv[3]))):
    with item:
        if number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_loses_only_what_it_was_at(ledger, place, s3, endpoint, root):
    """Finished items stay recorded, the one at hand comes again."""
    for key in "abcd":
        s3.write_text(f"{root}/in/{key}", key)
    command = [sys.executable, "-c", KILLED, endpoint, str(place), f"{root}/in"]
    process = subprocess.run(command, check=False, cwd=ROOT)
    assert process.returncode == -signal.SIGKILL
    assert names(ledger.new(s3.list(f"{root}/in"))) == ["in/c", "in/d"]


WRITER = """
import sys
from datetime import UTC, datetime
from oseberg.s3utils import S3, Ledger, S3Object, S3Url
ledger = Ledger(sys.argv[2], s3=S3(endpoint_url=sys.argv[1]))
for number in range(15):
    url = S3Url(f"s3://bucket/{sys.argv[3]}{number}")
    ledger.add(S3Object(url, 1, "1", datetime.now(UTC)))
"""


@pytest.mark.parametrize("kind", ["file", "s3"])
def test_two_processes_at_once_lose_nothing(ministack_endpoint, tmp_path, kind):
    """Every record of both is there, each a whole line."""
    servers.client(ministack_endpoint).create_bucket(Bucket=f"two-{kind}")
    place = str(tmp_path / "ledger") if kind == "file" else f"s3://two-{kind}/ledger"
    commands = [[sys.executable, "-c", WRITER, ministack_endpoint, place, name] for name in ("x", "y")]
    processes = [subprocess.Popen(command, cwd=ROOT) for command in commands]
    assert [process.wait(60) for process in processes] == [0, 0]
    records = Ledger(place, s3=S3(endpoint_url=ministack_endpoint)).frame()
    assert sorted(records["key"]) == sorted(f"{name}{number}" for name in "xy" for number in range(15))


def test_half_a_line_is_dropped(tmp_path):
    """What a killed writer left is neither read nor in the way; a record's last line break makes it one."""
    path = tmp_path / "ledger"
    ledger = Ledger(path)
    ledger.add(an_object("a"))
    with path.open("a") as file:
        file.write('{"bucket": "b')
    assert names(ledger.new([an_object("a"), an_object("b")])) == ["b"]
    ledger.add(an_object("b"))
    assert [json.loads(line)["key"] for line in path.read_text().splitlines()] == ["a", "b"]


def test_a_ledger_that_cant_be_read_is_an_error(shaky, faults, root, tmp_path):
    """Neither a denied object nor a folder in its place is taken for an empty ledger."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(LocalFileError, match="read the ledger"):
        list(Ledger(tmp_path / "folder").new([]))
    with pytest.raises(LocalFileError, match="write the ledger"):
        Ledger(tmp_path / "folder").add(an_object())
    faults.before.append(lambda e: e.fail(403, "AccessDenied") if e.path.endswith("/ledger") else None)
    with pytest.raises(AccessDenied):
        list(Ledger(f"{root}/ledger", s3=shaky).new([an_object()]))


def test_a_ledger_that_never_gets_through_says_so(shaky, faults, s3, root, monkeypatch):
    """Other writers that are always faster end in the error of the condition."""
    monkeypatch.setattr("oseberg.s3utils._ledger.storage._TRIES", 2)
    ledger = Ledger(f"{root}/ledger", s3=shaky)
    ledger.add(an_object())
    refused = lambda e: "If-Match" in e.headers and e.path.endswith("/ledger")  # noqa: E731 - the probe finds all well
    faults.before.append(lambda e: e.fail(412, "PreconditionFailed") if refused(e) else None)
    with pytest.raises(PreconditionFailed):
        ledger.add(an_object("b"))


def test_a_ledger_in_s3_uses_botos_own_chain(endpoint, root, monkeypatch):
    """Without an S3 of one's own the environment says where."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    Ledger(f"{root}/ledger").add(an_object())
    assert an_object() in Ledger(S3Url(f"{root}/ledger"))


def test_what_isnt_a_ledger_isnt_taken_for_one(tmp_path, s3, root):
    """Another file in its place is refused by its line, another object too; a missing bucket isn't an empty ledger."""
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    with pytest.raises(GuardRefused, match=r"Line 1 of .*data\.csv"):
        list(Ledger(tmp_path / "data.csv").new([an_object()]))
    s3.write_json(f"{root}/data.json", {"a": 1})
    with pytest.raises(GuardRefused, match="Line 1"):
        Ledger(f"{root}/data.json", s3=s3).frame()
    with pytest.raises(BucketNotFound):
        list(Ledger("s3://no-such-bucket-here/ledger", s3=s3).new([an_object()]))


@pytest.mark.parametrize("content", ["precious", '{"a": 1}', "1", "[]", '"text"', "null"])
def test_another_file_of_one_line_isnt_taken_for_half_a_record(ledger, place, s3, content):
    """Without a line break at its end it is refused all the same, and whoever adds a record keeps it."""
    is_url = str(place).startswith("s3://")
    if is_url:
        s3.write_text(place, content)
    else:
        place.parent.mkdir()
        place.write_text(content)
    with pytest.raises(GuardRefused, match="Line 1"):
        list(ledger.new([an_object()]))
    ledger.add(an_object())
    text = s3.read_text(place) if is_url else place.read_text()
    assert text.splitlines()[0] == content
    assert len(text.splitlines()) == 2


def test_threads_may_share_a_ledger(ledger):
    """Records that are added at once by several threads are all there."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ledger.add, [an_object(f"k{number}") for number in range(12)]))
    assert sorted(ledger.frame()["key"]) == sorted(f"k{number}" for number in range(12))


def fill(ledger, *objects) -> None:
    for item in objects:
        ledger.add(item)


def test_records_are_listed_with_their_lateness(ledger):
    """All, of an object, of a folder but not its sibling, of one state; oldest first."""
    fill(ledger, an_object("in/a", age=3600), an_object("in/a", etag="2"), an_object("inner/b", version="v1"))
    assert [entry.url.key for entry in ledger.entries()] == ["in/a", "in/a", "inner/b"]
    assert [entry.etag for entry in ledger.entries("s3://bucket/in/a")] == ["1", "2"]
    assert [entry.etag for entry in ledger.entries("s3://bucket/in/")] == ["1", "2"]
    assert [entry.etag for entry in ledger.entries(an_object("in/a", etag="2"))] == ["2"]
    assert [entry.version_id for entry in ledger.entries(S3Url("s3://bucket/inner/"))] == ["v1"]
    assert len(list(ledger.entries("s3://bucket/"))) == 3
    first = next(ledger.entries())
    assert timedelta(hours=1) <= first.lateness < timedelta(hours=2)
    assert ledger.lateness() == first.lateness
    assert ledger.lateness("s3://bucket/inner/") < timedelta(minutes=5)
    assert ledger.lateness("s3://bucket/none") is None
    assert ledger.frame()["lateness"].dt.total_seconds()[0] >= 3600


def test_records_of_earlier_versions_are_read(tmp_path):
    """Those without the time of the object's last write have no lateness."""
    about = '{"bucket": "b", "key": "k", "version_id": null, "etag": "1", "size": 1, '
    line = about + '"processed_at": "2026-11-01T00:00:00+00:00"}'
    (tmp_path / "ledger").write_text(line + "\n")
    (entry,) = Ledger(tmp_path / "ledger").entries()
    assert (entry.lateness, entry.url) == (None, S3Url("s3://b/k"))
    assert Ledger(tmp_path / "ledger").frame()["lateness"].isna().all()


def test_what_is_forgotten_comes_again(ledger):
    """By object, folder, state and age; a dry run removes nothing; a whole ledger isn't forgotten by a slip."""
    objects = [an_object(key) for key in ("in/a", "in/b", "inner/c", "d")]
    fill(ledger, *objects)
    assert len(ledger.forget("s3://bucket/in/", dry_run=True)) == 2
    assert list(ledger.new(objects)) == []
    assert [entry.url.key for entry in ledger.forget("s3://bucket/in/", an_object("d", etag="other"))] == [
        "in/a",
        "in/b",
    ]
    assert names(ledger.new(objects)) == ["in/a", "in/b"]
    assert ledger.forget(older_than=timedelta(days=1)) == []
    assert len(ledger.forget(older_than=datetime.now(UTC) + timedelta(minutes=1))) == 2
    assert names(ledger.new(objects)) == ["in/a", "in/b", "inner/c", "d"]
    with pytest.raises(GuardRefused, match="older_than"):
        ledger.forget()
    fill(ledger, objects[0])
    assert names(ledger.new(objects)) == ["in/b", "inner/c", "d"]


def test_a_retry_is_of_the_newest_state_alone(ledger):
    """What was processed of an earlier state isn't given again."""
    old, new = an_object("a", etag="1"), an_object("a", etag="2")
    fill(ledger, old, new, an_object("b"))
    assert [entry.etag for entry in ledger.retry("s3://bucket/a", dry_run=True)] == ["2"]
    assert [entry.etag for entry in ledger.retry("s3://bucket/a")] == ["2"]
    assert names(ledger.new([new])) == ["a"]
    assert names(ledger.new([old, an_object("b")])) == []
    assert ledger.retry("s3://bucket/none") == []


def test_records_that_are_added_meanwhile_are_kept(place, s3):
    """Another writer adds a record between our reading and our rewriting."""
    ours, theirs = Ledger(place, s3=s3), Ledger(place, s3=s3)
    fill(ours, an_object("a"))
    assert len(list(ours.entries())) == 1
    fill(theirs, an_object("b"))
    assert [entry.url.key for entry in ours.forget("s3://bucket/a")] == ["a"]
    assert [entry.url.key for entry in theirs.entries()] == ["b"]


def test_stability_goes_by_the_stores_clock(s3, root, ledger, monkeypatch):
    """This machine's clock may be hours off, in either direction."""
    s3.write_text(f"{root}/inbox/a", "1")

    class Fast(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.now(zone) + timedelta(hours=5)

    monkeypatch.setattr("oseberg.s3utils._ledger.ledger.datetime", Fast)
    assert names(ledger.new(s3.list(f"{root}/inbox"), stable_for=timedelta(minutes=5))) == []
    assert [item.key for item in ledger.waiting] == ["inbox/a"]
    assert names(ledger.new(s3.list(f"{root}/inbox"), stable_for=timedelta(0))) == ["inbox/a"]
    assert names(ledger.new([s3.stat(f"{root}/inbox/a")], stable_for=timedelta(minutes=5))) == []
    assert names(ledger.new([an_object("b")], stable_for=timedelta(minutes=5))) == ["b"]  # no store described it


def test_local_files_are_recorded_as_well(ledger):
    """Without a bucket; they are found by their path."""
    modified = datetime.now(UTC) - timedelta(hours=1)
    place = SimpleNamespace(bucket="", key="/deliveries/a.csv")
    item = SimpleNamespace(url=place, etag="sha256:1", size=1, modified=modified, version_id=None)
    assert [one.object for one in ledger.new([item], stable_for=timedelta(minutes=5))] == [item]
    ledger.add(item)
    assert list(ledger.new([item])) == []
    assert [entry.place for entry in ledger.entries("/deliveries/")] == ["/deliveries/a.csv"]
    assert len(ledger.retry("/deliveries/a.csv")) == 1
