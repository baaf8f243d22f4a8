"""The only module that calls a store: every request is made by `Connection.call`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url, without_secrets
from oseberg.s3utils._store.client import Store
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._store.write_options import WriteOptions
from oseberg.s3utils.errors import AccessDenied, BucketNotFound, ConnectionFailed, NotFound, S3Error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_s3 import S3Client

_PLAIN = WriteOptions()
_NOT_PAID = {"head_bucket"}
_OF_A_VERSION = {"head_object", "get_object"}
_OF_A_KEY = {"head_object", "get_object"}  # need the customer's key that the object was written with
# What every store's answer contains: without it something else answered, such as a console or a network's log-in page.
_TOLD = {
    "head_object": {"ETag", "ContentLength", "LastModified"},
    "get_object": {"ETag", "ContentLength", "LastModified"},
    "put_object": {"ETag"},
    "upload_part": {"ETag"},
    "create_multipart_upload": {"UploadId"},
    "complete_multipart_upload": {"ETag"},
    "list_objects_v2": {"IsTruncated"},
}


@dataclass(frozen=True)
class Connection:
    """A store with the options of every call: who pays, which version, the write options.

    Attributes:
        store: The client, and what is known of the store.
        requester_pays: Whether we agree to pay for requests.
        version_id: The version that is read; the newest unless given.
        options: What objects are written with.
    """

    store: Store
    requester_pays: bool = False
    version_id: str | None = None
    options: WriteOptions = _PLAIN

    @property
    def client(self) -> S3Client:
        """The client of this process."""
        return self.store.client

    @property
    def workers(self) -> int:
        """How many requests at once."""
        return self.store.workers

    def at_version(self, version_id: str | None) -> Connection:
        """Return a connection that reads a version instead of the newest; itself for None."""
        return self if version_id is None else replace(self, version_id=version_id)

    def with_options(self, options: WriteOptions | Mapping[str, Any] | None) -> Connection:
        """Return a connection with these write options added to its own; itself for None."""
        return self if options is None else replace(self, options=self.options.with_more(options))

    @property
    def is_plain(self) -> bool:
        """Whether requests need nothing but credentials, which come from a session of our making."""
        return not self.requester_pays and self.options.customer_key is None and self.store.session is not None

    @property
    def may_go_around_boto3(self) -> bool:
        """Whether another client would reach the same store with the same identity: requests are really sent."""
        return self.is_plain and self.store.on_the_wire.is_set()

    @property
    def sends_checksums(self) -> bool:
        """Whether Amazon's newer checksums may be sent; else only what every store knows, Content-MD5."""
        config = self.client.meta.config
        return bool(config.request_checksum_calculation == "when_supported")  # type: ignore[attr-defined] # made at run time

    def call(self, method: str, url: S3Url, operation: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - the parameters of boto3's methods
        """Call one of the client's methods on a URL; errors come as this library's.

        Args:
            method: The client's method.
            url: Fills in `Bucket` and `Key`.
            operation: What is done, for messages.
            **arguments: The method's parameters; those that are None are left out, `Key` included.

        Returns:
            The store's answer.

        Raises:
            S3Error: The store refused, or didn't answer as a store does.
        """
        given: dict[str, Any] = {"Bucket": url.bucket, "Key": url.key, **arguments}
        if self.requester_pays and method not in _NOT_PAID:
            given["RequestPayer"] = "requester"
        if self.version_id is not None and method in _OF_A_VERSION:
            given["VersionId"] = self.version_id
        if method in _OF_A_KEY:
            given |= self.options.key_arguments()
        given = {name: value for name, value in given.items() if value is not None}
        with translated(url, operation):
            answer: dict[str, Any] = getattr(self.client, method)(**given)
        if not answer.keys() >= _TOLD.get(method, set()):
            if "Body" in answer:
                answer["Body"].close()
            place = without_secrets(self.client.meta.endpoint_url)
            message = f"Can't {operation} {url}: {place} doesn't answer as a store does; check the endpoint."
            raise ConnectionFailed(message, url=url, operation=operation)
        return answer

    def head(self, url: S3Url, operation: str = "read", **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - the parameters of boto3's methods
        """Ask for an object's description; a missing bucket is distinguished from a missing key.

        Args:
            url: The object.
            operation: What is done, for messages.
            **arguments: Further parameters of `head_object`.

        Returns:
            The store's answer.

        Raises:
            NotFound: The object, the version or (BucketNotFound) the bucket does not exist.
        """
        try:
            return self.call("head_object", url.require_key(operation), operation, ChecksumMode="ENABLED", **arguments)
        except BucketNotFound:
            raise
        except AccessDenied as error:
            raise self._reason(url, operation) or error from error
        except NotFound as error:
            self.require_bucket(url, operation)
            if self.version_id is None:
                raise
            message = f"Can't {operation} {url}: The bucket keeps no version {self.version_id} of it."
            raise NotFound(message, url=url, operation=operation) from error

    def _reason(self, url: S3Url, operation: str) -> AccessDenied | None:
        """Ask for one byte: a denied HEAD has no body that would name the missing permission."""
        try:
            self.call("get_object", url, operation, Range="bytes=0-0")["Body"].close()
        except AccessDenied as told:
            return told
        except S3Error:
            pass  # then it says nothing about the denial
        return None

    def require_bucket(self, url: S3Url, operation: str) -> None:
        """Raise BucketNotFound if the bucket is certainly missing; a HEAD response does not say which of the two is."""
        if url.bucket in self.store.known_buckets:
            return
        try:
            self.call("head_bucket", url, operation, Key=None)
        except NotFound as error:
            message = (
                f"Can't {operation} {url}: The bucket {url.bucket} does not exist. Check its spelling and the account."
            )
            raise BucketNotFound(message, url=url, operation=operation) from error
        except S3Error:
            return  # not allowed to look: the missing key is all that is known
        self.store.known_buckets.add(url.bucket)

    def presign(self, url: S3Url, method: str, seconds: int) -> str:
        """Sign an address for one of the client's methods; the store is not asked.

        Args:
            url: The object.
            method: The client's method.
            seconds: How long the address is valid.

        Returns:
            The address.
        """
        given = {"Bucket": url.bucket, "Key": url.key}
        if self.requester_pays:
            given["RequestPayer"] = "requester"
            self.client.meta.events.register("before-sign.s3.*", _put_payer_into_address, unique_id="oseberg-payer")
        with translated(url, "presign"):
            return self.client.generate_presigned_url(method, Params=given, ExpiresIn=seconds)


def _put_payer_into_address(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's request
    """Move the payer from a header, which everyone who opens the address would have to send, into the address."""
    payer = request.headers.get("x-amz-request-payer")
    if payer and request.context.get("is_presign_request"):
        del request.headers["x-amz-request-payer"]
        request.url += f"{'&' if '?' in request.url else '?'}x-amz-request-payer={payer}"
