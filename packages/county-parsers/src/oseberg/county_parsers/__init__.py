"""Courthouse index deliveries into standard records, every row accounted for.

A county is a module with a declaration; `parse` turns one delivery of it into records:

    from oseberg.county_parsers import parse

    result = parse("andrews", "deliveries/48003/20180605")
    result.records[0].grantors
    result.summary["rejected"]
"""

from oseberg.county_parsers import fields, rows
from oseberg.county_parsers._binding.context import Context
from oseberg.county_parsers._cells.parties import party
from oseberg.county_parsers._cells.values import two_digit_day
from oseberg.county_parsers._declaration.county import County
from oseberg.county_parsers._declaration.feed import Feed
from oseberg.county_parsers._declaration.registry import is_own, list_counties, load_county
from oseberg.county_parsers._documents.grouped import Grouped
from oseberg.county_parsers._documents.in_order import InOrder
from oseberg.county_parsers._documents.one_each import OneEach
from oseberg.county_parsers._documents.related import Related
from oseberg.county_parsers._draft.new import draft_county, new_county, new_county_here
from oseberg.county_parsers._feeds.apply import AppliedFeed, apply_feed
from oseberg.county_parsers._feeds.fold import Unknown
from oseberg.county_parsers._legals.in_columns import tract, tract_of_township
from oseberg.county_parsers._legals.texts import tracts, unread
from oseberg.county_parsers._parsing.find import Found, find_deliveries
from oseberg.county_parsers._parsing.many import Delivery, Parsed, parse_all
from oseberg.county_parsers._parsing.one import feed_delivery, parse, parse_feed, parse_to
from oseberg.county_parsers._parsing.preview import Preview, preview
from oseberg.county_parsers._readers.dbf import Dbf
from oseberg.county_parsers._readers.delimited import Delimited
from oseberg.county_parsers._readers.fixed_length import FixedLength
from oseberg.county_parsers._readers.fixed_width import FixedWidth
from oseberg.county_parsers._readers.json_lines import JsonLines
from oseberg.county_parsers._readers.sheet import Sheet
from oseberg.county_parsers._readers.tables import ByName, Zipped
from oseberg.county_parsers._readers.tagged import Tagged
from oseberg.county_parsers._records.record import TYPE, Draft, reference
from oseberg.county_parsers._records.row import Reject, RejectedError
from oseberg.county_parsers._results.differences import Change, Differences, compare_records
from oseberg.county_parsers._results.result import Result
from oseberg.county_parsers._run import Summary, needs_attention
from oseberg.county_parsers._surveys.listed import SurveyList
from oseberg.county_parsers._surveys.load import load_surveys
from oseberg.county_parsers.fields import ACTION, Field

__all__ = [
    "ACTION",
    "TYPE",
    "AppliedFeed",
    "ByName",
    "Change",
    "Context",
    "County",
    "Dbf",
    "Delimited",
    "Delivery",
    "Differences",
    "Draft",
    "Feed",
    "Field",
    "FixedLength",
    "FixedWidth",
    "Found",
    "Grouped",
    "InOrder",
    "JsonLines",
    "OneEach",
    "Parsed",
    "Preview",
    "Reject",
    "RejectedError",
    "Related",
    "Result",
    "Sheet",
    "Summary",
    "SurveyList",
    "Tagged",
    "Unknown",
    "Zipped",
    "apply_feed",
    "compare_records",
    "draft_county",
    "feed_delivery",
    "fields",
    "find_deliveries",
    "is_own",
    "list_counties",
    "load_county",
    "load_surveys",
    "needs_attention",
    "new_county",
    "new_county_here",
    "parse",
    "parse_all",
    "parse_feed",
    "parse_to",
    "party",
    "preview",
    "reference",
    "rows",
    "tract",
    "tract_of_township",
    "tracts",
    "two_digit_day",
    "unread",
]
