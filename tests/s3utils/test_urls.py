"""S3 URLs: literal keys, and nothing that isn't one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.s3utils import InvalidUrl, S3Url

SEGMENT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=20)


@given(st.lists(SEGMENT, min_size=1, max_size=4))
def test_a_url_is_the_bucket_and_the_literal_key(segments):
    """Whatever stands after the bucket is the key, to the letter, and comes back in text."""
    key = "/".join(segments)
    url = S3Url(f"s3://bucket/{key}")
    assert (url.bucket, url.key, str(url), S3Url(url)) == ("bucket", key, f"s3://bucket/{key}", url)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(lambda k: k[-1] != "/"))
def test_parent_and_name_make_the_url_again(key):
    """Doubled and leading slashes included."""
    url = S3Url(f"s3://bucket/{key}")
    assert url.parent / url.name == url


def test_parts_of_a_url():
    """Names, suffixes and parents are those of paths."""
    url = S3Url("s3://bucket/a/b.csv")
    assert (url.name, url.suffix, str(url.parent)) == ("b.csv", ".csv", "s3://bucket/a")
    assert (S3Url("s3://bucket/a/b/").name, S3Url("s3://bucket/").name, S3Url("s3://bucket").suffix) == ("b", "", "")
    assert S3Url("s3://bucket/a") / "b?c#d.txt" == S3Url("s3://bucket/a/b?c#d.txt")
    assert S3Url("s3://bucket/a/") / "b" == S3Url("s3://bucket") / "a/b"
    assert str(S3Url("s3://bucket").parent) == "s3://bucket/"
    assert S3Url("s3://b/a") < S3Url("s3://b/b")
    assert len({S3Url("s3://b/a"), S3Url("s3://b/a")}) == 1
    assert repr(url) == "S3Url('s3://bucket/a/b.csv')"
    with pytest.raises(AttributeError):
        url.key = "other"
    point = "arn:aws:s3:us-east-1:123456789012:accesspoint/mine"
    assert (S3Url(f"s3://{point}/a/b").bucket, S3Url(f"s3://{point}/a/b").key) == (point, "a/b")


@pytest.mark.parametrize(
    "text",
    ["", "bucket/key", "s3:/bucket/key", "s3://", "s3:///key", "http://bucket/key", "s3://buck et/key", "s3://b\nc/k"],
)
def test_what_is_not_a_url_is_refused(text):
    """The error is a ValueError too, and says what it should look like."""
    with pytest.raises(InvalidUrl):
        S3Url(text)
    with pytest.raises(ValueError, match=r"s3://|bucket"):
        S3Url(text)


def test_impossible_keys_are_refused():
    """Too long, not Unicode, not a text."""
    with pytest.raises(InvalidUrl, match="1024"):
        S3Url("s3://bucket/" + "é" * 513)
    with pytest.raises(InvalidUrl, match="Unicode"):
        S3Url("s3://bucket/\ud800")
    with pytest.raises(InvalidUrl, match="not int"):
        S3Url(5)
    with pytest.raises(InvalidUrl, match="whole bucket"):
        S3Url("s3://bucket").require_key("read")


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://bucket.s3.us-east-1.amazonaws.com/a/b.csv", "s3://bucket/a/b.csv"),
        ("https://bucket.s3.amazonaws.com/a%20b%3F.csv?X-Amz-Signature=x", "s3://bucket/a b?.csv"),
        ("https://my.dotted.bucket.s3-us-west-2.amazonaws.com/k", "s3://my.dotted.bucket/k"),
        ("https://s3.us-east-1.amazonaws.com/bucket/k", "s3://bucket/k"),
        ("https://bucket.s3.dualstack.us-east-1.amazonaws.com/k", "s3://bucket/k"),
        ("http://localhost:9000/bucket/a/b", "s3://bucket/a/b"),
    ],
)
def test_web_addresses_are_read(address, url):
    """Virtual-hosted, path style, presigned and other stores' addresses."""
    assert S3Url.from_https(address) == S3Url(url)


@pytest.mark.parametrize("address", ["s3://bucket/k", "https:///k", "https://s3.amazonaws.com/"])
def test_other_addresses_are_refused(address):
    """Not of the web, or without a bucket."""
    with pytest.raises(InvalidUrl):
        S3Url.from_https(address)
