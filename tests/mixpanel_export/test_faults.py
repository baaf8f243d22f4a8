"""What goes wrong on the way: exactly the right rows, or one clear error and nothing left behind."""

import gzip
import json
import time
from pathlib import Path

import pytest

from oseberg.mixpanel_export import (
    AuthenticationError,
    DeadlineError,
    MixpanelClient,
    MixpanelExportError,
    RateLimitError,
    RequestError,
    RetryPolicy,
    SettingsError,
    TruncatedExportError,
    UnavailableError,
    UnreadableLinesError,
)
from tests.mixpanel_export.fault_server import Answer, serving
from tests.mixpanel_export.helpers import SECRET, client, event, many

EVENTS = many(100)
FIRST, LAST = "2026-11-01", "2026-11-05"
PASSING = {
    "429": Answer(b"slow down", status=429, compress=False),
    "429 with Retry-After": Answer(b"slow down", status=429, compress=False, headers={"Retry-After": "0"}),
    "503": Answer(b"later", status=503, compress=False),
    "503 with a page": Answer(b"<html>" + b"x" * 5000, status=503, headers={"Content-Type": "text/html"}),
    "reset mid-stream": Answer(chunk=64, cut=0.5, end="reset"),
    "reset before the body": Answer(cut=0.0, end="reset"),
    "short chunked body": Answer(chunk=64, cut=0.5, end="short"),
    "short body": Answer(cut=0.5, end="short"),
    "short plain body": Answer(cut=0.5, end="short", compress=False),
    "gzip cut short": Answer(cut=0.5, end="truncated"),
    "gzip without its trailer": Answer(cut=0.98, end="truncated", chunk=50),
    "gzip with a wrong checksum": Answer(damage=True),
    "plain body cut in a record": Answer(cut=0.501, end="truncated", compress=False),
    "gzip announced, nothing sent": Answer(cut=0.0, end="truncated", announce=False),
    "text behind the gzip stream": Answer(after=b"terminated early\n"),
    "terminated early": Answer(EVENTS[0] + b"\nterminated early\n"),
    "export terminated early": Answer(EVENTS[0] + b"\nexport terminated early"),
    "rate limit in the body": Answer(EVENTS[0] + b"\nrate limit reached\n"),
    "an error as the last line": Answer(EVENTS[0] + b'\n{"error": "internal"}\n'),
    "a number as the last line": Answer(EVENTS[0] + b"\n5\n"),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_costs_a_retry_and_no_row(fault: Answer) -> None:
    """After the fault the request starts afresh, and every event stands in the frame exactly once."""
    with serving(EVENTS, fault) as server:
        frame = client(server).export(FIRST, LAST)
    assert sorted(frame["number"]) == list(range(100))
    assert frame.attrs["mixpanel_report"]["retries"] == 1


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_that_stays_is_one_clear_error(fault: Answer, tmp_path: Path) -> None:
    """When the fault stays, the export ends with a typed error, no file, and no secret in the message."""
    with serving(EVENTS, *[fault] * 3) as server:
        with pytest.raises((TruncatedExportError, UnavailableError, RateLimitError)) as caught:
            client(server).write(tmp_path / "events.csv", FIRST, LAST)
        assert len(server.requests) == 3
    assert not list(tmp_path.iterdir())
    assert SECRET not in str(caught.value)
    assert str(caught.value).endswith((".", "'}", "event."))


REFUSALS = {
    "401": (401, b"Invalid service account credentials", AuthenticationError, "MIXPANEL_SECRET"),
    "403": (403, b"no permission", AuthenticationError, "account is a member"),
    "400 that means 401": (400, b'{"error": "Unable to authenticate request"}', AuthenticationError, "MIXPANEL_"),
    "400 tomorrow": (400, b"to_date cannot be later than today", RequestError, "time_zone"),
    "400 other": (400, b"bad where: " + SECRET.encode(), RequestError, "Check the days"),
    "402": (402, b"Your plan does not allow API calls", RequestError, "plan"),
    "404": (404, b"", RequestError, r"404.*api_url and the region"),
    "400 project": (400, b"Invalid project_id", RequestError, "MIXPANEL_PROJECT_ID"),
    "redirect": (302, b"", RequestError, "Redirects are not followed"),
}


@pytest.mark.parametrize(("status", "body", "kind", "words"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_not_repeated(status: int, body: bytes, kind: type[MixpanelExportError], words: str) -> None:
    """400, 401, 402, 403 and redirects end the export at once, saying what to do."""
    fault = Answer(body, status=status, compress=False, headers={"Location": "http://example.com/"})
    with serving(EVENTS, fault) as server:
        with pytest.raises(kind, match=words) as caught:
            client(server).export(FIRST, LAST)
        assert len(server.requests) == 1
    assert SECRET not in str(caught.value)
    assert not caught.value.try_again


def test_a_long_retry_after_ends_the_export_and_says_when_to_come_back() -> None:
    """Nobody waits more than a minute for a limit; the error says `try again`."""
    fault = Answer(b"", status=429, headers={"Retry-After": "1800"}, compress=False)
    with serving(EVENTS, fault) as server, pytest.raises(RateLimitError, match=r"Try again at 20\d\d-") as caught:
        client(server).export(FIRST, LAST)
    assert (caught.value.try_again, caught.value.retry_after) == (True, 1800)


def test_retry_after_as_a_date_is_understood() -> None:
    """HTTP allows a date in Retry-After; one in the past means now."""
    fault = Answer(b"", status=503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, compress=False)
    with serving(EVENTS, fault) as server:
        assert len(client(server, retry=RetryPolicy(attempts=2, first_wait=60)).export(FIRST, LAST)) == 100


def test_a_slow_first_byte_is_waited_for() -> None:
    """Mixpanel may think for minutes before the first byte."""
    with serving(EVENTS, Answer(wait=0.4)) as server:
        assert len(client(server).export(FIRST, LAST)) == 100


def test_silence_is_given_up_and_asked_again() -> None:
    """An answer that does not begin within the read timeout is asked for again."""
    with serving(EVENTS, Answer(wait=5)) as server:
        frame = client(server, read_timeout=0.2).export(FIRST, LAST)
    assert frame.attrs["mixpanel_report"]["retries"] == 1


def test_silence_in_the_middle_is_given_up_and_asked_again() -> None:
    """An answer that stops coming is asked for again."""
    with serving(EVENTS, Answer(trickle=5, cut=0.5, chunk=50)) as server:
        frame = client(server, read_timeout=0.2).export(FIRST, LAST)
    assert len(frame) == 100


@pytest.mark.parametrize("chunk", [0, 50])
def test_a_trickle_that_never_ends_meets_the_deadline(chunk: int) -> None:
    """However slowly an answer drips, it ends with the deadline, and nothing of it is kept."""
    begun = time.monotonic()
    with serving(EVENTS, Answer(trickle=0.05, chunk=chunk, compress=False)) as server:
        with pytest.raises(DeadlineError, match="within 1 s"):
            client(server, deadline=1).export(FIRST, LAST)
        assert len(server.requests) == 1
    assert time.monotonic() - begun < 5


def test_a_refusal_that_never_ends_is_a_refusal() -> None:
    """The words of a refusal are waited for as long as a connection, not for ever."""
    with serving(EVENTS, Answer(b"later", status=503, trickle=0.05, compress=False)) as server:
        frame = client(server, deadline=0.5).export(FIRST, LAST)
    assert frame.attrs["mixpanel_report"]["retries"] == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(compress=False),
        Answer(compress=False, chunk=7),
        Answer(compress=False, announce=False),
        Answer(compress=False, headers={"Content-Encoding": "gzip"}),
        Answer(headers={"Content-Encoding": "identity"}),
        Answer(headers={"Content-Type": "text/html; charset=iso-8859-1"}),
        Answer(chunk=1),
    ],
)
def test_what_the_headers_say_of_the_body_does_not_matter(answer: Answer) -> None:
    """Plain or packed, in any chunks, under any Content-Type: the bytes decide."""
    events = [event(place="Señor Müller \u2028 \u0085 中")]
    with serving(events, answer) as server:
        frame = client(server).export(FIRST, FIRST)
    assert frame["place"].tolist() == ["Señor Müller \u2028 \u0085 中"]


def test_an_unreachable_server_is_named() -> None:
    """No connection ends with the address and the reason, after the retries."""
    with serving() as server:
        gone = client(server)
    with pytest.raises(UnavailableError, match=r"can't be reached at http://127\S+ \(Connection refused\)"):
        gone.export(FIRST, FIRST)


def test_odd_lines_are_read_or_set_aside() -> None:
    """BOM, blanks, NaN and lone surrogates are read; garbage is set aside with its text; the rest is whole."""
    body = (
        b"\xef\xbb\xbf\n \t" + EVENTS[0] + b"\r\n\n  \n" + EVENTS[1].replace(b'"number": 1', b'"number": NaN') + b"\n"
    )
    body += b'garbage \xff\n{"event": 5}\n' + event(time=3, name="x\ud800y") + b"\n"
    with serving([], Answer(body)) as server:
        frame = client(server).export(FIRST, FIRST)
    report = frame.attrs["mixpanel_report"]
    assert (len(frame), report["quarantined"], report["lenient"]) == (3, 2, 2)
    assert frame["event"].tolist()[0] == "x\\ud800y"
    assert report["unreadable"][0]["line"] == "garbage \\xff"
    assert "event name" in report["unreadable"][1]["reason"]


def test_too_many_unreadable_lines_fail_the_export() -> None:
    """Ten lines and more than 0.1 % that are not events are too many."""
    nine, ten = b"x\n" * 9 + EVENTS[0], b"x\n" * 10 + EVENTS[0]
    with serving([], Answer(nine), Answer(ten)) as server:
        assert len(client(server).export(FIRST, FIRST)) == 1
        with pytest.raises(UnreadableLinesError, match="10 of 11 lines"):
            client(server).export(FIRST, FIRST)


def test_an_empty_day_is_an_empty_frame_with_all_leading_columns() -> None:
    """A day without events is not an error, and the columns are there."""
    with serving([], Answer(b"", compress=False), Answer(b"")) as server:
        for _ in range(2):
            frame = client(server).export(FIRST, FIRST)
            assert frame.shape == (0, 10)
            assert str(frame["time"].dtype) == "datetime64[us, UTC]"


def test_several_gzip_members_are_one_body() -> None:
    """A body may be put together from several gzip streams."""
    body = gzip.compress(EVENTS[0] + b"\n") + gzip.compress(EVENTS[1])
    for chunk in (0, 1, 3):
        answer = Answer(body, compress=False, headers={"Content-Encoding": "gzip"}, chunk=chunk)
        with serving([], answer) as server:
            assert len(client(server).export(FIRST, FIRST)) == 2


def test_the_request_is_what_the_documentation_asks() -> None:
    """Project, days, events as JSON text, milliseconds, gzip and Basic authentication go with every request."""
    with serving(EVENTS) as server:
        client(server).export(FIRST, FIRST, events=["Atla Query"], where='properties["a"] == 1')
    (query,) = server.requests
    assert query == {
        "project_id": "1",
        "from_date": FIRST,
        "to_date": FIRST,
        "event": json.dumps(["Atla Query", "$hotshard_events"]),
        "where": 'properties["a"] == 1',
        "time_in_ms": "true",
    }
    assert server.headers[0]["Accept-Encoding"] == "gzip"
    assert server.headers[0]["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "ftp://127.0.0.1",
        "http://127.0.0.1.example.com",
        "https://u:p@x",
        "x",
        "http://[::1",
        "http://127.0.0.1:port",
        "https://",
    ],
)
def test_an_address_that_would_show_the_secret_is_refused(url: str) -> None:
    """The secret travels over https, or stays on this machine."""
    with pytest.raises(SettingsError, match="api_url"):
        MixpanelClient(1, "robot", SECRET, api_url=url)
