"""What objects are written with: set once, overridden per call, carried by copies."""

from __future__ import annotations

import pickle

import pytest

from oseberg.s3utils import S3, NotSupported, WriteOptions

MIB = 1 << 20
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd"
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


FORGETS_TAGS = ("ministack", 9 * MIB)  # of multipart uploads: a difference of this store from Amazon's documentation


def described(client, url) -> dict:
    head = client.head_object(Bucket=url.bucket, Key=url.key)
    tags = client.get_object_tagging(Bucket=url.bucket, Key=url.key)["TagSet"]
    names = ("ServerSideEncryption", "SSEKMSKeyId", "StorageClass", "Metadata", "CacheControl", "ContentType")
    return {**{name: head.get(name) for name in names}, "tags": {tag["Key"]: tag["Value"] for tag in tags}}


TAG_SET = [{"Key": "county", "Value": "andrews + howard"}]
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
def test_options_are_set_once(endpoint, store, client, root, tmp_path, options, size):
    """For every way to write, in one request and in parts."""
    expected = EXPECTED | ({"tags": {}} if (store, size) == FORGETS_TAGS else {})
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
        assert described(client, url) == expected


@pytest.mark.parametrize("size", [3, 9 * MIB], ids=["one request", "parts"])
@pytest.mark.parametrize("condition", [{}, {"if_absent": True}], ids=["always", "if absent"])
def test_copies_carry_what_the_source_has_and_the_store_drops(s3, store, endpoint, client, root, size, condition):
    """Class, key, metadata and tags come along; options of the copying S3 go over them, one by one."""
    source = s3.write_bytes(f"{root}/a.csv", b"x" * size, write_options=OPTIONS)
    if store == "ministack":  # it forgets the tags of a multipart upload, those of a copy in parts as well
        client.put_object_tagging(Bucket=source.url.bucket, Key="a.csv", Tagging={"TagSet": TAG_SET})
    # Its copies on a condition are made in parts.
    names = EXPECTED.keys() - ({"tags"} if (store, bool(condition)) == ("ministack", True) else set())

    def check(url, expected) -> None:
        found = described(client, url)
        assert {name: found[name] for name in names} == {name: expected[name] for name in names}

    check(s3.copy(f"{root}/a.csv", f"{root}/b.csv", **condition).url, EXPECTED)
    other = S3(endpoint_url=endpoint, write_options={"encryption": "AES256", "metadata": {"by": "us"}})
    copied = other.copy(
        f"{root}/a.csv",
        f"{root}/c.csv",
        write_options={"tags": {"more": "1"}, "storage_class": "GLACIER_IR"},
        **condition,
    )
    changed = EXPECTED | {
        "ServerSideEncryption": "AES256",
        "SSEKMSKeyId": None,
        "StorageClass": "GLACIER_IR",
        "Metadata": {"delivery": "20180605", "by": "us"},
        "tags": {"county": "andrews + howard", "more": "1"},
    }
    check(copied.url, changed)
    check(s3.move(f"{root}/a.csv", f"{root}/d.csv", **condition).url, EXPECTED)


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


def test_slips_in_options_are_said():
    """An unknown option names those that there are; nothing is nothing."""
    with pytest.raises(ValueError, match=r"'colour'.*encryption, kms_key_id"):
        WriteOptions.of({"colour": "red"})
    with pytest.raises(ValueError, match="'storage'"):
        S3(endpoint_url="http://127.0.0.1:1", write_options={"storage": "x"})
    assert WriteOptions.of(None).arguments() == {}
    again = pickle.loads(pickle.dumps(WriteOptions(**OPTIONS)))
    assert again == WriteOptions.of({**BOTO3, "SSECustomerAlgorithm": "AES256"})
