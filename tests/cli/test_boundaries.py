"""Boundaries that texts, tables, settings and deliveries have in words: the last value that counts, and the first that doesn't."""  # noqa: E501

import re
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import click
import pandas as pd
import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from oseberg.cli import exits, main, output, progress
from oseberg.cli.config.check import find_odd_addresses
from oseberg.cli.county.deliveries import _without_images
from oseberg.cli.county.diff import shorten
from oseberg.cli.county.parse import tell
from oseberg.cli.county.status import deliveries_under, waiting
from oseberg.cli.db import archive
from oseberg.cli.settings import Settings
from oseberg.cli.settings.sections import DatabaseSettings, RetentionSettings
from oseberg.cli.types import MONTH, TIME_OF_DAY, parse_day


@pytest.mark.parametrize(("text", "days"), [("9999d", 9999), (" 1D ", 1), ("10000d", None)])
def test_at_most_9999_days_ago(text: str, days: int | None) -> None:
    """A mistyped year must not become a request for thousands of days."""
    if days is None:
        with pytest.raises(ValueError, match="is not a date"):
            parse_day(text)
    else:
        assert parse_day(text).days == days


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [("00:00", True), ("19:59", True), ("23:59", True), ("24:00", False), ("23:60", False), ("6:30", False)],
)
def test_times_of_day(text: str, is_valid: bool) -> None:
    """From 00:00 to 23:59, with two digits each."""
    if is_valid:
        assert TIME_OF_DAY.convert(text, None, None) == text
    else:
        with pytest.raises(click.BadParameter, match="is not a time of day"):
            TIME_OF_DAY.convert(text, None, None)


@pytest.mark.parametrize(("text", "month"), [("2026-01", 1), ("2026-12", 12), ("2026-13", 0), ("2026-00", 0)])
def test_months(text: str, month: int) -> None:
    """Of which a year has twelve."""
    if month:
        assert MONTH.convert(text, None, None) == date(2026, month, 1)
    else:
        with pytest.raises(click.BadParameter, match="is not a month"):
            MONTH.convert(text, None, None)


CONTROLS = "0 8 b 1f 7f 9f 202a 202e 2066 2069"
SHOWN = "9 a 20 7e a0 2029 202f 2065 206a"


@pytest.mark.parametrize(("codes", "kept"), [(CONTROLS, False), (SHOWN, True)], ids=["controls", "others"])
def test_what_moves_the_cursor_is_spelled_out(codes: str, kept: bool) -> None:
    """A tab and a line feed are as meant; so is the letter next to each range of controls."""
    for letter in (chr(int(code, 16)) for code in codes.split()):
        assert (exits.printable(letter) == letter) is kept, hex(ord(letter))


@pytest.mark.parametrize(
    ("parts", "whole"),
    [([], 0), ([0], 0), ([0, 75], 75), ([0, 3, 75], 3), ([1, 3, 75], 1), ([0, 1], 1), ([0, 3], 3)],
    ids=str,
)
def test_the_worst_of_several_statuses(parts: list[int], whole: int) -> None:
    """Failed before needs attention before try again later."""
    assert exits.worst(set(parts)) == whole


@pytest.mark.parametrize(("try_again", "status"), [(True, 75), (False, 1), (None, 1)])
def test_an_error_that_may_pass(try_again: bool | None, status: int) -> None:
    """It says so itself."""
    error = ValueError()
    if try_again is not None:
        error.try_again = try_again
    assert exits.status(error) == status


def test_a_system_without_a_sentence_is_quoted_whole() -> None:
    """An OSError that some library made has no text of the system."""
    assert exits.sentence(OSError("the disk hums")) == "the disk hums"
    assert exits.sentence(OSError(2, "No such file", "x.csv")) == "x.csv: No such file"


@pytest.mark.parametrize(("letters", "kept"), [(37, 2), (38, 2), (39, 1)])
def test_a_table_fills_80_columns(letters: int, kept: int) -> None:
    """Two cells of 39 and a gap of two are 80; the gap behind the last one doesn't count."""
    frame = pd.DataFrame({"a": ["x" * 40], "b": ["x" * letters]})
    assert output.fit(frame, 80).shape[1] == kept
    assert output.fit(frame, 1).shape[1] == 1


@pytest.mark.parametrize(("letters", "wraps"), [(42, False), (43, True)])
def test_a_cell_of_more_than_42_letters_is_a_sentence(letters: int, wraps: bool) -> None:
    """It wraps inside its column, so that no column is left out."""
    frame = pd.DataFrame({"a": ["x" * letters], "b": ["x" * 40], "c": [1]})
    assert (output.fit(frame, 80).shape[1] == 3) is wraps


@pytest.mark.parametrize(("letters", "left_out"), [(38, ""), (39, "1 more column: --wide or --json.\n")])
@pytest.mark.parametrize("columns", ["20", "200"])
def test_a_pipe_gets_80_columns_whatever_the_terminal(
    columns: str, letters: int, left_out: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The variable COLUMNS is a terminal's."""
    monkeypatch.setenv("COLUMNS", columns)
    row = {"a": "x" * 40, "b": "y" * letters}
    output.print_frame(pd.DataFrame([row]), columns={name: name for name in row})
    assert capsys.readouterr().err == left_out


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("mean", 1234.567, "1,234.57"),
        ("mean", -0.001, "0.00"),
        ("mean", None, "-"),
        ("events", 1234, "1,234"),
        ("user_id", 1234, "1234"),
        ("active", True, "yes"),
        ("active", False, "no"),
    ],
)
def test_cells(name: str, value: object, text: str) -> None:
    """Two decimals, thousands apart, no sign before what rounds to zero; an id is no quantity."""
    column = pd.Series([value], name=name, dtype="float64" if value is None else None)
    assert output.show_column(column) == [text]


@pytest.mark.parametrize(("text", "columns"), [("ab", 2), ("中a", 3), ("\uff21", 2), ("e\u0301", 1), ("é", 1)])
def test_columns_that_letters_take(text: str, columns: int) -> None:
    """Wide and full-width letters take two, combining marks none."""
    assert output.cells_of(text) == columns


def test_json_keeps_fifteen_digits(capsys: pytest.CaptureFixture[str]) -> None:
    """As many as a double has."""
    output.print_frame(pd.DataFrame({"x": [0.123456789012345]}), as_json=True)
    assert "0.123456789012345" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "plain"), [({}, False), ({"TERM": "dumb"}, True), ({"TERM": "unknown"}, True), ({"NO_COLOR": "1"}, True)]
)
def test_terminals_that_get_bare_text(names: dict[str, str], plain: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty NO_COLOR is none."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "")
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    assert output.is_plain(SimpleNamespace(isatty=lambda: True)) is plain


def test_a_log_hears_every_30_seconds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With the minutes and seconds since the beginning."""
    display, waited, clock = progress.ProgressDisplay("Loading", 4), [], iter([0.0, 59.9, 60.0, 3661.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    display._began = next(clock)

    class Over(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout)
            return len(waited) > 3

    display._over = Over()
    display.start_from(1)
    display(1, 9, "days")
    display._report()
    assert waited == [30.0] * 4
    assert capsys.readouterr().err.splitlines() == [
        f"Loading: 2 of 4 days ({passed})" for passed in ("0:59", "1:00", "61:01")
    ]


@pytest.mark.parametrize(
    ("name", "is_valid"), [("s" * 50, True), ("s" * 51, False), ("_", True), ("1a", False), ("a1", True), ("A", False)]
)
def test_a_schema_of_50_letters_that_needs_no_quotes(name: str, is_valid: bool) -> None:
    """Small letters, digits and underscores; no digit at the beginning."""
    if is_valid:
        assert DatabaseSettings(schema=name).schema_ == name
    else:
        with pytest.raises(ValidationError):
            DatabaseSettings(schema=name)


def test_a_month_is_the_least_that_is_kept() -> None:
    """Besides the present one."""
    assert RetentionSettings(keep_months=1).keep_months == 1
    with pytest.raises(ValidationError):
        RetentionSettings(keep_months=0)


@pytest.mark.parametrize(
    ("back", "first"), [(0, "2026-01-01"), (1, "2025-12-01"), (12, "2025-01-01"), (13, "2024-12-01")]
)
def test_months_back(back: int, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted from the present month, also on its last day."""

    class Now(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Now":
            del tz
            return cls(2026, 1, 31, 23, 59, tzinfo=UTC)

    monkeypatch.setattr(archive, "datetime", Now)
    assert str(archive.months_back(back)) == first


@pytest.mark.parametrize(
    ("place", "odd"),
    [
        ("C:/deliveries", False),
        ("ab://x", True),
        ("s3://b/k", False),
        ("gs://b/k", True),
        ("s3:/b", True),
        ("x", False),
    ],
)
def test_a_drive_has_one_letter(place: str, odd: bool) -> None:
    """What has two letters before a colon and a slash is an address, which has two slashes."""
    assert bool(find_odd_addresses(Settings({"county": {"source": place}}))) is odd


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("48227/20180605/images/1.tif", "48227/20180605/images/"),
        ("48227/20180605/images/a/1.tif", "48227/20180605/images/"),
        ("48227/20180605/images", "48227/20180605/images"),
        ("48227/20180605/other/1.tif", "48227/20180605/other/1.tif"),
    ],
)
def test_of_images_only_the_folder_is_listed(name: str, listed: str) -> None:
    """A delivery has thousands of them."""
    assert _without_images(name) == listed


def test_a_delivery_is_of_the_nineteenth_century_at_the_earliest(tmp_path: Path) -> None:
    """Five digits, eight digits, a file; it is parsed where its records are."""
    for place in ("48227/18000101/a", "48227/20991231/records.jsonl", "48227/17991231/a", "4822/20180605/a"):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).touch()
    (tmp_path / "48227/20991231/z").touch()
    found = deliveries_under(str(tmp_path))
    assert found == {"48227": {"18000101": False, "20991231": True}}
    book = SimpleNamespace(deliveries=lambda _: pd.DataFrame({"name": ["18000101"]}))
    assert waiting(book, "48227", found["48227"]) == [("20991231", "parsed, not checked")]


@pytest.mark.parametrize(("letters", "cut"), [(58, False), (59, True)])
def test_a_value_takes_60_letters_of_a_line(letters: int, cut: bool) -> None:
    """Its quotes included; what is cut ends in an ellipsis."""
    shown = shorten("x" * letters)
    assert len(shown) == 60
    assert shown.endswith("…") is cut


def test_only_what_is_new_needs_attention(tmp_path: Path) -> None:
    """What was reported before, or has gone, doesn't."""
    said = [tell(sentences, tmp_path) for sentences in ([], ["a"], ["a"], ["a", "b"], ["b"], ["a", "b"])]
    assert said == [0, 3, 0, 3, 0, 3]


@pytest.mark.parametrize(
    ("arguments", "fault"), [(("--workers", "2"), "use them with --all"), (("--workers", "1"), "")]
)
def test_one_delivery_takes_one_worker(tmp_path: Path, arguments: tuple[str, ...], fault: str) -> None:
    """Several are for many deliveries."""
    words = ["county", "parse", "lea", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out"), *arguments]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == (2 if fault else 1)
    assert re.search(fault, done.stderr)


@pytest.mark.parametrize("words", [["lea"], ["lea", "a", "b"], ["--all", "a", "b", "--out", "x"], ["--all", "a"]])
def test_words_that_are_too_few_or_too_many(words: list[str]) -> None:
    """A county and its delivery, or one root of all."""
    assert CliRunner().invoke(main, ["county", "parse", *words]).exit_code == 2
