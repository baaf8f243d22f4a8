"""Courthouse index deliveries into standard records, every row accounted for.

A county is a module with a declaration; `parse` turns one delivery of it into records:

    from oseberg.county_parsers import parse

    result = parse("andrews", "deliveries/48003/20180605")
    result.records[0].grantors
    result.summary["rejected"]
"""

from oseberg.county_parsers._county import County
from oseberg.county_parsers._delimited import Delimited
from oseberg.county_parsers._legals import tracts
from oseberg.county_parsers._one_each import OneEach
from oseberg.county_parsers._parse import parse, parse_to
from oseberg.county_parsers._parties import party
from oseberg.county_parsers._record import TYPE
from oseberg.county_parsers._registry import list_counties, load_county
from oseberg.county_parsers._result import Result
from oseberg.county_parsers._rows import Reject
from oseberg.county_parsers._run import Summary

__all__ = [
    "TYPE",
    "County",
    "Delimited",
    "OneEach",
    "Reject",
    "Result",
    "Summary",
    "list_counties",
    "load_county",
    "parse",
    "parse_to",
    "party",
    "tracts",
]
