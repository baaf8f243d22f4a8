"""Keys as paths: never outside the folder, never two in one file, the rest unharmed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oseberg.s3utils import (
    ChecksumMismatch,
    GuardRefused,
    LocalFileError,
    NotSupported,
    PartialFailure,
    S3Url,
    UnsafeKey,
    unpack_zip,
)
from oseberg.s3utils._address.paths import Tree

HOSTILE = [
    "../up.txt",
    "a/../../up.txt",
    "/etc/passwd",
    "a//b.txt",
    "a\\..\\b.txt",
    "C:/windows.txt",
    "C:evil.txt",
    "./here.txt",
    "a/./b.txt",
    "n" * 300,
]
PIECES = st.sampled_from(["..", ".", "", "a", "A", "b", "ä", "a\u0308", "C:", "x\\y", "\0", "n" * 256])


@settings(max_examples=300)
@given(st.lists(st.lists(PIECES, min_size=1, max_size=4).map("/".join), max_size=8))
def test_no_key_leaves_the_folder_and_no_two_share_a_file(keys):
    """For any keys: what is claimed lies below the folder, and distinct keys have distinct files on any disk."""
    tree, claimed = Tree("/base/folder"), {}
    for key in dict.fromkeys(keys):
        try:
            path = tree.claim(key, key)
        except UnsafeKey:
            continue
        assert Path("/base/folder") in path.parents
        assert ".." not in path.parts
        if not key.endswith("/"):
            assert str(path).casefold() not in claimed
            claimed[str(path).casefold()] = key
    assert not any(one != other and other.startswith(f"{one}/") for one in claimed for other in claimed)


def test_hostile_keys_are_skipped_named_and_the_rest_comes(s3, root, tmp_path):
    """Every unsafe key is in the report with its whole name; nothing appears outside; safe keys are all there."""
    safe = ["ok.txt", "deep/er/ok.txt", "sp ace?#%20.txt", "dots..in..name", ".hidden"]
    for key in [*HOSTILE, *safe]:
        s3.write_text(S3Url(f"{root}/in/{key}"), key)
    target = tmp_path / "deep" / "target"
    with pytest.raises(PartialFailure) as caught:
        s3.download_all(f"{root}/in", target, progress=False)
    report = caught.value.report
    assert {str(failure.url) for failure in report.failures} == {f"{root}/in/{key}" for key in HOSTILE}
    assert all(isinstance(failure.error, UnsafeKey) for failure in report.failures)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {f"deep/target/{key}" for key in safe}
    assert all(f"{root}/in/{key}" in str(report) for key in HOSTILE)
    with pytest.raises(PartialFailure) as caught:
        s3.sync(f"{root}/in", tmp_path / "synced")
    assert len(caught.value.report.failures) == len(HOSTILE)


@pytest.mark.parametrize(
    ("keys", "skipped"),
    [
        (["Index.txt", "index.txt"], "index.txt"),
        (["a", "a/b.txt"], "a/b.txt"),
        (["a", "a.txt", "a/b.txt"], "a/b.txt"),
        (["Dir/a.txt", "dir/b.txt"], "dir/b.txt"),
        (["\u00e4.txt", "a\u0308.txt"], "\u00e4.txt"),
    ],
)
def test_keys_that_would_share_a_file(s3, root, tmp_path, keys, skipped):
    """The first in the listing's order has the name; the other is reported, on systems that tell cases apart too."""
    for key in keys:
        s3.write_text(f"{root}/{key}", key)
    with pytest.raises(PartialFailure) as caught:
        s3.download_all(root, tmp_path)
    assert [failure.url.key for failure in caught.value.report.failures] == [skipped]
    assert len(caught.value.report.paths) == len(keys) - 1


def test_folder_markers_are_folders(s3, root, tmp_path):
    """The empty objects that consoles make for folders become folders."""
    s3.write_bytes(f"{root}/in/", b"")
    s3.write_bytes(f"{root}/in/empty/", b"")
    s3.write_bytes(f"{root}/in/full/", b"")
    s3.write_bytes(f"{root}/in/full/a", b"a")
    report = s3.download_all(f"{root}/in", tmp_path)
    assert report.ok
    assert (tmp_path / "empty").is_dir()
    assert (tmp_path / "full/a").read_text() == "a"
    assert [item.is_folder_marker for item in s3.list(f"{root}/in/full")] == [True, False]
    s3.write_bytes(f"{root}/in/bytes/", b"content")
    with pytest.raises(PartialFailure, match="yet holds bytes"):
        s3.download_all(f"{root}/in", tmp_path)
    s3.delete(f"{root}/in/bytes/")
    (tmp_path / "clash").mkdir()
    (tmp_path / "clash" / "empty").write_text("a file")
    with pytest.raises(PartialFailure) as caught:
        s3.download_all(f"{root}/in", tmp_path / "clash")
    assert isinstance(caught.value.report.failures[0].error, LocalFileError)


def test_a_symbolic_link_in_the_target_leads_nowhere(s3, root, tmp_path):
    """A link to elsewhere in the target folder isn't written through."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "target").mkdir()
    (tmp_path / "target/link").symlink_to(outside)
    s3.write_text(f"{root}/link/evil.txt", "x")
    with pytest.raises(PartialFailure, match="symbolic link"):
        s3.download_all(root, tmp_path / "target")
    assert list(outside.iterdir()) == []


def test_downloads_into_a_folder_take_the_objects_name(s3, root, tmp_path):
    """`download(url, folder)` works as cp does; an unsafe name is refused there too."""
    s3.write_text(f"{root}/x/a.txt", "a")
    s3.write_text(f"{root}/x/a\\b", "a")
    assert s3.download(f"{root}/x/a.txt", tmp_path).path == tmp_path / "a.txt"
    assert s3.download(f"{root}/x/a.txt", f"{tmp_path}/new/").path == tmp_path / "new" / "a.txt"
    assert s3.download(next(s3.list(f"{root}/x")), tmp_path / "b.txt").path.read_text() == "a"
    assert s3.download_all(f"{root}/x/a.txt", tmp_path / "one").paths == [tmp_path / "one" / "a.txt"]
    with pytest.raises(UnsafeKey):
        s3.download(f"{root}/x/a\\b", tmp_path)


def zipped(members: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


def test_zip_members_come_out_below_the_folder(s3, root, tmp_path):
    """A zip in S3 is unpacked without downloading it first."""
    s3.write_bytes(f"{root}/a.zip", zipped({"a.txt": b"a", "d/": b"", "d/b.txt": b"b"}).getvalue())
    with s3.open(f"{root}/a.zip", "rb") as file:
        paths = unpack_zip(file, tmp_path / "out")
    assert [path.relative_to(tmp_path / "out").as_posix() for path in paths] == ["a.txt", "d/b.txt"]


@pytest.mark.parametrize("name", ["../evil.txt", "/evil.txt", "a/../../evil.txt", "C:/evil.txt"])
def test_a_zip_that_climbs_is_refused_whole(tmp_path, name):
    """One unsafe name and nothing is written."""
    with pytest.raises(UnsafeKey, match="evil"):
        unpack_zip(zipped({"good.txt": b"g", name: b"e"}), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_zip_bomb_stops_at_the_limit(tmp_path):
    """Bytes are counted as they come out; the file at hand leaves nothing."""
    bomb = zipped({"small.txt": b"s", "bomb.bin": bytes(5_000_000)})
    with pytest.raises(GuardRefused, match="1,000,000"):
        unpack_zip(bomb, tmp_path, limit=1_000_000)
    assert [path.name for path in tmp_path.iterdir()] == ["small.txt"]


def test_a_damaged_zip_is_a_checksum_mismatch(tmp_path):
    """Not a zip, or a broken one."""
    (tmp_path / "x.zip").write_bytes(b"no zip")
    with pytest.raises(ChecksumMismatch, match=r"x\.zip"):
        unpack_zip(tmp_path / "x.zip", tmp_path / "out")
    data = bytearray(zipped({"a.txt": b"hello" * 100}).getvalue())
    data[40] ^= 0xFF
    with pytest.raises(ChecksumMismatch):
        unpack_zip(io.BytesIO(bytes(data)), tmp_path / "out")
    with pytest.raises(LocalFileError, match="No such file"):
        unpack_zip(tmp_path / "none.zip", tmp_path / "out")


def test_a_zip_with_a_password_is_not_supported(tmp_path):
    """Which is reported, rather than a wrong content or an error of Python's own."""
    data = bytearray(zipped({"a.txt": b"hello"}).getvalue())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(NotSupported, match="password"):
        unpack_zip(io.BytesIO(bytes(data)), tmp_path)
    assert list(tmp_path.iterdir()) == []
