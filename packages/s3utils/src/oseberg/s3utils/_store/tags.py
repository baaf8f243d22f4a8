"""Tags of objects: reads them, and sets them again where stores are known to drop them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils.errors import NotSupported, S3Error

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_tags(connection: Connection, url: S3Url, version_id: str | None = None) -> dict[str, str]:
    """Return an object's tags; none on a store without tags.

    Args:
        connection: The store.
        url: The object.
        version_id: A version that the bucket keeps; the newest unless given.

    Returns:
        Keys and values.
    """
    try:
        answer = connection.call("get_object_tagging", url, "copy the tags of", VersionId=version_id)
    except NotSupported:
        return {}
    # Ceph leaves the whole list out of its answer for an object without tags.
    return {tag["Key"]: tag["Value"] for tag in answer.get("TagSet", [])}


def make_sure_of_tags(
    connection: Connection, url: S3Url, tags: Mapping[str, str] | None, version_id: str | None = None
) -> None:
    """Set the tags of an object that was just written, if the store dropped them.

    Amazon takes tags with every kind of write; Ceph 16 does with plain writes alone, and says nothing.

    Args:
        connection: The store.
        url: The object.
        tags: What it was written with.
        version_id: The version that was written, where the bucket keeps versions.
    """
    if not tags:
        return
    try:
        found = read_tags(connection, url, version_id)
    except S3Error:
        return  # not allowed to look, which most writers aren't
    if found != dict(tags):
        given = {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}
        connection.call("put_object_tagging", url, "tag", Tagging=given, VersionId=version_id)
