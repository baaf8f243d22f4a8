"""A flawless record to start examples, tests and one's own rules from."""

from __future__ import annotations

from typing import Any

from oseberg.maze_authority._records.record import IndexRecord

FLAWLESS: dict[str, Any] = {
    "county_fips": "48003",
    "instrument_number": "18-0000001",
    "book_type": "OPR",
    "volume": "1043",
    "page": "100",
    "document_type": "oil_gas_lease",
    "document_type_text": "OGL",
    "recorded_on": "2018-06-05",
    "recorded_time": "09:00:00",
    "instrument_date": "2018-06-01",
    "grantors": [{"name": "HALE ROBERT K"}],
    "grantees": [{"name": "RED BLUFF RESOURCES LLC"}],
    "legals": [
        {"kind": "texas_survey", "text": "SEC 12 BLK A-46 PSL", "survey": "PSL", "block": "A-46", "section": "12"}
    ],
    "images": [{"path": "images/1.pdf"}],
    "page_count": 3,
    "source": {"file": "sample.csv", "lines": [2]},
}

NEXT: dict[str, Any] = {"instrument_number": "18-0000002", "page": "103", "images": [{"path": "images/2.pdf"}]}
"""In what the document after it differs."""


def sample_record(**changes: Any) -> IndexRecord:  # noqa: ANN401 - values of any field
    """Return a record that breaks no rule, with changes.

    Args:
        changes: Values that replace those of the flawless record, by field.

    Returns:
        The record.

    Examples:
        >>> sample_record(page_count=None).instrument_number
        '18-0000001'
    """
    return IndexRecord.model_validate(FLAWLESS | changes)
