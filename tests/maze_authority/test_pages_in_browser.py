"""The pages in Chromium: light, dark, on a phone, and printed."""

import re
import zlib
from datetime import date
from html import unescape
from pathlib import Path

import pytest

from oseberg.maze_authority import Register, check, county_status, request_html, status_page, vendor_request
from tests.browser import dom, run, screenshot
from tests.maze_authority.helpers import clean, records

TODAY = date(2018, 3, 1)
NAMES = ("status", "ask", "report")
LONG = "A" * 300


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """A register with gaps, missing days, errors, a withdrawn document and names of any length; its three pages."""
    folder = tmp_path_factory.mktemp("pages")
    rows = clean(200)
    late = [row for row in rows if row["instrument_number"] not in {"18-0000031", "18-0000032", "18-0000090"}]
    late = [row for row in late if row["recorded_on"] != rows[120]["recorded_on"]]
    for row in late[10:60:2]:
        row["grantors"] = []
    late[3]["grantors"] = [{"name": f"{LONG} <b>&"}]
    with Register(folder / "register.sqlite") as register:
        check(records(late[:150]), register=register, delivery_name="20180115")
        result = check(records([one for one in late[100:] if one is not late[110]]), register=register)
        marks = register.findings("48003")["fingerprint"].tolist()
        for day in (1, 9):
            register.mark_asked("48003", marks[:3], date(2018, 2, day))
        status = county_status(register, "48003", today=TODAY, waiting=[("20180222", "arrived, not parsed")])
        texts = {
            "status": status_page([status], today=TODAY),
            "ask": request_html(vendor_request(register, "48003", today=TODAY)),
            "report": result.to_html(),
        }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in NAMES}


def asked(page: Path, question: str, width: int, *, printed: bool = False) -> int:
    """The answer to a question in script; the page itself runs nothing, so a copy of it is asked."""
    text = re.sub(r"<meta http-equiv=[^>]*>", "", page.read_text(encoding="utf-8"))
    # On paper the rules for paper hold; on the copy's screen they do as well.
    text = text.replace("@media print", "@media all") if printed else text
    copy = page.with_name(f"{page.stem}-{width}.html")
    script = f"<script>document.body.dataset.result = {question}</script></body>"
    copy.write_text(text.replace("</body>", script), encoding="utf-8")
    return int(unescape(re.search(r'data-result="([^"]*)"', dom(copy, width=width))[1]))


@pytest.mark.parametrize("width", [500, 768, 1280])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_reaches_beyond_the_screen(pages, name: str, width: int) -> None:
    """Wide tables scroll in their own frame, long names break."""
    assert asked(pages[name], "document.documentElement.scrollWidth - innerWidth", width) <= 0


def corner(png: bytes) -> int:
    """The brightness of the first pixel of a picture, 0 to 255."""
    chunks, place = b"", 8
    while place < len(png):
        size = int.from_bytes(png[place : place + 4], "big")
        if png[place + 4 : place + 8] == b"IDAT":
            chunks += png[place + 8 : place + 8 + size]
        place += size + 12
    # After the filter's byte of the first line: nothing precedes the first pixel, so it is as it is.
    return sum(zlib.decompress(chunks)[1:4]) // 3


@pytest.mark.parametrize("name", NAMES)
def test_pages_follow_the_theme(pages, name: str, tmp_path: Path) -> None:
    """Paper is white in the light theme, and dark in the dark one."""
    assert corner(screenshot(pages[name], tmp_path / "light.png")) == 255
    assert corner(screenshot(pages[name], tmp_path / "dark.png", dark=True)) < 40


@pytest.mark.parametrize("name", NAMES)
def test_pages_run_and_load_nothing(pages, name: str) -> None:
    """They can be sent by mail and opened anywhere; names are text."""
    text = pages[name].read_text(encoding="utf-8")
    assert "<script" not in text
    assert not re.search(r"""(?:src|href)=["'](?!#)""", text)
    assert "default-src 'none'" in unescape(text)
    assert "<b>&" not in text


HIDDEN = "[...document.querySelectorAll('li')].filter(one => !one.checkVisibility() || !one.offsetHeight).length"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_folded_on_the_screen_is_printed(pages, name: str, tmp_path: Path) -> None:
    """Warnings, and findings beyond the first ones, which a click opens on the screen."""
    assert asked(pages[name], HIDDEN, 900, printed=True) == 0
    assert (asked(pages[name], HIDDEN, 900) > 0) == ("<details>" in pages[name].read_text(encoding="utf-8"))
    run(f"--print-to-pdf={tmp_path / 'page.pdf'}", "--no-pdf-header-footer", pages[name].resolve().as_uri())
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_status_names_days_gaps_and_ages(pages) -> None:
    """The calendar, the bars of the numbers, errors by age, what was asked and what waits."""
    text = dom(pages["status"])
    assert 'title="2018-01-02: 20 documents, checked"' in text
    assert "is-late" in text
    assert 'aria-label="' in text
    assert "Open errors by age" in text
    assert "20180222: arrived, not parsed" in text
    assert "2018-02-01, 2018-02-09" in text
    assert "withdrawn" in text
