"""The standard index record of county documents and the completeness checks that let others rely on it.

>>> from oseberg.maze_authority import check, sample_record
>>> records = [sample_record(instrument_number=f"18-{n:07d}", volume=None, page=None) for n in (1, 2, 4)]
>>> result = check(records)
>>> result.exit_code
3
>>> result.findings.message.iloc[0]
'18-0000003: 1 number missing between two delivered ones'
>>> good, quarantine = result.split()
"""

from oseberg.maze_authority import _rules  # noqa: F401 - registers the rules
from oseberg.maze_authority._check import check
from oseberg.maze_authority._county import COUNTIES, County
from oseberg.maze_authority._delivery import Delivery
from oseberg.maze_authority._findings import about, flag
from oseberg.maze_authority._page import rules_page
from oseberg.maze_authority._record import Image, IndexRecord, Legal, Party, Reference, Source
from oseberg.maze_authority._registry import Example, Rule, explain, rule, rules
from oseberg.maze_authority._result import Result
from oseberg.maze_authority._sample import sample_record
from oseberg.maze_authority._settings import CheckSettings, Setting
from oseberg.maze_authority._waivers import Waiver

__all__ = [
    "COUNTIES",
    "CheckSettings",
    "County",
    "Delivery",
    "Example",
    "Image",
    "IndexRecord",
    "Legal",
    "Party",
    "Reference",
    "Result",
    "Rule",
    "Setting",
    "Source",
    "Waiver",
    "about",
    "check",
    "explain",
    "flag",
    "rule",
    "rules",
    "rules_page",
    "sample_record",
]
