"""Creates empty objects, and renews the time of existing ones."""

from __future__ import annotations

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._copies.carried import carried, carried_tags
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._store.conditions import Condition
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.description import exists, stat
from oseberg.s3utils._store.tags import make_sure_of_tags
from oseberg.s3utils._transfer.upload import put
from oseberg.s3utils.errors import AlreadyExists, NotSupported


def touch(connection: Connection, url: S3Url) -> S3Object:
    """Create an empty object, or renew an object's time; see `S3.touch`."""
    if not exists(connection, url.require_key("touch")):
        try:
            return put(connection, b"", url, Condition(if_absent=True))
        except AlreadyExists:
            pass  # somebody else was faster: then it is touched as any other
        except NotSupported:
            return put(connection, b"", url)  # on such a store nobody can do better
    head = connection.head(url, "touch")
    more = carried(connection, url, head, in_one_request=True)
    # A copy onto itself must change something: the metadata, to what they are.
    kept = {
        name: value for name, value in carried(connection, url, head, in_one_request=False).items() if name != "Tagging"
    }
    source = {"CopySource": {"Bucket": url.bucket, "Key": url.key}, "CopySourceIfMatch": head["ETag"]}
    keys = connection.options.key_arguments("CopySource")
    arguments = {**kept, **more, "MetadataDirective": "REPLACE", **source, **keys}
    tags = carried_tags(connection, url)
    answer = connection.call("copy_object", url, "touch", **arguments)
    make_sure_of_tags(connection, url, tags, answer.get("VersionId"))
    return stat(connection, url)
