"""How much of real legal descriptions is read; `python -m tests.county_parsers.legals_coverage` prints the table."""

from collections import Counter
from pathlib import Path

from oseberg.county_parsers import tracts

REVIEWED = Path(__file__).parent / "data" / "legals"
SOURCES = {
    "real_texas_clerk_index": "clerk's index, Midland",
    "real_university_lands": "University Lands sale",
    "real_roll_style": "owner rolls, West Texas",
    "real_texas_misc": "notices and files, Texas",
    "real_new_mexico": "dockets and notices, New Mexico",
}


def outcome(text: str) -> str:
    """Say how much of a text is read: whole, rest (with a remainder) or unread."""
    first = tracts(text)[0]
    if first["kind"] == "unread":
        return "unread"
    return "rest" if first["remainder"] else "whole"


def table() -> str:
    """Give a line for each source: how many texts, and how many of them were read how far."""
    lines = ["| texts | number | read whole | read, with a remainder | unread |", "|---|---|---|---|---|"]
    for file, name in SOURCES.items():
        reviewed = (REVIEWED / f"{file}.txt").read_text(encoding="utf-8").splitlines()
        found = Counter(outcome(line) for line in reviewed if not line.startswith("    "))
        lines.append(f"| {name} | {found.total()} | {found['whole']} | {found['rest']} | {found['unread']} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
