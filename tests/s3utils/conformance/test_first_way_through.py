"""The first way through: what the page promises, once each."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from oseberg.s3utils import AlreadyExists, GuardRefused, LeaseHeld, Ledger, NotFound, PartialFailure, S3Url


def test_bytes_text_json_and_frames_come_back(s3, root):
    """What is written is what is read."""
    s3.write_bytes(f"{root}/a/b.bin", b"\0\1")
    s3.write_json(f"{root}/a/b.json", {"x": [1]})
    frame = pd.DataFrame({"x": [1, 2], "y": ["a", "b"]})
    s3.write_frame(frame, f"{root}/a/f.csv.gz")
    s3.write_frame(frame, f"{root}/a/f.jsonl")
    assert s3.read_bytes(f"{root}/a/b.bin") == b"\0\1"
    assert s3.read_json(f"{root}/a/b.json") == {"x": [1]}
    pd.testing.assert_frame_equal(s3.read_frame(f"{root}/a/f.csv.gz"), frame)
    pd.testing.assert_frame_equal(s3.read_frame(f"{root}/a/f.jsonl"), frame)
    assert [item.url.name for item in s3.list(f"{root}/a")] == ["b.bin", "b.json", "f.csv.gz", "f.jsonl"]
    assert [item.url.name for item in s3.glob(f"{root}/**/*.json")] == ["b.json"]
    assert s3.exists(f"{root}/a/b.json")
    assert not s3.exists(f"{root}/a/none")


def test_download_all_finishes_and_names_what_it_skipped(s3, root, tmp_path):
    """An unsafe key is skipped, the rest comes, and the error names the whole key."""
    for key in ("in/a.txt", "in/deep/b.txt", "in/../../evil.txt"):
        s3.write_text(S3Url(f"{root}/{key}"), key)
    with pytest.raises(PartialFailure) as caught:
        s3.download_all(f"{root}/in", tmp_path / "out")
    assert "in/../../evil.txt" in str(caught.value.report)
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == ["out/a.txt", "out/deep/b.txt"]


def test_conditions_hold(s3, root):
    """`if_absent` and `if_match` never overwrite."""
    first = s3.write_text(f"{root}/x", "1", if_absent=True)
    with pytest.raises(AlreadyExists):
        s3.write_text(f"{root}/x", "2", if_absent=True)
    s3.write_text(f"{root}/x", "3", if_match=first.etag)
    assert s3.read_text(f"{root}/x") == "3"


def test_open_reads_ranges_and_publishes_on_success_only(s3, root):
    """A failed block leaves nothing behind."""
    with s3.open(f"{root}/t.txt", "w") as file:
        file.write("one\ntwo\n")
    with s3.open(f"{root}/t.txt") as file:
        assert list(file) == ["one\n", "two\n"]
    with pytest.raises(ZeroDivisionError), s3.open(f"{root}/u.txt", "w") as file:
        file.write(f"half{1 / 0}")
    assert not s3.exists(f"{root}/u.txt")


def test_sync_copy_move_delete(s3, root, tmp_path):
    """A folder goes up, across, and comes down again."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.txt").write_text("a")
    s3.sync(tmp_path / "src", f"{root}/one")
    s3.sync(f"{root}/one", f"{root}/two")
    s3.sync(f"{root}/two", tmp_path / "dst")
    assert (tmp_path / "dst/a.txt").read_text() == "a"
    assert s3.sync(f"{root}/two", tmp_path / "dst").unchanged == 1
    s3.move(f"{root}/two/a.txt", f"{root}/two/b.txt")
    with pytest.raises(GuardRefused, match="expect=1"):
        s3.delete_tree(f"{root}/two")
    s3.delete_tree(f"{root}/two", expect=1)
    with pytest.raises(NotFound):
        s3.read_bytes(f"{root}/two/b.txt")


def test_ledger_and_lease(s3, root, tmp_path):
    """What was processed isn't given again; a held lease is refused."""
    s3.write_text(f"{root}/in/a", "a")
    for ledger in (Ledger(tmp_path / "ledger.jsonl"), Ledger(f"{root}/ledger.jsonl", s3=s3)):
        for item in ledger.new(s3.list(f"{root}/in")):
            with item:
                assert item.url.name == "a"
        assert list(ledger.new(s3.list(f"{root}/in"))) == []
    with s3.lease(f"{root}/lease", timedelta(seconds=30)), pytest.raises(LeaseHeld), s3.lease(f"{root}/lease", 30):
        pass
    with s3.lease(f"{root}/lease", 30):
        pass
