"""Good objects are never refused, whoever cut them into parts; only what is disproved is an error."""

from __future__ import annotations

import os

import pytest

from oseberg.s3utils import S3, ChecksumMismatch
from tests.s3utils import servers
from tests.s3utils.faults import faulty

MIB = 1 << 20
LENGTHS = [5 * MIB + 1, 6_000_000, 8_000_000]


def put_in_parts(client, bucket, data, length, **more) -> None:
    upload = client.create_multipart_upload(Bucket=bucket, Key="k", **more)["UploadId"]
    parts = []
    for number, start in enumerate(range(0, len(data), length), start=1):
        piece = data[start : start + length]
        answer = client.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=piece)
        checks = {name: answer[name] for name in ("ETag", "ChecksumCRC32") if name in answer}
        parts.append({"PartNumber": number, **checks})
    client.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("checksum", [{}, {"ChecksumAlgorithm": "CRC32"}], ids=["etag", "crc32"])
def test_parts_of_any_size_are_read(s3, client, bucket, root, tmp_path, length, checksum):
    """By every way to read; what can't be verified says so."""
    data = os.urandom(11_000_000)
    put_in_parts(client, bucket, data, length, **checksum)
    done = s3.download(f"{root}/k", tmp_path / "k")
    assert done.verified in {"etag of parts", "crc32 of parts", "crc32", "size"}
    assert (tmp_path / "k").read_bytes() == data
    assert s3.read_bytes(f"{root}/k") == data
    assert s3.download_all(root, tmp_path / "all").ok
    assert s3.sync(root, tmp_path / "all").ok


def test_parts_of_unequal_sizes_and_copies_of_them_are_read(s3, client, bucket, root):
    """Some writers begin with a long part; some stores name a copy's checksum wrongly, whose ETag is right."""
    upload = client.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    parts = []
    for number, size in enumerate((7 * MIB + 3, 5 * MIB, 11), start=1):
        body = bytes([number]) * size
        answer = client.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    client.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    assert len(s3.read_bytes(f"{root}/k")) == 12 * MIB + 14
    s3.copy(f"{root}/k", f"{root}/copied")
    assert s3.read_bytes(f"{root}/copied") == s3.read_bytes(f"{root}/k")


def test_a_whole_checksum_that_differs_is_an_error(endpoint, client, bucket, tmp_path):
    """One part, other bytes on the way: disproved by checksum and ETag alike, and no file is left."""
    client.put_object(Bucket=bucket, Key="k", Body=b"right")
    with faulty(endpoint) as faults:
        faults.after.append(lambda e: setattr(e, "answer", b"wrong") if e.method == "GET" else None)
        with pytest.raises(ChecksumMismatch, match="differs from the store's"):
            S3(servers.client(faults.endpoint)).download(f"s3://{bucket}/k", tmp_path / "k")
    assert list(tmp_path.iterdir()) == []
