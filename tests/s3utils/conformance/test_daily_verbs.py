"""What people do every day, on every store."""

from __future__ import annotations

import pytest

from oseberg.s3utils import S3, ChecksumMismatch, InvalidUrl, Ledger, NotFound, PartialFailure, S3Url
from tests.s3utils import servers
from tests.s3utils.faults import faulty

MIB = 1 << 20


@pytest.fixture
def kept(client, bucket):
    """Let the bucket keep versions."""
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def test_usage_and_tree_show_what_is_there(s3, client, bucket, root):
    """By folder and class, readable, without the sibling."""
    for key, size in (("in/a", 1000), ("in/x/b", 2048), ("in/x/y/c", MIB), ("inner", 5)):
        s3.write_bytes(f"{root}/{key}", bytes(size))
    client.put_object(Bucket=bucket, Key="in/old", Body=b"1", StorageClass="STANDARD_IA")
    client.put_object(Bucket=bucket, Key="in/empty/", Body=b"")
    found = s3.du(f"{root}/in")
    assert (found.objects, found.size) == (5, 1000 + 2048 + MIB + 1)
    assert str(found) == f"1.0 MiB in 5 objects: {root}/in/"
    assert found.folders == {S3Url(f"{root}/in/x/"): 2048 + MIB, S3Url(f"{root}/in/empty/"): 0}
    assert found.classes == {"STANDARD": 1000 + 2048 + MIB, "STANDARD_IA": 1}
    assert str(s3.du(f"{root}/none")) == f"0 bytes in 0 objects: {root}/none/"
    assert s3.tree(f"{root}/in").splitlines() == [
        f"{root}/in/",
        "├── a  1000 bytes",
        "├── empty/",
        "├── old  1 byte",
        "└── x/",
        "    ├── b  2.0 KiB",
        "    └── y/",
        "        └── c  1.0 MiB",
    ]
    assert s3.tree(f"{root}/in", depth=1).splitlines()[-1] == "└── x/"


@pytest.mark.parametrize("ending", ["\n", ""], ids=["line break at the end", "none"])
def test_the_first_and_last_lines_are_read_alone(s3, root, ending):
    """In any size of file, with lines longer than what is asked for first."""
    texts = [f"line {number} " + "x" * (number % 7) * 20_000 for number in range(40)]
    s3.write_text(f"{root}/a", "\n".join(texts) + ending)
    assert s3.head(f"{root}/a", 3).splitlines() == texts[:3]
    assert s3.tail(f"{root}/a", 3).splitlines() == texts[-3:]
    assert s3.head(f"{root}/a").splitlines() == texts[:10]
    assert s3.tail(f"{root}/a").splitlines() == texts[-10:]
    assert s3.head(f"{root}/a", 100) == s3.tail(f"{root}/a", 100) == s3.read_text(f"{root}/a")
    assert s3.head(f"{root}/a", 0) == s3.tail(f"{root}/a", 0) == ""
    s3.write_bytes(f"{root}/empty", b"")
    assert s3.head(f"{root}/empty") == s3.tail(f"{root}/empty") == ""
    s3.write_bytes(f"{root}/odd", b"\xff\n")
    assert s3.head(f"{root}/odd") == "\ufffd\n"


def test_the_end_of_a_large_object_costs_little(endpoint, s3, bucket):
    """A range, not a download."""
    s3.write_bytes(f"s3://{bucket}/k", b"x\n" * MIB)
    with faulty(endpoint) as faults:
        assert S3(servers.client(faults.endpoint)).tail(f"s3://{bucket}/k", 5) == "x\n" * 5
        assert sum(len(exchange.answer) for exchange in faults.seen) < MIB // 8


def test_a_stream_is_compared_at_its_end(endpoint, s3, bucket):
    """Its chunks are the content; other bytes are an error after the last of them."""
    s3.write_bytes(f"s3://{bucket}/k", b"right" * 200_000)
    assert b"".join(s3.cat(f"s3://{bucket}/k")) == b"right" * 200_000
    with faulty(endpoint) as faults:
        faults.after.append(lambda e: setattr(e, "answer", b"X" + e.answer[1:]) if e.method == "GET" else None)
        with pytest.raises(ChecksumMismatch, match="Discard them"):
            list(S3(servers.client(faults.endpoint)).cat(f"s3://{bucket}/k"))


def test_touch_creates_and_renews(s3, root):
    """An empty object where there is none; else content, metadata and class stay, and the time is new."""
    assert s3.touch(f"{root}/new").size == 0
    options = {"metadata": {"a": "b"}, "content_type": "text/x-own", "tags": {"t": "1"}, "storage_class": "STANDARD_IA"}
    before = s3.write_text(f"{root}/k", "content", write_options=options)
    after = s3.touch(f"{root}/k")
    assert after.modified >= before.modified.replace(microsecond=0)
    assert after.storage_class == "STANDARD_IA"
    assert s3.read_text(f"{root}/k") == "content"
    head = s3._connection.head(S3Url(f"{root}/k"))
    assert (head["Metadata"], head["ContentType"]) == ({"a": "b"}, "text/x-own")
    assert s3._connection.call("get_object_tagging", S3Url(f"{root}/k"), "read")["TagSet"] == [
        {"Key": "t", "Value": "1"}
    ]


def test_versions_are_listed_and_deletions_taken_back(s3, root, kept):
    """Newest first, deletions marked, siblings left out; an old version is brought back by a copy."""
    for text in ("1", "2"):
        s3.write_text(f"{root}/k", text)
    s3.write_text(f"{root}/k2", "sibling")
    s3.delete(f"{root}/k")
    found = list(s3.versions(f"{root}/k"))
    assert [one.is_deletion for one in found] == [True, False, False]
    assert [one.is_latest for one in found] == [True, False, False]
    assert {s3.read_text(f"{root}/k", version_id=one.version_id) for one in found[1:]} == {"1", "2"}
    assert len(list(s3.versions(f"{root}/"))) == 4
    assert kept in str(found[0].url)
    for _ in range(2):
        assert s3.undelete(f"{root}/k").size == 1
        assert s3.read_text(f"{root}/k") == "2"
    old = next(one for one in found[1:] if s3.read_text(f"{root}/k", version_id=one.version_id) == "1")
    s3.copy(f"{root}/k", f"{root}/k", version_id=old.version_id)
    assert s3.read_text(f"{root}/k") == "1"
    with pytest.raises(NotFound, match="keeps no version"):
        s3.undelete(f"{root}/none")
    with pytest.raises(InvalidUrl):
        s3.undelete(root)


def test_an_audit_of_nothing_is_an_error(s3, root):
    """A slip in a name must not look like an audit without findings; the URL of an object is that object."""
    s3.write_text(f"{root}/in/a", "a")
    assert [done.verified != "" for done in s3.audit(f"{root}/in/a").transfers] == [True]
    assert [str(done.url) for done in s3.archive_all(f"{root}/in/a", f"{root}/kept").transfers] == [f"{root}/kept/a"]
    for call in (lambda: s3.audit(f"{root}/on"), lambda: s3.archive_all(f"{root}/on/", f"{root}/kept")):
        with pytest.raises(NotFound, match=f"neither an object {root}/on"):
            call()


def test_an_audit_finds_damage_and_goes_on(endpoint, s3, bucket, root, tmp_path):
    """Each object once by its checksum; with a ledger what was audited is skipped until it changes or is forgotten."""
    for key in ("in/a", "in/b", "in/big"):
        s3.write_bytes(f"{root}/{key}", b"x" * (17 * MIB if key == "in/big" else 5))
    ledger = Ledger(tmp_path / "audits.jsonl")
    with faulty(endpoint) as faults:
        damage = {"GET": lambda e: setattr(e, "answer", b"y" + e.answer[1:]) if e.path.endswith("/in/b") else None}
        faults.after.append(lambda e: damage.get(e.method, lambda _: None)(e))
        with pytest.raises(PartialFailure, match="in/b") as caught:
            S3(servers.client(faults.endpoint)).audit(f"s3://{bucket}/in", ledger=ledger)
    assert [str(done.url) for done in caught.value.report.transfers] == [f"{root}/in/a", f"{root}/in/big"]
    report = s3.audit(f"{root}/in", ledger=ledger)
    assert ([done.action for done in report.transfers], report.unchanged) == (["verify"], 2)
    assert s3.audit(f"{root}/in", ledger=ledger).transfers == []
    s3.write_bytes(f"{root}/in/a", b"changed")
    assert len(s3.audit(f"{root}/in", ledger=ledger).transfers) == 1
    assert len(s3.audit(f"{root}/in").transfers) == 3
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".jsonl"] == ["audits.jsonl"]


def test_a_key_cant_write_to_the_terminal(s3, root):
    """Neither in a drawing nor in an error: it could erase the lines above, or invent some."""
    s3.write_text(f"{root}/in/\x1b[2Jevil", "a")
    assert s3.tree(f"{root}/in").splitlines() == [f"{root}/in/", "└── \\x1b[2Jevil  1 byte"]
    with pytest.raises(NotFound) as caught:
        s3.read_text(f"{root}/in/\x1b[2J\u202eother")
    assert str(caught.value).isprintable()
    assert "\\x1b[2J\\u202eother" in str(caught.value)
