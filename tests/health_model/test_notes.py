"""Notes on companies, as people keep them in a spreadsheet."""

import pandas as pd
import pytest

from oseberg.health_model import DataError, read_notes

COMPANIES = pd.DataFrame(
    {
        "group_id": [1, 2, 3, 4, 7],
        "group_name": ["Alpha", "Beta & Sons", "Twice", "Twice", "1"],
        "salesforce_id": ["001A0000006Vm9rIAC", None, "", None, None],
    }
)


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_companies_are_written_as_ids_names_or_salesforce_ids(tmp_path):
    """In any case; who is written otherwise is reported, and so is a name that two companies have."""
    lines = ["1,a", " beta & sons ,b", "001A0000006VM9RIAC,c", "Nobody,d", "Twice,e", "4,f", "Nobody,g"]
    text = "Company,date,author,note\n" + "".join(
        f"{company},2026-11-01,Ann,{note}\n" for company, note in (line.split(",") for line in lines)
    )
    found = read_notes(write(tmp_path / "notes.csv", text), COMPANIES)
    assert found[["group_id", "note"]].to_numpy().tolist() == [[1, "a"], [2, "b"], [1, "c"], [4, "f"]]
    assert found.attrs["unknown"] == ["Nobody", "Twice"]


def test_a_sheet_as_excel_saves_it(tmp_path):
    """With a mark at the beginning, semicolons, commas in the text and empty lines at the end."""
    text = '\ufeffcompany;date;author;note\n2;2026-11-01;Ann;"Called; new team, soon"\n;;;\n'
    found = read_notes(write(tmp_path / "notes.csv", text), COMPANIES)
    assert found["note"].tolist() == ["Called; new team, soon"]


def test_without_companies_ids_stay_as_they_are(tmp_path):
    """Numbers where all are numbers, text otherwise; a missing column is named."""
    path = write(tmp_path / "notes.csv", "company,date,author,note\n7,2026-11-01,Ann,x\n")
    assert read_notes(path)["group_id"].tolist() == [7]
    path = write(tmp_path / "notes.csv", "company,date,author,note\nnorth,2026-11-01,Ann,x\n")
    assert read_notes(path)["group_id"].tolist() == ["north"]
    with pytest.raises(DataError, match="lacks the column 'author'"):
        read_notes(write(tmp_path / "notes.csv", "company,date,note\n7,2026-11-01,x\n"))


def test_blank_columns_and_times_of_spreadsheets_are_left_out(tmp_path):
    """Excel's `Unicode Text` is UTF-16 with tabs; a date may have a time, and none at all is fine."""
    text = "sep=\t\r\ncompany\tdate\tauthor\tnote\t\t\r\n2\t2026-11-01 00:00:00\tAnn\tx\t\t\r\n2\t\tAnn\r\n"
    path = tmp_path / "notes.txt"
    path.write_bytes(text.encode("utf-16"))
    assert read_notes(path, COMPANIES)[["date", "note"]].to_numpy().tolist() == [["2026-11-01", "x"], ["", ""]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("company,date,author,note,Note\n", r"notes\.csv: the column 'note' appears twice"),
        ("company,date,author,note\n2,2026-11-01,Ann,busy, ill\n", r"row 2: 5 cells, where the heading has 4\. Put"),
        ("company,date,author,note\n2,01.11.2026,Ann,x\n", r"row 2: '01\.11\.2026' is not a date such as 2026-11-09"),
        ("PK\3\4\0\0", r"is not a CSV sheet in UTF-8, at byte 5\. Save the sheet as CSV UTF-8"),
    ],
)
def test_what_would_lose_a_note_is_named(tmp_path, text, message):
    """A comma outside of quotes would cut a note off, and other dates would mix up their order."""
    with pytest.raises(DataError, match=message):
        read_notes(write(tmp_path / "notes.csv", text), COMPANIES)
