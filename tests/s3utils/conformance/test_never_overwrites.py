"""Nothing overwrites on a condition that doesn't hold, on any store, by any way of writing, at any size."""

from __future__ import annotations

from datetime import timedelta

import pytest

from oseberg.s3utils import S3, AlreadyExists, GuardRefused, NotFound, PartialFailure, PreconditionFailed, S3Error

MIB = 1 << 20
WRITERS = {
    "write_bytes": lambda s3, root, path, **more: s3.write_bytes(f"{root}/t", path.read_bytes(), **more),
    "upload": lambda s3, root, path, **more: s3.upload(path, f"{root}/t", **more),
    "copy": lambda s3, root, _, **more: s3.copy(f"{root}/source", f"{root}/t", **more),
    "move": lambda s3, root, _, **more: s3.move(f"{root}/source", f"{root}/t", **more),
}


@pytest.fixture(params=[0, 3, 9 * MIB], ids=["empty", "small", "parts"])
def source(request, s3, root, tmp_path):
    """Put the same content into a file and an object."""
    path = tmp_path / "source"
    path.write_bytes(b"x" * request.param)
    s3.upload(path, f"{root}/source")
    return path


@pytest.mark.parametrize("write", WRITERS)
def test_if_absent_never_overwrites(s3, root, source, write):
    """An object there stays, the source of a move as well; where there is none it is written."""
    s3.write_bytes(f"{root}/t", b"theirs")
    with pytest.raises(AlreadyExists) as caught:
        WRITERS[write](s3, root, source, if_absent=True)
    assert isinstance(caught.value, FileExistsError)
    assert s3.read_bytes(f"{root}/t") == b"theirs"
    assert s3.exists(f"{root}/source")
    s3.delete(f"{root}/t")
    WRITERS[write](s3, root, source, if_absent=True)
    assert s3.read_bytes(f"{root}/t") == source.read_bytes()
    assert s3.exists(f"{root}/source") is (write != "move")
    assert len(list(s3.list(root))) == (1 if write == "move" else 2)


@pytest.mark.parametrize("write", WRITERS)
def test_if_match_overwrites_what_it_names_alone(s3, root, source, write):
    """Another ETag, or no object at all, is an error; the ETag that is there is overwritten."""
    theirs = s3.write_bytes(f"{root}/t", b"theirs")
    with pytest.raises(PreconditionFailed):
        WRITERS[write](s3, root, source, if_match="0" * 32)
    assert s3.read_bytes(f"{root}/t") == b"theirs"
    WRITERS[write](s3, root, source, if_match=theirs.etag)
    assert s3.read_bytes(f"{root}/t") == source.read_bytes()
    assert len(list(s3.list(root))) == (1 if write == "move" else 2)


def test_the_two_conditions_exclude_each_other(s3, root):
    """Both together are a slip."""
    with pytest.raises(ValueError, match="exclude each other"):
        s3.write_bytes(f"{root}/k", b"", if_absent=True, if_match="0")


def test_open_and_upload_all_heed_conditions_too(s3, root, tmp_path):
    """`if_match` on an open file; `if_absent` for a folder: what is there is a failure, the rest is done."""
    first = s3.write_text(f"{root}/a", "1")
    with s3.open(f"{root}/a", "w", if_match=first.etag) as file:
        file.write("2")
    with pytest.raises(PreconditionFailed), s3.open(f"{root}/a", "w", if_match=first.etag) as file:
        file.write("3")
    for name in ("a", "b"):
        (tmp_path / name).write_text("mine")
    with pytest.raises(PartialFailure, match="exists"):
        s3.upload_all(tmp_path, root, if_absent=True)
    assert (s3.read_text(f"{root}/a"), s3.read_text(f"{root}/b")) == ("2", "mine")


@pytest.mark.parametrize("kind", ["file", "object"])
def test_an_archive_never_overwrites(s3, store, root, source, kind):
    """The same content is done already; other content is an error, or gets a name of its own, once."""
    what = source if kind == "file" else f"{root}/source"
    plan = s3.archive(what, f"{root}/kept/a.csv.gz", dry_run=True)
    assert (plan.action, s3.exists(plan.url)) == ("upload" if kind == "file" else "copy", False)
    first = s3.archive(what, f"{root}/kept/a.csv.gz")
    assert first.action == plan.action
    again = s3.archive(what, f"{root}/kept/a.csv.gz")
    # A conditional copy is made in parts, and so may have another ETag than its source: it shows the same content.
    # Through this machine (Ceph) it is written at once: then only reading both shows that.
    weak = {""} if store == "ceph" else {"", "size", "bytes"}
    assert first.verified not in weak
    assert (again.action, again.verified in weak) == ("unchanged", False)
    s3.write_bytes(f"{root}/kept/a.csv.gz", b"theirs")
    with pytest.raises(AlreadyExists, match="other content"):
        s3.archive(what, f"{root}/kept/a.csv.gz")
    for expected in ("copy", "unchanged"):
        done = s3.archive(what, f"{root}/kept/a.csv.gz", on_conflict="version")
        assert done.url.name == "a.v2.csv.gz"
        assert done.action in {expected, "upload" if expected == "copy" else expected}
    assert s3.read_bytes(f"{root}/kept/a.csv.gz") == b"theirs"
    assert s3.read_bytes(f"{root}/kept/a.v2.csv.gz") == source.read_bytes()
    with pytest.raises(ValueError, match="error, version"):
        s3.archive(what, f"{root}/kept/a.csv.gz", on_conflict="overwrite")


def test_a_folder_is_archived(s3, root, tmp_path):
    """From a local folder and within the store: what differs is named, the rest is done and found done again."""
    for name in ("a.csv", "deep/b.csv", "deep/noname", "deep/.hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert len(s3.archive_all(tmp_path, f"{root}/in", dry_run=True).transfers) == 4
    assert list(s3.list(root)) == []
    assert len(s3.archive_all(tmp_path, f"{root}/in").transfers) == 4
    (tmp_path / "a.csv").write_text("other")
    with pytest.raises(PartialFailure) as caught:
        s3.archive_all(tmp_path, f"{root}/in")
    assert (len(caught.value.report.failures), caught.value.report.unchanged) == (1, 3)
    assert s3.read_text(f"{root}/in/a.csv") == "a.csv"
    report = s3.archive_all(f"{root}/in", f"{root}/kept", progress=False)
    assert [str(done.url) for done in report.transfers] == [
        f"{root}/kept/{name}" for name in ("a.csv", "deep/.hidden", "deep/b.csv", "deep/noname")
    ]
    assert s3.archive_all(f"{root}/in", f"{root}/kept").unchanged == 4
    (tmp_path / "deep" / "noname").write_text("other")
    names = [done.url.name for done in s3.archive_all(tmp_path, f"{root}/in", on_conflict="version").transfers]
    assert sorted(names) == ["a.v2.csv", "noname.v2"]


def test_archives_of_what_isnt_there_are_errors(s3, root, tmp_path):
    """A missing object, a missing file, a copy onto itself."""
    for source in (f"{root}/none", tmp_path / "none"):
        with pytest.raises(FileNotFoundError if source != tmp_path / "none" else S3Error):
            s3.archive(source, f"{root}/kept")
    with pytest.raises(NotFound):
        s3.archive("s3://no-such-bucket-here/a", f"{root}/kept")
    s3.write_text(f"{root}/a", "1")
    assert s3.archive(f"{root}/a", f"{root}/a").action == "unchanged"
    with pytest.raises(GuardRefused):
        s3.copy(f"{root}/a", f"{root}/a", if_absent=True)


def test_what_a_killed_probe_left_is_removed(s3, endpoint, root, monkeypatch):
    """After an hour, by the next probe in that folder; whatever else begins like it stays."""
    left, others = f".oseberg-{'0' * 16}", [f".oseberg-{'1' * 16}", ".oseberg-notes", "a"]
    for name, content in ((left, "probe"), (others[0], "other content"), (others[1], "probe"), (others[2], "a")):
        s3.write_text(f"{root}/in/{name}", content)
    S3(endpoint_url=endpoint).write_text(f"{root}/in/b", "b", if_absent=True)
    assert s3.exists(f"{root}/in/{left}")
    monkeypatch.setattr("oseberg.s3utils._store.conditions._ABANDONED_AFTER", timedelta(days=-1))
    S3(endpoint_url=endpoint).write_text(f"{root}/in/c", "c", if_absent=True)
    assert {item.url.name for item in s3.list(f"{root}/in")} == {*others, "b", "c"}
