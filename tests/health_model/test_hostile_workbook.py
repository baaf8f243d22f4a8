"""Workbooks come from strangers: what is built to exhaust or to spy is refused, at once and in one sentence."""

import time
import zipfile
from pathlib import Path

import pytest

from oseberg.health_model import HealthModel, ModelError, write_metrics_workbook

SECONDS = 10.0  # of the processor; each takes hundredths
LAUGHS = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]>'
SPY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY spy SYSTEM "file:///etc/passwd">]>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'
SHEET = "xl/worksheets/sheet1.xml"
SPREADSHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'


def cells(entity: str) -> str:
    return f"<worksheet {SPREADSHEET}><sheetData>{CELL.format(entity)}</sheetData></worksheet>"


PARTS = {
    "laughs in a cell": {SHEET: BOMB + cells("&l9;")},
    "a file in a cell": {SHEET: SPY + cells("&spy;")},
    "laughs in the book": {"xl/workbook.xml": BOMB + f"<workbook {SPREADSHEET}>&l9;</workbook>"},
    "a type from elsewhere": {"[Content_Types].xml": OUTSIDE + "<Types>&spy;</Types>"},
    "no XML": {SHEET: "<worksheet"},
    "a huge sheet": {SHEET: cells("x" * 200_000_000)},
}


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("books") / "metrics.xlsx"
    write_metrics_workbook(path, HealthModel.load())
    return path


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_a_hostile_workbook(workbook: Path, tmp_path: Path, parts: dict[str, str]) -> None:
    """Entities are neither expanded nor fetched; what is too large is not unpacked."""
    path = tmp_path / "hostile.xlsx"
    with zipfile.ZipFile(workbook) as proper, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as hostile:
        for name in proper.namelist():
            hostile.writestr(name, parts.get(name, proper.read(name)))
    begun = time.process_time()
    with pytest.raises(ModelError) as refused:
        HealthModel.load(weights=path)
    assert time.process_time() - begun < SECONDS
    assert "hostile.xlsx" in str(refused.value)
    assert "root:" not in str(refused.value)


def test_half_a_workbook(workbook: Path, tmp_path: Path) -> None:
    """A file that was cut on its way, and one whose content is damaged, are one sentence."""
    whole = workbook.read_bytes()
    for content in (whole[:2_000], whole[:300] + bytes(400) + whole[700:]):
        path = tmp_path / "half.xlsx"
        path.write_bytes(content)
        with pytest.raises(ModelError, match="is not an xlsx workbook"):
            HealthModel.load(weights=path)
