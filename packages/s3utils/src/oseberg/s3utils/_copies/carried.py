"""Properties that a copy takes over: metadata, tags, class and encryption, overridden by the connection's."""

from __future__ import annotations

from typing import Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.tags import read_tags
from oseberg.s3utils._store.write_options import WriteOptions, encode_tags

# What a copy in one request carries automatically, besides the tags.
_KEPT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
)


def carried(connection: Connection, source: S3Url, head: dict[str, Any], *, in_one_request: bool) -> dict[str, Any]:
    """Return the parameters that give a copy the properties of its source.

    S3 drops the storage class and the encryption of the source unless they are named; an ACL is never carried, since
    who may read the copy is a decision about the place where it is.

    Args:
        connection: The store, with the options that override what the source has.
        source: The object.
        head: Its description.
        in_one_request: Whether the request is a `copy_object`, which carries metadata and tags unless told otherwise.

    Returns:
        Parameters for `copy_object`, `create_multipart_upload` or `put_object`.
    """
    options = connection.options.arguments()
    arguments = _class_and_encryption(head) if "ServerSideEncryption" not in options else _class(head)
    arguments |= options
    replaced = [name for name in _KEPT if name in options]
    if not in_one_request or replaced:
        arguments |= {name: head[name] for name in _KEPT if head.get(name)}
        arguments |= {name: options[name] for name in replaced}
        arguments["Metadata"] = {**head.get("Metadata", {}), **options.get("Metadata", {})}
    if replaced and in_one_request:
        arguments["MetadataDirective"] = "REPLACE"
    if not in_one_request or "Tagging" in options:
        tags = carried_tags(connection, source)
        arguments["Tagging"] = encode_tags(tags) if tags else None
    if "Tagging" in options and in_one_request:
        arguments["TaggingDirective"] = "REPLACE"
    return {name: value for name, value in arguments.items() if value}


def carried_tags(connection: Connection, source: S3Url) -> dict[str, str]:
    """Return the tags of a copy: those of the source, overridden by the connection's."""
    return {**read_tags(connection, source, connection.version_id), **(connection.options.tags or {})}


def described_options(connection: Connection, source: S3Url, head: dict[str, Any]) -> WriteOptions:
    """Return an object's properties that mean the same in every store: metadata, tags and content headers.

    Args:
        connection: The store of the object.
        source: The object.
        head: Its description.

    Returns:
        Options for writing it elsewhere.
    """
    kept = {name: head[name] for name in _KEPT if head.get(name) and name != "Expires"}
    return WriteOptions.of({**kept, "tags": read_tags(connection, source, connection.version_id) or None})


def _class(head: dict[str, Any]) -> dict[str, Any]:
    return {"StorageClass": head.get("StorageClass")}


def _class_and_encryption(head: dict[str, Any]) -> dict[str, Any]:
    encryption = str(head.get("ServerSideEncryption", ""))
    # AES256 is what every bucket does by default; naming it would override a bucket that defaults to KMS.
    if not encryption.startswith("aws:kms"):
        return _class(head)
    return _class(head) | {"ServerSideEncryption": encryption, "SSEKMSKeyId": head.get("SSEKMSKeyId")}
