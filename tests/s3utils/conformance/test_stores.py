"""What the stores do at the places where stores differ; a store that changes shows here first."""

from __future__ import annotations

import hashlib
import io

import pytest
from botocore.exceptions import ClientError

from oseberg.s3utils import S3, NotFound, NotSupported, S3Url

MIB = 1 << 20
ODD_KEYS = ["a b", "a?b", "a#b", "a%20b", "a+b", "é", "a//b", "/lead", "../up", "a\\b", "C:/x", "dir/", "x\x01y"]


def refuses(call, **arguments) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 404, 409, 412}
    return False


def multipart(client, bucket: str, key: str, **more) -> str:
    upload = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    parts = []
    for number, data in enumerate((b"a" * 5 * MIB, b"b" * 7), start=1):
        answer = client.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=io.BytesIO(data))
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    whole = {"Parts": parts}
    return client.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload=whole, **more)


def if_none_match_is_heeded(client, bucket) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"1")
    return refuses(client.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")


def if_match_is_heeded(client, bucket) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"1")
    return refuses(client.put_object, Bucket=bucket, Key="k", Body=b"2", IfMatch='"0"')


def if_match_on_a_missing_key_is_refused(client, bucket) -> bool:
    return refuses(client.put_object, Bucket=bucket, Key="none", Body=b"2", IfMatch='"0"')


def conditions_hold_for_multipart(client, bucket) -> bool:
    client.put_object(Bucket=bucket, Key="m", Body=b"1")
    return refuses(lambda: multipart(client, bucket, "m", IfNoneMatch="*"))


def reads_heed_if_match(client, bucket) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"1")
    return refuses(client.get_object, Bucket=bucket, Key="k", IfMatch='"0"')


def etag_of_one_part_is_md5(client, bucket) -> bool:
    etag = client.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
    return etag.strip('"') == hashlib.md5(b"1").hexdigest()


def head_tells_part_sizes(client, bucket) -> bool:
    multipart(client, bucket, "m")
    return "PartsCount" in client.head_object(Bucket=bucket, Key="m", PartNumber=1)


def head_gives_checksums_as_get_does(client, bucket) -> bool:
    client.put_object(Bucket=bucket, Key="k", Body=b"1", ChecksumAlgorithm="CRC32")
    asked = {"Bucket": bucket, "Key": "k", "ChecksumMode": "ENABLED"}
    fields = ("ChecksumCRC32", "ChecksumType")
    head, got = client.head_object(**asked), client.get_object(**asked)
    got["Body"].close()
    return all(head.get(name) == got.get(name) for name in fields)


def wrong_md5_is_refused(client, bucket) -> bool:
    wrong = "1B2M2Y8AsgTpgAmY7PhCfg=="
    return refuses(client.put_object, Bucket=bucket, Key="k", Body=b"1", ContentMD5=wrong)


def wrong_crc32_is_refused(client, bucket) -> bool:
    return refuses(client.put_object, Bucket=bucket, Key="k", Body=b"1", ChecksumCRC32="AAAAAA==")


def odd_keys_come_back(client, bucket) -> bool:
    for key in ODD_KEYS:
        client.put_object(Bucket=bucket, Key=key, Body=key.encode())
    listed = {entry["Key"] for entry in client.list_objects_v2(Bucket=bucket)["Contents"]}
    return listed >= set(ODD_KEYS)


def unknown_delete_is_quiet(client, bucket) -> bool:
    return not refuses(client.delete_object, Bucket=bucket, Key="none")


BEHAVIOURS = {
    function.__name__: function
    for function in (
        if_none_match_is_heeded,
        if_match_is_heeded,
        if_match_on_a_missing_key_is_refused,
        conditions_hold_for_multipart,
        reads_heed_if_match,
        etag_of_one_part_is_md5,
        head_tells_part_sizes,
        head_gives_checksums_as_get_does,
        wrong_md5_is_refused,
        wrong_crc32_is_refused,
        odd_keys_come_back,
        unknown_delete_is_quiet,
    )
}
# Where a store does otherwise than Amazon's documentation says.
DIFFERENT = {
    "moto": {"wrong_md5_is_refused", "wrong_crc32_is_refused"},
    "ministack": {"head_tells_part_sizes"},
    "ceph": {"conditions_hold_for_multipart", "head_tells_part_sizes", "wrong_crc32_is_refused"},
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_store_behaves_as_recorded(behaviour, store, client, bucket):
    """Each store does what Amazon documents, but for the differences recorded here."""
    expected = behaviour not in DIFFERENT.get(store, set())
    assert BEHAVIOURS[behaviour](client, bucket) is expected


def test_odd_keys_go_through_every_operation(s3, root):
    """Keys that other clients change are written, read, listed, copied and deleted as they are."""
    for key in ODD_KEYS:
        url = S3Url(f"{root}/odd/{key}")
        s3.write_text(url, key)
        assert s3.read_text(url) == key
        s3.copy(url, S3Url(f"{root}/copied/{key}"))
    keys = sorted(f"odd/{key}" for key in ODD_KEYS)
    assert sorted(item.key for item in s3.list(f"{root}/odd")) == keys
    assert len(list(s3.glob(f"{root}/odd/**"))) == len(ODD_KEYS)
    s3.delete_tree(f"{root}/odd", expect=len(ODD_KEYS))
    assert not list(s3.list(f"{root}/odd"))
    assert sorted(s3.read_text(item.url) for item in s3.list(f"{root}/copied")) == sorted(ODD_KEYS)


def test_listings_are_read_as_boto3_reads_them(s3, client, bucket, root):
    """The fast way through a page gives the same objects as boto3's own, odd keys and storage classes included."""
    for key in [*ODD_KEYS, "a&b<c>"]:
        client.put_object(Bucket=bucket, Key=key, Body=b"x", StorageClass="STANDARD_IA" if "a" in key else "STANDARD")
    objects = list(s3.list(root))
    assert len(objects) == len(ODD_KEYS) + 1
    assert {item.storage_class for item in objects} == {"STANDARD", "STANDARD_IA"}
    assert objects == list(S3(client).list(root))
    assert list(s3.walk(root)) == list(S3(client).walk(root))


def test_store_is_found_to_support_conditional_writes(s3, root):
    """The probe finds both conditions heeded, leaves nothing, and is made once."""
    assert s3.supports_conditional_writes(f"{root}/deep/er")
    assert list(s3.list(root)) == []


def test_the_probe_leaves_nothing_in_a_bucket_that_keeps_versions(s3, store, client, bucket, root):
    """Neither versions nor marks of deletions: they would cost storage and show for ever."""
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    if store == "ceph":  # it ignores conditions where versions are kept, so that nothing may be written on one
        with pytest.raises(NotSupported, match="doesn't honor"):
            s3.write_text(f"{root}/k", "1", if_absent=True)
    else:
        s3.write_text(f"{root}/k", "1", if_absent=True)
    there = client.list_object_versions(Bucket=bucket)
    assert [version["Key"] for version in there.get("Versions", [])] == ([] if store == "ceph" else ["k"])
    assert "DeleteMarkers" not in there


@pytest.mark.parametrize("checksums", [None, "when_required"])
def test_large_objects_go_up_and_down_verified(client, root, endpoint, tmp_path, checksums):
    """A multipart upload and its download in ranges agree, whatever the store tells of the parts."""
    s3 = S3(endpoint_url=endpoint, checksums=checksums)
    data = bytes(range(256)) * (70 * MIB // 1024)
    (tmp_path / "up").write_bytes(data)
    s3.upload(tmp_path / "up", f"{root}/big")
    done = s3.download(f"{root}/big", tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == data
    assert done.verified in {"crc32 of parts", "etag of parts"}
    assert s3.read_bytes(f"{root}/big") == data
    again = s3.sync(f"{root}/", tmp_path / "folder")
    assert len(again.transfers) == 1
    assert s3.sync(f"{root}/", tmp_path / "folder").unchanged == 1


def test_versions_are_read(s3, client, bucket, root, tmp_path):
    """By every way to read, verified; the newest is what is read without one, and a missing one is named."""
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    old, new = (s3.write_text(f"{root}/k.csv", text) for text in ("a\n1\n", "b\n"))
    url, version = old.url, {"version_id": old.version_id}
    assert (s3.stat(url).version_id, s3.stat(url, **version).etag) == (new.version_id, old.etag)
    assert s3.download(url, tmp_path / "k", **version).verified
    assert (tmp_path / "k").read_text() == s3.read_text(url, **version) == "a\n1\n"
    assert s3.read_text(url) == "b\n"
    with s3.open(url, **version) as file:
        assert list(file) == ["a\n", "1\n"]
    s3.delete(url)
    assert s3.read_frame(url, **version)["a"].tolist() == ["1"]
    with pytest.raises(NotFound, match=r"no version .*-2222 of it"):
        s3.download(url, tmp_path / "none", version_id="00000000-0000-0000-0000-2222")
    with pytest.raises(ValueError, match="can only be read"):
        s3.open(url, "w", **version)
