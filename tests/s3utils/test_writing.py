"""Writes: on conditions, whole or not at all, and taken back when they don't end well."""

from __future__ import annotations

import errno
import gc
import io
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from oseberg.s3utils import (
    S3,
    AlreadyExists,
    ChangedDuringRead,
    ChecksumMismatch,
    Conflict,
    InvalidUrl,
    LocalFileError,
    NotSupported,
    PartialFailure,
    PreconditionFailed,
    S3Error,
)
from tests.s3utils import servers

MIB = 1 << 20
ROOT = Path(__file__).parents[2]


def uploads(client, bucket) -> list:
    return client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])


def ignore_conditions(exchange) -> None:
    exchange.headers = {k: v for k, v in exchange.headers.items() if not k.lower().startswith("if-")}


def test_conditions_that_dont_hold_write_nothing(s3, root):
    """`if_absent` on an existing object, `if_match` on another one or on none."""
    first = s3.write_json(f"{root}/k", {"a": "ä"}, if_absent=True)
    with pytest.raises(FileExistsError):
        s3.write_bytes(f"{root}/k", b"2", if_absent=True)
    s3.write_text(f"{root}/k", "2", if_match=f'"{first.etag}"')
    with pytest.raises(PreconditionFailed):
        s3.write_text(f"{root}/k", "3", if_match=first.etag)
    with pytest.raises(S3Error):
        s3.write_text(f"{root}/none", "3", if_match=first.etag)
    assert s3.read_text(f"{root}/k") == "2"
    assert [item.url.key for item in s3.list(root)] == ["k"]


@pytest.mark.parametrize("size", [1, 17 * MIB], ids=["one request", "parts"])
def test_a_store_that_ignores_conditions_is_found_and_not_written_to(shaky, faults, s3, root, tmp_path, size):
    """The probe is overwritten, so nothing else is: the write is refused before it begins."""
    faults.before.append(ignore_conditions)
    (tmp_path / "up").write_bytes(bytes(size))
    assert not shaky.supports_conditional_writes(root)
    with pytest.raises(NotSupported, match="Nothing was written"):
        shaky.upload(tmp_path / "up", f"{root}/k", if_absent=True)
    with pytest.raises(NotSupported):
        shaky.write_bytes(f"{root}/k", bytes(size), if_match="0")
    with pytest.raises(NotSupported), shaky.lease(f"{root}/lease", 5):
        pass
    assert list(s3.list(root)) == []


def test_a_store_that_doesnt_know_conditions_says_so(shaky, faults, root):
    """An answer of 501 to the condition counts as not supported."""
    condition = "If-None-Match"
    faults.before.append(lambda e: e.fail(501, "NotImplemented") if condition in e.headers else None)
    assert not shaky.supports_conditional_writes(root)


def test_409_is_tried_again_and_becomes_conflict(shaky, faults, s3, root):
    """Another writer at work: once is survived, for ever is an error to come back with."""
    shaky.supports_conditional_writes(root)
    answers = iter([True])

    def once(exchange):
        if exchange.method == "PUT" and exchange.path.endswith("/k") and next(answers, False):
            exchange.fail(409, "ConditionalRequestConflict")

    faults.before.append(once)
    shaky.write_text(f"{root}/k", "1", if_absent=True)
    faults.before[:] = [lambda e: e.fail(409, "ConditionalRequestConflict") if e.method == "PUT" else None]
    with pytest.raises(Conflict) as caught:
        shaky.write_text(f"{root}/k", "2")
    assert caught.value.try_again
    assert s3.read_text(f"{root}/k") == "1"


def test_our_own_write_isnt_taken_for_anothers(shaky, faults, s3, root):
    """The answer to a conditional write is lost, boto3 asks again and gets 412: the object is ours all the same."""
    shaky.supports_conditional_writes(root)
    lost = iter([True])

    def lose_the_answer(exchange):
        if exchange.method == "PUT" and exchange.path.endswith("/k") and next(lost, False):
            exchange.fail(500, "InternalError")

    faults.after.append(lose_the_answer)
    assert shaky.write_text(f"{root}/k", "mine", if_absent=True).etag == s3.stat(f"{root}/k").etag
    with pytest.raises(AlreadyExists):
        shaky.write_text(f"{root}/k", "mine", if_absent=True)


def test_corrupted_uploads_are_refused_by_the_store(ministack_endpoint, tmp_path):
    """A store that checks gets a checksum with each write, or a Content-MD5 where checksums aren't known."""
    client = servers.client(ministack_endpoint)
    client.create_bucket(Bucket="corrupted")
    from tests.s3utils.faults import faulty  # noqa: PLC0415 - another store than the fixture's

    with faulty(ministack_endpoint) as faults:
        s3 = S3(endpoint_url=faults.endpoint, checksums="when_required")

        def corrupt(exchange):
            if exchange.method == "PUT":
                assert "Content-MD5" in exchange.headers
                assert not any("checksum" in name.lower() for name in exchange.headers)
                exchange.body = b"X" + exchange.body[1:]

        faults.before.append(corrupt)
        with pytest.raises(ChecksumMismatch):
            s3.write_bytes("s3://corrupted/k", b"content")


def test_failed_parts_leave_no_upload(shaky, faults, client, bucket, tmp_path):
    """A part that is denied: the upload is aborted and nothing is published."""
    (tmp_path / "big").write_bytes(bytes(20 * MIB))
    faults.before.append(lambda e: e.fail(403, "AccessDenied") if "partNumber=2" in e.path else None)
    with pytest.raises(PermissionError):
        shaky.upload(tmp_path / "big", f"s3://{bucket}/big")
    assert uploads(client, bucket) == []
    assert "Contents" not in client.list_objects_v2(Bucket=bucket)


INTERRUPTED = """
import sys
from oseberg.s3utils import S3
from tests.s3utils import servers
print("ready", flush=True)
try:
    getattr(S3(endpoint_url=sys.argv[1], workers=2), sys.argv[2])(sys.argv[3], sys.argv[4])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("way", ["upload", "upload_all"])
def test_ctrl_c_leaves_no_upload(client, bucket, endpoint, tmp_path, way):
    """SIGINT in the midst of a multipart upload takes it back, and doesn't wait for its end."""
    (tmp_path / "big").write_bytes(bytes(100 * MIB))
    source = tmp_path if way == "upload_all" else tmp_path / "big"
    with servers.slow(endpoint, 0.2) as slow:
        command = [sys.executable, "-c", INTERRUPTED, slow, way, str(source), f"s3://{bucket}/big"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(300):
            if uploads(client, bucket):
                break
            time.sleep(0.05)
        assert uploads(client, bucket)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert "interrupted" in output
    assert uploads(client, bucket) == []
    assert "Contents" not in client.list_objects_v2(Bucket=bucket)


def test_stale_uploads_are_aborted_by_folder_and_age(ministack_endpoint):
    """Only those of the folder, not of its sibling, and only old ones (moto says that all are of 2010)."""
    client, s3, bucket = servers.client(ministack_endpoint), S3(endpoint_url=ministack_endpoint), "stale-uploads"
    client.create_bucket(Bucket=bucket)
    for key in ("in/a", "inner/b"):
        client.create_multipart_upload(Bucket=bucket, Key=key)
    assert s3.abort_stale_uploads(f"s3://{bucket}/in", timedelta(hours=1)) == []
    assert [url.key for url in s3.abort_stale_uploads(f"s3://{bucket}/in", timedelta(seconds=-5))] == ["in/a"]
    assert s3.abort_stale_uploads(f"s3://{bucket}/inner", datetime(2010, 1, 1)) == []  # noqa: DTZ001 - local time is meant
    assert [upload["Key"] for upload in uploads(client, bucket)] == ["inner/b"]


@pytest.mark.parametrize("size", [10, 17 * MIB])
def test_a_file_written_to_meanwhile_is_not_published(s3, faults, shaky, root, tmp_path, size):
    """What is uploaded is one state of the file."""
    path = tmp_path / "growing"
    path.write_bytes(bytes(size))
    original = Path.stat

    def growing(self, **more):
        if self == path:
            with path.open("ab") as file:
                file.write(b"more")
        return original(self, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "stat", growing)
        with pytest.raises(ChangedDuringRead, match="Nothing was published"):
            shaky.upload(path, f"{root}/k")
    assert not s3.exists(f"{root}/k")


def test_uploads_take_names_and_refuse_what_isnt_there(s3, root, tmp_path):
    """A folder's URL gets the file's name; a missing file is a LocalFileError with the system's number."""
    (tmp_path / "a.csv").write_text("a")
    assert str(s3.upload(tmp_path / "a.csv", f"{root}/in/").url) == f"{root}/in/a.csv"
    assert str(s3.upload(tmp_path / "a.csv", root).url) == f"{root}/a.csv"
    with pytest.raises(LocalFileError) as caught:
        s3.upload(tmp_path / "none", f"{root}/none")
    assert caught.value.errno == 2
    for name, number, why in (("none", errno.ENOENT, "no such folder"), ("a.csv", errno.ENOTDIR, "isn't a folder")):
        with pytest.raises(LocalFileError, match=why) as caught:
            s3.upload_all(tmp_path / name, root)
        assert caught.value.errno == number
    with pytest.raises(InvalidUrl):
        s3.write_bytes(root, b"")


def test_upload_all_reports_what_cant_be_a_key(s3, root, tmp_path):
    """Dangling links, names that aren't UTF-8, keys too long: each named, the rest sent, our own leavings not."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/a.txt").write_text("a")
    (tmp_path / "sub/loop").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "none")
    (tmp_path / ".oseberg-0011.part").write_text("half")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text("x")
    with pytest.raises(PartialFailure) as caught:
        s3.upload_all(tmp_path, f"{root}/in")
    assert len(caught.value.report.failures) == 2
    assert [item.url.key for item in s3.list(root)] == ["in/sub/a.txt"]
    with pytest.raises(PartialFailure, match="1024"):
        s3.upload_all(tmp_path / "sub", f"{root}/{'n' * 1020}")


def test_open_for_writing_publishes_at_the_end_only(s3, root):
    """Bytes and text, seekable, exclusive; an exception or a forgotten file publishes nothing."""
    with s3.open(f"{root}/b", "wb") as file:
        file.write(b"0123")
        assert (file.tell(), file.seekable(), file.writable(), file.readable()) == (4, True, True, False)
        file.seek(1)
        file.write(b"X")
        assert not s3.exists(f"{root}/b")
    assert s3.read_bytes(f"{root}/b") == b"0X23"
    with s3.open(f"{root}/t", "w", newline="\r\n", encoding="utf-16") as file:
        file.write("a\nb")
        assert file.name == f"{root}/t"
    assert s3.read_text(f"{root}/t", "utf-16") == "a\r\nb"
    with pytest.raises(AlreadyExists), s3.open(f"{root}/t", "x") as file:
        file.write("again")
    with pytest.raises(ZeroDivisionError), s3.open(f"{root}/none", "wb") as file:
        file.write(bytes(1 // 0))
    for mode, data in (("w", "text"), ("wb", b"bytes")):
        forgotten = s3.open(f"{root}/none", mode)
        forgotten.write(data)
        del forgotten
        gc.collect()
    assert not s3.exists(f"{root}/none")


def test_zip_and_csv_writers_work_on_open_files(s3, root):
    """Other libraries write into objects as into files."""
    import zipfile  # noqa: PLC0415 - here alone

    with s3.open(f"{root}/a.zip", "wb") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "hello")
    with s3.open(f"{root}/a.zip", "rb") as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        assert archive.read("a.txt") == b"hello"
    with s3.open(f"{root}/a.csv", "w") as file:
        pd.DataFrame({"x": [1]}).to_csv(file, index=False)
    assert s3.read_frame(f"{root}/a.csv", dtype={"x": int})["x"].tolist() == [1]


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet"])
def test_frames_come_back_by_suffix(s3, root, suffix):
    """Every format, and equal frames give equal objects."""
    frame = pd.DataFrame({"x": [1, 2], "y": ["a", "ä"]})
    first = s3.write_frame(frame, f"{root}/f{suffix}")
    time.sleep(1.1 if suffix.endswith(".gz") else 0)
    assert s3.write_frame(frame, f"{root}/f{suffix}", if_match=first.etag).etag == first.etag
    pd.testing.assert_frame_equal(s3.read_frame(f"{root}/f{suffix}"), frame)
    with pytest.raises(InvalidUrl, match=r"\.parquet"):
        s3.write_frame(frame, f"{root}/f.xlsx")


def test_content_types_follow_the_name(s3, client, bucket):
    """A browser that opens the object gets it as it is: gzip files stay packed."""
    for name, kind in (("a.csv", "text/csv"), ("a.csv.gz", "application/gzip"), ("a.json", "application/json")):
        s3.write_text(f"s3://{bucket}/{name}", "x")
        head = client.head_object(Bucket=bucket, Key=name)
        assert (head["ContentType"], head.get("ContentEncoding")) == (kind, None)
