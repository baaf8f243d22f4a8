"""Options of writes: encryption, access, class, metadata and tags."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from oseberg.s3utils.errors import NotSupported

if TYPE_CHECKING:
    from collections.abc import Mapping

# Our names, and those of the request; boto3's own names are accepted as well.
_NAMES = {
    "encryption": "ServerSideEncryption",
    "kms_key_id": "SSEKMSKeyId",
    "kms_context": "SSEKMSEncryptionContext",
    "bucket_key": "BucketKeyEnabled",
    "acl": "ACL",
    "storage_class": "StorageClass",
    "content_type": "ContentType",
    "content_encoding": "ContentEncoding",
    "content_disposition": "ContentDisposition",
    "content_language": "ContentLanguage",
    "cache_control": "CacheControl",
    "metadata": "Metadata",
}
_OURS = {theirs: ours for ours, theirs in _NAMES.items()} | {
    "Tagging": "tags",
    "SSECustomerKey": "customer_key",
    "sse": "encryption",
}
_IMPLIED = {"SSECustomerAlgorithm", "SSECustomerKeyMD5"}  # follow from the key


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """Options of writes; buckets whose policy demands encryption refuse writes without it.

    Attributes:
        encryption: `AES256` (SSE-S3), `aws:kms` or `aws:kms:dsse` (SSE-KMS).
        kms_key_id: The key for SSE-KMS; the account's own unless given.
        kms_context: The encryption context for SSE-KMS, as the base64 text that S3 asks for.
        bucket_key: Whether to use the bucket's key for SSE-KMS, which saves requests to KMS.
        customer_key: Your own key of 32 bytes (SSE-C); objects are then read with it as well. It is in no `repr`, and
            an `S3` that has one can't be pickled.
        acl: A canned ACL such as `bucket-owner-full-control`.
        storage_class: `STANDARD`, `STANDARD_IA`, `GLACIER_IR`, …
        content_type: The media type; without it the name's suffix decides.
        content_encoding: As in HTTP.
        content_disposition: As in HTTP.
        content_language: As in HTTP.
        cache_control: As in HTTP.
        metadata: The object's own metadata.
        tags: The object's tags.

    Example:
        >>> WriteOptions(encryption="aws:kms", tags={"team": "land"}).arguments()
        {'ServerSideEncryption': 'aws:kms', 'Tagging': 'team=land'}
    """

    encryption: str | None = None
    kms_key_id: str | None = None
    kms_context: str | None = None
    bucket_key: bool | None = None
    customer_key: bytes | None = field(default=None, repr=False)
    acl: str | None = None
    storage_class: str | None = None
    content_type: str | None = None
    content_encoding: str | None = None
    content_disposition: str | None = None
    content_language: str | None = None
    cache_control: str | None = None
    metadata: Mapping[str, str] | None = None
    tags: Mapping[str, str] | None = None

    @classmethod
    def of(cls, options: WriteOptions | Mapping[str, Any] | None) -> WriteOptions:
        """Read options from a mapping with these names, or with those of boto3's `put_object`.

        Returns:
            The options; none set for None.

        Raises:
            ValueError: An option is unknown.
        """
        if options is None:
            return cls()
        if isinstance(options, WriteOptions):
            return options
        given = {_OURS.get(name, name): value for name, value in options.items() if name not in _IMPLIED}
        unknown = sorted(given.keys() - {one.name for one in fields(cls)})
        if unknown:
            known = ", ".join(one.name for one in fields(cls))
            raise ValueError(f"Unknown write option {unknown[0]!r}. Known options: {known}.")
        if isinstance(given.get("tags"), str):
            from urllib.parse import parse_qsl  # noqa: PLC0415 - boto3's form of tags alone

            given["tags"] = dict(parse_qsl(given["tags"], keep_blank_values=True))
        if isinstance(given.get("customer_key"), str):
            given["customer_key"] = given["customer_key"].encode()
        return cls(**given)

    def with_more(self, options: WriteOptions | Mapping[str, Any] | None) -> WriteOptions:
        """Combine these options with others, which override them one by one.

        Returns:
            The combined options.
        """
        if options is None:
            return self
        more = WriteOptions.of(options)
        given = {one.name: getattr(more, one.name) for one in fields(more)}
        return replace(self, **{name: value for name, value in given.items() if value is not None})

    def arguments(self) -> dict[str, Any]:
        """Convert the options to the parameters of a request that creates an object.

        Returns:
            boto3's names and their values.
        """
        given = {theirs: getattr(self, ours) for ours, theirs in _NAMES.items()}
        given["Metadata"] = dict(self.metadata) if self.metadata else None
        given["Tagging"] = encode_tags(self.tags) if self.tags else None
        return {name: value for name, value in given.items() if value is not None} | self.key_arguments()

    def key_arguments(self, prefix: str = "") -> dict[str, Any]:
        """Return the parameters that name the customer's key, which each request on such an object needs.

        Args:
            prefix: `CopySource` where the object is the source of a copy.

        Returns:
            Nothing without a customer's key.
        """
        if self.customer_key is None:
            return {}
        return {f"{prefix}SSECustomerAlgorithm": "AES256", f"{prefix}SSECustomerKey": self.customer_key}

    def __reduce__(self) -> tuple[Any, ...]:
        if self.customer_key is not None:
            raise NotSupported(
                "An S3 with a customer_key can't be pickled: the key would be in it. Make a new one there."
            )
        return WriteOptions.of, ({one.name: getattr(self, one.name) for one in fields(self)},)


def encode_tags(tags: Mapping[str, str]) -> str:
    """Return tags in the form of the request's header.

    Args:
        tags: Keys and values.

    Returns:
        The header's text. A space is `%20`, which every store decodes; some keep a `+` as it is.
    """
    return urlencode(tags, quote_via=quote)
