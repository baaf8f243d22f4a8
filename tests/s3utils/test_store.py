"""The store's answers and settings as people meet them."""

from __future__ import annotations

import urllib.request
from datetime import timedelta

import pytest

from oseberg.s3utils import (
    S3,
    AccessDenied,
    ArchivedObject,
    ChecksumMismatch,
    NotSupported,
    PartialFailure,
    S3Error,
    S3Url,
)


@pytest.mark.parametrize(
    ("settings", "mode", "attempts"),
    [
        ({}, "standard", 6),
        ({"AWS_MAX_ATTEMPTS": "9"}, "standard", 9),
        ({"AWS_RETRY_MODE": "adaptive", "AWS_MAX_ATTEMPTS": "1"}, "adaptive", 1),
        ({"AWS_RETRY_MODE": "legacy"}, "legacy", 6),
    ],
)
def test_boto3s_own_settings_of_retries_are_honored(monkeypatch, endpoint, settings, mode, attempts):
    """Ours hold only where nobody said anything."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    retries = S3(endpoint_url=endpoint)._connection.client.meta.config.retries
    assert (retries["mode"], retries["total_max_attempts"]) == (mode, attempts)


def test_retries_of_a_profile_are_honored(monkeypatch, endpoint, tmp_path):
    """The configuration file counts as well."""
    (tmp_path / "config").write_text("[profile land]\nmax_attempts = 3\nretry_mode = adaptive\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    retries = S3(endpoint_url=endpoint, profile="land")._connection.client.meta.config.retries
    assert (retries["mode"], retries["total_max_attempts"]) == ("adaptive", 3)


DENIALS = [
    "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:1:key/k",
    "User is not authorized to perform: s3:GetObject with an explicit deny in a resource-based policy",
]


@pytest.mark.parametrize("words", DENIALS)
def test_the_stores_own_words_for_a_denial_are_kept(shaky, faults, s3, root, words):
    """A key of KMS or a policy is the reason, not a key that may be missing."""
    s3.write_text(f"{root}/k", "1")

    faults.before.append(lambda e: e.fail(403, "AccessDenied", words))
    with pytest.raises(AccessDenied) as caught:
        shaky.read_bytes(f"{root}/k")
    assert words in str(caught.value)
    assert "may be missing" not in str(caught.value)


def test_a_denied_head_is_asked_for_its_reason(shaky, faults, s3, root, tmp_path):
    """Its answer has no body; that to a GET has: a download and `exists` say the same as a read."""
    s3.write_text(f"{root}/k", "1")

    faults.before.append(lambda e: e.fail(403, "" if e.method == "HEAD" else "AccessDenied", DENIALS[0]))
    for look in (
        lambda: shaky.download(f"{root}/k", tmp_path / "k"),
        lambda: shaky.exists(f"{root}/k"),
        lambda: shaky.copy(f"{root}/k", f"{root}/l"),
    ):
        with pytest.raises(AccessDenied, match="kms:Decrypt") as caught:
            look()
        assert "may be missing" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        ("XAmzContentSHA256Mismatch", "", ChecksumMismatch),
        ("MissingContentMD5", "", NotSupported),
        ("InvalidRequest", "Missing required header for this request: Content-MD5", S3Error),
        ("InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.", S3Error),
        ("NotImplemented", "Transfering payloads with x-amz-trailer is not implemented", NotSupported),
    ],
)
def test_stores_that_dont_know_todays_checksums_are_hinted_at(shaky, faults, root, code, words, kind):
    """The message names the setting that helps."""
    faults.before.append(lambda e: e.fail(400, code, words))
    with pytest.raises(kind, match="when_required"):
        shaky.write_bytes(f"{root}/k", b"1")


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://bucket.s3.amazonaws.com/a+b%2Bc.csv", "s3://bucket/a b+c.csv"),
        ("http://127.0.0.1:9000/bucket/a+b.csv?X-Amz-Signature=1", "s3://bucket/a b.csv"),
        (
            "https://s3.console.aws.amazon.com/s3/object/bucket?region=us-east-1&prefix=in/a+b.csv",
            "s3://bucket/in/a b.csv",
        ),
        (
            "https://us-east-1.console.aws.amazon.com/s3/buckets/bucket?prefix=in%2F&region=us-east-1&tab=objects",
            "s3://bucket/in/",
        ),
        ("https://us-east-1.console.aws.amazon.com/s3/buckets/bucket?region=us-east-1", "s3://bucket/"),
        ("https://console.amazonaws-us-gov.com/s3/object/bucket?prefix=k", "s3://bucket/k"),
    ],
)
def test_addresses_that_people_copy_are_read(address, url):
    """A plus is a space, as S3 reads it; the console's addresses name bucket and prefix."""
    assert S3Url.from_https(address) == S3Url(url)


def test_a_presigned_address_says_who_pays(endpoint, root):
    """The bucket's owner would refuse it without."""
    s3 = S3(endpoint_url=endpoint, requester_pays=True)
    s3.write_text(f"{root}/k", "paid")
    for method in ("GET", "PUT"):
        assert "x-amz-request-payer=requester&" in s3.presign(f"{root}/k", timedelta(hours=1), method=method)
    assert "payer" not in s3.presign(f"{root}/k").partition("SignedHeaders=")[2].partition("&")[0]
    with urllib.request.urlopen(s3.presign(f"{root}/k")) as answer:
        assert answer.read() == b"paid"
    assert "payer" not in S3(endpoint_url=endpoint).presign("s3://bucket/k")


def test_an_archived_object_says_so_and_is_asked_for(s3, client, bucket, root, tmp_path):
    """By every way to read; asking is safe to repeat."""
    client.put_object(Bucket=bucket, Key="old", Body=b"1", StorageClass="DEEP_ARCHIVE")
    assert s3.stat(f"{root}/old").is_archived
    for read in (
        lambda: s3.read_bytes(f"{root}/old"),
        lambda: s3.download(f"{root}/old", tmp_path / "old"),
        lambda: s3.copy(f"{root}/old", f"{root}/new"),
    ):
        with pytest.raises((ArchivedObject, AccessDenied), match="restore"):
            read()
    assert s3.restore(f"{root}/old", days=1, tier="Bulk") == "requested"
    assert s3.restore(f"{root}/old") in {"in progress", "restored"}
    s3.write_text(f"{root}/k", "1")
    assert s3.restore(f"{root}/k") == "not archived"
    with pytest.raises(ValueError, match="Bulk, Standard, Expedited"):
        s3.restore(f"{root}/k", tier="Slow")


def test_a_restore_that_runs_already_is_reported(shaky, faults, client, bucket, root):
    """Answered by 409 where the description doesn't show it."""
    client.put_object(Bucket=bucket, Key="old", Body=b"1", StorageClass="GLACIER")
    faults.before.append(lambda e: e.fail(409, "RestoreAlreadyInProgress") if e.method == "POST" else None)
    assert shaky.restore(f"{root}/old") == "in progress"


def test_an_archived_object_doesnt_block_deletions(s3, client, bucket, root, tmp_path):
    """It is named as a failure, is not deleted, and what is surplus goes; any other failure keeps everything."""
    s3.write_text(f"{root}/in/a", "1")
    client.put_object(Bucket=bucket, Key="in/old", Body=b"1", StorageClass="GLACIER")
    (tmp_path / "surplus").write_text("x")
    with pytest.raises(PartialFailure) as caught:
        s3.sync(f"{root}/in", tmp_path, delete=True)
    assert [type(failure.error) for failure in caught.value.report.failures] == [ArchivedObject]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert sorted(done.action for done in caught.value.report.transfers) == ["delete", "download"]
    (tmp_path / "surplus").write_text("x")
    s3.write_text(S3Url.of(bucket, "in/../evil"), "1")
    with pytest.raises(PartialFailure):
        s3.sync(f"{root}/in", tmp_path, delete=True)
    assert (tmp_path / "surplus").exists()
