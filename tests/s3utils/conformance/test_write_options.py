"""What objects are written with: set once, overridden per call, carried by copies."""

from __future__ import annotations

import pickle

import pytest

from oseberg.s3utils import S3, NotSupported, S3Error, WriteOptions
from tests.s3utils.ceph import KMS_KEY as KEY

MIB = 1 << 20
WITHOUT_OWN_KEYS = {"ceph"}  # no SSE-S3 ("AES256") before version 17: it refuses such a write
OPTIONS = {
    "encryption": "aws:kms",
    "kms_key_id": KEY,
    "storage_class": "STANDARD_IA",
    "metadata": {"delivery": "20180605"},
    "tags": {"county": "andrews + howard"},
    "cache_control": "no-store",
    "acl": "bucket-owner-full-control",
}
BOTO3 = {
    "ServerSideEncryption": "aws:kms",
    "SSEKMSKeyId": KEY,
    "StorageClass": "STANDARD_IA",
    "Metadata": {"delivery": "20180605"},
    "Tagging": "county=andrews+%2B+howard",
    "CacheControl": "no-store",
    "ACL": "bucket-owner-full-control",
}


def described(client, url) -> dict:
    head = client.head_object(Bucket=url.bucket, Key=url.key)
    tags = client.get_object_tagging(Bucket=url.bucket, Key=url.key).get("TagSet", [])
    names = ("ServerSideEncryption", "SSEKMSKeyId", "StorageClass", "Metadata", "CacheControl", "ContentType")
    return {**{name: head.get(name) for name in names}, "tags": {tag["Key"]: tag["Value"] for tag in tags}}


EXPECTED = {
    "ServerSideEncryption": "aws:kms",
    "SSEKMSKeyId": KEY,
    "StorageClass": "STANDARD_IA",
    "Metadata": {"delivery": "20180605"},
    "CacheControl": "no-store",
    "ContentType": "text/csv",
    "tags": {"county": "andrews + howard"},
}


@pytest.mark.parametrize(
    ("options", "size"),
    [(OPTIONS, 3), (BOTO3, 9 * MIB), (WriteOptions(**OPTIONS), 9 * MIB)],
    ids=["ours, one request", "boto3's, parts", "object, parts"],
)
def test_options_are_set_once(endpoint, client, root, tmp_path, options, size):
    """For every way to write, in one request and in parts."""
    s3 = S3(endpoint_url=endpoint, write_options=options)
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "b.csv"
    path.write_bytes(b"x" * size)
    urls = [s3.write_bytes(f"{root}/a.csv", b"x" * size).url, s3.upload(path, f"{root}/b.csv").url]
    with s3.open(f"{root}/c.csv", "wb") as file:
        file.write(b"x" * size)
    s3.upload_all(tmp_path / "in", f"{root}/in")
    s3.write_bytes(f"{root}/d.csv", b"x" * size, if_absent=True)
    for url in (*urls, *(item.url for item in s3.list(root))):
        assert described(client, url) == EXPECTED


@pytest.mark.parametrize("size", [3, 9 * MIB], ids=["one request", "parts"])
@pytest.mark.parametrize("condition", [{}, {"if_absent": True}], ids=["always", "if absent"])
def test_copies_carry_what_the_source_has_and_the_store_drops(s3, store, endpoint, client, root, size, condition):
    """Class, key, metadata and tags come along; options of the copying S3 go over them, one by one."""
    source = s3.write_bytes(f"{root}/a.csv", b"x" * size, write_options=OPTIONS)
    assert described(client, source.url) == EXPECTED
    assert described(client, s3.copy(f"{root}/a.csv", f"{root}/b.csv", **condition).url) == EXPECTED
    encryption = {"encryption": "AES256"}
    if store in WITHOUT_OWN_KEYS:
        encryption = {"encryption": "aws:kms", "kms_key_id": KEY}
    other = S3(endpoint_url=endpoint, write_options={**encryption, "metadata": {"by": "us"}})
    copied = other.copy(
        f"{root}/a.csv",
        f"{root}/c.csv",
        write_options={"tags": {"more": "1"}, "storage_class": "GLACIER_IR"},
        **condition,
    )
    changed = EXPECTED | {
        "ServerSideEncryption": encryption["encryption"],
        "SSEKMSKeyId": encryption.get("kms_key_id"),
        "StorageClass": "GLACIER_IR",
        "Metadata": {"delivery": "20180605", "by": "us"},
        "tags": {"county": "andrews + howard", "more": "1"},
    }
    assert described(client, copied.url) == changed
    assert described(client, s3.move(f"{root}/a.csv", f"{root}/d.csv", **condition).url) == EXPECTED


@pytest.mark.parametrize("size", [3, 9 * MIB], ids=["one request", "parts"])
def test_a_customers_key_writes_reads_and_copies(endpoint, s3, root, tmp_path, size):
    """SSE-C: each request on such an object bears the key; it is in no text and in no pickle."""
    mine = S3(endpoint_url=endpoint, write_options={"customer_key": b"k" * 32})
    mine.write_bytes(f"{root}/a", b"x" * size, if_absent=True)
    mine.copy(f"{root}/a", f"{root}/b")
    assert mine.read_bytes(f"{root}/b") == b"x" * size
    assert mine.download(f"{root}/b", tmp_path / "b").size == size
    mine.download_all(root, tmp_path / "all")
    with mine.open(f"{root}/a", "rb") as file:
        assert file.read(1) == b"x"
    assert "kkk" not in repr(WriteOptions(customer_key=b"k" * 32))
    with pytest.raises(NotSupported, match="customer_key"):
        pickle.dumps(mine)


def test_slips_in_options_are_reported():
    """An unknown option names those that there are; nothing is nothing."""
    with pytest.raises(ValueError, match=r"'colour'.*encryption, kms_key_id"):
        WriteOptions.of({"colour": "red"})
    with pytest.raises(ValueError, match="'storage'"):
        S3(endpoint_url="http://127.0.0.1:1", write_options={"storage": "x"})
    assert WriteOptions.of(None).arguments() == {}
    again = pickle.loads(pickle.dumps(WriteOptions(**OPTIONS)))
    assert again == WriteOptions.of({**BOTO3, "SSECustomerAlgorithm": "AES256"})


def test_an_option_that_boto3_refuses_is_named(s3, root):
    """Before anything is sent; it is not the address that is wrong."""
    with pytest.raises(S3Error, match="Non ascii characters found in S3 metadata"):
        s3.write_bytes(f"{root}/k", b"1", write_options={"metadata": {"delivery": "Martínez"}})
    assert list(s3.list(root)) == []
