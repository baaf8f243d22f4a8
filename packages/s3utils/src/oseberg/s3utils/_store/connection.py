"""One client of one store, and the only place that calls it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

import boto3
from botocore.config import Config

from oseberg.s3utils._address.url import S3Url, without_secrets
from oseberg.s3utils._store.answers import quick_session, read_listings_fast
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils.errors import BucketNotFound, ConnectionFailed, InvalidUrl, NotFound, S3Error

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

Checksums = Literal["when_supported", "when_required"]
_SPARE_CONNECTIONS = 2
_NOT_PAID = {"head_bucket"}
_OF_A_VERSION = {"head_object", "get_object"}
# What every store's answer tells: without it something else answered, such as a store's console or a network's log-in.
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
    """A client with what every call needs: how many at once, who pays, which version, what is known of the store."""

    client: S3Client
    session: boto3.session.Session | None = None  # of a client that was made here
    workers: int = 8
    requester_pays: bool = False
    version_id: str | None = None
    known_buckets: set[str] = field(default_factory=set)
    conditions: dict[str, bool] = field(default_factory=dict)
    on_the_wire: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        if self.session is not None:
            self.client.meta.events.register("needs-retry.s3", self._look_at_answer)

    def _look_at_answer(self, response: Any = None, **_: object) -> None:  # noqa: ANN401 - boto3's answer and its parsed form
        """See whether answers come from the network: a test's stand-in within the process answers with its own."""
        if response and type(response[0].raw).__module__.startswith("urllib3"):
            self.on_the_wire.set()

    def at_version(self, version_id: str | None) -> Connection:
        """Give a connection that reads a version instead of the newest; itself for None."""
        return self if version_id is None else replace(self, session=None, version_id=version_id)

    @property
    def may_go_around_boto3(self) -> bool:
        """True when another client would reach the same store in the same name: one of our making, really sending."""
        return self.session is not None and self.on_the_wire.is_set() and not self.requester_pays

    @property
    def sends_checksums(self) -> bool:
        """False where only what every store knows may be sent: Content-MD5 instead of Amazon's newer checksums."""
        config = self.client.meta.config
        return bool(config.request_checksum_calculation == "when_supported")  # type: ignore[attr-defined] # made at run time

    def call(self, method: str, url: S3Url, operation: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - the parameters of boto3's methods
        """Call one of the client's methods on a URL; errors come as this library's.

        `Bucket` and `Key` are filled in from the URL; an argument of that name, None included, overrides them.
        """
        given: dict[str, Any] = {"Bucket": url.bucket, "Key": url.key, **arguments}
        if self.requester_pays and method not in _NOT_PAID:
            given["RequestPayer"] = "requester"
        if self.version_id is not None and method in _OF_A_VERSION:
            given["VersionId"] = self.version_id
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
        """Ask for an object's description; a missing bucket is told from a missing key."""
        try:
            return self.call("head_object", url.require_key(operation), operation, ChecksumMode="ENABLED", **arguments)
        except BucketNotFound:
            raise
        except NotFound as error:
            self.require_bucket(url, operation)
            if self.version_id is None:
                raise
            message = f"Can't {operation} {url}: There is no version {self.version_id} of it."
            raise NotFound(message, url=url, operation=operation) from error

    def require_bucket(self, url: S3Url, operation: str) -> None:
        """Raise BucketNotFound if the bucket is certainly missing: an answer to HEAD doesn't say which of both is."""
        if url.bucket in self.known_buckets:
            return
        try:
            self.call("head_bucket", url, operation, Key=None)
        except NotFound as error:
            message = f"Can't {operation} {url}: There is no bucket {url.bucket}; check its spelling and the account."
            raise BucketNotFound(message, url=url, operation=operation) from error
        except S3Error:
            return  # not allowed to look: the missing key is all that is known
        self.known_buckets.add(url.bucket)

    def presign(self, url: S3Url, method: str, seconds: int) -> str:
        """Sign an address for one of the client's methods; nothing is asked of the store."""
        with translated(url, "presign"):
            return self.client.generate_presigned_url(
                method, Params={"Bucket": url.bucket, "Key": url.key}, ExpiresIn=seconds
            )


def connect(
    client: S3Client | None,
    *,
    profile: str | None,
    endpoint_url: str | None,
    region: str | None,
    workers: int,
    checksums: Checksums | None,
    requester_pays: bool,
) -> Connection:
    """Make a client by boto3's own chain, or take one; never ask it for more connections than it has."""
    session = None
    if client is None:
        try:
            with translated(None, "connect to S3"):
                session = quick_session(profile, region)
                client = session.client("s3", endpoint_url=endpoint_url, config=_config(workers, checksums))
        except ValueError as error:  # so botocore says that an endpoint, from wherever it has it, is none
            said = without_secrets(str(error))
            message = f"Can't connect to S3: {said}. An endpoint looks like https://host:port."
            raise InvalidUrl(message, operation="connect") from None
        read_listings_fast(client)
    most = int(getattr(client.meta.config, "max_pool_connections", workers))
    return Connection(client=client, session=session, workers=max(1, min(workers, most)), requester_pays=requester_pays)


def _config(workers: int, checksums: Checksums | None) -> Config:
    settings: dict[str, Any] = {
        "max_pool_connections": max(10, workers + _SPARE_CONNECTIONS),
        "retries": {"mode": "standard", "max_attempts": 5},
        "signature_version": "s3v4",
        # boto3 would put its own together anew for each request, which takes a tenth of the request's time.
        "user_agent": f"oseberg-s3utils/{version('oseberg-s3utils')} Boto3/{boto3.__version__}",
        # Content is verified here (see _digest), ranges included; boto3 would do half of it a second time.
        "response_checksum_validation": "when_required",
    }
    if checksums:
        settings["request_checksum_calculation"] = checksums
    return Config(**settings)
