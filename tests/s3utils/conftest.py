"""Stores, buckets and an S3 for each test."""

from __future__ import annotations

import itertools

import boto3
import pytest

from oseberg.s3utils import S3
from tests.s3utils import servers
from tests.s3utils.ceph import ceph
from tests.s3utils.faults import faulty

_numbers = itertools.count()
ACCESS_KEY, SECRET_KEY = "testing", "a-secret-of-the-tests"


@pytest.fixture(autouse=True)
def credentials(monkeypatch, tmp_path):
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it remembers the keys of whoever was first
    if servers.REAL:
        return
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def moto_endpoint():
    with servers.moto_server() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def ministack_endpoint():
    with servers.ministack() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def ceph_endpoint():
    with ceph(ACCESS_KEY, SECRET_KEY) as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(moto_endpoint):
    return moto_endpoint


@pytest.fixture
def s3(endpoint):
    return S3(endpoint_url=endpoint)


@pytest.fixture
def client(endpoint):
    return servers.client(endpoint)


@pytest.fixture
def bucket(client):
    """Make a bucket of the test's own."""
    name = f"oseberg-test-{next(_numbers)}"
    client.create_bucket(Bucket=name)
    return name


@pytest.fixture
def root(bucket):
    return f"s3://{bucket}"


@pytest.fixture
def faults(moto_endpoint, monkeypatch):
    """Give a store that can be made to misbehave; the pauses between attempts are short."""
    monkeypatch.setattr("oseberg.s3utils._transfer.download._PAUSE", 0.001)
    monkeypatch.setattr("oseberg.s3utils._store.conditions._PAUSE", 0.001)
    with faulty(moto_endpoint) as planted:
        yield planted


@pytest.fixture
def shaky(faults):
    """Give an S3 that goes through the faults; it doesn't use obstore, which would go around them in silence."""
    return S3(servers.client(faults.endpoint))
