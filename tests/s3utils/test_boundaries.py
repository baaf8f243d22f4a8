"""Every boundary that is stated in words, at the boundary: one less, exactly so much, one more."""

from __future__ import annotations

import dataclasses
import re
import zipfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from oseberg.s3utils import (
    S3,
    Conflict,
    GuardRefused,
    InvalidUrl,
    LeaseHeld,
    Ledger,
    S3Object,
    S3Url,
    TruncatedTransfer,
    unpack_zip,
)
from oseberg.s3utils._folders.bulk import Job
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.removal import delete_objects
from oseberg.s3utils._transfer.download import IN_SEGMENTS
from oseberg.s3utils._transfer.writing import LARGEST_PUT, MOST_PARTS, ONE_PUT, PART, part_size

MIB = 1 << 20
SECOND = timedelta(seconds=1)
WRITTEN = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(("later", "is_free"), [(59, False), (60, True), (61, True)])
def test_a_lease_is_over_at_its_very_second(shaky, faults, root, later, is_free):
    """By the store's clock: a lease of 60 seconds is held in the 59th and free when 60 have passed."""
    shaky.lease(f"{root}/lease", 60)._take()

    def dated(exchange) -> None:
        if exchange.method == "GET" and exchange.path.endswith("/lease"):
            exchange.date = format_datetime(WRITTEN + later * SECOND, usegmt=True)
            others = {name: value for name, value in exchange.answer_headers.items() if name.lower() != "last-modified"}
            exchange.answer_headers = others | {"Last-Modified": format_datetime(WRITTEN, usegmt=True)}

    faults.after.append(dated)
    other = shaky.lease(f"{root}/lease", 60)
    if is_free:
        other._take()
    else:
        with pytest.raises(LeaseHeld, match="until 2026-11-30 12:01:00 UTC"):
            other._take()


@pytest.mark.parametrize("ttl", [0, -1])
def test_a_lease_of_no_time_is_refused(s3, root, ttl):
    """However it is written."""
    for given in (ttl, timedelta(seconds=ttl)):
        with pytest.raises(ValueError, match="must last longer than 0 seconds"):
            s3.lease(f"{root}/lease", given)


@pytest.mark.parametrize(("age", "comes"), [(299, False), (300, True), (301, True)])
def test_a_file_is_stable_when_the_time_has_passed(tmp_path, age, comes):
    """`stable_for` five minutes: at five minutes it comes."""
    item = S3Object(S3Url("s3://b/k"), 1, "e", WRITTEN, seen=WRITTEN + age * SECOND)
    ledger = Ledger(tmp_path / "l")
    assert [found.url for found in ledger.new([item], stable_for=timedelta(minutes=5))] == ([item.url] if comes else [])
    assert len(ledger.waiting) == (0 if comes else 1)


@pytest.mark.parametrize(("past", "forgotten"), [(-1, 0), (0, 0), (1, 1)])
def test_records_are_forgotten_that_are_older(tmp_path, past, forgotten):
    """Than a moment: a record of that very moment stays."""
    ledger = Ledger(tmp_path / "l")
    ledger.add(S3Object(S3Url("s3://b/k"), 1, "e", WRITTEN))
    (entry,) = ledger.entries()
    moment = entry.processed_at + past * timedelta(microseconds=1)
    assert len(ledger.forget(older_than=moment)) == forgotten


@pytest.mark.parametrize(("size", "requests"), [(ONE_PUT - 1, 1), (ONE_PUT, 1), (ONE_PUT + 1, 4)])
def test_up_to_8_mib_go_in_one_request(shaky, faults, root, size, requests):
    """Above it in parts: a beginning, two parts, an end."""
    shaky.write_bytes(f"{root}/k", bytes(size))
    assert len([one for one in faults.seen if one.method in {"PUT", "POST"}]) == requests


@pytest.mark.parametrize(("size", "ranges"), [(IN_SEGMENTS, 0), (IN_SEGMENTS + 1, 3)])
def test_above_16_mib_an_object_comes_in_ranges(shaky, faults, s3, root, tmp_path, size, ranges):
    """Up to there in one stream."""
    s3.write_bytes(f"{root}/k", bytes(size))
    assert shaky.download(f"{root}/k", tmp_path / "k").size == size
    assert len([one for one in faults.seen if "Range" in one.headers]) == ranges


@pytest.mark.parametrize(
    ("action", "most"), [("upload", ONE_PUT), ("download", IN_SEGMENTS), ("verify", IN_SEGMENTS), ("copy", LARGEST_PUT)]
)
def test_a_large_file_uses_all_workers_itself(action, most):
    """So that it goes alone: else 8 workers with 8 parts each would hold more than 64 MiB."""
    job = Job(Transfer(action, S3Url("s3://b/k"), None, most), lambda _: None)
    assert not job.is_large
    assert dataclasses.replace(job, plan=dataclasses.replace(job.plan, size=most + 1)).is_large


def test_parts_grow_when_there_would_be_too_many():
    """10,000 of 8 MiB are allowed; one byte more makes them of 9."""
    assert part_size(MOST_PARTS * PART) == PART
    assert part_size(MOST_PARTS * PART + 1) == PART + MIB


@pytest.mark.parametrize(("breaks", "arrives"), [(4, True), (5, False)])
def test_a_stream_is_resumed_four_times(shaky, faults, s3, root, breaks, arrives):
    """The fifth break in a row is an error."""
    s3.write_bytes(f"{root}/k", b"x" * 100)
    left = iter(range(breaks))

    def cut(exchange) -> None:
        if exchange.method == "GET" and next(left, None) is not None:
            exchange.cut_after = 0

    faults.after.append(cut)
    if arrives:
        assert shaky.read_bytes(f"{root}/k") == b"x" * 100
    else:
        with pytest.raises(TruncatedTransfer):
            shaky.read_bytes(f"{root}/k")


@pytest.mark.parametrize(("conflicts", "gets_through"), [(5, True), (6, False)])
def test_a_conflict_is_tried_six_times(shaky, faults, root, conflicts, gets_through):
    """Five answers of 409 are survived, the sixth is an error."""
    left = iter(range(conflicts))
    conflict = lambda e: e.method == "PUT" and next(left, None) is not None  # noqa: E731 - of one line
    faults.before.append(lambda e: e.fail(409, "ConditionalRequestConflict") if conflict(e) else None)
    if gets_through:
        shaky.write_text(f"{root}/k", "1")
    else:
        with pytest.raises(Conflict):
            shaky.write_text(f"{root}/k", "1")


@pytest.mark.parametrize(("count", "requests"), [(1000, 1), (1001, 2)])
def test_a_thousand_objects_are_deleted_at_once(shaky, faults, bucket, count, requests):
    """No store takes more in one request."""
    keys = [S3Object(S3Url.of(bucket, str(number)), 0, "", WRITTEN) for number in range(count)]
    assert len(delete_objects(shaky._connection, keys).transfers) == count
    assert len(faults.seen) == requests


@pytest.mark.parametrize(("seconds", "is_valid"), [(0, False), (1, True), (604_800, True), (604_801, False)])
def test_an_address_is_valid_for_a_second_to_seven_days(s3, root, seconds, is_valid):
    """As a number and as a timedelta."""
    for given in (seconds, timedelta(seconds=seconds)):
        if is_valid:
            assert f"X-Amz-Expires={seconds}" in s3.presign(f"{root}/k", given)
        else:
            with pytest.raises(InvalidUrl):
                s3.presign(f"{root}/k", given)


@pytest.mark.parametrize(("limit", "is_enough"), [(99, False), (100, True)])
def test_a_zip_may_unpack_to_its_limit(tmp_path, limit, is_enough):
    """Of all members together."""
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        for name in ("a", "b"):
            archive.writestr(name, "x" * 50)
    if is_enough:
        assert len(unpack_zip(tmp_path / "z.zip", tmp_path / "out", limit=limit)) == 2
    else:
        with pytest.raises(GuardRefused, match="more than 99 bytes"):
            unpack_zip(tmp_path / "z.zip", tmp_path / "out", limit=limit)


@pytest.mark.parametrize(("size", "by_engine"), [(MIB, True), (MIB + 1, False)])
def test_up_to_1_mib_the_engine_is_asked(faults, s3, root, bucket, tmp_path, size, by_engine):
    """Above it boto3's own time for a request matters little."""
    pytest.importorskip("obstore")
    s3.write_bytes(f"{root}/k", bytes(size))
    fast = S3(endpoint_url=faults.endpoint)
    fast.download_all(f"s3://{bucket}", tmp_path, progress=False)
    agents = [
        one.headers.get("User-Agent", one.headers.get("user-agent", "")) for one in faults.seen if "/k" in one.path
    ]
    assert any("object_store" in agent for agent in agents) is by_engine


@pytest.mark.parametrize(("age", "aborted"), [(3599, 0), (3600, 0), (3601, 1)])
def test_uploads_are_stale_by_the_stores_clock(shaky, faults, client, bucket, root, age, aborted):
    """When they began longer ago than stated; this machine's clock, whatever it shows, aborts nobody's upload."""
    client.create_multipart_upload(Bucket=bucket, Key="k")

    def dated(exchange) -> None:
        if b"<Initiated>" in exchange.answer:
            exchange.date = format_datetime(WRITTEN + age * SECOND, usegmt=True)
            began = b"<Initiated>" + WRITTEN.isoformat().encode() + b"</Initiated>"
            exchange.answer = re.sub(rb"<Initiated>.*?</Initiated>", began, exchange.answer)

    faults.after.append(dated)
    assert len(shaky.abort_stale_uploads(root, timedelta(hours=1))) == aborted
