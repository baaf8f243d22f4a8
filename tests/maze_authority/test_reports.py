"""The reports: their form, and that no text of a delivery can forge a part of them."""

import io
import json
import os
import re
import threading
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.maze_authority import Result, Waiver, check, explain, rules, sample_record
from oseberg.maze_authority._reports.escape import markdown, one_line
from oseberg.maze_authority._reports.picture import HEIGHT, WIDTH, columns, strips
from oseberg.maze_authority._reports.texts import wrapped
from tests.maze_authority.helpers import clean, images, records

HOSTILE = (
    "<script>alert(1)</script>\"' &amp; ]]> \u202e\x1b[31m\r\n::error file=x::forged\n##[error]forged %0A::error::x "
    "| a | `b` {key} {{7*7}} [link](http://x) \ud7ff \u2028 <img src=x onerror=y>"
)


@pytest.fixture(scope="module")
def result() -> Result:
    """A delivery with hostile text wherever text can stand, a waiver, and a rule of each state."""
    rows = clean(200)
    rows[3].update(grantors=[], source={"file": HOSTILE, "lines": [7]})
    rows[5].update(document_type="other", document_type_text=HOSTILE)
    rows[150].update(instrument_number=HOSTILE)
    rows[7].update(grantors=[{"name": HOSTILE}], grantees=[{"name": HOSTILE}])
    rows[8]["legals"] = [{"kind": "unread", "text": HOSTILE, "remainder": HOSTILE}]
    given = [*images(rows), (f"images/{HOSTILE}", 1, "h")]
    del rows[60:80], rows[100:103]
    waiver = {
        "rule": "MA201",
        "range": "18-0000050..18-0000090",
        "reason": "voided",
        "by": HOSTILE,
        "expires": "2999-01-01",
    }
    return check(records(rows), given, waivers=[Waiver.model_validate(waiver)])


class Tags(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_loads_and_runs_nothing(result: Result) -> None:
    """No scripts, no handlers, no addresses but the page's own anchors; a policy forbids the rest."""
    page = result.to_html()
    tags = Tags()
    tags.feed(page)
    names = {tag for tag, _ in tags.tags}
    assert not names & {"script", "img", "link", "iframe", "object", "image", "base", "form"}
    for _, attributes in tags.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "xlink:href")]
        assert attributes.get("href", "#").startswith("#")
    policy = next(attributes["content"] for tag, attributes in tags.tags if "http-equiv" in attributes)
    assert re.fullmatch(r"default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'", policy)
    assert not [name for _, attributes in tags.tags for name in attributes if name == "style"]
    assert not re.search(r"url\(|@import", page)
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_the_page_shows_what_matters(result: Result) -> None:
    """The certified-through date, the coverage as a picture, states, findings with source lines, who waived."""
    page = result.to_html()
    assert "is certified through" in page
    assert str(result.certified_through["48003"]) in page
    assert page.count('fill="var(--hole)"') >= 1
    assert page.count('fill="var(--waived)"') == 1
    assert "line 7" in page
    assert "not run" in page
    assert "waived by" in page
    assert "voided" in page
    assert "How to fix it:" in page
    assert page.index("<h2>Findings</h2>") < page.index("<h2>Rules</h2>")


def test_annotations_cannot_be_forged(result: Result) -> None:
    """One line for each finding that is not waived, each a command of ours."""
    stream = io.StringIO()
    text = result.to_github(stream)
    assert stream.getvalue() == text
    lines = text.split("\n")[:-1]
    assert len(lines) == int(result.findings["waived_by"].isna().sum())
    assert all(re.match(r"::(error|warning|notice) (file=[^:]*,)?(line=\d+,)?title=MA\d{3}::", line) for line in lines)
    assert "##[" not in text
    assert "\r" not in text


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_no_line_of_a_report_is_a_command_or_markup(result: Result, form: str) -> None:
    """Printed in a build's log or a ticket, a delivery's text stays text."""
    text = result.report(form)
    assert not [line for line in text.splitlines() if line.lstrip().startswith(("::", "##["))]
    assert "\x1b" not in text
    assert "\u2028" not in text
    if form == "markdown":
        assert "<script" not in text
        assert "](http" not in text
        assert "http://" not in text


def test_junit_has_one_case_for_each_rule(result: Result) -> None:
    """Failures are rules that fail the delivery; not_run is skipped; the file is well-formed whatever the text."""
    suite = ET.fromstring(result.to_junit())
    assert len(suite) == len(result.rules) == int(suite.get("tests", "0"))
    skipped = [case for case in suite if case.find("skipped") is not None]
    assert len(skipped) == int((result.rules["state"] == "not_run").sum()) == int(suite.get("skipped", "0"))
    failed = {case.get("name", "")[:5] for case in suite if case.find("failure") is not None}
    assert failed >= {"MA202", "MA501"}
    assert "MA102" not in failed


def test_json_is_complete_and_typed(result: Result) -> None:
    """States, true counts, nulls for what is missing, ISO days, and a version of the schema."""
    content = json.loads(result.to_json())
    assert content["schema_version"] == 1
    assert content["certified_through"] == {"48003": result.certified_through["48003"].isoformat()}
    gap = next(
        finding for finding in content["findings"] if finding["rule"] == "MA201" and finding["waived_by"] is None
    )
    assert gap["source_file"] is gap["source_line"] is None
    mine = next(finding for finding in content["findings"] if finding["rule"] == "MA501")
    assert mine["source_line"] == 7
    assert mine["source_file"] == HOSTILE
    assert isinstance(content["coverage"][0]["missing_ranges"], list)


def test_a_lone_surrogate_is_not_a_problem(tmp_path) -> None:
    """A name that no encoding can hold is escaped, and the file is written whole."""
    result = check([sample_record(document_type="other", document_type_text="A\ud800B")])
    for form in ("json", "html", "junit", "markdown", "text", "github"):
        result.report(form).encode("utf-8")
    result.to_json(tmp_path / "report.json")
    assert "A\\\\ud800B" in (tmp_path / "report.json").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_long_message_is_cut_where_people_read_it() -> None:
    """A legal description of pages drowns no other finding; the JSON report has it whole."""
    text = "FROM THE OLD OAK " * 200
    result = check([sample_record(legals=[{"kind": "unread", "text": text, "remainder": text}])])
    assert text not in result.to_html()
    assert text in result.findings["message"].item()
    assert "How to fix it: Read the text by eye" in result.to_text()


def test_a_clean_delivery_says_so() -> None:
    """Nothing was found, in every form."""
    result = check([sample_record()])
    assert "Nothing was found" in result.to_html()
    assert result.to_github() == ""
    assert "The 1 record is" in result.to_html()
    assert "\nOK: 1 record; rules" in result.to_text()


def test_a_report_of_no_records_says_so() -> None:
    """An empty file passes, and nobody takes it for a county's."""
    assert check([]).to_text().startswith("No records were checked\n")
    assert "The 0 records are" in check([]).to_html()


def test_a_report_for_a_terminal_fits_80_columns(result: Result) -> None:
    """Lines break at blanks, what follows is indented, and a number, a path or a column is never broken."""
    lines = result.to_text().split("\n")
    assert [line for line in lines if len(line) > 80 and " " in line[9:80].strip()] == []
    assert "MA401  passed   error    Image missing" in lines
    plain = check([sample_record(legals=[{"kind": "unread", "text": "OAK " * 60}])]).to_text()
    assert max(map(len, plain.splitlines())) <= 80
    assert all(max(map(len, explain(rule).splitlines())) <= 80 for rule in rules)


@given(st.text(st.sampled_from(":: #[]ab\N{NO-BREAK SPACE}"), max_size=300))
def test_no_broken_line_opens_a_command(text: str) -> None:
    """Nor does a line that was broken lose a sign of the text."""
    lines = wrapped(f"       - {one_line(text)}")
    assert not [line for line in lines if line.lstrip().startswith(("::", "##["))]
    assert "".join("".join(lines).split()) == "".join(f"-{one_line(text)}".split())


@given(st.sets(st.integers(2, 2999), min_size=1, max_size=900))
def test_the_picture_shows_what_share_is_missing(numbers: set[int]) -> None:
    """Bars lie within the strip, ascend, and however many small gaps there are, cover about what is missing."""
    gaps = [(number, number) for number in sorted(numbers)]
    for draw in (strips, columns):
        drawn = draw(gaps, 1, 3000)
        assert all(left >= 0 and width > 0 and left + width <= WIDTH for left, width, _ in drawn)
        assert all(one[0] + one[1] <= other[0] for one, other in pairwise(drawn))
        assert all(0 < height <= HEIGHT for _, _, height in drawn)
    true, shown = len(numbers) / 3000, sum(width * height for _, width, height in drawn) / (WIDTH * HEIGHT)
    assert true <= shown <= true + 0.25 * len(drawn) / 250 + 0.05


def test_of_many_series_those_that_lack_most_are_shown() -> None:
    """A clerk with a series for each book fills no screen; the JSON report has them all."""
    numbers = [f"{book:02d}-{number}" for book in range(10, 60) for number in (1, 2, 3 + (book == 55))]
    result = check([sample_record(instrument_number=number) for number in numbers], rules=["MA201"])
    assert len(json.loads(result.to_json())["coverage"]) == 50
    for form in ("text", "html", "markdown"):
        assert result.report(form).count("55-4") == 1
        assert "and 30 more series, with 0 numbers missing" in result.report(form)
    assert result.to_html().count("<svg") == 20


def test_many_gaps_are_not_drawn_as_nothing_delivered() -> None:
    """Every seventh number is missing: the strip stays green above the share that lacks."""
    result = check(records([row for place, row in enumerate(clean(2000)) if place % 7]), rules=["MA201"])
    heights = {int(height) for height in re.findall(r'height="(\d+)" fill="var\(--hole\)"', result.to_html())}
    assert max(heights) <= HEIGHT / 3


def test_a_report_replaces_files_only(tmp_path: Path) -> None:
    """A link stays a link, a pipe (as /dev/stdout may be one) is written to, and where nothing fits nothing is left."""
    result = check([sample_record()])
    (tmp_path / "link.json").symlink_to(tmp_path / "file.json")
    text = result.to_json(tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "file.json").read_text() == text
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=result.to_json, args=(pipe,))
    writer.start()
    assert pipe.read_text() == text
    writer.join()
    assert pipe.is_fifo()
    for place in (tmp_path / "none" / "report.json", tmp_path / "file.json" / "report.json"):
        with pytest.raises(OSError, match=r"report\.json'$|does not exist"):
            result.to_json(place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.json", "link.json", "pipe"]


def test_text_is_made_harmless() -> None:
    """Line ends, escapes and direction marks are seen, not obeyed; Markdown is text."""
    assert one_line("a\r\nb\x1b[0m\u202e") == "a\\r\\nb\\x1b[0m\\u202e"
    assert markdown("*a* <b> @team https://x www.x") == r"\*a\* &lt;b&gt; &#64;team https&#58;//x www&#46;x"
