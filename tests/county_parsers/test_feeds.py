"""Feeds: updates and deletes are events on what earlier deliveries said, whatever the order in which they arrive."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oseberg.county_parsers import (
    ACTION,
    TYPE,
    County,
    Delimited,
    Feed,
    OneEach,
    apply_feed,
    compare_records,
    feed_delivery,
    fields,
    load_county,
    parse_feed,
    parse_to,
)
from oseberg.county_parsers._feeds import apply
from oseberg.county_parsers.errors import CountyError
from oseberg.maze_authority import IndexRecord
from tests.county_parsers.helpers import DATA, read_lines

CSV = County(
    name="Feed",
    state="TX",
    fips="48999",
    files="*.csv",
    reader=Delimited(columns=["action", "number", "type", "names"]),
    documents=OneEach("number"),
    fields={
        ACTION: fields.action("action", {"A": "add", "U": "update", "D": "delete"}),
        "instrument_number": fields.text("number"),
        TYPE: fields.document_type("type"),
        "grantors": fields.parties("names"),
    },
    document_types={"oil_gas_lease": ["OGL"]},
)


def deliver(folder, day, rows, county=CSV):
    """Write a delivery of a day and parse it; rows are `A 1 OGL SMITH; JONES`."""
    place = folder / "deliveries" / day
    place.mkdir(parents=True, exist_ok=True)
    cells = [[*row.split(" ", 3), "", ""][:4] for row in rows]
    text = "".join(f"{','.join(row)}\n" for row in [["action", "number", "type", "names"], *cells])
    (place / "index.csv").write_text(text)
    return parse_feed(county, place, folder / "out")


def state(folder):
    """Give, by number, the type and the grantors."""
    records = read_lines(folder / "out" / "records.jsonl")
    return {
        one["instrument_number"]: (one["document_type_text"], *(party["name"] for party in one["grantors"]))
        for one in records
    }


def test_a_later_delivery_changes_what_an_earlier_one_said(tmp_path):
    """An update and a delete change records.jsonl; what they replaced is kept, and can be compared with it."""
    deliver(tmp_path, "20260605", ["A 1 OGL SMITH", "A 2 OGL JONES", "A 3 OGL COX"])
    applied = deliver(tmp_path, "20260606", ["U 1 ROW SMITH", "D 2 OGL", "A 4 OGL HALE"])
    assert state(tmp_path) == {"1": ("ROW", "SMITH"), "3": ("OGL", "COX"), "4": ("OGL", "HALE")}
    assert applied.summary["feed"] == {
        "deliveries": 2,
        "added": 4,
        "updated": 1,
        "deleted": 1,
        "unknown_updates": 0,
        "unknown_deletes": 0,
    }
    (before,) = (tmp_path / "out" / "history").iterdir()
    found = compare_records(before, tmp_path / "out")
    assert [record["instrument_number"] for record in found.withdrawn] == ["2"]
    assert [record["instrument_number"] for record in found.added] == ["4"]
    assert {change.document: change.fields.keys() for change in found.changed} == {
        "1": {"document_type", "document_type_text"}
    }
    assert all(IndexRecord.model_validate(one) for one in read_lines(tmp_path / "out" / "records.jsonl"))


def test_sums_of_all_deliveries(tmp_path):
    """The summary says what became of the rows of all deliveries, and of the records that are there."""
    deliver(tmp_path, "20260605", ["A 1 OGL SMITH", "A 2 XYZ JONES", "Q 3 OGL COX"])
    summary = deliver(tmp_path, "20260606", ["D 2 XYZ", "A 5 ABC HALE"]).summary
    assert summary == json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["rows"], summary["used"], summary["structural"], summary["rejected"]) == (7, 4, 2, 1)
    assert (summary["records"], summary["document_types"]) == (2, {"oil_gas_lease": 1, "other": 1})
    assert summary["unmapped_types"] == {"ABC": 1}
    assert [reject["reason"] for reject in read_lines(tmp_path / "out" / "rejects.jsonl")] == ["unknown_row_type"]


def test_documents_that_no_delivery_added(tmp_path):
    """A delete of an unknown document is reported and counted; an update of one is kept, incomplete."""
    applied = deliver(tmp_path, "20260606", ["D 7 OGL", "U 8 OGL SMITH", "D 9 OGL", "D 9 OGL"])
    assert applied.sentences("20260606") == [
        "2 deletes name documents that no delivery before it added: 7, 9.",
        "1 update names a document that no delivery before it added: 8.",
    ]
    assert applied.summary["feed"]["unknown_deletes"] == 2
    (record,) = read_lines(tmp_path / "out" / "records.jsonl")
    assert (record["complete"], record["extra"]) == (False, {"action": "update"})
    late = deliver(tmp_path, "20260605", ["A 7 OGL X", "A 8 ROW Y", "A 9 OGL Z"])
    assert late.unknown == []
    assert state(tmp_path) == {"8": ("OGL", "SMITH")}
    assert read_lines(tmp_path / "out" / "records.jsonl")[0]["complete"]


def test_a_corrected_delivery_replaces_itself(tmp_path):
    """A delivery that is sent again, with other rows, counts as it is now; its earlier results are kept."""
    deliver(tmp_path, "20260605", ["A 1 OGL SMITH", "A 2 OGL JONES"])
    deliver(tmp_path, "20260606", ["U 1 ROW SMITH"])
    deliver(tmp_path, "20260605", ["A 1 OGL SMITH"])
    assert state(tmp_path) == {"1": ("ROW", "SMITH")}
    assert len(list((tmp_path / "out" / "20260605" / "history").iterdir())) == 1


EVENTS = st.lists(
    st.builds(
        "{} {} {} {}".format,
        st.sampled_from("AUD"),
        st.sampled_from("123"),
        st.sampled_from(["OGL", "ROW"]),
        st.sampled_from("XYZ"),
    ),
    min_size=1,
    max_size=4,
)


def replayed(deliveries):
    """Give what should be there: events one after the other, in the order of their days."""
    known = {}
    for _, events in sorted(deliveries.items()):
        for event in events:
            action, number, kind, name = event.split()
            known.pop(number, None) if action == "D" else known.update({number: (kind, name)})
    return known


@given(
    data=st.data(),
    deliveries=st.dictionaries(st.sampled_from(["20251231", "20260101", "20260605"]), EVENTS, min_size=1),
)
@settings(max_examples=15, deadline=None)
def test_any_order(data, deliveries):
    """Late, repeated and corrected deliveries, in any order, leave the documents of the deliveries in order."""
    arrivals = data.draw(st.permutations([*deliveries, *deliveries]))
    wrong = data.draw(st.sets(st.sampled_from(sorted(deliveries))))
    with TemporaryDirectory() as folder:
        for day in arrivals:
            # A first version that is corrected later must leave no trace.
            deliver(Path(folder), day, ["A 1 OGL WRONG", "D 3 OGL"] if day in wrong else deliveries[day])
            wrong.discard(day)
        assert state(Path(folder)) == replayed(deliveries)


HILLSBOROUGH = {
    "20260605/D2026060501id.29": "DDA|29|1|D|DEED||O|||0|4|06/05/2026|09:31|1.00|\n"
    "DDA|29|2|D|DEED||O|||0|4|06/05/2026|09:31|1.00|\n",
    "20260605/P2026060501id.29": "PPA|29|1|1|FRM|DOE JANE|\nPPA|29|1|2|FRM|ROE JOHN|\nPPA|29|1|4|FRM|POE ANN|\n"
    "PPA|29|1|1|TO|FIRST BANK|\nPPA|29|2|1|TO|FIRST BANK|\n",
    "20260606/D2026060601id.29": "DDU|29|1|D|DEED|LOT 5 BLK 3 PALM GROVE SUBDIVISION|O|||0|4|06/05/2026|09:31|2.00|\n"
    "DDD|29|2|D|DEED||O|||0|4|06/05/2026|09:31|1.00|\n",
    "20260606/P2026060601id.29": "PPD|29|1|1|FRM|DOE JANE|\nPPU|29|1|4|FRM|POE ANNA|\nPPA|29|1|5|FRM|LOE ED|\n",
}


def test_parties_of_an_update(tmp_path):
    """An update's rows of parties delete, change and add parties by their places; the others stay."""
    for name, text in HILLSBOROUGH.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    parse_feed("hillsborough", tmp_path / "20260606", tmp_path / "out")
    applied = parse_feed("hillsborough", tmp_path / "20260605", tmp_path / "out")
    (record,) = read_lines(tmp_path / "out" / "records.jsonl")
    assert [party["name"] for party in record["grantors"]] == ["ROE JOHN", "POE ANNA", "LOE ED"]
    assert [party["name"] for party in record["grantees"]] == ["FIRST BANK"]
    assert record["extra"] == {
        "type_code": "D",
        "consideration": "2.00",
        "party_places": "grantors 2, 4, 5; grantees 1",
    }
    assert record["legals"][0]["addition"] == "PALM GROVE SUBDIVISION"
    assert applied.summary["feed"]["deleted"] == 1


def test_parties_without_places(tmp_path):
    """Where rows name no place, parties of an update come behind those that are not deleted; a name counts once."""
    for name, text in HILLSBOROUGH.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace("PPA|29|1|5|FRM|LOE ED", "PPA|29|1|5|FRM|ROE JOHN"))
    county = load_county("hillsborough")
    party = replace(county.rows["P*.29"], place=None)
    placeless = replace(county, rows={**county.rows, "P*.29": party})
    for day in ("20260605", "20260606"):
        parse_feed(placeless, tmp_path / day, tmp_path / "out")
    (record,) = read_lines(tmp_path / "out" / "records.jsonl")
    assert [party["name"] for party in record["grantors"]] == ["POE ANN", "POE ANNA", "ROE JOHN"]
    assert "party_places" not in record["extra"]


def test_several_events_of_a_document_in_one_delivery(tmp_path):
    """A document that is added and then updated or deleted in one file loses no row."""
    place = tmp_path / "20260605"
    place.mkdir()
    row = "|29|{}|D|DEED||O|||0|{}|06/05/2026|09:31|1.00|\n"
    rows = [
        ("DDA", 1, 4),
        ("DDU", 1, 5),
        ("DDA", 2, 1),
        ("DDD", 2, 1),
        ("DDA", 3, 1),
        ("DDA", 3, 2),
        ("DDD", 4, 1),
        ("DDA", 4, 1),
    ]
    (place / "D2026060501id.29").write_text(
        "".join(action + row.format(number, pages) for action, number, pages in rows)
    )
    (place / "P2026060501id.29").write_text(
        "PPA|29|1|1|FRM|DOE JANE|\nPPA|29|2|1|FRM|ROE JOHN|\nPPA|29|4|1|FRM|POE ANN|\n"
    )
    applied = parse_feed("hillsborough", place, tmp_path / "out")
    records = {one["instrument_number"]: one for one in read_lines(tmp_path / "out" / "records.jsonl")}
    assert {number: one["page_count"] for number, one in records.items()} == {"1": 5, "3": 1, "4": 1}
    assert records["1"]["grantors"][0]["name"] == "DOE JANE"
    assert records["4"]["grantors"][0]["name"] == "POE ANN"
    assert not records["3"]["complete"]
    assert [reject["reason"] for reject in read_lines(tmp_path / "out" / "rejects.jsonl")] == ["unreadable"]
    assert applied.sentences("20260605") == ["1 delete names a document that no delivery before it added: 4."]


def miami(number, kind, name, modified):
    cells = dict.fromkeys(load_county("miami_dade").reader.columns, "")
    cells |= {"CFN year": "2026", "CFN sequence": number, "type text": kind, "name": name, "party side": "D"}
    return "^".join((cells | {"party sequence": "1", "last modified": modified}).values()) + "\n"


def test_a_feed_without_actions(tmp_path):
    """A document that comes again replaces what an earlier day said of it; days are read from the files' names."""
    (tmp_path / "01022026.exp").write_text(miami("7", "ROW", "DOE JANE", "b") + miami("8", "DEED", "ROE JOHN", "b"))
    (tmp_path / "12312025.exp").write_text(miami("7", "DEED", "DOE J", "a") + miami("6", "DEED", "POE ANN", "a"))
    for name in ("01022026.exp", "12312025.exp", "01022026.exp"):
        applied = parse_feed("miami_dade", tmp_path / name, tmp_path / "out")
    assert state(tmp_path) == {
        "2026R7": ("ROW", "DOE JANE"),
        "2026R6": ("DEED", "POE ANN"),
        "2026R8": ("DEED", "ROE JOHN"),
    }
    assert applied.summary["feed"]["updated"] == 1
    assert sorted(path.name for path in (tmp_path / "out").glob("2*")) == ["20251231-12312025", "20260102-01022026"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("s3://vendor/12057/20260605/", "20260605"),
        ("s3://vendor/12057/20260605/D2026060501id.29", "20260605"),
        ("s3://vendor/12057/20261305/", None),
        ("s3://vendor/12057/2026060/", None),
    ],
)
def test_the_day_of_a_delivery(source, expected):
    """It is that of the folder, and one that can't be told is a clear error."""
    county = load_county("hillsborough")
    if expected:
        assert feed_delivery(county, source) == expected
    else:
        with pytest.raises(CountyError, match="is unknown"):
            feed_delivery(county, source)


def test_the_day_in_the_names_of_files(tmp_path):
    """Without a folder of its day, a delivery's day is the one that its files' names begin with."""
    for name, expected in (("D2026060501id.29", "20260605-D2026060501id"), ("D2026133101id.29", None)):
        path = tmp_path / name
        path.write_text("x")
        if expected:
            assert feed_delivery(load_county("hillsborough"), str(path)) == expected
        else:
            with pytest.raises(CountyError, match="is unknown"):
                feed_delivery(load_county("hillsborough"), str(path))
    with pytest.raises(CountyError, match="is unknown"):
        feed_delivery(CSV, str(path))
    assert feed_delivery(load_county("hillsborough"), str(DATA / "hillsborough" / "delivery")) == "20260605"


def test_what_is_not_a_feed(tmp_path):
    """Deliveries of a county that is not a feed are not applied to each other."""
    with pytest.raises(CountyError, match="not a feed"):
        feed_delivery(load_county("lea"), str(tmp_path))


def test_documents_named_by_several_keys(tmp_path):
    """Where numbers start again, several keys together name a document."""
    keyed = County(**{**vars(CSV), "feed": Feed(key=("instrument_number", "document_type_text"))})
    deliver(tmp_path, "20260605", ["A 1 OGL SMITH", "A 1 ROW JONES"], keyed)
    deliver(tmp_path, "20260606", ["D 1 ROW"], keyed)
    assert state(tmp_path) == {"1": ("OGL", "SMITH")}


def test_another_process_meanwhile(tmp_path, monkeypatch):
    """A delivery that another process adds while the documents are written is applied as well."""
    deliver(tmp_path / "other", "20260606", ["D 1 OGL", "A 2 OGL HALE"])
    deliver(tmp_path, "20260605", ["A 1 OGL SMITH"])
    pending, real = [tmp_path / "other" / "out" / "20260606"], apply._apply

    def slow(*args):
        found = real(*args)
        if pending:
            shutil.copytree(pending.pop(), tmp_path / "out" / "20260606")
        return found

    monkeypatch.setattr(apply, "_apply", slow)
    apply_feed(CSV, tmp_path / "out")
    assert state(tmp_path) == {"2": ("OGL", "HALE")}


def test_many_deliveries_do_not_need_many_open_files(tmp_path):
    """A year of deliveries needs a few open files."""
    source = tmp_path / "index.csv"
    for day in range(40):
        source.write_text(f"action,number,type,names\nA,{day},OGL,SMITH\n")
        parse_to(CSV, source, tmp_path / "out" / f"2026{day // 28 + 1:02}{day % 28 + 1:02}")
    assert apply_feed(CSV, tmp_path / "out").summary["records"] == 40
