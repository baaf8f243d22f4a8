"""Cancellations as Salesforce and spreadsheets have them: ids widened and checked, wrong rows named."""

import re

import pandas as pd
import pytest
import responses
from simple_salesforce import Salesforce

from oseberg.health_model import (
    CancellationColumns,
    CancellationError,
    query_cancellations,
    read_accounts,
    read_cancellations,
    widen_salesforce_id,
)

SHORT_ID = "001A0000006Vm9r"


def write(path, text):
    path.write_text(text)
    return path


def test_salesforce_ids_are_widened_and_checked():
    """Fifteen characters become eighteen, as Salesforce itself does; a wrong suffix is refused."""
    assert widen_salesforce_id(SHORT_ID) == "001A0000006Vm9rIAC"
    assert widen_salesforce_id("001A0000006Vm9riac") == "001A0000006Vm9rIAC"
    for wrong, message in [
        ("001A0000006Vm9rIAD", "should be IAC"),
        ("001A", "4 characters"),
        ("0", "it has 1 character;"),
        ("001A0000006Vm9-", "15 or 18"),
    ]:
        with pytest.raises(CancellationError, match=message):
            widen_salesforce_id(wrong)


def test_cancellations_of_accounts_become_those_of_groups(tmp_path):
    """The account's group, the notice date, the contract's end; what can't be used is kept with its reason."""
    path = write(
        tmp_path / "c.csv",
        f"AccountId,NoticeDate,ContractEndDate\n{SHORT_ID},2026-03-04,2026-06-30\n{SHORT_ID}IAC,,\n"
        "001B0000006Vm9rIAC,2026-03-04,\n".replace("001B0000006Vm9rIAC", widen_salesforce_id("001B0000006Vm9r")),
    )
    read = read_cancellations(path, accounts={SHORT_ID: 7})
    assert read.frame.to_dict("records") == [
        {"group_id": 7, "date": pd.Timestamp("2026-03-04"), "contract_end": pd.Timestamp("2026-06-30")}
    ]
    assert read.set_aside == [
        "row 3 (001A0000006Vm9rIAC): the notice date is missing",
        "row 4 (001B0000006Vm9rIAC): no company has this account",
    ]


def test_columns_that_appear_twice(tmp_path):
    """A report may have two columns called Name, but only one with the notice."""
    path = write(tmp_path / "c.csv", "group_id,Name,Name,NoticeDate,,\n7,a,b,2026-03-04,,\n")
    assert read_cancellations(path).frame["group_id"].tolist() == [7]
    path = write(tmp_path / "c.csv", "group_id,NoticeDate,NoticeDate\n7,2026-03-04,\n")
    with pytest.raises(CancellationError, match="the column 'NoticeDate' appears twice"):
        read_cancellations(path)


def test_a_file_as_spreadsheets_write_it(tmp_path):
    """Semicolons, a mark at the start, a short row, a blank one, a group's id with a decimal."""
    path = tmp_path / "c.csv"
    path.write_text("\ufeffgroup_id;NoticeDate;ContractEndDate\n7.0;2026-03-04\n;;\n8\n", encoding="utf-8")
    read = read_cancellations(path)
    assert read.frame["group_id"].tolist() == [7]
    assert read.set_aside == ["row 4 (8): the notice date is missing"]
    path.write_bytes(b"group_id,NoticeDate\nM\xfcller,2026-03-04\n")
    with pytest.raises(CancellationError, match="Save the sheet as CSV UTF-8"):
        read_cancellations(path)
    path.write_bytes(b'group_id,NoticeDate\n"' + b"7" * 200_000 + b'",x\n')
    with pytest.raises(CancellationError, match=r"c\.csv is not valid CSV"):
        read_cancellations(path)


def test_group_ids_stand_in_for_unknown_accounts(tmp_path):
    """A file with both is read by group_id where the account is blank or nobody knows it."""
    other = widen_salesforce_id("001B0000006Vm9r")
    text = f"AccountId,group_id,NoticeDate\n{SHORT_ID},8,2026-03-04\n{other},9,2026-03-05\n,7,2026-03-06\n"
    path = write(tmp_path / "c.csv", text)
    assert read_cancellations(path).frame["group_id"].tolist() == [8, 9, 7]
    assert read_cancellations(path, accounts={SHORT_ID: 5}).frame["group_id"].tolist() == [5, 9, 7]


def test_a_wrong_id_of_a_group_is_named(tmp_path):
    """What the accounts say wrongly is reported with the group; a file of group ids does not ask them."""
    path = write(tmp_path / "c.csv", f"AccountId,NoticeDate\n{SHORT_ID},2026-03-04\n")
    with pytest.raises(CancellationError, match="Group 7: 'short' is not a Salesforce id"):
        read_cancellations(path, accounts={"short": 7})
    path = write(tmp_path / "c.csv", "group_id,NoticeDate\n7,2026-03-04\n")
    assert read_cancellations(path, accounts={"short": 7}).frame["group_id"].tolist() == [7]


def test_accounts_of_groups_are_read(tmp_path):
    """GROUPS.csv says which group an account is; what is wrong is named by its row."""
    path = write(tmp_path / "groups.csv", f"id,name,salesforce_id\n7,Alpha,{SHORT_ID}\n8,Beta\n")
    assert read_accounts(path) == {"001A0000006Vm9rIAC": 7}
    for text, message in [
        ("id,name\n7,Alpha\n", "needs the columns id and salesforce_id. It has id, name"),
        (f"id,salesforce_id\nx,{SHORT_ID}\n", "row 2: 'x' is not a company's id"),
        ("id,salesforce_id\n7,short\n", "row 2: 'short' is not a Salesforce id"),
    ]:
        with pytest.raises(CancellationError, match=re.escape(message)):
            read_accounts(write(path, text))


@pytest.fixture
def salesforce():
    """Give a client that is logged in; what Salesforce answers is up to the test."""
    return Salesforce(session_id="secret", instance="example.my.salesforce.com")


def answer(mocked, url, records, **more):
    mocked.get(url, json={"records": records, "done": True, "totalSize": len(records)} | more)


@pytest.fixture
def mocked():
    with responses.RequestsMock() as requests:
        yield requests


HOST = "https://example.my.salesforce.com/services/data/v59.0/query/"
FIELDS = CancellationColumns(account="Account.Id", notice_date="Notice_Date__c", contract_end="End__c")
SOQL = "SELECT Account.Id, Notice_Date__c, End__c FROM Opportunity WHERE StageName = 'Closed Lost'"


def test_salesforce_is_asked_page_after_page(salesforce, mocked):
    """Records of every page become cancellations of groups; what can't be used is kept with its reason."""
    first = {"Account": {"Id": f"{SHORT_ID}IAC"}, "Notice_Date__c": "2026-03-04", "End__c": None}
    more = "/services/data/v59.0/query/01g-2000"
    answer(mocked, HOST, [first], done=False, nextRecordsUrl=more)
    answer(mocked, HOST + "01g-2000", [first | {"Notice_Date__c": None}, {"Account": None} | {"Notice_Date__c": None}])
    read = query_cancellations(salesforce, SOQL, accounts={SHORT_ID: 7}, columns=FIELDS)
    assert mocked.calls[0].request.params["q"] == SOQL
    assert read.frame[["group_id", "date"]].to_dict("records") == [{"group_id": 7, "date": pd.Timestamp("2026-03-04")}]
    assert read.set_aside == [
        f"record 2 ({SHORT_ID}IAC): the notice date is missing",
        "record 3 (): no company has this account",
    ]


def test_salesforce_answers_that_cannot_be_used_are_named(salesforce, mocked):
    """A field that was not asked for, and a date that is none, are reported with the record."""
    answer(mocked, HOST, [{"Account": {"Id": SHORT_ID}}])
    with pytest.raises(CancellationError, match="record 1: field 'Notice_Date__c' is missing"):
        query_cancellations(salesforce, SOQL, accounts={}, columns=FIELDS)
    mocked.replace("GET", HOST, json={"records": [{"Account": {"Id": "x"}, "Notice_Date__c": ""}], "done": True})
    with pytest.raises(CancellationError, match="Salesforce, record 1: 'x' is not a Salesforce id"):
        query_cancellations(salesforce, SOQL, accounts={}, columns=FIELDS)


def test_half_of_the_ids_may_lack_capitals(tmp_path):
    """Some do by chance; more than half were lower-cased, and ids without letters say nothing."""
    ids = [SHORT_ID, "001a0000006vm9r", "001000000000000"]
    path = write(tmp_path / "c.csv", "AccountId,NoticeDate\n" + "".join(f"{one},2026-03-04\n" for one in ids))
    assert len(read_cancellations(path).set_aside) == 3
    path.write_text(path.read_text() + "001b0000006vm9r,2026-03-04\n")
    with pytest.raises(CancellationError, match="2 of 3 ids with 15 characters have no capitals"):
        read_cancellations(path)


def test_a_notice_may_have_a_time_and_a_zone(tmp_path):
    """The day on the wall is meant; a contract's end need not be there."""
    path = write(tmp_path / "c.csv", "group_id,NoticeDate\n7,2026-03-04T23:30:00-06:00\n8,2026-03-04\n")
    days = read_cancellations(path).frame["date"].dt.date
    assert days.astype(str).tolist() == ["2026-03-04"] * 2


def test_other_headings_and_dates(tmp_path):
    """Headings and the way dates are written can be told; group ids need no map."""
    path = write(tmp_path / "c.csv", "group_id,churn_date\n7,27-10-2024\n")
    read = read_cancellations(path, columns=CancellationColumns(notice_date="churn_date", date_format="%d-%m-%Y"))
    assert read.frame["date"].tolist() == [pd.Timestamp("2024-10-27")]
    assert read.set_aside == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("AccountId,CloseDate\n", "lacks column 'NoticeDate'. It has AccountId, CloseDate"),
        ("", "It has no heading"),
        ("AccountId,NoticeDate\n001A0000006Vm9rIAD,2026-01-01\n", "row 2: '001A0000006Vm9rIAD' is not a Salesforce id"),
        ("group_id,NoticeDate\n7,27.10.2024\n", "row 2: '27.10.2024' is not a date such as 2026-11-09"),
        ("group_id,NoticeDate\nseven,2026-01-01\n", "row 2: 'seven' is not a company's id"),
        (f"AccountId,NoticeDate\n{SHORT_ID.lower()},2026-01-01\n001000000000abc,2026-01-01\n", "2 of 2 ids"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, text, message):
    """A wrong id would warn of the wrong account: file and row are named."""
    path = write(tmp_path / "c.csv", text)
    with pytest.raises(CancellationError) as caught:
        read_cancellations(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
