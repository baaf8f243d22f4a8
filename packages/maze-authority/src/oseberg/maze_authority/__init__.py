"""The standard index record of county documents and the completeness checks that let others rely on it.

>>> from oseberg.maze_authority import check, sample_record
>>> records = [sample_record(instrument_number=f"18-{n:07d}", volume=None, page=None) for n in (1, 2, 4)]
>>> result = check(records)
>>> result.exit_code
3
>>> result.findings.message.iloc[0]
'18-0000003: 1 number missing between documents of 2018-06-05'
>>> good, quarantine = result.split()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oseberg.maze_authority._check import check
    from oseberg.maze_authority._delivery.county import COUNTIES, County
    from oseberg.maze_authority._delivery.delivery import Delivery
    from oseberg.maze_authority._findings import about, flag
    from oseberg.maze_authority._records.record import Image, IndexRecord, Legal, Party, Reference, Source
    from oseberg.maze_authority._records.sample import sample_record
    from oseberg.maze_authority._register.changes import Change
    from oseberg.maze_authority._register.register import Register
    from oseberg.maze_authority._register.request import VendorRequest, vendor_request
    from oseberg.maze_authority._register.status import CountyStatus, county_status
    from oseberg.maze_authority._registry import Example, Rule, explain, rule, rules
    from oseberg.maze_authority._reports.request import request_csv, request_html, request_text, request_xlsx
    from oseberg.maze_authority._reports.rules_page import rules_page
    from oseberg.maze_authority._reports.status import status_page, status_text
    from oseberg.maze_authority._result import Result
    from oseberg.maze_authority._settings import CheckSettings, Setting
    from oseberg.maze_authority._waivers import Waiver, add_waiver

__all__ = [
    "COUNTIES",
    "Change",
    "CheckSettings",
    "County",
    "CountyStatus",
    "Delivery",
    "Example",
    "Image",
    "IndexRecord",
    "Legal",
    "Party",
    "Reference",
    "Register",
    "Result",
    "Rule",
    "Setting",
    "Source",
    "VendorRequest",
    "Waiver",
    "about",
    "add_waiver",
    "check",
    "county_status",
    "explain",
    "flag",
    "request_csv",
    "request_html",
    "request_text",
    "request_xlsx",
    "rule",
    "rules",
    "rules_page",
    "sample_record",
    "status_page",
    "status_text",
    "vendor_request",
]

_HOMES = {
    **dict.fromkeys(("Change", "Register"), "_register.register"),
    **dict.fromkeys(("CountyStatus", "county_status"), "_register.status"),
    **dict.fromkeys(("VendorRequest", "vendor_request"), "_register.request"),
    **dict.fromkeys(("request_csv", "request_html", "request_text", "request_xlsx"), "_reports.request"),
    **dict.fromkeys(("status_page", "status_text"), "_reports.status"),
    **dict.fromkeys(("check",), "_check"),
    **dict.fromkeys(("COUNTIES", "County"), "_delivery.county"),
    **dict.fromkeys(("Delivery",), "_delivery.delivery"),
    **dict.fromkeys(("about", "flag"), "_findings"),
    **dict.fromkeys(("rules_page",), "_reports.rules_page"),
    **dict.fromkeys(("Image", "IndexRecord", "Legal", "Party", "Reference", "Source"), "_records.record"),
    **dict.fromkeys(("Example", "Rule", "explain", "rule", "rules"), "_registry"),
    **dict.fromkeys(("Result",), "_result"),
    **dict.fromkeys(("sample_record",), "_records.sample"),
    **dict.fromkeys(("CheckSettings", "Setting"), "_settings"),
    **dict.fromkeys(("Waiver", "add_waiver"), "_waivers"),
}
# What parsers import; everything else may take pandas.
_RECORD = ("_records.record", "_records.sample")


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever has the name
    """Import a public name when it is first used: parsers need the record alone, which takes no pandas."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if _HOMES[name] not in _RECORD:
        for part in ("_rules", "_reports"):  # they register themselves, whichever name is used first
            import_module(f"{__name__}.{part}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted({*globals(), *__all__})
