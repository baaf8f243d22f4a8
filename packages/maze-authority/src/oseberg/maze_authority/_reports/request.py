"""A request to the vendor as text for a mail, as CSV, as a workbook, or as a page."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from pathlib import Path

from oseberg.maze_authority._register.request import Item, VendorRequest
from oseberg.maze_authority._reports.escape import one_line
from oseberg.maze_authority.errors import MazeAuthorityError

TEMPLATES = Path(__file__).parents[1] / "templates"
HEAD = ("kind", "what", "count", "where", "open since", "asked before")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # characters that begin a formula


def request_text(request: VendorRequest) -> str:
    """Return a request as plain text to paste into a mail.

    Args:
        request: The request.

    Returns:
        The text, at most 80 columns wide unless a name is longer.
    """
    if not request.items:
        return f"{request.county} County ({request.county_fips}): nothing is missing.\n"
    lines = [
        f"{request.county} County ({request.county_fips}): please send the following",
        "",
    ]
    for kind, items in request.by_kind().items():
        lines += [f"{kind}:", *(line for item in items for line in item_lines(item)), ""]
    return "\n".join(one_line(line) for line in [*lines, f"Status of {request.day}.", ""])


def item_lines(item: Item) -> list[str]:
    """Write an item: what is asked for, and below it where it belongs."""
    count = f" ({item.count:,})" if item.count and item.count > 1 else ""
    asked = f"; requested on {', '.join(item.asked)}" if item.asked else ""
    first = f"  {item.what}{count}"
    second = f"{item.near}{asked}"
    return [f"{first}, {second}"] if len(first) + len(second) < 78 else [first, f"      {second}"]  # noqa: PLR2004 - columns


def rows_of(request: VendorRequest) -> list[tuple[str, ...]]:
    """Return a request as rows of texts; formulas are escaped as text."""
    rows = [
        (item.kind, item.what, str(item.count or ""), item.near, item.since or "", " ".join(item.asked))
        for items in request.by_kind().values()
        for item in items
    ]
    # A vendor opens the sheet in a spreadsheet; a number with an apostrophe stays what it is.
    return [tuple(f"'{cell}" if cell.startswith(FORMULA) else one_line(cell) for cell in row) for row in rows]


def request_csv(request: VendorRequest) -> str:
    """Return a request as CSV.

    Args:
        request: The request.

    Returns:
        A heading and one row for each item.
    """
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEAD, *rows_of(request)])
    return out.getvalue()


def request_xlsx(request: VendorRequest) -> bytes:
    """Return a request as a workbook.

    Args:
        request: The request.

    Returns:
        The bytes of an .xlsx file.

    Raises:
        MazeAuthorityError: openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - an extra
    except ImportError:
        raise MazeAuthorityError("A workbook needs openpyxl: pip install 'oseberg-maze-authority[xlsx]'.") from None
    book = Workbook()
    sheet = book.create_sheet("Request", 0)
    del book["Sheet"]  # which every new workbook has
    for row in [HEAD, *rows_of(request)]:
        sheet.append(row)
    for letter, width in zip("ABCDEF", (22, 34, 8, 60, 12, 24), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def request_html(request: VendorRequest) -> str:
    """Return a request as a page that loads nothing and can be forwarded.

    Args:
        request: The request.

    Returns:
        One HTML page, as text.
    """
    from oseberg.maze_authority._html import render_page  # noqa: PLC0415 - jinja2 is loaded only when a page is drawn
    from oseberg.maze_authority._reports.html import STYLE, visible  # noqa: PLC0415 - as above

    kinds = {kind: [vars(item) for item in items] for kind, items in request.by_kind().items()}
    values = {"county": request.county, "fips": request.county_fips, "day": str(request.day), "kinds": kinds}
    return render_page(TEMPLATES / "request.html", visible(values), style=STYLE.read_text(encoding="utf-8"))
