"""The same tests on every store."""

from __future__ import annotations

import pytest

from tests.s3utils import servers

STORES = ["moto", "ministack", "environment" if servers.REAL else "ceph"]


@pytest.fixture(params=STORES)
def store(request):
    return request.param


@pytest.fixture
def endpoint(store, request):
    return servers.REAL if store == "environment" else request.getfixturevalue(f"{store}_endpoint")
