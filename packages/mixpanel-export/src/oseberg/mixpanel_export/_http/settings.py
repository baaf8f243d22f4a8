"""The typed settings of a client, and the addresses that it requests."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from oseberg.mixpanel_export.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

HOSTS = {"us": "data.mixpanel.com", "eu": "data-eu.mixpanel.com", "in": "data-in.mixpanel.com"}
PATH = "/api/2.0/export"
QUERY_HOSTS = {"us": "mixpanel.com", "eu": "eu.mixpanel.com", "in": "in.mixpanel.com"}
QUERY_PATH = "/api/query/engage"
# Mixpanel answers so many exports of a project at once.
MOST_PARALLEL = 100
TOKEN = re.compile("[0-9a-f]{32}", re.IGNORECASE)
VARIABLES = {
    "project_id": "MIXPANEL_PROJECT_ID",
    "username": "MIXPANEL_USERNAME",
    "secret": "MIXPANEL_SECRET",  # the name of a variable
    "region": "MIXPANEL_REGION",
    "time_zone": "MIXPANEL_TIME_ZONE",
    "api_url": "MIXPANEL_API_URL",
}


class MixpanelSettings(BaseModel):
    """The settings of a client, as `[mixpanel]` in a settings file spells them.

    Attributes:
        project_id: The number of the project.
        username: The service account's name.
        secret: The service account's secret.
        region: Where the project's data are kept: `us`, `eu` or `in`.
        time_zone: The IANA zone of the exported times: UTC for projects from 2023 on, the project's for older ones.
        api_url: A base address instead of the region's host.
        verify_time_zone: Refuse times that contradict `time_zone`.
        deadline: The longest time, in seconds, that one answer may take.
        parallel: How many requests may run at once.
        days_per_request: Days of each request; None finds out what works.

    Example:
        >>> MixpanelSettings(project_id=123, secret="secret").with_environment({"MIXPANEL_REGION": "eu"})
        MixpanelSettings(project_id='123', username=None, secret=SecretStr('**********'), region='eu', ...)
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        coerce_numbers_to_str=True,
        str_strip_whitespace=True,  # a secret from a file often ends with a line end
        hide_input_in_errors=True,  # it may be the secret under a misspelled name
    )

    project_id: str | None = None
    username: str | None = None
    secret: SecretStr | None = None
    region: Literal["us", "eu", "in"] = "us"
    time_zone: str = "UTC"
    api_url: str | None = None
    verify_time_zone: bool = True
    deadline: float = 7200.0
    parallel: int = Field(default=4, ge=1, le=MOST_PARALLEL)
    days_per_request: int | None = Field(default=None, ge=1)

    @field_validator("region", mode="before")
    @classmethod
    def _in_lower_case(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    def with_environment(self, environment: Mapping[str, str]) -> MixpanelSettings:
        """Return the settings with the environment's values before those of this object.

        Returns:
            New settings.

        Raises:
            SettingsError: A value is not one that the setting takes.
        """
        found = {name: environment[key] for name, key in VARIABLES.items() if environment.get(key)}
        try:
            return MixpanelSettings.model_validate(self.model_dump(exclude_unset=True) | found)
        except ValidationError as error:
            problem = error.errors(include_input=False)[0]
            key = VARIABLES.get(str(problem["loc"][0]), str(problem["loc"][0]))
            raise SettingsError(f"{key}: {problem['msg']}.") from None

    def missing(self) -> list[str]:
        """Return the names of required settings that are not set.

        Returns:
            The names of environment variables.
        """
        return [VARIABLES[name] for name in ("project_id", "username", "secret") if not getattr(self, name)]


def endpoint(region: str, api_url: str | None) -> str:
    """Return the address of the export.

    Args:
        region: Where the project's data are kept.
        api_url: A base address instead of the region's host.

    Returns:
        The address with its path.

    Raises:
        SettingsError: The region is unknown, or the secret would travel unencrypted to another machine.
    """
    if api_url is None:
        known = str(region).strip().lower()
        if known not in HOSTS:
            raise SettingsError(f"region {region!r} is not one of {', '.join(HOSTS)}.")
        return f"https://{HOSTS[known]}{PATH}"
    if "@" in api_url:
        raise SettingsError("api_url must not contain a user name or secret: they are settings of their own.")
    if not is_safe(api_url):
        raise SettingsError(
            f"api_url {api_url!r} is refused: the secret travels with every request, so only https:// addresses are "
            "allowed, and http:// for this machine alone (127.0.0.1, ::1, localhost)."
        )
    return api_url.rstrip("/").removesuffix(PATH) + PATH


def query_endpoint(region: str, export: str) -> str:
    """Return the address of the profiles, given that of the export: the region's host, or the same base address."""
    known = str(region).strip().lower()
    if known in QUERY_HOSTS and export == f"https://{HOSTS[known]}{PATH}":
        return f"https://{QUERY_HOSTS[known]}{QUERY_PATH}"
    return export.removesuffix(PATH) + QUERY_PATH


def check_project_id(project_id: object) -> str:
    """Return a project's number as text.

    Raises:
        SettingsError: It is not a number, such as the project's token, which is a different thing.
    """
    text = str(project_id).strip()
    if TOKEN.fullmatch(text):
        raise SettingsError(
            "project_id is a project token (32 hex digits), which is for sending events. Use the project's number: "
            "Mixpanel shows it under Project Settings > Overview as Project ID."
        )
    if not text.isdecimal():
        raise SettingsError(
            f"project_id {text!r} is not a number. Mixpanel shows it under Project Settings > Overview as Project ID."
        )
    return str(int(text))


def is_safe(url: str) -> bool:
    """Whether the secret may travel to an address: over https, or within this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:  # no address at all
        return False
    return host is not None and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
