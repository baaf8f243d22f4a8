"""Reads over a bad network: whole and right, or a typed error and no file."""

from __future__ import annotations

import base64
import os
import traceback
import zlib
from types import SimpleNamespace

import pytest

from oseberg.s3utils import (
    S3,
    AccessDenied,
    ArchivedObject,
    BucketNotFound,
    ChangedDuringRead,
    ChecksumMismatch,
    ConnectionFailed,
    InvalidContent,
    InvalidUrl,
    Ledger,
    LocalFileError,
    NotFound,
    NotSupported,
    PartialFailure,
    S3Error,
    S3Url,
    Throttled,
    TruncatedTransfer,
)
from oseberg.s3utils._verify.digest import new_hasher
from tests.s3utils import servers
from tests.s3utils.faults import faulty

MIB = 1 << 20


def is_read(exchange, key="k") -> bool:
    return exchange.method == "GET" and exchange.path.split("?")[0].endswith(f"/{key}")


def files(folder) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("size", [100_000, 20 * MIB], ids=["one stream", "ranges"])
def test_a_cut_connection_is_resumed(s3, shaky, faults, root, tmp_path, size):
    """A download whose connection ends goes on where it was, and is verified as a whole."""
    data = os.urandom(size)
    s3.write_bytes(f"{root}/k", data)
    cuts = iter([10_000, 1_000])

    def cut(exchange):
        if is_read(exchange):
            exchange.cut_after = next(cuts, None)

    faults.after.append(cut)
    shaky.download(f"{root}/k", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == data


def test_a_connection_that_never_holds_is_truncated_transfer(s3, shaky, faults, root, tmp_path):
    """After some attempts it is an error that says to come back, and there is no file, temporary or other."""
    s3.write_bytes(f"{root}/k", b"x" * 10_000)
    faults.after.append(lambda exchange: setattr(exchange, "cut_after", 10 if is_read(exchange) else None))
    with pytest.raises(TruncatedTransfer) as caught:
        shaky.download(f"{root}/k", tmp_path / "out")
    assert caught.value.try_again
    assert files(tmp_path) == []


@pytest.mark.parametrize("size", [1_000, 20 * MIB], ids=["one stream", "ranges"])
def test_corrupted_bytes_are_found(s3, shaky, faults, root, tmp_path, size):
    """One changed byte is a ChecksumMismatch, in memory and in files, and no file remains."""
    s3.write_bytes(f"{root}/k", os.urandom(size))

    def corrupt(exchange):
        if is_read(exchange):
            exchange.answer = bytes([exchange.answer[0] ^ 1]) + exchange.answer[1:]

    faults.after.append(corrupt)
    with pytest.raises(ChecksumMismatch, match=r"crc32|etag"):
        shaky.download(f"{root}/k", tmp_path / "out")
    with pytest.raises(ChecksumMismatch):
        shaky.read_bytes(f"{root}/k")
    with pytest.raises(PartialFailure, match=r"crc32|etag"):
        shaky.download_all(root, tmp_path / "all")
    assert files(tmp_path) == []


def test_corrupted_bytes_are_found_by_the_fast_engine(s3, faults, root, tmp_path):
    """The bulk engine compares too, and leaves the verdict to the careful way."""
    s3.write_bytes(f"{root}/k", b"0123456789")
    fast = S3(endpoint_url=faults.endpoint)
    faults.after.append(lambda e: setattr(e, "answer", b"0123456780") if is_read(e) else None)
    with pytest.raises(PartialFailure) as caught:
        fast.download_all(root, tmp_path)
    assert isinstance(caught.value.report.failures[0].error, ChecksumMismatch)
    assert any("aws-sdk-rust" not in e.headers.get("User-Agent", "") for e in faults.seen if is_read(e))
    assert files(tmp_path) == []


def test_a_large_object_of_one_part_is_verified_as_it_comes(client, bucket, s3, tmp_path):
    """The checksums of the ranges join to that of the whole."""
    data = os.urandom(20 * MIB)
    client.put_object(Bucket=bucket, Key="k", Body=data, ChecksumAlgorithm="CRC32")
    assert s3.download(f"s3://{bucket}/k", tmp_path / "out").verified == "crc32"
    assert (tmp_path / "out").read_bytes() == data


@pytest.mark.parametrize("size", [1_000, 20 * MIB], ids=["one stream", "ranges"])
def test_objects_under_a_key_are_verified_by_amazons_own_checksum(ministack_endpoint, tmp_path, size):
    """The ETag of an object under a KMS key says nothing of its content; the CRC-64 that Amazon adds to each does."""
    data = os.urandom(size)
    checksum = new_hasher("crc64nvme")
    checksum.update(data)
    direct, bucket = servers.client(ministack_endpoint), f"kms-{size}"
    direct.create_bucket(Bucket=bucket)
    crc = base64.b64encode(checksum.digest()).decode()
    kms = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key"}
    direct.put_object(Bucket=bucket, Key="k", Body=data, ChecksumCRC64NVME=crc, **kms)
    with faulty(ministack_endpoint) as faults:
        s3 = S3(servers.client(faults.endpoint))
        assert s3.download(f"s3://{bucket}/k", tmp_path / "out").verified == "crc64nvme"
        assert s3.read_bytes(f"s3://{bucket}/k") == (tmp_path / "out").read_bytes() == data
        faults.after.append(lambda e: setattr(e, "answer", b"?" + e.answer[1:]) if is_read(e) else None)
        with pytest.raises(ChecksumMismatch, match="crc64nvme"):
            s3.download(f"s3://{bucket}/k", tmp_path / "again")
    assert files(tmp_path) == ["out"]


def test_parts_of_uneven_sizes_are_asked_for(client, bucket, s3, shaky, faults, tmp_path):
    """A multipart upload cut as nobody would guess is verified by the sizes that the store tells, or by size alone."""
    upload = client.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    pieces = [os.urandom(size) for size in (6 * MIB, 5 * MIB, 7 * MIB, 1)]
    parts = [
        {
            "PartNumber": number,
            "ETag": client.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=piece)["ETag"],
        }
        for number, piece in enumerate(pieces, start=1)
    ]
    client.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    url = f"s3://{bucket}/k"
    assert s3.download(url, tmp_path / "out").verified == "etag of parts"
    assert (tmp_path / "out").read_bytes() == s3.read_bytes(url) == b"".join(pieces)
    assert s3.sync(f"s3://{bucket}", tmp_path / "folder").transfers
    faults.after.append(lambda e: e.answer_headers.pop("x-amz-mp-parts-count", None))
    assert shaky.download(url, tmp_path / "again").verified == "size"
    odd = '"' + "0" * 32 + '-9999"'
    faults.after.append(lambda e: e.answer_headers.update({"ETag": odd}) if "ETag" in e.answer_headers else None)
    faults.before.append(lambda e: e.headers.pop("If-Match", None))
    assert shaky.download(url, tmp_path / "again").verified == "size"


def test_verification_can_be_left_out(s3, shaky, faults, root, tmp_path):
    """`verify=False` takes what comes, for stores whose ETags are wrong, and says so."""
    s3.write_bytes(f"{root}/k", b"right")

    def corrupt(exchange):
        if is_read(exchange):
            exchange.answer = b"wrong"
            exchange.answer_headers = {k: v for k, v in exchange.answer_headers.items() if "checksum" not in k.lower()}

    faults.after.append(corrupt)
    assert shaky.download(f"{root}/k", tmp_path / "out", verify=False).verified == ""
    assert (tmp_path / "out").read_text() == "wrong"


@pytest.mark.parametrize("heeds", [True, False], ids=["store heeds If-Match", "store ignores it"])
def test_a_replaced_object_is_not_mixed(s3, shaky, faults, root, tmp_path, heeds):
    """An object replaced between two ranges is ChangedDuringRead: never half old, half new."""
    s3.write_bytes(f"{root}/k", b"old" * 100_000)

    def cut_and_replace(exchange):
        if is_read(exchange) and exchange.cut_after is None and not cuts:
            exchange.cut_after = 1_000
            cuts.append(True)
            s3.write_bytes(f"{root}/k", b"new" * 100_000)

    def ignore_conditions(exchange):
        exchange.headers = {k: v for k, v in exchange.headers.items() if heeds or k.lower() != "if-match"}

    cuts = []
    faults.before.append(ignore_conditions)
    faults.after.append(cut_and_replace)
    with pytest.raises(ChangedDuringRead):
        shaky.download(f"{root}/k", tmp_path / "out")
    assert files(tmp_path) == []


def test_an_object_replaced_since_its_listing_is_reported(s3, root, tmp_path):
    """A listed object is fetched as it was listed, or not at all; small and large, listed or described."""
    s3.write_bytes(f"{root}/a", b"1")
    s3.write_bytes(f"{root}/b", b"1" * (17 * MIB))
    s3.write_bytes(f"{root}/c", b"1")
    listed = list(s3.list(root))
    s3.write_bytes(f"{root}/a", b"2")
    s3.write_bytes(f"{root}/b", b"2" * (17 * MIB))
    s3.delete(f"{root}/c")
    with pytest.raises(PartialFailure) as caught:
        s3.download_all(listed, tmp_path)
    kinds = {type(failure.error) for failure in caught.value.report.failures}
    assert kinds == {ChangedDuringRead}
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("status", "code", "kind", "try_again"),
    [
        (403, "AccessDenied", AccessDenied, False),
        (403, "InvalidObjectState", ArchivedObject, False),
        (404, "NoSuchKey", NotFound, False),
        (404, "NoSuchBucket", BucketNotFound, False),
        (503, "SlowDown", Throttled, True),
        (429, "TooManyRequests", Throttled, True),
        (500, "InternalError", S3Error, True),
        (418, "Teapot", S3Error, False),
        (400, "KeyTooLongError", InvalidUrl, False),
        (400, "AuthorizationHeaderMalformed", S3Error, False),
        (400, "RequestTimeout", TruncatedTransfer, True),
        (403, "AccountProblem", AccessDenied, False),
        (405, "MethodNotAllowed", NotSupported, False),
    ],
)
def test_answers_become_typed_errors(shaky, faults, root, tmp_path, status, code, kind, try_again):
    """Each answer of a store has its error, which names the key and what was being done, and leaves no file."""
    faults.before.append(lambda exchange: exchange.fail(status, code) if is_read(exchange) else None)
    with pytest.raises(kind, match=r"s3://.*/k") as caught:
        shaky.read_bytes(f"{root}/k")
    assert type(caught.value) is kind
    assert (caught.value.try_again, caught.value.retryable, caught.value.operation) == (try_again, try_again, "read")
    assert files(tmp_path) == []


def test_nobody_listening_is_connection_failed(monkeypatch, tmp_path):
    """A store that can't be reached is a ConnectionError that says to look at the endpoint."""
    s3 = S3(servers.client(f"http://127.0.0.1:{servers.free_port()}"))
    with pytest.raises(ConnectionFailed, match="endpoint"):
        s3.download("s3://bucket/k", tmp_path / "k")
    with pytest.raises(ConnectionError):
        s3.read_bytes("s3://bucket/k")


def test_missing_keys_and_buckets_are_told_apart(s3, root, tmp_path):
    """A missing key is a FileNotFoundError; a missing bucket says that it is the bucket."""
    with pytest.raises(FileNotFoundError) as caught:
        s3.download(f"{root}/none", tmp_path / "none")
    assert type(caught.value) is NotFound
    for call in (s3.read_bytes, s3.stat, s3.exists, lambda url: list(s3.list(url))):
        with pytest.raises(BucketNotFound):
            call("s3://no-such-bucket-here/k")
    with pytest.raises(NotFound, match="neither an object"):
        s3.download_all(f"{root}/none", tmp_path)
    with pytest.raises(NotFound, match="neither an object"):
        s3.download_all(f"{root}/none/", tmp_path)


def test_403_on_head_says_both_and_exists_raises(shaky, faults, root):
    """Without leave to list a missing key looks like a denied one: `exists` won't guess."""
    faults.before.append(lambda e: e.fail(403, "") if e.method == "HEAD" and e.path.endswith("/k") else None)
    with pytest.raises(AccessDenied, match="may be missing"):
        shaky.exists(f"{root}/k")
    faults.before[:] = [lambda e: e.fail(404 if e.path.endswith("/k") else 403, "") if e.method == "HEAD" else None]
    assert not shaky.exists(f"{root}/k")


def test_missing_credentials_and_profiles_are_access_denied(monkeypatch, tmp_path):
    """Nothing to sign with is AccessDenied that says what to set, and shows no secret."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(AccessDenied, match="AWS_ACCESS_KEY_ID"):
        S3(endpoint_url="http://127.0.0.1:9").read_bytes("s3://bucket/k")
    with pytest.raises(AccessDenied, match="profile"):
        S3(profile="nobody")


def test_no_secret_is_shown(s3, root, faults, shaky):
    """Neither errors nor reprs hold the secret key."""
    faults.before.append(lambda exchange: exchange.fail(403, "SignatureDoesNotMatch"))
    with pytest.raises(AccessDenied) as caught:
        shaky.read_bytes(f"{root}/k")
    assert "a-secret-of-the-tests" not in f"{caught.value!r}{caught.value}{shaky!r}{vars(caught.value)}"


@pytest.mark.parametrize(
    "slip",
    [
        lambda s3: s3.read_bytes("https://bucket.s3.amazonaws.com/k?X-Amz-Signature=secret"),
        lambda s3: s3.read_bytes("s3://KEY:sec/secret@bucket/k"),
        lambda _: S3Url.from_https("ftp://bucket/k?X-Amz-Signature=secret"),
        lambda _: S3(endpoint_url="http://user:secret@:x"),
    ],
)
def test_addresses_with_secrets_are_refused_without_showing_them(s3, slip):
    """A presigned address, credentials in a URL: the error has neither, in its text, its attributes or its cause."""
    with pytest.raises(InvalidUrl) as caught:
        slip(s3)
    shown = "".join(traceback.format_exception(caught.value))
    assert "secret" not in f"{caught.value}{vars(caught.value)}{shown.rpartition('InvalidUrl')[2]}"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("page", ["<html>welcome</html>", "<!doctype html><html><br>welcome</html>"])
def test_what_isnt_a_store_is_reported(shaky, faults, tmp_path, page, monkeypatch):
    """A console or a network's log-in page answers 200: neither an empty folder nor a defect of ours."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))  # boto3 tries some often

    def welcome(exchange):
        exchange.status, exchange.answer_headers, exchange.answer = 200, {"Content-Type": "text/html"}, page.encode()

    faults.before.append(welcome)
    (tmp_path / "up").write_text("up")
    for call in (
        lambda: shaky.read_bytes("s3://bucket/k"),
        lambda: shaky.stat("s3://bucket/k"),
        lambda: shaky.exists("s3://bucket/k"),
        lambda: shaky.download("s3://bucket/k", tmp_path / "down"),
        lambda: list(shaky.list("s3://bucket")),
        lambda: shaky.upload(tmp_path / "up", "s3://bucket/k"),
    ):
        with pytest.raises(S3Error, match=r"check the endpoint|The store answered 500") as caught:
            call()
        assert caught.value.try_again
    assert files(tmp_path) == ["up"]


def test_an_endpoint_that_sends_everybody_elsewhere_is_reported(shaky, faults):
    """As one does that is named with http where it wants https: boto3 would ask for ever."""
    faults.before.append(lambda exchange: exchange.fail(301, ""))
    for call in (shaky.read_bytes, shaky.stat, lambda url: list(shaky.list(url))):
        with pytest.raises(ConnectionFailed, match="sends every request elsewhere"):
            call("s3://bucket/k")


@pytest.mark.parametrize("size", [100_000, 20 * MIB], ids=["one stream", "ranges"])
def test_a_store_that_ignores_ranges_is_found(s3, shaky, faults, root, tmp_path, size):
    """The whole object isn't taken for a piece of it, even where nothing but the size could tell."""
    s3.write_bytes(f"{root}/k", os.urandom(size))
    faults.before.append(lambda exchange: exchange.headers.pop("Range", None))
    faults.after.append(lambda exchange: setattr(exchange, "cut_after", 10_000 if is_read(exchange) else None))
    with pytest.raises(NotSupported, match="range"):
        shaky.download(f"{root}/k", tmp_path / "out", verify=False)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("status", "why"), [(400, "credentials have expired"), (301, "another region"), (405, "marks a deletion")]
)
def test_answers_without_a_code_say_what_they_mostly_mean(shaky, faults, root, status, why):
    """HEAD gets no code: run-out credentials, another region, and a deletion's version look so."""
    faults.before.append(lambda e: e.fail(status, "") if e.method == "HEAD" and e.path.endswith("/k") else None)
    with pytest.raises(S3Error, match=why):
        shaky.stat(f"{root}/k")


def test_only_a_plain_denial_may_be_a_missing_key(shaky, faults, root):
    """A wrong clock or a wrong secret isn't one."""
    faults.before.append(lambda e: e.fail(403, "RequestTimeTooSkewed"))
    with pytest.raises(AccessDenied, match="clock") as caught:
        shaky.read_bytes(f"{root}/k")
    assert "missing" not in str(caught.value)


def test_open_reads_anywhere_of_one_state(s3, shaky, faults, root):
    """Seeks fetch ranges; an object replaced meanwhile is an error at the next range."""
    data = os.urandom(3 * MIB)
    s3.write_bytes(f"{root}/k", data)
    with shaky.open(f"{root}/k", "rb") as file:
        assert file.seekable()
        file.seek(-10, os.SEEK_END)
        assert file.read() == data[-10:]
        file.seek(5)
        assert file.read(3) == data[5:8]
        file.seek(2, os.SEEK_CUR)
        assert file.read(1) == data[10:11]
        file.seek(MIB)
        assert zlib.crc32(file.read()) == zlib.crc32(data[MIB:])
        assert file.read() == b""
        assert "of 3,145,728 bytes" in repr(file.raw)
        with pytest.raises(ValueError, match="before the beginning"):
            file.raw.seek(-1)
        s3.write_bytes(f"{root}/k", b"new")
        file.seek(0)
        with pytest.raises(ChangedDuringRead):
            file.read(1)
    with pytest.raises(ValueError, match="Unknown mode"):
        s3.open(f"{root}/k", "a")
    with pytest.raises(NotFound):
        s3.open(f"{root}/none")


def test_a_large_version_is_read_in_ranges(client, bucket, s3, tmp_path):
    """Though it was replaced since."""
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    data = os.urandom(17 * MIB)
    old = s3.write_bytes(f"s3://{bucket}/k", data)
    s3.write_bytes(f"s3://{bucket}/k", b"new")
    assert s3.download(old.url, tmp_path / "k", version_id=old.version_id).verified
    assert (tmp_path / "k").read_bytes() == data


def test_requester_pays_is_sent(s3, root, faults):
    """Requests say that the requester pays."""
    s3.write_bytes(f"{root}/k", b"1")
    S3(endpoint_url=faults.endpoint, requester_pays=True).read_bytes(f"{root}/k")
    assert faults.seen[-1].headers.get("x-amz-request-payer") == "requester"


@pytest.mark.parametrize(
    ("name", "data", "read"),
    [
        ("a.json", b"{", S3.read_json),
        ("a.txt", b"\xff", S3.read_text),
        ("a.csv", b"", S3.read_frame),
        ("a.csv.gz", b"no gzip", S3.read_frame),
        ("a.parquet", b"no parquet", S3.read_frame),
    ],
)
def test_contents_of_another_kind_are_named(s3, root, name, data, read):
    """What can't be understood is an error that says which object, and as what it was read."""
    s3.write_bytes(f"{root}/{name}", data)
    with pytest.raises(InvalidContent, match=rf"{root}/{name}: it isn't") as caught:
        read(s3, f"{root}/{name}")
    assert isinstance(caught.value, ValueError)


def test_slips_in_arguments_are_reported(s3, root, tmp_path):
    """An endpoint that is none, a name no disk takes, a comparison that there isn't, an ending in a list."""
    with pytest.raises(InvalidUrl, match="https://host:port"):
        S3(endpoint_url="localhost")
    s3.write_text(f"{root}/a.csv", "1")
    with pytest.raises(LocalFileError, match="too long"):
        s3.download(f"{root}/a.csv", tmp_path / ("n" * 300))
    with pytest.raises(ValueError, match="checksum, size, time"):
        s3.sync(tmp_path, root, compare="chksum")
    with pytest.raises(InvalidUrl, match="an object, not a folder"):
        s3.sync(f"{root}/a.csv", tmp_path)
    assert s3.sync(f"{root}/none", tmp_path).transfers == []
    (item,) = Ledger(tmp_path / "ledger").new(s3.list(root))
    with pytest.raises(InvalidUrl, match=r"not LedgerItem; take its \.url"):
        s3.download(item, tmp_path)
    with pytest.raises(InvalidContent, match=r"n\.json: it isn't JSON"):
        s3.write_json(f"{root}/n.json", {"a": float("nan")})
    with pytest.raises(InvalidUrl, match=r"must end in \.csv"):
        s3.read_frame(f"{root}/none.xlsx")
    for method in ("DELETE", "get"):
        with pytest.raises(ValueError, match="GET and PUT"):
            s3.presign(f"{root}/a.csv", method=method)
    assert [item.key for item in s3.list(root, suffix=[".csv", ".txt"])] == ["a.csv"]
    with pytest.raises(BucketNotFound, match="next to s3://no-such-bucket-here/"):
        s3.write_text("s3://no-such-bucket-here/k", "1", if_absent=True)


def test_a_page_that_isnt_xml_is_an_error(faults, root, monkeypatch):
    """A listing that breaks off isn't taken for a short one."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))  # boto3 tries it often

    def break_off(exchange):
        exchange.answer = exchange.answer[: len(exchange.answer) // 2]

    faults.after.append(break_off)
    with pytest.raises(S3Error, match="Can't list"):
        list(S3(endpoint_url=faults.endpoint).list(root))


@pytest.mark.parametrize("size", [0, 5, 17 * MIB])
def test_a_file_that_has_the_content_already_is_left_alone(s3, root, tmp_path, size):
    """Where it was asked for; another content of the same size is fetched, and so is all that nothing vouches for."""
    s3.write_bytes(f"{root}/k", b"x" * size)
    plan = s3.download(f"{root}/k", tmp_path / "k", if_changed=True, dry_run=True)
    assert (plan.action, (tmp_path / "k").exists()) == ("download", False)
    with pytest.raises(ValueError, match="if_changed=True"):
        s3.download(f"{root}/k", tmp_path / "k", dry_run=True)
    assert s3.download(f"{root}/k", tmp_path / "k", if_changed=True).action == "download"
    before = (tmp_path / "k").stat().st_ino
    assert s3.download(f"{root}/k", f"{tmp_path}/", if_changed=True).action == "unchanged"
    assert (tmp_path / "k").stat().st_ino == before
    assert s3.download(f"{root}/k", tmp_path / "k").action == "download"
    (tmp_path / "k").write_bytes(b"y" * (size or 1))
    assert s3.download(next(s3.list(root)), tmp_path / "k", if_changed=True).action == "download"
    assert (tmp_path / "k").read_bytes() == b"x" * size
