"""Leases: one holder, by the store's clock, renewed while it works."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from oseberg.s3utils import GuardRefused, LeaseHeld, S3Error


def test_a_lease_has_one_holder(s3, root):
    """A second is refused with an error to come back with; after the end it is free."""
    url = f"{root}/locks/a"
    with s3.lease(url, timedelta(seconds=60)) as lease:
        lease.check()
        with pytest.raises(S3Error, match="until") as caught, s3.lease(url, 60):
            pass
        assert isinstance(caught.value, LeaseHeld)
        assert caught.value.try_again
    with s3.lease(url, 60), pytest.raises(LeaseHeld), s3.lease(url, 60):
        pass
    assert s3.read_json(url)["released"]


def test_a_lease_ends_with_its_block_whatever_happens(s3, root):
    """An exception passes and the lease is free."""
    with pytest.raises(ZeroDivisionError), s3.lease(f"{root}/l", 60):
        _ = 1 / 0
    with s3.lease(f"{root}/l", 60):
        pass


def test_the_blocks_own_exception_comes_through(shaky, faults, root):
    """A release that fails doesn't hide it."""

    def fail_in_the_block() -> None:
        faults.before.append(lambda e: e.fail(403, "AccessDenied") if "If-Match" in e.headers else None)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), shaky.lease(f"{root}/l", 60):
        fail_in_the_block()


def test_a_lease_renews_itself_and_runs_out_when_its_holder_is_gone(s3, root):
    """Held longer than its time while the block runs; taken over when nobody renews it."""
    url = f"{root}/l"
    with s3.lease(url, 2):
        time.sleep(3)
        with pytest.raises(LeaseHeld), s3.lease(url, 2):
            pass
    gone = s3.lease(url, 1)
    gone._take()
    time.sleep(2.1)
    with s3.lease(url, 60):
        pass


def test_a_lost_lease_is_noticed(s3, root):
    """Taken over while we held it: `check` and the end of the block say so, and the other's isn't released."""
    url = f"{root}/l"
    lease = s3.lease(url, 0.6)
    lease.__enter__()
    s3.write_json(url, {"owner": "other", "ttl_seconds": 60, "released": False})
    time.sleep(0.5)
    with pytest.raises(LeaseHeld, match="expired while we held it"):
        lease.check()
    with pytest.raises(LeaseHeld, match="expired while we held it"):
        lease.__exit__(None, None, None)
    assert s3.read_json(url)["owner"] == "other"


def test_a_bad_network_between_two_renewals_is_survived(shaky, faults, root):
    """A renewal that fails is tried again at the next beat."""
    failing = iter([True])

    def fail_once(exchange):
        if "If-Match" in exchange.headers and next(failing, False):
            exchange.fail(403, "AccessDenied")

    with shaky.lease(f"{root}/l", 0.9) as lease:
        faults.before.append(fail_once)
        time.sleep(0.8)
        lease.check()


def test_two_that_come_at_once_are_told_apart(s3, root, monkeypatch):
    """Both see it free, one is faster."""
    url = f"{root}/l"
    with s3.lease(url, 60):
        pass
    slow = s3.lease(url, 60)
    write = slow._write

    def overtaken(**more):
        with s3.lease(url, 60):
            write(**more)

    monkeypatch.setattr(slow, "_write", overtaken)
    with pytest.raises(LeaseHeld, match="acquired it first"), slow:
        pass


@pytest.mark.parametrize("content", ["precious", "[1]", '{"a": 1}'])
def test_an_object_of_another_kind_isnt_overwritten(s3, root, content):
    """A lease at the URL of something else is refused."""
    s3.write_text(f"{root}/data", content)
    with pytest.raises(GuardRefused, match="another kind"), s3.lease(f"{root}/data", 60):
        pass
    assert s3.read_text(f"{root}/data") == content


def test_a_lease_can_be_taken_again_and_must_last(s3, root):
    """One object serves for several blocks, one after the other; no time at all isn't a lease."""
    lease = s3.lease(f"{root}/l", 60)
    for _ in range(2):
        with lease, pytest.raises(LeaseHeld), s3.lease(f"{root}/l", 60):
            pass
    with pytest.raises(ValueError, match="must last"):
        s3.lease(f"{root}/l", 0)
