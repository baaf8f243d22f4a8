"""From one store to another: through this machine, verified, with what means the same in both."""

from __future__ import annotations

import pytest

from oseberg.s3utils import S3, AlreadyExists, ChecksumMismatch
from tests.s3utils import servers

MIB = 1 << 20


@pytest.fixture
def other(ministack_endpoint, bucket):
    """Give a second store with a bucket of the same name."""
    client = servers.client(ministack_endpoint)
    client.create_bucket(Bucket=bucket)
    return S3(endpoint_url=ministack_endpoint, workers=3)


def test_folders_are_made_alike_in_two_stores(s3, other, root, bucket):
    """Content and metadata; what is equal isn't sent again; what is surplus goes; one address is two places."""
    options = {"metadata": {"a": "b"}, "tags": {"t": "1"}, "cache_control": "no-store", "content_type": "text/x-own"}
    s3.write_bytes(f"{root}/in/small", b"x", write_options=options)
    s3.write_bytes(f"{root}/in/large", b"y" * 9 * MIB)
    s3.write_bytes(f"{root}/in/empty", b"")
    other.write_bytes(f"{root}/in/surplus", b"z")
    plan = s3.sync(f"{root}/in", f"{root}/in", to=other, delete=True, dry_run=True)
    assert sorted(done.action for done in plan.transfers) == ["copy"] * 3 + ["delete"]
    report = s3.sync(f"{root}/in", f"{root}/in", to=other, delete=True)
    assert len(report.transfers) == 4
    assert {item.key: item.size for item in other.list(root)} == {"in/small": 1, "in/large": 9 * MIB, "in/empty": 0}
    head = servers.client(other._connection.client.meta.endpoint_url).head_object(Bucket=bucket, Key="in/small")
    assert (head["Metadata"], head["CacheControl"], head["ContentType"]) == ({"a": "b"}, "no-store", "text/x-own")
    again = s3.sync(f"{root}/in", f"{root}/in", to=other)
    assert (again.transfers, again.unchanged) == ([], 3)


def test_local_folders_go_to_the_other_store_too(s3, other, root, tmp_path):
    """`to` is the store of the destination, whatever the source is."""
    (tmp_path / "a").write_text("1")
    s3.sync(tmp_path, f"{root}/in", to=other)
    assert other.read_text(f"{root}/in/a") == "1"
    assert not s3.exists(f"{root}/in/a")
    assert s3.sync(tmp_path, f"{root}/in", to=other).unchanged == 1


def test_an_object_is_copied_to_the_other_store(s3, other, root, shaky, faults):
    """On conditions, verified: what arrives damaged is not passed on."""
    s3.write_bytes(f"{root}/k", b"right")
    done = s3.copy(f"{root}/k", f"{root}/copies/", to=other, if_absent=True)
    assert (str(done.url), done.verified != "") == (f"{root}/copies/k", True)
    with pytest.raises(AlreadyExists):
        s3.copy(f"{root}/k", f"{root}/copies/", to=other, if_absent=True)
    faults.after.append(
        lambda e: setattr(e, "answer", b"wrong") if e.method == "GET" and e.answer == b"right" else None
    )
    with pytest.raises(ChecksumMismatch):
        shaky.copy(f"{root}/k", f"{root}/damaged", to=other)
    assert not other.exists(f"{root}/damaged")
