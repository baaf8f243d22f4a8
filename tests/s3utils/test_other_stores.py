"""Stores that do otherwise than Amazon: found out, and met; the real ones are in `conformance`."""

from __future__ import annotations

import pytest

from oseberg.s3utils import S3, NotSupported, PreconditionFailed
from tests.s3utils import servers

MIB = 1 << 20


def compare_bare_etags(exchange) -> None:
    """Do as Ceph 16: the header's text is the ETag, so that one in quotes is another."""
    given = exchange.headers.get("If-Match")
    if given and exchange.method == "PUT":
        exchange.headers["If-Match"] = '"0"' if given.startswith('"') else f'"{given}"'


def test_a_store_that_compares_etags_without_quotes_is_written_to(shaky, faults, s3, root):
    """Found out once, by a condition that holds; one that doesn't still loses, and leases work."""
    faults.before.append(compare_bare_etags)
    first = shaky.write_text(f"{root}/k", "1")
    second = shaky.write_text(f"{root}/k", "2", if_match=first.etag)
    with pytest.raises(PreconditionFailed):
        shaky.write_text(f"{root}/k", "3", if_match=first.etag)
    assert s3.read_text(f"{root}/k") == "2"
    shaky.write_text(f"{root}/k", "4", if_match=f'"{second.etag}"')
    with shaky.lease(f"{root}/lease", 30):
        pass
    with shaky.lease(f"{root}/lease", 30):
        pass
    assert [item.url.name for item in s3.list(root)] == ["k", "lease"]


def test_a_store_that_refuses_every_condition_is_told_from_a_lost_race(shaky, faults, s3, root):
    """Otherwise each write would say that another process acquired it first."""
    faults.before.append(lambda e: e.fail(412, "PreconditionFailed") if "If-Match" in e.headers else None)
    assert not shaky.supports_conditional_writes(root)
    first = shaky.write_text(f"{root}/k", "1")
    with pytest.raises(NotSupported, match="doesn't honor it"):
        shaky.write_text(f"{root}/k", "2", if_match=first.etag)
    shaky.write_text(f"{root}/other", "1", if_absent=True)
    assert [item.url.name for item in s3.list(root)] == ["k", "other"]


@pytest.mark.parametrize("more", [{}, {"if_absent": True}], ids=["always", "if absent"])
def test_a_store_that_cant_copy_gets_the_bytes_from_here(shaky, faults, s3, root, more):
    """Ceph 16 refuses to copy what is encrypted; the copy is verified as any other."""
    s3.write_text(f"{root}/k", "content", write_options={"metadata": {"a": "b"}, "tags": {"t": "1"}})
    faults.before.append(lambda e: e.fail(501, "NotImplemented") if "x-amz-copy-source" in e.headers else None)
    assert shaky.copy(f"{root}/k", f"{root}/copy", **more).verified
    shaky.move(f"{root}/copy", f"{root}/moved", **more)
    assert s3.read_text(f"{root}/moved") == "content"
    assert s3._connection.head(s3.stat(f"{root}/moved").url)["Metadata"] == {"a": "b"}


@pytest.mark.parametrize("may_look", [True, False])
def test_tags_that_a_store_drops_are_set_afterwards(shaky, faults, client, bucket, root, may_look):
    """By writers that may read tags; where they may not, the write is done all the same."""
    faults.before.append(lambda e: e.headers.pop("x-amz-tagging", None) if "uploads" in e.path else None)
    if not may_look:
        faults.before.append(lambda e: e.fail(403, "AccessDenied") if "?tagging" in e.path else None)
    shaky.write_bytes(f"{root}/k", bytes(9 * MIB), write_options={"tags": {"county": "andrews + howard"}})
    kept = client.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert kept == ([{"Key": "county", "Value": "andrews + howard"}] if may_look else [])


def test_spaces_in_tags_are_sent_so_that_every_store_reads_them(shaky, faults, root):
    """As %20: some stores keep a plus sign as it is."""
    shaky.write_text(f"{root}/k", "1", write_options={"tags": {"a b": "c+d e"}})
    assert faults.seen[-1].headers["x-amz-tagging"] == "a%20b=c%2Bd%20e"


def test_a_store_that_says_nothing_but_a_code_is_quoted_without_none(shaky, faults, endpoint, root):
    """Ceph leaves the message of some errors empty."""
    faults.before.append(lambda e: e.fail(400, "InvalidArgument", "") if e.method == "PUT" else None)
    with pytest.raises(Exception, match=r"400, InvalidArgument\.$"):
        shaky.write_text(f"{root}/k", "1")
    assert not S3(servers.client(endpoint)).exists(f"{root}/k")
