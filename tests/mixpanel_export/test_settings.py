"""Settings, environment, and the secret that nothing shows."""

import io
import traceback
from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest
from pydantic import ValidationError

from oseberg.mixpanel_export import (
    AuthenticationError,
    MixpanelClient,
    MixpanelExportError,
    MixpanelSettings,
    SettingsError,
)
from oseberg.mixpanel_export._http.account import ServiceAccount
from tests.mixpanel_export.fault_server import Answer, serving
from tests.mixpanel_export.helpers import SECRET, client

ENVIRONMENT = {"MIXPANEL_PROJECT_ID": "7", "MIXPANEL_USERNAME": "robot", "MIXPANEL_SECRET": SECRET}


def test_a_client_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three variables are enough; the region and the zone have defaults."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name in ("MIXPANEL_REGION", "MIXPANEL_TIME_ZONE", "MIXPANEL_API_URL"):
        monkeypatch.delenv(name, raising=False)
    made = MixpanelClient.from_env()
    assert (made.project_id, made.time_zone) == ("7", "UTC")
    assert made._connection.exporter.url == "https://data.mixpanel.com/api/2.0/export"


def test_option_before_environment_before_settings() -> None:
    """The nearest word counts."""
    settings = MixpanelSettings(project_id=5, region="in", time_zone="America/Chicago")
    made = MixpanelClient.from_env(settings, environment=ENVIRONMENT | {"MIXPANEL_REGION": "eu"}, time_zone="UTC")
    assert (made.project_id, made.time_zone) == ("7", "UTC")
    assert made._connection.exporter.url.startswith("https://data-eu.")
    assert MixpanelClient.from_env(settings, environment=ENVIRONMENT).time_zone == "America/Chicago"


def test_what_is_missing_is_named() -> None:
    """The message names the variables to set."""
    with pytest.raises(SettingsError, match=r"MIXPANEL_USERNAME, MIXPANEL_SECRET must be set"):
        MixpanelClient.from_env(environment={"MIXPANEL_PROJECT_ID": "7"})


def test_a_wrong_value_is_named_by_its_variable() -> None:
    """The message names the variable, and no value of a secret."""
    with pytest.raises(SettingsError, match="MIXPANEL_REGION") as caught:
        MixpanelClient.from_env(environment=ENVIRONMENT | {"MIXPANEL_REGION": "mars"})
    assert SECRET not in str(caught.value)
    with pytest.raises(SettingsError, match="region 'mars'"):
        MixpanelClient(1, "u", "s", region="mars")


@pytest.mark.parametrize("parts", [("", "u", "s"), (1, "", "s"), (1, "u", "")])
def test_what_is_empty_is_refused(parts: tuple[str, str, str]) -> None:
    """An empty secret would travel as one."""
    with pytest.raises(SettingsError, match="must not be empty"):
        MixpanelClient(*parts)


@pytest.mark.parametrize("part", [{"secret": "  \n"}, {"username": b"robot"}, {"secret": 5}])
def test_what_is_not_a_text_is_refused(part: dict[str, object]) -> None:
    """A value that could not be sent is an error where it is given, not in the middle of an export."""
    with pytest.raises(SettingsError, match="must be texts"):
        MixpanelClient(**({"project_id": 1, "username": "robot", "secret": SECRET} | part))


def test_line_ends_of_files_are_not_part_of_a_setting() -> None:
    """A mounted secret often ends with a line end, which Mixpanel would refuse as a wrong secret."""
    with serving([]) as server:
        environment = ENVIRONMENT | {"MIXPANEL_SECRET": f"{SECRET}\n", "MIXPANEL_API_URL": f"{server.url}\n"}
        MixpanelClient.from_env(environment=environment).export("2026-11-01", "2026-11-01")
    assert server.headers[0]["Authorization"] == f"Basic {b64encode(f'robot:{SECRET}'.encode()).decode()}"


@pytest.mark.parametrize("name", ["deadline", "read_timeout"])
@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), "60"])
def test_a_span_that_nothing_can_wait_for_is_refused(name: str, seconds: object) -> None:
    """The error names the setting; no request is sent with it."""
    with pytest.raises(SettingsError, match=f"{name}=.* seconds above 0"):
        MixpanelClient(1, "robot", SECRET, **{name: seconds})


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("parallel", 0, False),
        ("parallel", 1, True),
        ("parallel", 100, True),
        ("parallel", 101, False),
        ("parallel", True, False),
        ("parallel", 2.0, False),
        ("days_per_request", 0, False),
        ("days_per_request", 1, True),
    ],
)
def test_numbers_are_whole_and_from_one_on(option: str, value: object, allowed: bool) -> None:
    """Up to a hundred requests at once; a settings file has the same limits."""
    if allowed:
        MixpanelClient(1, "robot", SECRET, **{option: value})
        MixpanelSettings(**{option: value})
        return
    with pytest.raises(SettingsError, match=f"{option}={value!r} is not a whole number from 1"):
        MixpanelClient(1, "robot", SECRET, **{option: value})
    if type(value) is int:
        with pytest.raises(ValidationError, match=option):
            MixpanelSettings(**{option: value})


@pytest.mark.parametrize(
    ("digits", "said"), [(31, "is not a number"), (32, "is a project token"), (33, "not a number")]
)
def test_a_project_token_has_32_digits(digits: int, said: str) -> None:
    """It is taken for the project's number again and again, and deserves its own words."""
    with pytest.raises(SettingsError, match=said):
        MixpanelClient("a" * digits, "robot", SECRET)


def test_addresses() -> None:
    """A base address gets the path; one that has it keeps it; loopback may be http."""
    for url in ("http://localhost:8", "http://localhost:8/", "http://localhost:8/api/2.0/export"):
        assert MixpanelClient(1, "u", "s", api_url=url)._connection.exporter.url == "http://localhost:8/api/2.0/export"
    assert MixpanelClient(1, "u", "s", api_url="https://proxy.example.com/mp")._connection.exporter.url.endswith(
        "/mp/api/2.0/export"
    )


def test_nothing_shows_the_secret() -> None:
    """Neither repr nor an error, its causes, or a traceback hold the secret, even when the server repeats it."""
    account = ServiceAccount("robot", SECRET)
    assert SECRET not in repr(account)
    with serving([], Answer(f"no: {SECRET}".encode(), status=401, compress=False)) as server:
        made = client(server)
        assert SECRET not in repr(made)
        with pytest.raises(AuthenticationError) as caught:
            made.export("2026-11-01", "2026-11-01")
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    with pytest.raises(MixpanelExportError) as gone:
        made.export("2026-11-01", "2026-11-01")
    assert SECRET not in "".join(traceback.format_exception(gone.value))
    assert SECRET not in repr(MixpanelSettings(secret=SECRET))
    for mistake in ({"secrte": SECRET}, {"secret": [SECRET]}):
        with pytest.raises(ValueError, match=next(iter(mistake))) as wrong:
            MixpanelSettings(**mistake)
        assert SECRET not in str(wrong.value)


def test_plain_http_goes_past_the_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address of this machine is asked directly: a proxy would read the secret and carry it through the network."""
    with serving() as proxy, serving() as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        client(server).export("2026-11-01", "2026-11-01")
        assert (len(proxy.requests), len(server.requests)) == (0, 1)


@pytest.mark.parametrize("ahead", [0, 1])
def test_a_day_in_the_future_is_refused_before_a_request(monkeypatch: pytest.MonkeyPatch, ahead: int) -> None:
    """Today is possible wherever it has begun; Mixpanel would answer with a riddle about the time zone."""
    monkeypatch.setattr("oseberg.mixpanel_export._ask.query.latest_day", lambda: date(2026, 11, 1))
    until = date(2026, 11, 1) + timedelta(days=ahead)
    with serving([]) as server:
        one = client(server)
        for export in (one.export, lambda *days: list(one.days(*days)), lambda *days: one.write(io.BytesIO(), *days)):
            if ahead:
                with pytest.raises(
                    SettingsError, match=r"2026-11-02\) is in the future. The last possible day is today"
                ):
                    export("2026-11-01", until)
            else:
                export("2026-11-01", until)
        assert bool(server.requests) == (not ahead)


def test_today_is_today_where_it_begins_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fourteen hours before UTC's midnight it is tomorrow somewhere."""
    query = import_module("oseberg.mixpanel_export._ask.query")
    monkeypatch.undo()
    for now, latest in (("2026-11-01T09:59:59", 1), ("2026-11-01T10:00:00", 2)):
        with monkeypatch.context() as patch:
            patch.setattr(query, "utc_now", lambda now=now: datetime.fromisoformat(now).replace(tzinfo=UTC))
            assert query.latest_day() == date(2026, 11, latest)
