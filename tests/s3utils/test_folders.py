"""Folders: listings, sync, copies, moves, deletions, inventories."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from oseberg.s3utils import (
    S3,
    AccessDenied,
    ChangedDuringRead,
    ChecksumMismatch,
    GuardRefused,
    InvalidUrl,
    PartialFailure,
    S3Error,
    diff_inventories,
)
from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._copies.copy import copy
from oseberg.s3utils._store.listing import compile_pattern
from tests.parts import missing

MIB = 1 << 20


def fill(s3, root, keys) -> None:
    for key in keys:
        s3.write_text(f"{root}/{key}", key)


def keys(items) -> list[str]:
    return [item.url.key for item in items]


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_never_means_its_siblings(s3, root):
    """`a` is `a/`: not `ab`, not the object `a`."""
    fill(s3, root, ["a", "a/1.txt", "a/b/2.csv", "ab/3.txt", "a-b"])
    assert keys(s3.list(f"{root}/a")) == keys(s3.list(f"{root}/a/")) == ["a/1.txt", "a/b/2.csv"]
    assert keys(s3.list(f"{root}/a", recursive=False)) == ["a/1.txt"]
    assert keys(s3.list(root, suffix=(".csv", ".txt"))) == ["a/1.txt", "a/b/2.csv", "ab/3.txt"]
    assert keys(s3.list(root, recursive=False)) == ["a", "a-b"]
    walked = [(folder.key, [f.key for f in folders], keys(objects)) for folder, folders, objects in s3.walk(root)]
    assert walked[0] == ("", ["a/", "ab/"], ["a", "a-b"])
    assert walked[1:] == [("a/", ["a/b/"], ["a/1.txt"]), ("a/b/", [], ["a/b/2.csv"]), ("ab/", [], ["ab/3.txt"])]
    assert s3.stat(f"{root}/a").size == 1


def test_long_listings_are_read_page_by_page(client, root, monkeypatch):
    """More than one page of keys, and more than one request to delete them."""
    monkeypatch.setattr("oseberg.s3utils._store.removal._AT_ONCE", 4)
    short = {"MaxKeys": 3}
    client.meta.events.register("provide-client-params.s3.ListObjectsV2", lambda params, **_: {**params, **short})
    s3 = S3(client)
    fill(s3, root, [f"n/{number:02}" for number in range(10)])
    assert keys(s3.list(f"{root}/n")) == [f"n/{number:02}" for number in range(10)]
    with pytest.raises(GuardRefused, match="10 objects"):
        s3.delete_tree(f"{root}/n", expect=5)
    assert len(s3.delete_tree(f"{root}/n", expect=10).transfers) == 10
    assert keys(s3.list(root)) == []


@pytest.mark.parametrize(
    ("pattern", "match", "no_match"),
    [
        ("chd/*/2018*/**/*.txt", ["chd/a/2018x/b.txt", "chd/a/2018/b/c.txt"], ["chd/a/b/2018/c.txt", "chd/2018/c.txt"]),
        ("a?c", ["abc"], ["a/c", "abbc"]),
        ("[ab]x[!c]", ["axd", "bxd"], ["axc", "ax/", "cxd"]),
        ("[?]*", ["?x"], ["ax"]),
        ("**", ["a", "a/b"], []),
        ("a.b", ["a.b"], ["aXb"]),
    ],
)
def test_patterns(pattern, match, no_match):
    """Stars and marks stay within a folder; two stars don't."""
    compiled = compile_pattern(pattern)
    assert all(compiled.fullmatch(key) for key in match)
    assert not any(compiled.fullmatch(key) for key in no_match)


def test_glob_lists_what_matches(s3, root):
    """And a bracket without its end is an error."""
    fill(s3, root, ["chd/andrews/20180605/x/a.txt", "chd/andrews/20180605/a.csv", "chd/lea/20190101/a.txt"])
    assert keys(s3.glob(f"{root}/chd/*/2018*/**/*.txt")) == ["chd/andrews/20180605/x/a.txt"]
    with pytest.raises(InvalidUrl, match="without its"):
        list(s3.glob(f"{root}/a[b"))
    with pytest.raises(InvalidUrl):
        s3.glob(root)


def test_sync_catches_changes_of_equal_size_and_time(s3, root, tmp_path):
    """The content decides; `time` and `size` look no closer than they say."""
    (tmp_path / "a.txt").write_text("old!")
    (tmp_path / "b.txt").write_text("same")
    s3.sync(tmp_path, f"{root}/in")
    status = (tmp_path / "a.txt").stat()
    (tmp_path / "a.txt").write_text("new!")
    os.utime(tmp_path / "a.txt", (status.st_atime, status.st_mtime))
    assert s3.sync(tmp_path, f"{root}/in", compare="size").transfers == []
    assert s3.sync(tmp_path, f"{root}/in", compare="time").transfers == []
    plan = s3.sync(tmp_path, f"{root}/in", dry_run=True)
    assert [(one.action, str(one.url)) for one in plan.transfers] == [("upload", f"{root}/in/a.txt")]
    assert s3.read_text(f"{root}/in/a.txt") == "old!"
    done = s3.sync(tmp_path, f"{root}/in")
    assert (len(done.transfers), done.unchanged) == (1, 1)
    assert s3.read_text(f"{root}/in/a.txt") == "new!"


def test_sync_deletes_what_is_gone_last_and_never_everything(s3, root, tmp_path, monkeypatch):
    """Both ways; the plan names the deletions; a source that holds nothing empties nothing."""
    fill(s3, root, ["one/a", "one/b", "two/b", "two/old", "oneself/x"])
    plan = s3.sync(f"{root}/one", f"{root}/two", delete=True, dry_run=True)
    assert [(one.action, one.url.key) for one in plan.transfers] == [
        ("copy", "two/a"),
        ("copy", "two/b"),
        ("delete", "two/old"),
    ]
    assert "3 to do" in str(plan)
    s3.sync(f"{root}/one", f"{root}/two", delete=True)
    assert keys(s3.list(f"{root}/two")) == ["two/a", "two/b"]
    (tmp_path / "old").write_text("old")
    (tmp_path / "kept").mkdir()
    s3.sync(f"{root}/one", tmp_path)
    assert (tmp_path / "old").exists()
    s3.sync(f"{root}/one", tmp_path, delete=True)
    assert sorted(tree(tmp_path)) == ["a", "b"]
    for source in (f"{root}/nothing", tmp_path / "kept"):
        with pytest.raises(GuardRefused, match="holds nothing"):
            s3.sync(source, f"{root}/two" if source != f"{root}/nothing" else tmp_path, delete=True)
    assert sorted(tree(tmp_path)) == ["a", "b"]

    def refuse(path, **_):
        raise PermissionError(1, "not allowed", str(path))

    (tmp_path / "old").write_text("old")
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(PartialFailure, match="not allowed"):
        s3.sync(f"{root}/one", tmp_path, delete=True)


def test_sync_refuses_folders_in_each_other(s3, root, tmp_path):
    """And two local folders, which need no S3."""
    for one, other in ((f"{root}/a", f"{root}/a/b"), (f"{root}/a", root), (f"{root}/a", f"{root}/a/")):
        with pytest.raises(GuardRefused, match="inside the other"):
            s3.sync(one, other)
    with pytest.raises(InvalidUrl, match="s3://"):
        s3.sync(tmp_path, str(tmp_path / "other"))


def test_sync_reports_every_key_that_failed(s3, shaky, faults, root, tmp_path):
    """A denied object doesn't keep the others from it, and nothing is deleted then."""
    fill(s3, root, ["in/a", "in/b", "in/c"])
    (tmp_path / "old").write_text("old")
    faults.before.append(lambda e: e.fail(403, "AccessDenied") if e.path.endswith("/in/b") else None)
    with pytest.raises(PartialFailure) as caught:
        shaky.sync(f"{root}/in", tmp_path, delete=True)
    assert [str(failure.url) for failure in caught.value.report.failures] == [f"{root}/in/b"]
    assert sorted(tree(tmp_path)) == ["a", "c", "old"]
    (tmp_path / "b").write_text("x" * 4)
    faults.before[:] = [lambda e: e.fail(403, "AccessDenied") if e.method == "HEAD" else None]
    with pytest.raises(PartialFailure, match="in/b"):
        shaky.sync(f"{root}/in", tmp_path)


def test_sync_compares_copies_by_checksum(s3, client, bucket, root):
    """Objects whose ETags differ by their parts alone are equal where that or a checksum shows it; else copied."""
    data = os.urandom(6 * MIB)
    client.put_object(Bucket=bucket, Key="one/a", Body=data, ChecksumAlgorithm="SHA256")

    def put_in_parts(*sizes):
        upload = client.create_multipart_upload(Bucket=bucket, Key="two/a")["UploadId"]
        file, parts = io.BytesIO(data), []
        for number, size in enumerate(sizes, 1):
            part = {"Bucket": bucket, "Key": "two/a", "UploadId": upload, "PartNumber": number}
            parts.append({"PartNumber": number, "ETag": client.upload_part(Body=file.read(size), **part)["ETag"]})
        whole = {"MultipartUpload": {"Parts": parts}}
        client.complete_multipart_upload(Bucket=bucket, Key="two/a", UploadId=upload, **whole)

    put_in_parts(6 * MIB)  # its ETag is made of the MD5 that the other object has
    assert s3.sync(f"{root}/one", f"{root}/two").unchanged == 1
    put_in_parts(5 * MIB, MIB)
    assert len(s3.sync(f"{root}/one", f"{root}/two").transfers) == 1
    assert s3.sync(f"{root}/one", f"{root}/two").unchanged == 1


def test_sync_does_what_awscli_does_on_an_ordinary_tree(s3, client, bucket, endpoint, tmp_path):
    """Same keys, same contents, same deletions, in both directions."""
    if not shutil.which("aws"):
        missing("awscli is not installed: `apt-get install awscli`")
    source = tmp_path / "source"
    (source / "deep/er").mkdir(parents=True)
    for name in ("a.txt", "deep/b ä.csv", "deep/er/c", "deep/er/d.tar.gz"):
        (source / name).write_text(name)
    fill(s3, f"s3://{bucket}", ["ours/old", "theirs/old", "ours/a.txt", "theirs/a.txt"])

    def aws(*arguments):
        command = [
            "aws",
            "--endpoint-url",
            endpoint,
            "s3",
            "sync",
            *map(str, arguments),
            "--delete",
            "--only-show-errors",
        ]
        subprocess.run(command, check=True, env={**os.environ, "AWS_CONFIG_FILE": str(tmp_path / "none")})

    aws(source, f"s3://{bucket}/theirs")
    s3.sync(source, f"s3://{bucket}/ours", delete=True)
    ours, theirs = (s3.inventory(f"s3://{bucket}/{name}") for name in ("ours", "theirs"))
    assert [key.removeprefix("ours/") for key in ours["key"]] == [key.removeprefix("theirs/") for key in theirs["key"]]
    assert ours["etag"].tolist() == theirs["etag"].tolist()
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "old").write_text("old")
    aws(f"s3://{bucket}/ours", tmp_path / "theirs")
    s3.sync(f"s3://{bucket}/ours", tmp_path / "ours", delete=True)
    assert tree(tmp_path / "ours") == tree(tmp_path / "theirs") == tree(source)
    before = (tmp_path / "theirs/a.txt").stat().st_mtime
    assert (tmp_path / "ours/a.txt").stat().st_mtime == pytest.approx(before, abs=1)


def test_copies_keep_content_and_metadata(s3, client, bucket, root):
    """At once and in parts (over 5 GB, here over 5 MB), with type and metadata."""
    data = os.urandom(6 * MIB)
    client.put_object(Bucket=bucket, Key="a", Body=data, ContentType="text/csv", Metadata={"county": "andrews"})
    assert s3.copy(f"{root}/a", f"{root}/b").verified
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("oseberg.s3utils._copies.copy._PART", 5 * MIB)
        copy(s3._connection, S3Url(f"{root}/a"), S3Url(f"{root}/c"), one_copy=5 * MIB)
    for key in ("b", "c"):
        answer = client.get_object(Bucket=bucket, Key=key)
        with answer["Body"] as body:
            assert body.read() == data
        assert (answer["ContentType"], answer["Metadata"]) == ("text/csv", {"county": "andrews"})


def test_moves_delete_only_what_was_copied(s3, shaky, faults, root):
    """Onto itself, replaced meanwhile, copied wrongly: the source stays."""
    fill(s3, root, ["a"])
    for call in (s3.copy, s3.move):
        with pytest.raises(GuardRefused, match="onto itself"):
            call(f"{root}/a", f"{root}/a")
    s3.move(f"{root}/a", f"{root}/b")
    assert keys(s3.list(root)) == ["b"]

    def replace(exchange):
        if exchange.method == "PUT" and "x-amz-copy-source" in {name.lower() for name in exchange.headers}:
            s3.write_text(f"{root}/b", "replaced")

    faults.after.append(replace)
    with pytest.raises(ChangedDuringRead, match="it was kept"):
        shaky.move(f"{root}/b", f"{root}/c")
    faults.after[:] = []
    faults.before.append(replace)
    s3.write_text(f"{root}/b", "b")
    with pytest.raises((ChangedDuringRead, ChecksumMismatch)):  # moto doesn't heed the condition of the copy
        shaky.copy(f"{root}/b", f"{root}/d")
    copying = "x-amz-copy-source"
    faults.before[:] = [lambda e: e.fail(412, "PreconditionFailed") if copying in map(str.lower, e.headers) else None]
    with pytest.raises(ChangedDuringRead, match="Nothing was published"):
        shaky.copy(f"{root}/b", f"{root}/d")
    faults.before[:] = []
    faults.after[:] = [
        lambda e: e.answer_headers.update({"ETag": f'"{"0" * 32}"'}) if e.path.endswith("/d") else None,
        lambda e: e.answer_headers.pop("x-amz-checksum-crc32", None),
    ]
    with pytest.raises(ChecksumMismatch, match="differs from its source"):
        shaky.move(f"{root}/b", f"{root}/d")
    assert s3.exists(f"{root}/b")


def test_copies_in_parts_carry_what_copies_at_once_do(s3, shaky, faults, client, bucket, root):
    """Tags and the time of expiry; a store without tags has none to carry, leave that is missing is an error."""
    tags = {"TagSet": [{"Key": "county", "Value": "Andrews + Lea=NM"}]}
    client.put_object(Bucket=bucket, Key="a", Body=bytes(10), Expires=datetime(2030, 1, 1, tzinfo=UTC))
    client.put_object_tagging(Bucket=bucket, Key="a", Tagging=tags)
    s3.copy(f"{root}/a", f"{root}/b")
    for connection, key in ((s3._connection, "c"), (shaky._connection, "d")):
        copy(connection, S3Url(f"{root}/a"), S3Url(f"{root}/{key}"), one_copy=1)
        faults.before[:] = [lambda e: e.fail(501, "NotImplemented") if "tagging" in e.path else None]
    found = {key: client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"] for key in "bcd"}
    assert found == {"b": tags["TagSet"], "c": tags["TagSet"], "d": []}
    assert client.head_object(Bucket=bucket, Key="c")["ExpiresString"].endswith("2030 00:00:00 GMT")
    faults.before[:] = [lambda e: e.fail(403, "AccessDenied") if "tagging" in e.path else None]
    with pytest.raises(AccessDenied, match="copy the tags of"):
        copy(shaky._connection, S3Url(f"{root}/a"), S3Url(f"{root}/e"), one_copy=1)


def test_copies_and_moves_into_a_folder_keep_the_name(s3, root):
    """As uploads and downloads do."""
    fill(s3, root, ["a/1.txt"])
    assert str(s3.copy(f"{root}/a/1.txt", f"{root}/b/").url) == f"{root}/b/1.txt"
    assert str(s3.move(f"{root}/a/1.txt", root).url) == f"{root}/1.txt"
    assert keys(s3.list(root)) == ["1.txt", "b/1.txt"]


def test_a_failed_copy_in_parts_leaves_no_upload(s3, shaky, faults, client, bucket, root):
    """The multipart upload at the target is taken back."""
    s3.write_bytes(f"{root}/a", bytes(6 * MIB))
    faults.before.append(lambda e: e.fail(403, "AccessDenied") if "partNumber" in e.path else None)
    with pytest.raises(AccessDenied):
        copy(shaky._connection, S3Url(f"{root}/a"), S3Url(f"{root}/b"), one_copy=MIB)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)


def test_deletions_take_what_they_name(s3, client, bucket, root):
    """One object; a folder with its count; never a bucket, never a sibling."""
    fill(s3, root, ["a/1", "a/2", "ab/3", "a"])
    for url in (root, f"{root}/", "s3://" + bucket):
        with pytest.raises(InvalidUrl, match="whole bucket"):
            s3.delete(url)
        with pytest.raises(GuardRefused, match="whole bucket"):
            s3.delete_tree(url, expect=4)
    with pytest.raises(GuardRefused, match="expect=2"):
        s3.delete_tree(f"{root}/a")
    assert len(s3.delete_tree(f"{root}/a", expect=2).transfers) == 2
    assert keys(s3.list(root)) == ["a", "ab/3"]
    s3.delete(f"{root}/a")
    s3.delete(f"{root}/a")
    assert client.head_bucket(Bucket=bucket)


def test_errors_within_a_200_are_failures(s3, shaky, faults, root):
    """`delete_objects` answers 200 with errors inside: each is reported, the others are done."""
    fill(s3, root, ["a/1", "a/2", "a/3"])

    def deny(exchange):
        if exchange.method == "POST" and "delete" in exchange.path:
            planted = "<Error><Key>a/1</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
            planted += "<Error><Key>a/2</Key><Code>InternalError</Code><Message>oh</Message></Error>"
            exchange.status = 200
            exchange.answer_headers = {"Content-Type": "application/xml"}
            exchange.answer = f"<DeleteResult>{planted}</DeleteResult>".encode()

    faults.before.append(deny)
    with pytest.raises(PartialFailure, match="a/1") as caught:
        shaky.delete_tree(f"{root}/a", expect=3)
    assert [type(failure.error) for failure in caught.value.report.failures] == [AccessDenied, S3Error]
    s3.write_text(f"{root}/b/\x01", "odd")
    faults.before[:] = [lambda e: e.fail(403, "AccessDenied") if e.method == "DELETE" else None]
    with pytest.raises(PartialFailure):
        shaky.delete_tree(f"{root}/b", expect=1)


def test_stores_that_dont_know_checksums_get_single_deletions(endpoint, s3, faults, root):
    """The request that deletes many needs a newer checksum: with `when_required` it isn't used."""
    fill(s3, root, ["a/1", "a/2"])
    careful = S3(endpoint_url=faults.endpoint, checksums="when_required")
    assert len(careful.delete_tree(f"{root}/a", expect=2).transfers) == 2
    assert not any(exchange.method == "POST" for exchange in faults.seen)


def test_inventories_and_their_differences(s3, root):
    """What was added, removed, changed; written anew with the same content isn't."""
    fill(s3, root, ["a", "b", "c"])
    before = s3.inventory(root)
    assert before["size"].dtype == "int64"
    assert str(before["modified"].dt.tz) == "UTC"
    s3.write_text(f"{root}/a", "a")
    s3.write_text(f"{root}/b", "B")
    s3.delete(f"{root}/c")
    s3.write_text(f"{root}/d", "d")
    table = diff_inventories(before, s3.inventory(root))
    assert dict(zip(table["key"], table["change"], strict=True)) == {"b": "changed", "c": "removed", "d": "added"}
    assert diff_inventories(before, before).empty
    assert len(diff_inventories(s3.inventory(f"{root}/none"), before)) == 3


def test_presigned_addresses_work_for_whoever_has_them(s3, root):
    """To read and to write, for at most seven days."""
    s3.write_text(f"{root}/a b", "hello")
    assert requests.get(s3.presign(f"{root}/a b", expires=60), timeout=10).text == "hello"
    assert requests.put(s3.presign(f"{root}/n", method="PUT"), data=b"new", timeout=10).ok
    assert s3.read_text(f"{root}/n") == "new"
    for expires in (timedelta(days=8), 0):
        with pytest.raises(InvalidUrl, match="seven days"):
            s3.presign(f"{root}/a", expires=expires)


def test_a_request_for_many_deletions_that_fails_is_in_the_report(s3, shaky, faults, root):
    """A whole request that is denied names each of its keys."""
    fill(s3, root, ["a/1", "a/2"])
    faults.before.append(lambda e: e.fail(403, "AccessDenied") if e.method == "POST" else None)
    with pytest.raises(PartialFailure) as caught:
        shaky.delete_tree(f"{root}/a", expect=2)
    assert [str(failure.url) for failure in caught.value.report.failures] == [f"{root}/a/1", f"{root}/a/2"]
    assert "may be missing" not in str(caught.value)


def test_sync_deletes_nothing_through_a_link(s3, root, tmp_path):
    """A link in the destination to a folder elsewhere: what lies there isn't part of the destination."""
    fill(s3, root, ["in/a"])
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/kept").write_text("kept")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/link").symlink_to(tmp_path / "elsewhere")
    done = s3.sync(f"{root}/in", tmp_path / "out", delete=True)
    assert [one.action for one in done.transfers] == ["download"]
    assert (tmp_path / "elsewhere/kept").exists()


def test_a_folder_that_several_links_lead_to_is_sent_by_each_name(s3, root, tmp_path):
    """Otherwise a link that sorts before its folder would hide it, and `delete` would remove its objects."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/1").write_text("1")
    (tmp_path / "folder/back").symlink_to(tmp_path)
    for name in ("a link", "other"):
        (tmp_path / name).symlink_to(tmp_path / "folder")
    names = ["a link/1", "folder/1", "other/1"]
    fill(s3, root, ["folder/1"])
    s3.sync(tmp_path, root, delete=True)
    assert keys(s3.list(root)) == names


def test_two_syncs_at_once_may_delete_the_same(s3, root, tmp_path, monkeypatch):
    """A file that the other has removed already is removed."""
    fill(s3, root, ["in/a"])
    (tmp_path / "old").write_text("old")
    monkeypatch.setattr("oseberg.s3utils._folders.sync.run_jobs", lambda *_: (tmp_path / "old").unlink())
    assert [one.action for one in s3.sync(f"{root}/in", tmp_path, delete=True).transfers] == ["delete"]
