"""The local disk: full, read-only, in the way. Typed errors, and nothing half-written."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from oseberg.s3utils import LocalFileError, PartialFailure, S3Error
from tests.parts import missing

ROOT = Path(__file__).parents[2]
LIMITED = """
import resource, sys
from oseberg.s3utils import S3, LocalFileError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    S3(endpoint_url=sys.argv[1]).download(sys.argv[2], sys.argv[3])
except LocalFileError as error:
    print(error.errno, error)
"""


def files(folder) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [200_000, 20 << 20], ids=["one stream", "ranges"])
def test_a_limit_on_file_sizes_leaves_no_file(s3, root, endpoint, tmp_path, size):
    """The system stops the write in the midst: a LocalFileError with its number, and the temporary file goes."""
    assert resource.RLIMIT_FSIZE
    s3.write_bytes(f"{root}/k", bytes(size))
    command = [sys.executable, "-c", LIMITED, endpoint, f"{root}/k", str(tmp_path / "out")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.startswith(f"{errno.EFBIG} Can't download {root}/k: File too large")
    assert files(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path):
    """Mount a disk of 256 KiB, where that is allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        missing("only the administrator may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_what_was_whole(s3, root, small_disk):
    """What fits is there, what doesn't is named with the reason, and nothing is half there."""
    for key, size in (("a", 1000), ("b", 400_000), ("c", 1000)):
        s3.write_bytes(f"{root}/{key}", bytes(size))
    with pytest.raises(PartialFailure, match="No space left") as caught:
        s3.download_all(root, small_disk)
    errors = [failure.error for failure in caught.value.report.failures]
    assert all(isinstance(error, LocalFileError) and error.errno == errno.ENOSPC for error in errors)
    whole = files(small_disk)  # a small one may come while the large one fills the disk, and fail as well
    assert "b" not in whole
    assert len(whole) + len(errors) == 3
    assert all((small_disk / name).stat().st_size == 1000 for name in whole)


def test_a_read_only_disk_is_a_local_file_error(s3, root, small_disk):
    """Nothing can be written: every key is named."""
    s3.write_bytes(f"{root}/k", b"1")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(LocalFileError, match="Read-only"):
        s3.download(f"{root}/k", small_disk / "k")
    with pytest.raises(PartialFailure, match="Read-only"):
        s3.download_all(root, small_disk)


def test_a_file_where_a_folder_must_be(s3, root, tmp_path):
    """A target below a file, and a folder where the file must be."""
    s3.write_bytes(f"{root}/k", b"1")
    (tmp_path / "file").write_text("x")
    (tmp_path / "k").mkdir()
    with pytest.raises(OSError, match="file") as caught:
        s3.download(f"{root}/k", tmp_path / "file" / "k")
    assert isinstance(caught.value, S3Error)
    with pytest.raises(PartialFailure, match="directory"):
        s3.download_all(root, tmp_path)
    assert files(tmp_path) == ["file"]


def test_an_existing_file_stays_until_the_new_one_is_whole(s3, shaky, faults, root, tmp_path):
    """A failed download leaves what was there."""
    s3.write_bytes(f"{root}/k", b"new")
    (tmp_path / "k").write_text("old")
    faults.after.append(lambda e: setattr(e, "answer", b"bad") if e.path.endswith("/k") and e.method == "GET" else None)
    with pytest.raises(S3Error):
        shaky.download(f"{root}/k", tmp_path / "k")
    assert (tmp_path / "k").read_text() == "old"
    faults.after.clear()
    shaky.download(f"{root}/k", tmp_path / "k")
    assert (tmp_path / "k").read_text() == "new"


def test_a_full_disk_behind_an_open_file_publishes_nothing(s3, root, small_disk, monkeypatch):
    """What is written waits on the local disk: where that is full, nothing is published."""
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    with pytest.raises(LocalFileError, match="No space"), s3.open(f"{root}/k", "wb") as file:
        file.writelines(bytes(1021) for _ in range(17 << 10))
    assert not s3.exists(f"{root}/k")


def test_a_pipe_or_device_is_neither_replaced_nor_sent(s3, root, tmp_path):
    """For root a download to /dev/null would otherwise remove it; an upload would wait for ever, or send nothing."""
    s3.write_bytes(f"{root}/k", b"1")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LocalFileError, match="device or a pipe"):
        s3.download(f"{root}/k", tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()
    for special in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(LocalFileError, match="no known size"):
            s3.upload(special, f"{root}/new")
    assert not s3.exists(f"{root}/new")
    assert files(tmp_path) == []


@pytest.mark.parametrize("verb", ["download_all", "sync"])
def test_what_a_killed_download_left_is_removed(s3, root, tmp_path, verb):
    """After an hour, if its process is gone; it would fill the disk."""
    s3.write_text(f"{root}/in/deep/a", "a")
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    (tmp_path / "deep").mkdir()
    old, fresh = (tmp_path / f"deep/.oseberg-{int(gone.stdout)}-{name}.part" for name in ("old", "fresh"))
    for part in (old, fresh):
        part.write_bytes(b"half")
    os.utime(old, (0, 0))
    getattr(s3, verb)(f"{root}/in", tmp_path, progress=False)
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {"a", fresh.name}
