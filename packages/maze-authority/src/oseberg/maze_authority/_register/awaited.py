"""The document that settles a finding once it is delivered, as the finding's message says."""

from __future__ import annotations

UNKNOWN = "which is unknown"  # what MA603 says of a reference; it closes when the number is delivered
PROBABLY = " is probably "


def awaited_number(rule: str, message: str, year: int | None) -> str:
    """Return the number of the document that settles a finding once delivered; empty if none does."""
    if rule == "MA603":
        return message.partition(" refers to ")[2].removesuffix(f", {UNKNOWN}")
    # People are told the year of a count that starts over; clerks don't print it.
    return message.partition(PROBABLY)[2].partition(": its neighbors ")[0].removeprefix(f"{year}/")
