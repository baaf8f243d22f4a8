"""One boto3 client per process: neither a fork nor a pickle shares its connections."""

from __future__ import annotations

import os
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from oseberg.s3utils._address.url import without_secrets
from oseberg.s3utils._store.answers import quick_session, read_listings_fast
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils.errors import InvalidUrl, NotSupported, S3Error

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from botocore.session import Session
    from types_boto3_s3 import S3Client

Checksums = Literal["when_supported", "when_required"]
_SPARE_CONNECTIONS = 2
_RETRIES = 5
_OF_BUCKETS = {"ListObjectsV2", "HeadBucket"}  # their address is the bucket's own
_SIGNATURES = {"v4", "s3v4"}  # not those of S3 Express, nor of access points in several regions
_DONE = 200


@dataclass(frozen=True)
class Settings:
    """The settings of a client, without secrets, so that they may be sent to other processes.

    Attributes:
        profile: A profile of the AWS configuration.
        endpoint_url: Another store than Amazon's.
        region: The region of the bucket.
        workers: How many requests at once.
        checksums: Amazon's newer checksums: wherever the store takes them, or only where it demands them.
    """

    profile: str | None = None
    endpoint_url: str | None = None
    region: str | None = None
    workers: int = 8
    checksums: Checksums | None = None


class Place(NamedTuple):
    """The location of a bucket, as boto3 found out.

    Attributes:
        address: What every key's address begins with.
        region: The region that requests are signed for.
    """

    address: str
    region: str


class Store:
    """A client, and what this process knows about its store.

    Args:
        settings: What to make clients of.
        client: The caller's own client instead.
    """

    def __init__(self, settings: Settings, client: S3Client | None = None) -> None:
        self._settings = settings
        self._given = client
        self._forget()
        _stores.add(self)

    def _forget(self) -> None:
        """Start anew; in a forked child locks may be held by threads that exist in the parent alone."""
        self._client: S3Client | None = None
        self._session: boto3.session.Session | None = None
        self._turn = threading.Lock()
        self.known_buckets: set[str] = set()
        self.conditions: dict[tuple[str, str, str], bool] = {}
        self.compares_bare_etags: set[str] = set()
        self.on_the_wire = threading.Event()
        self.places: dict[str, Place] = {}

    def forget_connections(self) -> None:
        """Drop the sockets that a forked child shares with its parent, or both would read each other's answers."""
        close = getattr(self._given, "close", None)
        with suppress(Exception):  # starting a child must not fail because of a client that it may never use
            if close:
                close()  # its sockets; it makes new ones
        self._forget()

    @property
    def client(self) -> S3Client:
        """The client of this process."""
        if self._given is not None:
            return self._given
        if self._client is None:
            with self._turn:
                if self._client is None:
                    self._client = self._make()
        return self._client

    @property
    def session(self) -> boto3.session.Session | None:
        """The session of a client that is made here; None for the caller's own client."""
        if self._given is None:
            _ = self.client  # which makes both
        return self._session

    @property
    def workers(self) -> int:
        """How many requests at once: never more than the client has connections."""
        most = int(getattr(self.client.meta.config, "max_pool_connections", self._settings.workers))
        return max(1, min(self._settings.workers, most))

    def _make(self) -> S3Client:
        settings = self._settings
        try:
            with translated(None, "connect to S3"):
                session, core = quick_session(settings.profile, settings.region)
                client: S3Client = session.client(
                    "s3", endpoint_url=settings.endpoint_url, config=_config(settings, core)
                )
        except ValueError as error:  # botocore's error for an endpoint, wherever it comes from, or a number
            said = without_secrets(str(error))
            message = f"Can't connect to S3: {said}. An endpoint looks like https://host:port."
            raise InvalidUrl(message, operation="connect") from None
        read_listings_fast(client)
        client.meta.events.register("needs-retry.s3", self._look_at_answer)
        self._session = session
        return client

    def _look_at_answer(
        self,
        response: Any = None,  # noqa: ANN401 - boto3's answer and its parsed form
        operation: Any = None,  # noqa: ANN401 - boto3's model
        request_dict: Any = None,  # noqa: ANN401 - a dictionary
        **_: object,
    ) -> None:
        """Note whether answers come from the network: a test's stand-in within the process makes its own.

        If so, note where the bucket is that answered: its address may have taken a redirection to find out.
        """
        if not (response and type(response[0].raw).__module__.startswith("urllib3")):
            return
        self.on_the_wire.set()
        context = (request_dict or {}).get("context", {})
        signing = context.get("signing", {})
        is_plain = (
            context.get("auth_type") in _SIGNATURES and signing.get("signing_name") == "s3" and "region" in signing
        )
        if getattr(operation, "name", "") in _OF_BUCKETS and response[0].status_code == _DONE and is_plain:
            address = f"{request_dict['url'].partition('?')[0].rstrip('/')}/"
            self.places[context.get("input_params", {}).get("Bucket", "")] = Place(address, signing["region"])

    def __reduce__(self) -> tuple[Any, ...]:
        if self._given is not None:
            raise NotSupported(
                "An S3 made from your own client can't be pickled: its connections and credentials belong to this "
                "process. Make it of settings, S3(profile=…, endpoint_url=…), or make a new one there."
            )
        return Store, (self._settings,)


_stores: weakref.WeakSet[Store] = weakref.WeakSet()


def _forget_all() -> None:
    for store in list(_stores):
        store.forget_connections()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_forget_all)


def _config(settings: Settings, core: Session) -> Config:
    import boto3  # noqa: PLC0415 - as below
    from botocore.config import Config  # noqa: PLC0415 - takes longer to import than all of this package

    given: dict[str, Any] = {
        "max_pool_connections": max(10, settings.workers + _SPARE_CONNECTIONS),
        "retries": _retries(core),
        "signature_version": "s3v4",
        # boto3 would rebuild its own for each request, which takes a tenth of the request's time.
        "user_agent": f"oseberg-s3utils/{version('oseberg-s3utils')} Boto3/{boto3.__version__}",
        # Content is verified here (see _verify), ranges included; boto3 would do half of it a second time.
        "response_checksum_validation": "when_required",
    }
    if settings.checksums:
        given["request_checksum_calculation"] = settings.checksums
    return Config(**given)


def _retries(core: Session) -> dict[str, Any]:
    """Return boto3's own settings (AWS_RETRY_MODE, AWS_MAX_ATTEMPTS, the profile), and ours where there are none."""
    profile = core.get_scoped_config()  # asked itself: botocore answers with its default where nobody set anything
    mode = os.environ.get("AWS_RETRY_MODE") or profile.get("retry_mode") or "standard"
    attempts = os.environ.get("AWS_MAX_ATTEMPTS") or profile.get("max_attempts")
    if attempts and not (str(attempts).isascii() and str(attempts).isdigit() and int(attempts) > 0):
        message = f"Can't connect to S3: AWS_MAX_ATTEMPTS (max_attempts of the profile) is {attempts!r}, not 1 or more."
        raise S3Error(message, operation="connect")
    return {"mode": mode} | ({"total_max_attempts": int(attempts)} if attempts else {"max_attempts": _RETRIES})
