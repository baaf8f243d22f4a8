"""Files: whole or absent, typed over the whole result, resumed after a kill."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from oseberg.mixpanel_export import (
    BusyError,
    DeadlineError,
    SchemaError,
    SettingsError,
    TruncatedExportError,
    to_notebook,
    to_stderr,
)
from oseberg.mixpanel_export._days import spool as spools
from oseberg.mixpanel_export._write import target as targets
from tests.mixpanel_export.fault_server import Answer, serving
from tests.mixpanel_export.helpers import SECRET, client, event, many

FIRST, LAST = "2026-11-01", "2026-11-05"
SPAN = (FIRST, LAST)
CUT = Answer(cut=0.5, end="short")


def odd_events() -> list[bytes]:
    """Give five days: a type that only the last day reveals, a duplicate, a property of one event, an odd text."""
    lines = many(100)
    lines[99] = lines[99].replace(b'"number": 99', b'"number": "ninety-nine"')
    lines[40] = lines[40].replace(b'"number"', b'"Only Once": {"a": [1]}, "text": "a,\\"b\\"\\nc", "number"')
    return [*lines, lines[3]]


@pytest.fixture(params=["csv", "jsonl", "parquet"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read(path: Path) -> pd.DataFrame:
    """Read any of the three formats as strings."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str)
    return pd.DataFrame([json.loads(line) for line in path.read_text().splitlines()])


def test_a_file_holds_every_event_once_in_the_types_of_the_whole(kind: str, tmp_path: Path) -> None:
    """The last day's string makes the whole column one of strings; the duplicate is gone."""
    path = tmp_path / f"events.{kind}"
    with serving(odd_events()) as server:
        report = client(server).write(path, *SPAN)
    frame = read(path)
    assert sorted(frame["number"]) == sorted([*map(str, range(99)), "ninety-nine"])
    assert frame["Only Once"].dropna().tolist() == [{"a": [1]} if kind == "jsonl" else '{"a":[1]}']
    assert frame["text"].dropna().tolist() == ['a,"b"\nc']
    assert (report.rows, report.duplicates, report.properties["number"]) == (100, 1, "string")
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_times_are_written_in_iso_form(tmp_path: Path) -> None:
    """Every program reads the times as UTC."""
    with serving(many(1)) as server:
        for kind in ("csv", "jsonl"):
            client(server).write(tmp_path / f"e.{kind}", FIRST, FIRST)
    assert read(tmp_path / "e.csv").loc[0, "time"] == "2026-11-01T00:00:00.000Z"
    assert json.loads((tmp_path / "e.jsonl").read_text())["processed_at"] == "2026-11-01T00:00:00.050Z"


def test_parquet_carries_the_names_and_the_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The metadata maps raw to written names; timestamps are microseconds UTC; row groups are cut."""
    monkeypatch.setattr("oseberg.mixpanel_export._write.sinks.ROW_GROUP", 20)
    with serving([*many(60), event(**{"$os": "iOS"})]) as server:
        client(server).write(tmp_path / "e.parquet", *SPAN, names="snake", schema={"plan": "string"})
    file = pq.ParquetFile(tmp_path / "e.parquet")
    names = json.loads(file.schema_arrow.metadata[b"mixpanel_names"])
    assert (names["$os"], names["$user_id"]) == ("mp_os", "user_id")
    assert str(file.schema_arrow.field("time").type) == "timestamp[us, tz=UTC]"
    assert str(file.schema_arrow.field("plan").type) == "string"
    assert file.num_row_groups == 3


def test_no_events_are_a_file_with_the_leading_columns(kind: str, tmp_path: Path) -> None:
    """An empty range is an empty file of its format, not a failure."""
    with serving([]) as server:
        assert client(server).write(tmp_path / f"e.{kind}", *SPAN).rows == 0
    assert (tmp_path / f"e.{kind}").exists()
    if kind != "jsonl":
        assert read(tmp_path / f"e.{kind}").shape == (0, 10)


def test_a_stream_may_be_the_target() -> None:
    """Standard output takes the same bytes as a file; csv is the default."""
    target = io.BytesIO()
    with serving(many(3)) as server:
        client(server).write(target, FIRST, FIRST)
    assert target.getvalue().count(b"\n") == 4


def test_a_failure_leaves_the_old_file_as_it_was(kind: str, tmp_path: Path) -> None:
    """What fails writes nothing, not even beside the target."""
    path = tmp_path / f"e.{kind}"
    path.write_text("old")
    with serving(many(100), *[CUT] * 3) as server, pytest.raises(TruncatedExportError):
        client(server).write(path, *SPAN)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("path", "options", "words"),
    [
        ("x", {"format": "xml"}, "csv, jsonl, parquet"),
        ("x.xlsx", {}, "csv, jsonl or parquet"),
        ("missing/x.csv", {}, "its folder does not exist"),
        (".", {}, "is a folder"),
        ("x.csv", {"schema": {"n": "date"}}, "is not a type"),
        ("x.csv", {"names": "camel"}, "raw, snake"),
    ],
)
def test_what_can_t_be_written_is_refused_first(path: str, options: dict[str, Any], words: str, tmp_path: Path) -> None:
    """A mistake in the call asks nothing of Mixpanel."""
    with serving() as server:
        with pytest.raises((SettingsError, SchemaError), match=words):
            client(server).write(tmp_path / path, *SPAN, **options)
        assert not server.requests


@pytest.mark.parametrize("target", ["", None, 5, io.StringIO()])
def test_a_target_that_takes_no_bytes_is_refused_first(target: Any) -> None:
    """An empty path, a text stream or nothing at all is a mistake in the call."""
    with serving() as server:
        with pytest.raises(SettingsError, match=r"is a folder|neither a path nor a binary stream"):
            client(server).write(target, *SPAN)
        assert not server.requests


def test_a_folder_that_can_t_be_written_is_refused_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody downloads for an hour what can't be kept."""
    monkeypatch.setattr(os, "access", lambda path, mode: (Path(path), mode) != (tmp_path, os.W_OK))  # root may all
    with serving() as server:
        with pytest.raises(SettingsError, match="no permission to write there"):
            client(server).write(tmp_path / "e.csv", *SPAN)
        assert not server.requests


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file behind it is replaced."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "e.csv").write_text("old")
    (tmp_path / "latest.csv").symlink_to("data/e.csv")
    with serving(many(3)) as server:
        client(server).write(tmp_path / "latest.csv", FIRST, FIRST)
    assert (tmp_path / "latest.csv").is_symlink()
    assert (tmp_path / "data" / "e.csv").read_text().startswith('"event"')
    assert len(list(tmp_path.rglob("*"))) == 3


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    """No file takes the place of /dev/stdout or a named pipe; what is written goes through it."""
    os.mkfifo(tmp_path / "pipe")
    with serving(many(3)) as server, ThreadPoolExecutor() as pool:
        read = pool.submit((tmp_path / "pipe").read_bytes)
        client(server).write(tmp_path / "pipe", FIRST, FIRST)
        assert read.result(timeout=60).startswith(b'"event"')
    assert (tmp_path / "pipe").is_fifo()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which disk is full: that of the file, or that of the days which wait for the rest."""

    def full(*_: object) -> None:
        with Path("/dev/full").open("wb", buffering=0) as file:
            file.write(b"x")

    target, spool = tmp_path / "e.csv", tmp_path / "spool"
    with serving(many(3)) as server:
        for module, name, named in ((spools, "compressed", spool), (targets, "compressed", target)):
            with monkeypatch.context() as patch:
                patch.setattr(module, name, full)
                with pytest.raises(OSError, match=f"No space left on device: '{named}"):
                    client(server).write(target, FIRST, FIRST, spool=spool)
            assert [path.name for path in tmp_path.iterdir()] == ["spool"]
    assert not list(spool.glob("*/part-*"))


def test_parts_of_killed_exports_are_removed(tmp_path: Path) -> None:
    """A part that no process has written for an hour goes with the next export; the part of a running one stays."""
    old, running = tmp_path / f".oseberg-{2**22 + 1}-aa.part", tmp_path / f".oseberg-{os.getpid()}-bb.part"
    for part in (old, running):
        part.touch()
        os.utime(part, (0, 0))
    with serving(many(3)) as server:
        client(server).write(tmp_path / "e.csv", FIRST, FIRST)
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "e.csv", running])


def test_a_format_that_is_named_comes_before_the_ending(tmp_path: Path) -> None:
    """A path may end as it likes when the format is named; without an ending it is csv."""
    with serving(many(3)) as server:
        client(server).write(tmp_path / "e.txt", FIRST, FIRST, format="jsonl")
        client(server).write(tmp_path / "e", FIRST, FIRST)
    assert (tmp_path / "e.txt").read_text().startswith("{")
    assert (tmp_path / "e").read_text().startswith('"event"')


def test_lines_that_only_the_lenient_reader_reads_are_counted(tmp_path: Path) -> None:
    """A file's report counts them as a frame's does."""
    with serving([], Answer(event(n=1).replace(b'"n": 1', b'"n": NaN'))) as server:
        assert client(server).write(tmp_path / "e.csv", FIRST, FIRST).lenient == 1


def test_an_export_goes_on_where_it_failed(tmp_path: Path) -> None:
    """Complete days are kept in the spool, and asked for no more; afterwards the spool is empty."""
    spool = tmp_path / "spool"
    with serving(many(100), Answer(b"garbage\n" + b"\n".join(many(24))), *[CUT] * 9) as server:
        with pytest.raises(TruncatedExportError):
            client(server).write(tmp_path / "e.csv", *SPAN, spool=spool)
        server.plan.clear()
        server.requests.clear()
        report = client(server).write(tmp_path / "e.csv", *SPAN, spool=spool)
    assert [request["from_date"] for request in server.requests] == ["2026-11-02", "2026-11-03"]
    assert (report.rows, report.quarantined, report.requests) == (100, 1, 2)
    assert [path.suffix for path in spool.iterdir()] == [".lock"]


def test_what_was_read_long_ago_or_too_early_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events arrive for days: spooled days are good for 24 hours, and only if they were over when read."""
    with serving(many(100), Answer(), *[CUT] * 99) as server:
        for now in (timedelta(hours=23), timedelta(hours=25)):
            with pytest.raises(TruncatedExportError):
                client(server).write(tmp_path / "e.csv", *SPAN, spool=tmp_path)
            present = spools.utc_now() + now
            monkeypatch.setattr(spools, "utc_now", lambda moment=present: moment)
        server.plan.clear()
        server.requests.clear()
        client(server).write(tmp_path / "e.csv", *SPAN, spool=tmp_path)
    assert [request["from_date"] for request in server.requests] == ["2026-11-01", "2026-11-02"]


def test_another_request_has_other_days(tmp_path: Path) -> None:
    """The spool of one filter, or of one reading of the times, is never read by another."""
    with serving(many(100), Answer(), *[CUT] * 9) as server:
        with pytest.raises(TruncatedExportError):
            client(server).write(tmp_path / "e.csv", *SPAN, spool=tmp_path / "s", events=["Atla Query"])
        server.plan.clear()
        for one, count in ((client(server), 2), (client(server, time_zone="Europe/London"), 2)):
            assert one.write(tmp_path / "e.csv", *SPAN, spool=tmp_path / "s").requests == count


def test_days_of_exports_that_were_given_up_are_removed(tmp_path: Path) -> None:
    """A day later nobody can go on with them, and they hold people's data; a running export's stay."""
    with serving(many(100), Answer(), *[CUT] * 9) as server:
        with pytest.raises(TruncatedExportError):
            client(server).write(tmp_path / "e.csv", *SPAN, spool=tmp_path)
        (kept,) = tmp_path.glob("*/2026-11-01.jsonl.zst")
        os.utime(kept.parent, (0, 0))
        server.plan.clear()
        with FileLock(kept.parent.with_suffix(".lock")):
            client(server).write(tmp_path / "e.csv", *SPAN, spool=tmp_path, events=["Atla Query"])
            assert kept.exists()
        client(server).write(tmp_path / "e.csv", *SPAN, spool=tmp_path, events=["Atla Query"])
    assert not kept.parent.exists()


def test_the_same_export_runs_once_at_a_time(tmp_path: Path) -> None:
    """A second process is told to try later instead of mixing its days in."""
    request = {"url": "x"}
    with spools.opened(tmp_path, request), pytest.raises(BusyError) as caught, spools.opened(tmp_path, request):
        pass
    assert caught.value.try_again


PROGRAM = """
import sys
from oseberg.mixpanel_export import MixpanelClient, RetryPolicy
client = MixpanelClient(1, "robot", sys.argv[2], api_url=sys.argv[1], retry=RetryPolicy(first_wait=0.01))
client.write(sys.argv[3], "2026-11-01", "2026-11-05", spool=sys.argv[4])
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_after_a_kill_complete_days_are_not_asked_again(how: signal.Signals, tmp_path: Path) -> None:
    """A process that dies in the middle leaves no half file; the next one asks only for the rest."""
    target, spool = tmp_path / "out" / "e.parquet", tmp_path / "spool"
    target.parent.mkdir()
    with serving(many(100), Answer(), Answer(trickle=0.05, chunk=64, compress=False)) as server:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, server.url, SECRET, str(target), str(spool)], stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 120  # a busy machine takes a while to begin
        while len(server.requests) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(server.requests) == 2
        time.sleep(0.3)
        os.kill(process.pid, how)
        process.wait(timeout=20)
        assert not list(target.parent.iterdir())
        server.requests.clear()
        report = client(server).write(target, *SPAN, spool=spool)
    assert [request["from_date"] for request in server.requests] == ["2026-11-02", "2026-11-03"]
    assert (report.rows, len(pd.read_parquet(target))) == (100, 100)
    assert not list(spool.glob("*/*"))


@pytest.mark.parametrize("at_once", [700, 10**6])
def test_a_file_of_many_blocks(kind: str, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days larger than a batch are written batch by batch, duplicates across batches included."""
    monkeypatch.setattr("oseberg.mixpanel_export._days.duplicates.AT_ONCE", at_once)
    lines = [event(n=number, **{"$insert_id": f"{number % 9000}", "pad": "x" * 300}) for number in range(10_000)]
    body = gzip.compress(b"\n".join(lines))
    with serving([], Answer(body, compress=False)) as server:
        report = client(server).write(tmp_path / f"e.{kind}", FIRST, FIRST)
    assert (report.rows, report.duplicates) == (9000, 1000)
    assert len(read(tmp_path / f"e.{kind}")) == 9000


def test_progress_is_reported_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Listeners hear of days, events, bytes and waits; the ready one writes to standard error."""
    heard: list[tuple[int, int | None, str]] = []
    notes: list[str] = []
    later = Answer(b"later", status=503, compress=False)
    with serving(many(100), later) as server:
        client(server, progress=lambda *figures: heard.append(figures), notify=notes.append).export(*SPAN)
        server.plan.append(later)
        client(server, progress=to_stderr).export(*SPAN)
    assert heard[-1] == (5, 5, "days, 100 events, 0.0 MB")
    assert notes[0].startswith("Mixpanel can't answer now (503: later). Trying again in")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "0 events, 0.0 MB: Mixpanel can't answer now" in captured.err
    assert captured.err.rstrip().endswith("5/5 days, 100 events, 0.0 MB")


def test_progress_in_a_notebook_is_one_line_of_each_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call of a cell shows a line, and all calls renew it."""
    lines: list[list[str]] = []

    def display(data: dict[str, str], *, raw: bool, display_id: bool) -> SimpleNamespace:
        assert (raw, display_id) == (True, True)
        line = [data["text/plain"]]
        lines.append(line)
        return SimpleNamespace(update=lambda data, **_: line.append(data["text/plain"]))

    shell = SimpleNamespace(execution_count=1, kernel=True)
    ipython = ModuleType("IPython")
    ipython.get_ipython, ipython.display = lambda: shell, SimpleNamespace(display=display)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    with serving(many(30)) as server:
        for shell.execution_count in (1, 2):
            client(server, progress=to_notebook).export(FIRST, "2026-11-02")
    assert len(lines) == 2
    assert [(line[0], line[-1]) for line in lines] == [("", "2/2 days, 30 events, 0.0 MB")] * 2


@pytest.mark.parametrize("shell", [None, SimpleNamespace(execution_count=1)], ids=["a script", "IPython in a terminal"])
def test_outside_a_notebook_progress_goes_to_standard_error(
    shell: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was a notebook still shows it where nothing below a cell can be renewed."""
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    with serving(many(3)) as server:
        client(server, progress=to_notebook).export(FIRST, FIRST)
    assert capsys.readouterr().err.rstrip().endswith("1/1 days, 3 events, 0.0 MB")


def test_a_deadline_keeps_nothing(tmp_path: Path) -> None:
    """The unfinished answer's days are not in the spool."""
    with serving(many(100), Answer(trickle=0.05, compress=False)) as server, pytest.raises(DeadlineError):
        client(server, deadline=0.5).write(tmp_path / "e.csv", *SPAN, spool=tmp_path / "s")
    assert not list((tmp_path / "s").glob("*/*"))
