"""How records are read, whatever their form, and parted again: the same tables, or one clear sentence."""

import json
import os
from pathlib import Path

import orjson
import pandas as pd
import pytest

from oseberg.maze_authority import IndexRecord, Setting, check, sample_record
from oseberg.maze_authority._records import blocks, pieces
from oseberg.maze_authority._records.blocks import read_blocks
from oseberg.maze_authority._records.pieces import tables_of
from oseberg.maze_authority.errors import CompanionError, MazeAuthorityError, RecordsError
from tests.maze_authority.helpers import clean, records


def numbered(*numbers: str, **changes) -> list[IndexRecord]:
    return [sample_record(instrument_number=number, volume=None, page=None, **changes) for number in numbers]


def keys(result, rule_id: str) -> list[str]:
    return result.findings.loc[result.findings["rule"] == rule_id, "key"].tolist()


def test_records_file_iterable_and_frame_give_the_same_report(tmp_path: Path) -> None:
    """A records.jsonl, IndexRecords and a DataFrame are three ways to say the same."""
    rows = clean(60)
    rows[7]["grantors"] = []
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows) + b"\n\n")
    reports = [check(given).to_json() for given in (path, str(path), records(rows), iter(records(rows)))]
    frames = [pd.DataFrame(rows), pd.DataFrame([record.model_dump() for record in records(rows)])]
    reports += [check(frame).to_json() for frame in frames]
    assert len(set(reports)) == 1
    assert "MA501" in reports[0]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "line 2"),
        (b'{"county_fips": "48003"}', "document_type"),
        (json.dumps({**clean(1)[0], "surprise": 1}).encode(), "surprise"),
        (json.dumps({**clean(1)[0], "county_fips": "4800"}).encode(), "county_fips"),
    ],
)
def test_a_line_that_is_not_a_record_is_named(tmp_path: Path, line: bytes, says: str) -> None:
    """The message has the file, the line and the field."""
    path = tmp_path / "records.jsonl"
    path.write_bytes(orjson.dumps(clean(1)[0]) + b"\n" + line + b"\n")
    with pytest.raises(RecordsError, match=says) as caught:
        check(path)
    assert "records.jsonl line 2" in str(caught.value)
    assert not caught.value.try_again


def test_input_that_cannot_be_read_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """Each companion has its own complaint, and all are of one family."""
    (tmp_path / "records.jsonl").write_bytes(orjson.dumps(clean(1)[0]))
    for name, content in (("summary.json", "["), ("summary.json", "[]"), ("rejects.jsonl", '{"line": 3}')):
        (tmp_path / name).write_text(content)
        with pytest.raises(CompanionError, match=name):
            check(tmp_path / "records.jsonl")
        (tmp_path / name).unlink()
    for call in (
        lambda: check(tmp_path / "none.jsonl"),
        lambda: check([1]),
        lambda: check(pd.DataFrame({"county_fips": ["48003"]})),
        lambda: check(pd.DataFrame(clean(1)).assign(county_fips="x")),
        lambda: check(pd.DataFrame(clean(1)).assign(recorded_on="soon")),
        lambda: check(pd.DataFrame(clean(1)).assign(recorded_time="soon")),
        lambda: check(pd.DataFrame(clean(1)).assign(source=None)),
        lambda: check(pd.DataFrame(clean(1)).assign(grantors=[["HALE"]])),
        lambda: check(pd.DataFrame(clean(1)).assign(grantors=[[None]])),
        lambda: check(pd.DataFrame(clean(1)).assign(grantors=3)),
        lambda: check(pd.DataFrame(clean(1)).assign(instrument_number=5)),
        lambda: check(pd.DataFrame(clean(1)).assign(page_count=1.5)),
        lambda: check(pd.DataFrame(clean(1)).assign(page_count="three")),
        lambda: check(pd.DataFrame(clean(1)).assign(complete="yes")),
        lambda: check(pd.DataFrame(clean(1)).assign(document_type=None)),
        lambda: check(pd.DataFrame(clean(1)).assign(legals=[[{"kind": "metes", "text": "x"}]])),
        lambda: check(pd.DataFrame(clean(1)).assign(source=[{"file": "a.csv", "lines": [None]}])),
        lambda: check(pd.DataFrame(clean(1)).assign(grantors=[[{"name": "HALE", "suffx": "ET UX"}]])),
        lambda: check(pd.DataFrame(clean(1)).assign(source=[{"file": "a.csv", "lines": [2], "sheet": "A"}])),
        lambda: check([], images=tmp_path / "none"),
        lambda: check([], images=[3]),
        lambda: check([], waivers=tmp_path / "none.toml"),
        lambda: check([], rules=["MA999"]),
        lambda: check([], settings={"MA999": Setting()}),
        lambda: check([], county="Andrews"),
        lambda: check([], waivers=[{"rule": "MA201", "key": "18-0000001"}]),
    ):
        with pytest.raises(MazeAuthorityError):
            call()


def test_a_file_that_was_cut_off_is_named_by_line_and_column(tmp_path: Path) -> None:
    """The position is that in the file; an encoding that is not UTF-8 is named as well."""
    path = tmp_path / "records.jsonl"
    lines = b"".join(orjson.dumps(row) + b"\n" for row in clean(3))
    path.write_bytes(lines[:-60])
    with pytest.raises(RecordsError, match=r"records\.jsonl line 3: Invalid JSON: it ends within .*, column \d+ \("):
        check(path)
    path.write_bytes(lines.replace(b"RESOURCES", b"R\xc9SOURCES"))
    with pytest.raises(RecordsError, match="line 1: Invalid JSON: invalid unicode"):
        check(path)


def test_records_that_changed_since_are_not_parted(tmp_path: Path) -> None:
    """The quarantine's places are those of the file that was checked."""
    path = tmp_path / "records.jsonl"
    path.write_bytes(orjson.dumps(clean(1)[0]))
    result = check(path)
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in clean(2)))
    with pytest.raises(RecordsError, match="has changed since it was checked"):
        result.split()
    path.unlink()
    with pytest.raises(RecordsError, match="No such file"):
        result.write_split(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_not_a_records_file(tmp_path: Path) -> None:
    """Records are read twice: what can be read once only would be judged as an empty delivery."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RecordsError, match="is not a regular file"):
        check(tmp_path / "pipe")


@pytest.mark.parametrize(
    "changes",
    [
        {"page_count": "3", "recorded_time": "09:30"},
        {"page_count": 3.0, "partial": "false", "recorded_time": "09:30:00.25"},
        {"document_type_text": "OGL \u00bd", "images": []},
        {"extra": {"FOLIO": "12", "CONSIDERATION": "10.00"}},
    ],
)
def test_every_way_to_write_a_line_gives_the_same_report(tmp_path: Path, changes: dict) -> None:
    """Lines in the plain form of parsers, lines that leave fields out, and other spellings that the models accept."""
    rows = [{**row, **changes} for row in clean(30)]
    plain, sparse = tmp_path / "plain.jsonl", tmp_path / "sparse.jsonl"
    plain.write_text("".join(record.model_dump_json() + "\n" for record in records(rows)))
    sparse.write_bytes(b"\r\n\n".join(orjson.dumps(row) for row in rows))
    assert check(plain).to_json() == check(sparse).to_json() == check(records(rows)).to_json()


def test_cells_beyond_the_standard_are_kept_and_compared(tmp_path: Path) -> None:
    """`extra` survives the split, and a change in it is a change of the record."""
    before, now = (numbered("18-0000001", extra={"FOLIO": folio, "PLAT": "1"}) for folio in ("12", "13"))
    result = check(now, history=before)
    said = 'extra ({"FOLIO":"12","PLAT":"1"} -> {"FOLIO":"13","PLAT":"1"})'
    assert result.findings.loc[result.findings["rule"] == "MA702", "value"].tolist() == [said]
    result.write_split(tmp_path)
    assert orjson.loads((tmp_path / "good.jsonl").read_bytes())["extra"] == {"FOLIO": "13", "PLAT": "1"}
    with pytest.raises(RecordsError, match="extra"):
        check(pd.DataFrame([record.model_dump() | {"extra": {"a": 1}} for record in now]))


@pytest.mark.parametrize("field", ["complete", "grantors", "document_type_text", "extra"])
def test_null_where_the_form_wants_a_value_is_refused(tmp_path: Path, field: str) -> None:
    """Absence is None or [], and a flag is always said."""
    lines = [orjson.loads(record.model_dump_json()) for record in records(clean(3))]
    lines[1][field] = None
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    with pytest.raises(RecordsError, match=f"records.jsonl line 2: {field}"):
        check(path)


def test_texts_that_no_encoding_holds_are_escaped(tmp_path: Path) -> None:
    """A lone surrogate breaks no rule: the number that has one is malformed, and named by its escape."""
    rows = clean(30)
    rows[7].update(instrument_number="18-00\ud80008", grantors=[{"name": "HALE \udfff"}])
    frame = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in rows[0]})
    for read in (frame, records(rows)):
        result = check(read, images=["images/\udc80.tif"], history=read, rejects=["\ud800"])
        assert "broken" not in set(result.rules["state"])
        assert keys(result, "MA202") == ["18-00\\ud80008"]
        assert "images/\\udc80.tif" in keys(result, "MA402")
        good, quarantine = result.write_split(tmp_path)
        assert good + quarantine == 30


def test_split_keeps_every_record_with_its_reasons(tmp_path: Path) -> None:
    """Good and quarantine together are the input; each record in quarantine says all that was found about it."""
    rows = clean(30)
    rows[4].update(grantors=[], instrument_date="2019-01-01")
    rows[9]["complete"] = False
    frame = pd.DataFrame(rows)
    frame["recorded_on"] = pd.to_datetime(frame["recorded_on"])
    result = check(frame)
    good, quarantine = result.split()
    assert len(good) + len(quarantine) == 30
    assert quarantine["instrument_number"].tolist() == ["18-0000005", "18-0000010"]
    assert [reason[:5] for reason in quarantine["reasons"].iloc[0]] == ["MA303", "MA501"]
    assert quarantine["source"].iloc[1] == {"file": "ANDREWS.csv", "lines": [11]}
    assert "reasons" not in good
    assert check(good).rules.set_index("rule").loc["MA501", "state"] == "passed"
    assert result.write_split(tmp_path) == (28, 2)
    lines = (tmp_path / "quarantine.jsonl").read_bytes().splitlines()
    assert orjson.loads(lines[0])["reasons"] == quarantine["reasons"].iloc[0]
    assert check(tmp_path / "good.jsonl").records == 28


MAPPINGS = [
    {"FOLIO": "12", "CONSIDERATION": "10.00"},
    {"b": "1", "a": "2"},
    {},
    {"note": 'quoted " and \\ and "extra":{ in a text'},
    {"\u00fcber": "\u20ac \n\t"},
    {"": ""},
    {"page": "null", "volume": "{}"},
]


@pytest.mark.parametrize("dumped", [json.dumps, lambda row: orjson.dumps(row).decode()], ids=["spaces", "no spaces"])
def test_extra_is_read_fast_and_as_the_models_read_it(tmp_path: Path, dumped) -> None:
    """Lines with cells beyond the standard become columns directly: the same tables as by the models."""
    rows = [{**row, "extra": MAPPINGS[place % len(MAPPINGS)]} for place, row in enumerate(clean(40))]
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(map(dumped, rows)))
    block = path.read_bytes()
    assert blocks.table_with_extra(block, block.count(b"\n")) is not None
    fast, slow = (tables_of(read_blocks(path, by_models=by_models)) for by_models in (False, True))
    for name, table in slow.items():
        pd.testing.assert_frame_equal(fast[name], table)
    assert fast["documents"]["extra"].nunique() == len(MAPPINGS) - 1


@pytest.mark.parametrize(
    "written",
    [
        '"extra":"text"',
        '"extra" : "text"',
        '"\\u0065xtra":"text"',
        '"extra":null',
        '"extra":{"a":1}',
        '"extra":{"a":null}',
        '"extra":{"a":{"b":"c"}}',
        '"extra":["a"]',
        '"extra":{"a":"b",}',
        '"extra":{"a":"\\x"}',
    ],
)
def test_an_extra_that_is_not_a_mapping_of_texts_is_refused(tmp_path: Path, written: str) -> None:
    """However it is spelled; the line before it is read."""
    good, bad = (orjson.dumps(row).decode()[:-1] for row in clean(2))
    path = tmp_path / "records.jsonl"
    path.write_text(f'{good},"extra":{{"FOLIO":"12"}}}}\n{bad},{written}}}\n')
    with pytest.raises(RecordsError, match=r"records\.jsonl line 2"):
        check(path)


def test_extra_that_some_lines_leave_out_stays_with_its_line(tmp_path: Path) -> None:
    """Also where one line states it twice: the last one counts, as by the models."""
    rows = clean(6)
    for place in (1, 2, 5):
        rows[place]["extra"] = {"FOLIO": str(place)}
    path = tmp_path / "records.jsonl"
    text = "\n".join(orjson.dumps(row).decode() for row in rows)
    twice = text.replace('"extra":{"FOLIO":"2"}', '"extra":{"FOLIO":"9"},"extra":{"FOLIO":"2"}')
    for written, fast in ((text, True), (twice, False)):
        path.write_text(written)
        block = path.read_bytes()
        assert (blocks.table_with_extra(block, block.count(b"\n")) is not None) == fast
        extra = tables_of(read_blocks(path))["documents"]["extra"]
        assert [None if pd.isna(one) else one for one in extra] == [
            f'{{"FOLIO":"{place}"}}' if place in (1, 2, 5) else None for place in range(6)
        ]


def test_a_file_that_gets_extra_on_its_way_is_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first block has none, later ones have, the last one has again none; each line is read once."""
    monkeypatch.setattr(blocks, "BLOCK", 4_000)
    rows = clean(60)
    for row in rows[20:40]:
        row["extra"] = {"FOLIO": row["page"]}
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    tables = tables_of(read_blocks(path))
    assert tables["documents"]["instrument_number"].tolist() == [row["instrument_number"] for row in rows]
    assert tables["documents"]["extra"].notna().sum() == 20


@pytest.mark.parametrize("together", [1, 3])
def test_parts_of_a_large_file_are_joined_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    """Texts that repeat, texts that don't, and columns that say something in some blocks only."""
    rows = clean(60)
    for place, row in enumerate(rows):
        row["extra"] = {"FOLIO": str(place)} if 20 <= place < 40 else {}
        row["partial"] = place > 50
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    whole = tables_of(read_blocks(path))
    monkeypatch.setattr(blocks, "BLOCK", 4_000)
    monkeypatch.setattr(pieces, "TOGETHER", together)
    parted = tables_of(read_blocks(path))
    for name, table in whole.items():
        pd.testing.assert_frame_equal(parted[name], table)


def test_a_file_is_parted_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Good records are written as they were, those in quarantine with their reasons, and no table is made of them."""
    rows = clean(40)
    rows[7]["grantors"] = []
    lines = [json.dumps(row).encode() for row in rows]
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"\r\n\n".join(reversed(lines)))
    result = check(path)
    monkeypatch.setattr("oseberg.maze_authority._records.origin.frame_of", None)
    folder = tmp_path / "parted"
    folder.mkdir()
    assert result.write_split(folder) == (39, 1)
    assert (folder / "good.jsonl").read_bytes().splitlines() == [line for line in reversed(lines) if line != lines[7]]
    quarantined = orjson.loads((folder / "quarantine.jsonl").read_bytes())
    assert quarantined == rows[7] | {"reasons": ["MA501 18-0000008 has no grantor"]}
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_lists_wait_in_files_while_the_good_part_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a million records on; the report is the same, also where the disk is full."""
    rows = clean(60)
    rows[7]["grantors"] = []
    rows[9]["images"] = rows[8]["images"]
    rows[9]["page_count"] = rows[8]["page_count"]
    whole = check(records(rows))
    assert not whole.good_findings.empty
    monkeypatch.setattr("oseberg.maze_authority._check.SPOOLED", 60)
    spooled = check(records(rows))
    assert spooled.to_json() == whole.to_json()
    assert spooled.good_findings.equals(whole.good_findings)
    assert set(spooled.delivery.lists) == set(whole.delivery.lists)

    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("oseberg.maze_authority._records.tables.TemporaryFile", full)
    assert check(records(rows)).to_json() == whole.to_json()
