"""Accounts as a spreadsheet: the page's numbers, and no formula from a customer's name."""

import csv

import openpyxl
import pytest

from oseberg.health_model import DataError, write_accounts
from tests.health_model.helpers import LAST, portfolio


@pytest.fixture(scope="module")
def world():
    made = portfolio()
    made.companies["group_name"] = [f"=1+{number}" for number in made.companies["group_id"]]
    made.users["name"] = "@SUM(A1)"
    made.companies = made.companies.assign(salesforce_id="001A0000006Vm9rIAC", owner="'=Ann", arr=120000.0)
    return made


def write(path, world):
    write_accounts(path, companies=world.companies, users=world.users)
    return path


def test_csv_has_each_account_and_no_formula(world, tmp_path):
    """A name that begins as a formula does is marked as text; numbers stay numbers."""
    with write(tmp_path / "accounts.csv", world).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["Account"] == "'=1+1"
    assert {row["Account id"] for row in rows} == {"1", "2", "3", "4"}
    now = world.companies[world.companies["week"] == LAST].set_index("group_id")
    for row in rows:
        assert float(row["Score"]) == pytest.approx(now.loc[int(row["Account id"]), "score"], abs=0.0051)
        assert row["Needs attention"] in ("yes", "no")


def test_workbook_has_accounts_weeks_and_users(world, tmp_path):
    """Three sheets; every name is text."""
    book = openpyxl.load_workbook(write(tmp_path / "accounts.xlsx", world))
    assert book.sheetnames == ["accounts", "weeks", "users"]
    assert not [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
    assert [cell.value for cell in book["weeks"][1]][1:7] == [f"2026-W{week}" for week in range(41, 47)]
    users = list(book["users"].iter_rows(min_row=2, values_only=True))
    assert len(users) == 40
    assert {row[1] for row in users} == {"@SUM(A1)"}
    assert [row[4:6] for row in users if row[0] == 0] == [("automatic mail only", 4)]
    for sheet in book:
        assert {"group_id", "salesforce_id", "owner", "arr", "currency", "renewal_on"} <= {
            cell.value for cell in sheet[1]
        }
    assert {row[7:10] for row in users if row[0] == 0} == {(1, "001A0000006Vm9rIAC", 120000)}


def test_control_characters_are_replaced(world, tmp_path):
    """A name may hold what no workbook can; the rest of it is still read."""
    strange = world.companies.assign(group_name="Bell\a Oil")
    write_accounts(tmp_path / "accounts.xlsx", companies=strange, users=world.users)
    book = openpyxl.load_workbook(tmp_path / "accounts.xlsx")
    assert book["accounts"]["B2"].value == "Bell\N{REPLACEMENT CHARACTER} Oil"


def test_other_formats_are_refused(world, tmp_path):
    """A name that promises another format gets no workbook."""
    with pytest.raises(DataError, match=r"accounts\.ods ends neither in \.csv nor in \.xlsx"):
        write(tmp_path / "accounts.ods", world)
    assert list(tmp_path.iterdir()) == []


def test_nothing_scored_gives_headings(world, tmp_path):
    """Before the first scores the sheets are there, with their headings alone."""
    write_accounts(tmp_path / "a.xlsx", companies=world.companies.iloc[:0], users=world.users.iloc[:0])
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert [sheet.max_row for sheet in book] == [1, 1, 1]
