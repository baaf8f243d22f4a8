"""How tables, messages and progress look on a terminal of 80 columns, and in a log."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time

import pandas as pd
import pytest

from oseberg.cli import progress
from oseberg.cli.output import count, print_frame, say
from oseberg.cli.progress import ProgressDisplay

ESCAPE = re.compile(r"\x1b")
PROGRAM = """
import pandas as pd
from oseberg.cli.output import print_frame, say
from oseberg.cli.progress import ProgressDisplay
with ProgressDisplay("Exporting", 7) as display:
    display(2, 7, "days, 48,211 events, 12.3 MB")
    say("Mixpanel asks for a pause of 3 seconds.")
    display(3, 7, "days, 50,000 events, 13.0 MB")
names = {name: name for name in ("company", "score", "attention")}
rows = [{"company": "Shinnery Oak Minerals " * 5, "score": 20.251, "attention": True, "rest": 1}]
print_frame(pd.DataFrame(rows), columns=names)
"""


def on_a_terminal(program: str, columns: int = 80, **names: str) -> str:
    """Run a program on a terminal of its own, and return everything that it wrote there."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
    environment = kept | {"TERM": "xterm-256color"} | names
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=follower, stdout=follower, stderr=follower, env=environment
    ) as process:
        os.close(follower)
        parts = []
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # the program has ended
                break
            if not part:
                break
            parts.append(part)
        os.close(leader)
        assert process.wait() == 0, b"".join(parts)
    return b"".join(parts).decode().replace("\r\n", "\n")


def test_a_terminal_shows_a_bar_and_a_table_that_fits() -> None:
    """The bar moves in one line, a message stays whole, and no line of the table is wider than the terminal."""
    shown = on_a_terminal(PROGRAM)
    assert ESCAPE.search(shown)
    assert "3 of 7 days, 50,000 events, 13.0 MB" in shown
    assert "Mixpanel asks for a pause of 3 seconds." in shown
    table = shown[shown.index("company") :]
    lines = [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line) for line in table.splitlines()]
    assert max(len(line) for line in lines) <= 80
    assert "20.25  yes" in table
    assert "1 more column: --wide or --json." in table


@pytest.mark.parametrize("names", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_plain_terminals_get_no_escape_codes(names: dict[str, str]) -> None:
    """`NO_COLOR` and `TERM=dumb` get the same words as bare text."""
    shown = on_a_terminal(PROGRAM, **names)
    assert not ESCAPE.search(shown)
    assert "20.25  yes" in shown


def test_messages_wrap_at_words() -> None:
    """A long message stays readable on a narrow terminal; a command to copy stays in one piece."""
    long = "from oseberg.cli.output import say; say('word ' * 30); say('$ ' + 'word ' * 30, style='dim')"
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", on_a_terminal(long, columns=40)).splitlines()
    assert shown[0] == " ".join(["word"] * 8)
    assert shown[-1].startswith("$ " + "word " * 29)


def test_a_log_shows_life(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Off a terminal there is one plain line at each interval, and nothing when the work is short."""
    with ProgressDisplay("Loading") as display:
        display(1, 4, "days")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "INTERVAL", 0.05)
    with ProgressDisplay("Loading", 4) as display:
        display.start_from(1)
        display(1, 2, "days, 3 events")
        time.sleep(0.3)
    lines = capsys.readouterr().err.splitlines()
    assert 1 <= len(lines) <= 6
    assert set(lines) == {"Loading: 2 of 4 days, 3 events (0:00)"}


def test_columns_that_do_not_fit_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """A table of many columns keeps the first ones within 80, and says how to see the rest."""
    row = {f"column {number}": "x" * 12 for number in range(9)}
    print_frame(pd.DataFrame([row]), columns={name: name for name in row})
    shown = capsys.readouterr()
    assert shown.out.splitlines()[1] == "  ".join(["x" * 12] * 5)
    assert shown.err == "4 more columns: --wide or --json.\n"


def test_sentences_wrap_instead(capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence is worth more lines; nothing is left out."""
    row = {"metric": "atla.query", "words": "word " * 30, "points": 0.5}
    print_frame(pd.DataFrame([row]), columns={name: name for name in row})
    assert "0.50" in capsys.readouterr().out


def test_a_pipe_gets_one_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    """What is piped is aligned text without color, wrapping, or spaces at the end."""
    rows = {
        "user_id": pd.array([1042, None], dtype="Int64"),
        "events": [48211, 7],
        "mean": [1234.5, float("nan")],
        "name": ["x" * 100, None],
        "active": [True, False],
    }
    print_frame(pd.DataFrame(rows))
    assert capsys.readouterr().out.splitlines() == [
        "user_id  events      mean  name" + " " * 98 + "active",
        "   1042  48,211  1,234.50  " + "x" * 100 + "  yes",
        "      -       7         -  -" + " " * 101 + "no",
    ]


def test_a_pipe_aligns_wide_letters_and_keeps_a_row_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Letters of East Asia take two columns, combining marks none, and a line break becomes a space."""
    names = ["\N{CJK UNIFIED IDEOGRAPH-9752}\N{CJK UNIFIED IDEOGRAPH-9752}", "e\N{COMBINING ACUTE ACCENT}", "a\nb"]
    print_frame(pd.DataFrame({"name": names, "n": [1, 22, 3]}))
    assert capsys.readouterr().out.splitlines() == ["name   n", names[0] + "   1", names[1] + "     22", "a b    3"]


def test_an_empty_table_says_so_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that has said why there is nothing needs no second line."""
    print_frame(pd.DataFrame())
    print_frame(pd.DataFrame(), empty="Nobody is unresolved.")
    say("done")
    assert capsys.readouterr() == ("", "Nobody is unresolved.\ndone\n")


@pytest.mark.parametrize(("number", "text"), [(0, "0 events"), (1, "1 event"), (48211, "48,211 events")])
def test_numbers_agree_with_their_noun(number: int, text: str) -> None:
    """One event is not `1 events`."""
    assert count(number, "event") == text


def test_irregular_plurals_are_given() -> None:
    """`2 companies`, not `2 companys`."""
    assert count(2, "company", "companies") == "2 companies"
