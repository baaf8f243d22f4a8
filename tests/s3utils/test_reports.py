"""Reports, progress, errors as people meet them."""

from __future__ import annotations

import io
import pickle
import sys

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from oseberg import s3utils
from oseberg.s3utils import (
    S3,
    LocalFileError,
    NotFound,
    PartialFailure,
    Progress,
    S3Error,
    S3Url,
    Transfer,
    TransferFailure,
    TransferReport,
)


def a_report(failures=12) -> TransferReport:
    failed = [TransferFailure(S3Url(f"s3://b/{n}"), S3Error(f"no {n}", url=f"s3://b/{n}")) for n in range(failures)]
    return TransferReport([Transfer("download", S3Url("s3://b/<a>"), None, 5, "etag")], failed, unchanged=2)


def test_a_report_reads_well_everywhere():
    """As text, as a table, in a notebook (escaped), in an error of at most ten keys."""
    report = a_report()
    assert str(report).splitlines()[0] == "1 done (5 bytes), 2 unchanged, 12 failed, 0.0 s"
    assert "s3://b/11" in str(report)
    frame = report.frame()
    assert frame["action"].tolist() == ["download"] + ["failed"] * 12
    assert str(frame["size"].dtype) == "Int64"
    page = report._repr_html_()
    assert "&lt;a&gt;" in page
    assert page.index("failed</td>") < page.index("download</td>")
    assert "NaN" not in page
    assert "NA" not in page
    error = PartialFailure(report)
    assert "12 of 15 failed" in str(error)
    assert "and 2 more" in str(error)
    assert not error.retryable
    assert "more" not in str(PartialFailure(a_report(3)))
    assert TransferReport().ok
    assert "0 done" in TransferReport()._repr_html_()
    assert TransferReport().size == 0


def test_errors_cross_process_borders():
    """Every error comes out of pickle as it went in."""
    public = [getattr(s3utils, name) for name in s3utils.__all__]
    for kind in (one for one in public if isinstance(one, type) and issubclass(one, S3Error)):
        error = kind(a_report(1)) if kind is PartialFailure else kind("what", url="s3://b/k", operation="read")
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), again.try_again) == (kind, str(error), error.try_again)
    assert LocalFileError("x", number=28).errno == 28
    assert isinstance(NotFound("x"), FileNotFoundError)
    assert S3Error("x", retryable=True).try_again


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "stream", "shown"),
    [
        (None, io.StringIO, False),
        (None, Terminal, True),
        (True, io.StringIO, True),
        (False, Terminal, False),
    ],
)
def test_progress_is_shown_on_terminals_or_when_asked(s3, root, tmp_path, monkeypatch, choice, stream, shown):
    """Never into a log file by itself; standard output stays clean."""
    s3.write_text(f"{root}/a", "a")
    monkeypatch.setattr(sys, "stderr", stream())
    s3.download_all(root, tmp_path, progress=choice)
    assert ("1/1 files" in sys.stderr.getvalue()) is shown


def test_progress_goes_to_a_callback(s3, root, tmp_path):
    """Once for each file, failures included, with the totals."""
    for key in ("a", "b"):
        s3.write_text(f"{root}/{key}", "12345")
    steps: list[tuple[int, int | None, str]] = []

    def keep(done: int, total: int | None, label: str) -> None:
        steps.append((done, total, label))

    progress: Progress = keep  # the protocol that every library of the project shares
    s3.download_all(root, tmp_path, progress=progress)
    assert steps == [(1, 2, "files, 0.0 MiB of 0.0 MiB"), (2, 2, "files, 0.0 MiB of 0.0 MiB")]
    report = s3.upload_all(tmp_path, f"{root}/up", progress=lambda *_: None)
    assert report.size == 10


def test_an_error_that_isnt_ours_passes(s3, root, tmp_path):
    """A callback's exception ends the call as it is."""
    s3.write_text(f"{root}/a", "a")

    def stop(*_):
        raise KeyError("stop")

    with pytest.raises(KeyError):
        s3.download_all(root, tmp_path, progress=stop)


def test_no_more_workers_than_connections():
    """A client's pool limits the workers; a client made here has enough."""
    narrow = boto3.client("s3", config=Config(max_pool_connections=3))
    assert S3(narrow, workers=20)._connection.workers == 3
    wide = S3(workers=40)._connection
    assert wide.workers == 40
    assert wide.client.meta.config.max_pool_connections >= 40


@mock_aws
def test_a_store_within_the_process_stays_with_boto3(tmp_path):
    """Requests that somebody answers in the store's place never leave the process by another way."""
    s3 = S3()
    s3._connection.client.create_bucket(Bucket="bucket")
    s3.write_text("s3://bucket/a", "a", if_absent=True)
    assert not s3._connection.may_go_around_boto3
    assert s3.download_all("s3://bucket", tmp_path).paths == [tmp_path / "a"]


def test_objects_by_url_are_fetched_too(s3, root, tmp_path):
    """A list of URLs instead of a listing; a missing one is reported, the others come."""
    s3.write_text(f"{root}/in/a", "a")
    with pytest.raises(PartialFailure, match="in/none"):
        s3.download_all([f"{root}/in/a", S3Url(f"{root}/in/none")], tmp_path)
    assert (tmp_path / "in/a").read_text() == "a"


def test_the_bytes_of_one_large_file_are_seen_to_flow(s3, root, tmp_path):
    """Down, up into an archive, and among others: never backwards, and to the end."""
    (tmp_path / "large").write_bytes(bytes(40 << 20))
    for move in (
        lambda **more: s3.archive(tmp_path / "large", f"{root}/large", **more),
        lambda **more: s3.download(s3.stat(f"{root}/large"), tmp_path / "again", **more),
        lambda **more: s3.download_all(root, tmp_path / "all", **more),
    ):
        labels: list[tuple[int, str]] = []
        move(progress=lambda done, _, label, labels=labels: labels.append((done, label)))
        assert len(labels) > 1
        assert labels[0][0] == 0
        assert labels[-1][0] == 1
        assert "40.0 MiB" in labels[-1][1]
