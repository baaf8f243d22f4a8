"""Tables: what is text in an object is text in the frame."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from oseberg.s3utils import InvalidContent, NotSupported

CODES = ["0001200", "12E3", "12345678901234567890", "2018-06-05", "NA", "null", "True", "48003", "1.10", "inf"]


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".tsv", ".tsv.gz", ".jsonl", ".jsonl.gz", ".parquet"])
def test_text_stays_text_in_every_format(s3, root, suffix):
    """Codes that look like numbers, dates, truth values or nothing come back letter by letter."""
    frame = pd.DataFrame({"code": CODES, "2018": CODES, "date": CODES, "modified": CODES})
    s3.write_frame(frame, f"{root}/f{suffix}")
    again = s3.read_frame(f"{root}/f{suffix}")
    assert list(again.columns) == list(frame.columns)
    assert again.to_dict("list") == frame.to_dict("list")


def test_a_csv_file_is_text_unless_a_schema_says_otherwise(s3, root):
    """One column's type says nothing about the others; an empty cell is missing."""
    s3.write_text(f"{root}/a.csv", "id,code,day\n007,0012,2018-06-05\n008,,\n")
    plain = s3.read_frame(f"{root}/a.csv")
    assert plain["id"].tolist() == ["007", "008"]
    assert plain["code"].isna().tolist() == [False, True]
    typed = s3.read_frame(f"{root}/a.csv", dtype={"id": "int64"}, parse_dates=["day"])
    assert typed["id"].tolist() == [7, 8]
    assert typed["code"][0] == "0012"
    assert str(typed["day"].dtype).startswith("datetime64")


def test_json_lines_have_the_types_of_json(s3, root):
    """Long integers stay whole, also next to missing ones; mixtures stay what they are."""
    lines = (
        b'{"id": 12345678901234567890, "n": 1, "flag": true, "x": 1.5, "mix": 1, "list": [1], '
        b'"near": 9007199254740993}\n'
        b'\n{"id": 12345678901234567891, "flag": false, "x": 2, "mix": "a", "list": null, "near": 0.5}\n'
    )
    s3.write_bytes(f"{root}/a.jsonl", lines)
    s3.write_bytes(f"{root}/a.jsonl.gz", gzip.compress(lines))
    for name in ("a.jsonl", "a.jsonl.gz"):
        frame = s3.read_frame(f"{root}/{name}")
        assert frame["id"].tolist() == [12345678901234567890, 12345678901234567891]
        assert frame["near"].tolist() == [9007199254740993, 0.5]
        assert frame["mix"].tolist() == [1, "a"]
        assert frame["list"][0] == [1]
        assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
            "id": "uint64" if str(frame["id"].dtype) == "uint64" else "object",
            "n": "Int64",
            "flag": "bool",
            "x": "float64",
            "mix": "object",
            "list": "object",
            "near": "object",
        }
    assert s3.read_frame(f"{root}/a.jsonl", dtype={"flag": "str"})["flag"].tolist() == ["True", "False"]
    assert len(s3.read_frame(f"{root}/a.jsonl", nrows=1)) == 1
    assert s3.write_frame(pd.DataFrame({"x": [0.123456789012345]}), f"{root}/x.jsonl").size > 20
    assert s3.read_frame(f"{root}/x.jsonl")["x"][0] == 0.123456789012345


@pytest.mark.parametrize(("data", "said"), [(b'{"a": 1}\n{', "line 2"), (b"[1]", "line 1 is not a JSON object")])
def test_a_bad_line_is_named(s3, root, data, said):
    """The message says which line."""
    s3.write_bytes(f"{root}/a.jsonl", data)
    with pytest.raises(InvalidContent, match=said):
        s3.read_frame(f"{root}/a.jsonl")


def test_everything_but_tables_works_without_pandas(s3, root, endpoint, tmp_path, monkeypatch):
    """A table asks for the extra; importing the package and reading text loads neither pandas nor numpy."""
    s3.write_text(f"{root}/a.csv", "1")
    program = (
        "import sys; from oseberg.s3utils import S3, Ledger; "
        f"s3 = S3(endpoint_url={endpoint!r}); print(s3.read_text({root + '/a.csv'!r})); "
        f"r = s3.download_all({root!r}, sys.argv[1], progress=False); r._repr_html_(); "
        "print(sorted({'pandas', 'numpy'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stdout.splitlines() == ["1", "[]"], ran.stderr
    monkeypatch.setitem(sys.modules, "pandas", None)
    for call in (lambda: s3.read_frame(f"{root}/a.csv"), lambda: s3.inventory(root)):
        with pytest.raises(NotSupported, match=r"oseberg-s3utils\[pandas\]"):
            call()


def test_a_csv_file_comes_back_with_the_types_it_was_written_with(s3, root):
    """Its schema is in the object's metadata, goes with copies, and ends where somebody else writes the file."""
    frame = pd.DataFrame(
        {
            "code": CODES,
            "n": range(10),
            "x": [0.1] * 9 + [None],
            "flag": [True, False] * 5,
            "some": pd.array([1, None] * 5, dtype="Int64"),
            "maybe": pd.array([True, None] * 5, dtype="boolean"),
            "day": pd.to_datetime(["2018-06-05T12:00:00Z"] * 10),
        }
    )
    s3.write_frame(frame, f"{root}/a.csv", write_options={"metadata": {"own": "1"}})
    s3.copy(f"{root}/a.csv", f"{root}/b.csv")
    for name in ("a.csv", "b.csv"):
        pd.testing.assert_frame_equal(s3.read_frame(f"{root}/{name}"), frame)
    assert s3.read_frame(f"{root}/a.csv", dtype=str)["n"][1] == "1"
    s3.write_text(f"{root}/a.csv", "n\n007\n")
    assert s3.read_frame(f"{root}/a.csv")["n"].tolist() == ["007"]
    wide = pd.DataFrame({f"column {n}": [n] for n in range(200)})
    s3.write_frame(wide, f"{root}/wide.csv")
    assert s3.read_frame(f"{root}/wide.csv")["column 7"].tolist() == ["7"]


def test_cells_beyond_the_header_are_an_error(s3, root):
    """Pandas would take the first column for labels, and every value would be under its neighbor's name."""
    s3.write_text(f"{root}/a.csv", "name,code\n0001,TX,7\n0002,NM,8\n")
    with pytest.raises(InvalidContent, match="more cells than its header"):
        s3.read_frame(f"{root}/a.csv")
    assert s3.read_frame(f"{root}/a.csv", index_col=0)["code"].tolist() == ["7", "8"]
    s3.write_text(f"{root}/b.csv", "name,code\n0001,TX\n0002,NM,8\n")
    with pytest.raises(InvalidContent, match="line 3"):
        s3.read_frame(f"{root}/b.csv")


def test_json_lines_are_written_without_losses(s3, root):
    """Floats to the last digit, times to the last microsecond, long numbers, what is missing."""
    frame = pd.DataFrame(
        {
            "x": [0.1 + 0.2, None],
            "at": pd.to_datetime(["2018-06-05T12:00:00.123456Z", None]),
            "day": [date(2018, 6, 5), None],
            "id": [12345678901234567890123, 1],
            "n": pd.array([2**60 + 1, None], dtype="Int64"),
            "price": [Decimal("0.10"), None],
            "list": [[1, "ñ"], {"a": None}],
            "array": [np.array([1, 2]), np.bool_(True)],
        },
        index=[7, 7],
    )
    s3.write_frame(frame, f"{root}/a.jsonl")
    assert s3.read_text(f"{root}/a.jsonl").splitlines() == [
        (
            '{"x":0.30000000000000004,"at":"2018-06-05T12:00:00.123456Z","day":"2018-06-05","id":12345678901234567890123,'
            '"n":1152921504606846977,"price":"0.10","list":[1,"ñ"],"array":[1,2]}'
        ),
        '{"x":null,"at":null,"day":null,"id":1,"n":null,"price":null,"list":{"a":null},"array":true}',
    ]
    s3.write_frame(frame, f"{root}/a.jsonl.gz")
    assert gzip.decompress(s3.read_bytes(f"{root}/a.jsonl.gz")) == s3.read_bytes(f"{root}/a.jsonl")
    s3.write_frame(frame[["x"]], f"{root}/rounded.jsonl", double_precision=2)
    assert s3.read_text(f"{root}/rounded.jsonl") == '{"x":0.3}\n{"x":null}\n'


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"x": [float("inf")]}), "Out of range float"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "same name"),
        (pd.DataFrame({"x": [b"bytes"]}), "bytes is not one of JSON's types"),
    ],
    ids=["infinity", "names", "bytes"],
)
def test_what_json_cant_express_is_an_error(s3, root, frame, said):
    with pytest.raises(InvalidContent, match=said):
        s3.write_frame(frame, f"{root}/a.jsonl")
    assert not s3.exists(f"{root}/a.jsonl")


def parquet() -> bytes:
    file = io.BytesIO()
    pd.DataFrame({"a": ["x"]}).to_parquet(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv.gz", gzip.compress(b"a,b\n1,2\n")[:12] + bytes(20)),
        ("a.csv.gz", b"a,b\n"),
        ("a.parquet", parquet()[:-200] + bytes(192) + parquet()[-8:]),
        ("a.parquet", parquet()[:4] + b"\xff" * 60 + parquet()[64:]),
        ("a.jsonl", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"),
        ("a.csv", b""),
    ],
    ids=["deflate", "not gzip", "footer", "pages", "depth", "empty"],
)
def test_whatever_a_decoder_raises_names_the_object(s3, root, name, data):
    s3.write_bytes(f"{root}/{name}", data)
    with pytest.raises(InvalidContent, match=f"Can't read {root}/{name}: it isn't a table"):
        s3.read_frame(f"{root}/{name}")


def test_text_that_an_encoding_lacks_is_an_error(s3, root):
    with pytest.raises(InvalidContent, match="isn't ascii text"):
        s3.write_text(f"{root}/a", "ñ", encoding="ascii")
    s3.write_bytes(f"{root}/deep.json", b"[" * 100_000)
    with pytest.raises(InvalidContent, match="isn't JSON"):
        s3.read_json(f"{root}/deep.json")
