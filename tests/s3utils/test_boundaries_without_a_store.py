"""Boundaries that are stated in words and need no store: names, sizes, digests, tables, reports, answers."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from botocore.exceptions import ClientError

from oseberg.s3utils import (
    AccessDenied,
    Conflict,
    GuardRefused,
    InvalidUrl,
    Ledger,
    NotFound,
    NotSupported,
    PreconditionFailed,
    S3Error,
    S3Object,
    S3Url,
    Transfer,
    TransferFailure,
    TransferReport,
    UnsafeKey,
    WriteOptions,
    diff_inventories,
)
from oseberg.s3utils._address.paths import Tree
from oseberg.s3utils._contents import pieces
from oseberg.s3utils._contents.csv_schema import NAME, describe_columns
from oseberg.s3utils._contents.json_lines import parse_json_lines
from oseberg.s3utils._copies.copy import ONE_COPY
from oseberg.s3utils._folders.bulk import Job, run_jobs
from oseberg.s3utils._folders.compare import Entry, _same
from oseberg.s3utils._folders.sync import _refuse_overlap
from oseberg.s3utils._lease import Lease
from oseberg.s3utils._ledger import storage
from oseberg.s3utils._ledger.entry import LedgerEntry
from oseberg.s3utils._results.objects import described
from oseberg.s3utils._store import conditions
from oseberg.s3utils._store.answers import _take_entries
from oseberg.s3utils._store.translate import translate
from oseberg.s3utils._transfer.sections import Section, SharedFile
from oseberg.s3utils._verify.digest import MIB, rules_of
from oseberg.s3utils._zip import LIMIT, Budget

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("name", "fits"), [("n" * 255, True), ("n" * 256, False), ("é" * 127, True), ("é" * 128, False)]
)
@pytest.mark.parametrize("above", ["", "folder/"])
def test_a_name_has_255_bytes(name, fits, above):
    """Of UTF-8, in every segment; a folder's name as well."""
    for key in (f"{above}{name}", f"{name}/file"):
        if fits:
            assert Tree("/base").claim(key, key) == Path("/base", key)
        else:
            with pytest.raises(UnsafeKey, match="longer than 255 bytes"):
                Tree("/base").claim(key, key)


@pytest.mark.parametrize("key", ["C:", "C:/x", "a/C:x", "a/b/z:"])
def test_no_segment_names_a_drive(key):
    """Joined to a folder, Windows would begin anew there; two letters are no drive."""
    with pytest.raises(UnsafeKey, match="names a drive"):
        Tree("/base").claim(key, key)
    doubled = key.replace("C:", "CC:").replace("z:", "zz:")
    assert Tree("/base").claim(doubled, doubled) == Path("/base", doubled)


def test_a_folder_may_be_named_twice_but_not_in_another_case():
    """Its marker comes beside its files, before or after them."""
    tree = Tree("/base")
    assert tree.claim("a/", "a/") == tree.claim("a/", "a/")
    tree.claim("a/b", "a/b")
    with pytest.raises(UnsafeKey, match="'a' is a folder"):
        tree.claim("A/", "A/")
    with pytest.raises(UnsafeKey, match="in case alone"):
        tree.claim("A/c", "A/c")
    with pytest.raises(UnsafeKey, match="'a/b' is a file"):
        tree.claim("a/b/c", "a/b/c")


@pytest.mark.parametrize(("key", "is_valid"), [("k" * 1024, True), ("k" * 1025, False), ("é" * 512, True)])
def test_a_key_has_1024_bytes(key, is_valid):
    """Of UTF-8."""
    if is_valid:
        assert S3Url(f"s3://bucket/{key}").key == key
    else:
        with pytest.raises(InvalidUrl, match="has 1025 bytes; S3 allows 1024"):
            S3Url(f"s3://bucket/{key}")


@pytest.mark.parametrize(("length", "is_valid"), [(0, False), (1, True), (255, True), (256, False)])
def test_a_bucket_has_up_to_255_letters(length, is_valid):
    """As old buckets have; a store that allows fewer says so itself."""
    if is_valid:
        assert S3Url(f"s3://{'b' * length}/k").bucket == "b" * length
    else:
        with pytest.raises(InvalidUrl):
            S3Url(f"s3://{'b' * length}/k")


def test_types_of_columns_are_noted_in_1024_bytes():
    """More would leave the caller no room for metadata."""
    name = "c" * (1024 - len('{"": "int64"}'))
    assert len(describe_columns(pd.DataFrame({name: [1]}))[NAME]) == 1024
    assert describe_columns(pd.DataFrame({name + "c": [1]})) == {}


@pytest.mark.parametrize(
    ("number", "is_float"), [(2**53, True), (-(2**53), True), (2**53 + 1, False), (-(2**53) - 1, False)]
)
def test_an_integer_beside_floats_keeps_its_digits(number, is_float):
    """Up to 2**53 every integer is a float of its own."""
    frame = parse_json_lines(f'{{"n": {number}}}\n{{"n": 0.5}}\n'.encode())
    assert (frame["n"].dtype == np.float64) is is_float
    assert int(frame["n"][0]) == number


def test_lines_are_counted_from_one_and_shown_to_60_letters():
    """Blank ones count too."""
    with pytest.raises(ValueError, match="line 3 is not a JSON object") as error:
        parse_json_lines(b'{"a": 1}\n\n["' + b"x" * 100 + b'"]\n')
    assert str(error.value).endswith(repr(b'["' + b"x" * 58))


DATA = b"1\n2\n3\n4\n"


@pytest.mark.parametrize(
    ("part", "data", "lines", "first", "text", "spans"),
    [
        (pieces.head, DATA, 2, 4, "1\n2\n", [(0, 4)]),
        (pieces.head, DATA, 3, 4, "1\n2\n3\n", [(0, 4), (4, 8)]),
        (pieces.head, DATA, 3, 2, "1\n2\n3\n", [(0, 2), (2, 4), (4, 8)]),
        (pieces.head, DATA, 9, 99, DATA.decode(), [(0, 8)]),
        (pieces.head, DATA, 0, 4, "", []),
        (pieces.head, DATA, -1, 4, "", []),
        (pieces.tail, DATA, 1, 4, "4\n", [(4, 8)]),
        (pieces.tail, DATA, 2, 4, "3\n4\n", [(4, 8), (0, 4)]),
        (pieces.tail, DATA, 2, 2, "3\n4\n", [(6, 8), (4, 6), (0, 4)]),
        (pieces.tail, DATA[:-1], 1, 4, "4", [(3, 7)]),
        (pieces.tail, DATA, 9, 99, DATA.decode(), [(0, 8)]),
        (pieces.tail, DATA, 0, 4, "", []),
        (pieces.tail, b"", 1, 4, "", []),
    ],
)
def test_no_more_is_read_than_the_lines_need(part, data, lines, first, text, spans, monkeypatch):
    """As many bytes again each time; the end needs the line break before the first line that is wanted."""
    asked = []

    def read(*arguments):
        asked.append(arguments[3:])
        return data[slice(*arguments[3:])]

    monkeypatch.setattr(pieces, "_FIRST", first)
    monkeypatch.setattr(pieces, "_size_and_tag", lambda *_: (len(data), "e"))
    monkeypatch.setattr(pieces, "_range", read)
    assert part(None, None, lines, "utf-8") == text
    assert asked == spans


def test_an_object_of_another_size_is_changed():
    """Even where a store's tag says nothing of the content; differences are in the order of their keys."""
    columns = {"bucket": "b", "key": ["z", "a"], "size": [1, 2], "etag": ["x", "y"]}
    found = diff_inventories(pd.DataFrame(columns), pd.DataFrame({**columns, "size": [2, 3]}))
    assert found["key"].tolist() == ["a", "z"]
    assert set(found["change"]) == {"changed"}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def etag_of(data: bytes, *cuts: int) -> str:
    digests = [hashlib.md5(data[a:b]).digest() for a, b in zip((0, *cuts), (*cuts, len(data)), strict=True)]
    return f"{hashlib.md5(b''.join(digests)).hexdigest()}-{len(digests)}"


@pytest.mark.parametrize(
    ("size", "cuts"),
    [
        (2 * MIB, (MIB,)),
        (2 * MIB + 1, (MIB + 1,)),
        (3 * MIB + 2, (2 * MIB,)),
        (2, (1,)),
        (1, ()),
        (0, ()),
        (9_000_000, (8_000_000,)),
    ],
    ids=["halves", "the smallest parts", "whole MiB", "two bytes", "one byte", "nothing", "a million bytes"],
)
def test_parts_are_guessed_by_what_clients_do(size, cuts):
    """Whole MiB, millions of bytes, or parts as small as their number allows."""
    data = bytes(size)
    (rule,) = rules_of({"ETag": f'"{etag_of(data, *cuts)}"'}, size)
    assert rule.name == "etag of parts"
    assert rule.accepts(io.BytesIO(data))
    assert not size or not rule.accepts(io.BytesIO(data[:-1] + b"x"))


def test_the_strongest_comparison_comes_first():
    """A checksum before the ETag, SHA-256 before the others, and of the CRCs the fastest."""
    digests = {"SHA256": 32, "SHA1": 20, "CRC64NVME": 8, "CRC32C": 4, "CRC32": 4}
    answer = {f"Checksum{name}": b64(bytes(size)) for name, size in digests.items()} | {"ETag": f'"{"0" * 32}"'}
    names = []
    for name in digests:
        names.append([rule.name for rule in rules_of(answer, 1)])
        del answer[f"Checksum{name}"]
    assert names == [["sha256", "etag"], ["sha1", "etag"], ["crc64nvme", "etag"], ["crc32c", "etag"], ["crc32", "etag"]]
    assert [rule.name for rule in rules_of({"ETag": '"x-0"'}, 1)] == ["size"]


@pytest.mark.parametrize(("kind", "name"), [(None, "size"), ("COMPOSITE", "size"), ("FULL_OBJECT", "crc32")])
def test_a_checksum_of_a_multipart_upload_may_be_of_its_parts(kind, name):
    """Unless the store says that it is of the whole object."""
    answer = {"ETag": '"x-2"', "ChecksumCRC32": b64(bytes(4)), "ChecksumType": kind}
    assert rules_of(answer, 1)[0].name == name


@pytest.mark.parametrize(
    ("recorded", "present", "known"),
    [
        (("1", "e"), ("1", "e"), True),
        (("1", "e"), ("2", "e"), False),
        (("1", "e"), (None, "e"), True),
        (("1", "e"), (None, "x"), False),
        ((None, "e"), ("2", "e"), True),
        (("1", "e"), ("1", "x"), True),
    ],
)
def test_a_version_counts_where_both_have_one(recorded, present, known):
    """Otherwise the ETag does."""
    url = S3Url("s3://b/k")
    entry = LedgerEntry(url, recorded[0], recorded[1], 1, NOW)
    assert entry.is_of(S3Object(url, 1, present[1], NOW, present[0])) is known


def test_no_length_of_time_forgets_everything_and_a_negative_one_nothing(tmp_path):
    """Zero is a length of time; what isn't a record is named with its line and 60 letters."""
    ledger = Ledger(tmp_path / "l")
    ledger.add(S3Object(S3Url("s3://b/k"), 1, "e", NOW))
    with pytest.raises(ValueError, match="positive length of time, not -1 day"):
        ledger.forget(older_than=timedelta(microseconds=-1))
    assert len(ledger.forget(older_than=timedelta())) == 1
    (tmp_path / "l").write_text("x" * 100 + "\n")
    with pytest.raises(GuardRefused, match=f"Line 1 of .*: '{'x' * 60}'"):
        list(ledger.entries())


def test_one_byte_without_a_line_break_is_no_record(tmp_path):
    """It gets the line break that it lacks, and is named when the ledger is read."""
    (tmp_path / "l").write_text("7")
    ledger = Ledger(tmp_path / "l")
    ledger.add(S3Object(S3Url("s3://b/k"), 1, "e", NOW))
    assert (tmp_path / "l").read_bytes().startswith(b'7\n{"bucket"')


def test_a_whole_bucket_can_be_forgotten(tmp_path):
    """Its URL has no key; another bucket's records stay."""
    ledger = Ledger(tmp_path / "l")
    for url in ("s3://b/k", "s3://other/k"):
        ledger.add(S3Object(S3Url(url), 1, "e", NOW))
    assert [str(one.url) for one in ledger.forget("s3://b")] == ["s3://b/k"]
    assert [str(one.url) for one in ledger.entries()] == ["s3://other/k"]


@pytest.mark.parametrize(
    ("newer", "is_same"), [(-SECOND, True), (0 * SECOND, True), (0.999 * SECOND, True), (SECOND, False)]
)
def test_a_source_is_newer_from_a_second_on(newer, is_same):
    """Stores report whole seconds; of another size it is changed at once."""
    wanted, present = (Entry(Path("x"), 1, moment) for moment in (NOW + newer, NOW))
    assert _same((None, None), wanted, present, "time") is is_same
    assert _same((None, None), wanted, present, "size")
    assert not _same((None, None), wanted, Entry(Path("x"), 2, NOW + 9 * SECOND), "time")


@pytest.mark.parametrize(
    ("source", "destination", "overlap"),
    [
        ("a", "a/b", True),
        ("a/b", "a", True),
        ("a", "a/", True),
        ("a", "ab", False),
        ("ab", "a", False),
        ("", "a", True),
    ],
)
def test_a_folder_is_not_made_like_one_inside_it(source, destination, overlap):
    """In either direction; a sibling whose name begins alike is another folder."""
    places = S3Url(f"s3://b/{source}"), S3Url(f"s3://b/{destination}")
    if overlap:
        with pytest.raises(GuardRefused, match="one is inside the other"):
            _refuse_overlap(*places)
    else:
        _refuse_overlap(*places)


def test_a_copy_through_this_machine_is_large_like_an_upload():
    """Within the store it is large above 5 GiB."""
    plan = Transfer("copy", S3Url("s3://b/k"), None, ONE_COPY)
    assert not Job(plan, lambda _: plan).is_large
    assert Job(plan, lambda _: plan, passes_through=True).is_large


def test_bytes_are_counted_once():
    """Those that a large file reports while it flows, and the rest at its end; a report is in the order of its URLs."""
    seen = []

    def do(key: str, size: int, *flows: int) -> Job:
        plan = Transfer("upload", S3Url(f"s3://b/{key}"), None, size)

        def transfer(tick):
            for flow in flows:
                tick(flow)
            if key.startswith("bad"):
                raise S3Error("no", url=plan.url)
            return plan

        return Job(plan, transfer)

    large = 9 * MIB
    jobs = [do("z", large, MIB, MIB), do("y", large, large + 5), do("x", 7), do("bad2", 3), do("bad1", 4)]
    report = TransferReport()
    with pytest.raises(S3Error):
        run_jobs(1, jobs, report, lambda done, total, label: seen.append((done, total, label)), "upload")
    assert seen[-1][:2] == (5, 5)
    assert seen[-1][2] == "files, 18.0 MiB of 18.0 MiB"
    assert [one.url.key for one in report.transfers] == ["x", "y", "z"]
    assert [failure.url.key for failure in report.failures] == ["bad1", "bad2"]


@pytest.mark.parametrize(("count", "rows", "more"), [(59, 60, False), (60, 60, True)])
def test_a_notebook_shows_60_rows(count, rows, more):
    """Of one more it says that there is one."""
    transfers = [Transfer("download", S3Url(f"s3://b/{number}"), None, 1) for number in range(count + 1)]
    page = TransferReport(transfers)._repr_html_()
    assert page.count("<tr>") == rows + 1
    assert ("and 1 more rows" in page) is more


@pytest.mark.parametrize(("failures", "more"), [(10, False), (11, True)])
def test_an_error_names_ten_keys(failures, more):
    """And the number of all files, unchanged ones included."""
    failed = [TransferFailure(S3Url(f"s3://b/{n}"), S3Error(f"no {n}", url=f"s3://b/{n}")) for n in range(failures)]
    report = TransferReport([Transfer("delete", S3Url("s3://b/k"), None, 5)], failed, unchanged=2)
    text = report.describe_failures()
    assert text.startswith(f"{failures} of {failures + 3} failed:")
    assert (f"and {failures - 10} more" in text) is more
    assert len(text.splitlines()) == 11 + more
    assert report.size == 0


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (499, "Odd", False),
        (500, "Odd", True),
        (503, "Odd", True),
        (501, "NotImplemented", False),
        (500, "AccessDenied", True),
    ],
)
def test_a_fault_of_the_store_may_pass(status, code, retryable):
    """From 500 on another attempt may help, unless the store doesn't know the operation."""
    error = ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject")
    found = translate(error, S3Url("s3://b/k"), "write")
    assert bool(found.retryable) is retryable


@pytest.mark.parametrize(
    ("said", "operation", "hint"),
    [
        ("Access Denied.", "read", "the key may be missing"),
        ("Forbidden", "read", "the key may be missing"),
        ("", "write", "ask for permission"),
        ("The key of KMS is disabled.", "read", "Access denied: The key of KMS is disabled."),
    ],
)
def test_a_denial_says_what_the_store_says(said, operation, hint):
    """Where the store says nothing, a read says that the key may be missing; a write can't be about that."""
    error = ClientError({"Error": {"Code": "AccessDenied", "Message": said}, "ResponseMetadata": {}}, "X")
    found = translate(error, S3Url("s3://b/k"), operation)
    assert isinstance(found, AccessDenied)
    assert hint in str(found)
    assert ("may be missing" in str(found)) == (hint == "the key may be missing")


def test_a_value_that_counts_for_nothing_is_an_option_all_the_same():
    """False and an empty text are set; None isn't."""
    options = WriteOptions(bucket_key=False, cache_control="", acl=None)
    assert options.arguments() == {"BucketKeyEnabled": False, "CacheControl": ""}
    assert WriteOptions(bucket_key=True, acl="a").with_more(options).arguments() == {
        "BucketKeyEnabled": False,
        "ACL": "a",
        "CacheControl": "",
    }
    assert WriteOptions.of({"Tagging": "a=&b=x"}).tags == {"a": "", "b": "x"}
    assert WriteOptions(tags={"a b": "c+d"}).arguments() == {"Tagging": "a%20b=c%2Bd"}


@pytest.mark.parametrize("space", ["", ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'])
def test_a_listing_is_read_with_and_without_a_name_space(space):
    """A store that names no class means the standard one."""
    page = (
        f"<ListBucketResult{space}><Contents><Key>k</Key><Size>1</Size><ETag>x</ETag>"
        "<LastModified>2026-11-30T12:00:00.000Z</LastModified></Contents></ListBucketResult>"
    )
    response, taken = {"body": page.encode()}, {}
    _take_entries(response, taken)
    assert taken["Contents"] == [{"Key": "k", "Size": 1, "ETag": "x", "LastModified": NOW, "StorageClass": "STANDARD"}]
    assert b"Contents" not in response["body"]


def test_a_zip_of_strangers_has_10_gib():
    """Exactly so much is unpacked."""
    budget = Budget(LIMIT, "z.zip")
    budget.spend(10 << 30)
    with pytest.raises(GuardRefused, match="more than 10,737,418,240 bytes"):
        budget.spend(1)


@pytest.mark.parametrize(("version", "known"), [("null", None), (None, None), ("", ""), ("v", "v")])
def test_a_version_of_null_is_none(version, known):
    """So stores call the only version where none are kept."""
    answer = {"ContentLength": 1, "ETag": '"e"', "LastModified": NOW, "VersionId": version}
    assert described(answer, S3Url("s3://b/k")).version_id == known


@pytest.mark.parametrize(("kind", "archived"), [("GLACIER", True), ("DEEP_ARCHIVE", True), ("GLACIER_IR", False)])
def test_classes_that_must_be_restored_first(kind, archived):
    """Instant retrieval is read like any other; a marker of a folder is empty."""
    item = S3Object(S3Url("s3://b/folder/"), 1, "e", NOW, storage_class=kind)
    assert item.is_archived is archived
    assert not item.is_folder_marker
    assert S3Object(item.url, 0, "e", NOW).is_folder_marker


def test_a_section_ends_where_it_ends():
    """Whatever position is asked for, before its beginning or beyond its end."""
    section = Section(SharedFile(io.BytesIO(b"0123456789")), 2, 5)
    assert section.seek(-9, io.SEEK_CUR) == 0
    assert section.read() == b"23456"
    assert section.read(3) == b""
    section.seek(9)
    assert section.read() == b""
    section.seek(3)
    assert section.read(9) == b"56"
    section.seek(-1, io.SEEK_END)
    assert section.read(1) == b"6"


def test_an_option_that_is_secret_is_not_pickled():
    """An empty key is one as well."""
    with pytest.raises(NotSupported):
        WriteOptions(customer_key=b"").__reduce__()


def test_probes_are_abandoned_after_an_hour():
    """What only looks like one is somebody's file: of another size, or with another name."""
    probe = S3Url(f"s3://b/f/.oseberg-{'0' * 16}")
    found = [
        ("1" * 16, 5, timedelta(hours=1)),
        ("2" * 16, 5, timedelta(hours=1, seconds=1)),
        ("3" * 16, 4, timedelta(hours=9)),
        ("4" * 15, 5, timedelta(hours=9)),
        ("5" * 17, 5, timedelta(hours=9)),
        ("g" * 16, 5, timedelta(hours=9)),
    ]
    answer = {
        "ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(NOW, usegmt=True)}},
        "Contents": [
            {"Key": f"f/.oseberg-{name}", "Size": size, "LastModified": NOW - age} for name, size, age in found
        ],
    }
    deleted = []

    def call(method, url, *_, **__):
        if method == "delete_object":
            deleted.append(url.name)
        return answer

    conditions._remove_abandoned(SimpleNamespace(call=call), probe)
    assert deleted == [f".oseberg-{'2' * 16}"]


def test_pauses_between_conflicts_double(monkeypatch):
    """From 50 milliseconds on; the sixth conflict is an error."""
    paused = []
    monkeypatch.setattr(conditions.time, "sleep", paused.append)

    def write():
        raise Conflict("busy", url="s3://b/k")

    with pytest.raises(Conflict):
        conditions.conditionally(write, S3Url("s3://b/k"), conditions.ALWAYS)
    assert paused == [0.05, 0.1, 0.2, 0.4, 0.8]


def test_a_ledger_is_tried_thirty_times(monkeypatch):
    """At random within times that double, and within two seconds at most."""
    longest, written = [], []
    monkeypatch.setattr(storage.time, "sleep", lambda _: None)
    monkeypatch.setattr(storage.random, "uniform", lambda _, most: longest.append(most) or 0)

    def write(*_, **__):
        written.append(1)
        raise PreconditionFailed("faster", url="s3://b/l")

    def read(_):
        raise NotFound("none", url="s3://b/l")

    ledger = storage.ObjectStorage("s3://b/l", SimpleNamespace(write_bytes=write, read_object=read))
    with pytest.raises(PreconditionFailed):
        ledger.append(b"x")
    assert len(written) == 30
    assert longest[:7] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0]
    assert longest[7:] == [2.0] * 22


def test_a_lease_is_renewed_three_times_in_its_time(monkeypatch):
    """So that two renewals may fail."""
    lease, waited = Lease(None, S3Url("s3://b/l"), timedelta(minutes=1)), []
    monkeypatch.setattr(lease, "_write", lambda: None)
    monkeypatch.setattr(lease._ended, "wait", lambda seconds: waited.append(seconds) or len(waited) > 2)
    lease._beat()
    assert waited == [20.0] * 3
