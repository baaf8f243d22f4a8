"""The class `S3`: one object with every operation, as a table of contents; the methods are in `_verbs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.s3utils._store.client import Checksums, Settings, Store
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.write_options import WriteOptions
from oseberg.s3utils._verbs import files, find, objects, read, share, write
from oseberg.s3utils._verbs.front import Options

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class S3:
    """Files in S3. Every URL may be a text or an S3Url; every error is an S3Error.

    An S3 may be shared by threads, forked and pickled: each process connects anew. Only one that was made of a client
    of your own can't be pickled.

    Args:
        client: A boto3 client to use; without one it is made by boto3's own chain (environment, profiles, roles).
        profile: A profile of the AWS configuration.
        endpoint_url: Another store than Amazon's; `AWS_ENDPOINT_URL_S3` works as well.
        region: The region of the bucket.
        workers: How many requests at once; never more than the client has connections.
        checksums: `when_required` for stores that don't know Amazon's newer checksums (uploads carry a Content-MD5
            instead); without it boto3's own setting.
        requester_pays: Agree to pay for requests on buckets that ask for it.
        write_options: What objects are written with: encryption, ACL, storage class, metadata, tags. A `WriteOptions`,
            or a mapping with its names or those of boto3's `put_object`.

    Raises:
        AccessDenied: The profile does not exist.
        InvalidUrl: The endpoint isn't a web address.

    Example:
        >>> s3 = S3()  # doctest: +SKIP
        >>> s3.write_text("s3://bucket/greeting.txt", "hello")  # doctest: +SKIP
        >>> s3.read_text("s3://bucket/greeting.txt")  # doctest: +SKIP
        'hello'
    """

    def __init__(
        self,
        client: S3Client | None = None,
        *,
        profile: str | None = None,
        endpoint_url: str | None = None,
        region: str | None = None,
        workers: int = 8,
        checksums: Checksums | None = None,
        requester_pays: bool = False,
        write_options: Options = None,
    ) -> None:
        store = Store(Settings(profile, endpoint_url, region, workers, checksums), client)
        self._connection = Connection(store, requester_pays, options=WriteOptions.of(write_options))
        _ = self._connection.client  # made now, so that a wrong profile or endpoint is an error here

    def _with(self, write_options: Options) -> Connection:
        return self._connection.with_options(write_options)

    # Finding objects
    list = find.list
    glob = find.glob
    walk = find.walk
    stat = find.stat
    exists = find.exists
    du = find.du
    tree = find.tree
    versions = find.versions
    inventory = find.inventory

    # Reading
    read_bytes = read.read_bytes
    read_object = read.read_object
    read_text = read.read_text
    read_json = read.read_json
    read_frame = read.read_frame
    cat = read.cat
    head = read.head
    tail = read.tail

    # Writing
    write_bytes = write.write_bytes
    write_text = write.write_text
    write_json = write.write_json
    write_frame = write.write_frame
    touch = write.touch
    open = write.open

    # Files and folders
    download = files.download
    upload = files.upload
    download_all = files.download_all
    upload_all = files.upload_all
    sync = files.sync

    # Objects
    copy = objects.copy
    move = objects.move
    archive = objects.archive
    archive_all = objects.archive_all
    undelete = objects.undelete
    audit = objects.audit
    delete = objects.delete
    delete_tree = objects.delete_tree
    restore = objects.restore
    abort_stale_uploads = objects.abort_stale_uploads

    # For others
    presign = share.presign
    supports_conditional_writes = share.supports_conditional_writes
    lease = share.lease
