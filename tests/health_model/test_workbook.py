"""The workbook of metrics: what people read, edit and hand back."""

import errno
import os
import sys

import openpyxl
import pytest
from openpyxl.chart import BarChart

from oseberg.health_model import HealthModel, ModelError, write_metrics_workbook


def test_weights_go_out_and_come_back_as_a_workbook(copy, tmp_path):
    """What people edit in the sheet becomes the model's weights."""
    path = tmp_path / "metrics.xlsx"
    model = HealthModel.load(copy)
    write_metrics_workbook(path, model)
    assert HealthModel.load(copy, weights=path) == model
    book = openpyxl.load_workbook(path)
    sheet = book["weights"]
    place = {cell.value: cell.column for cell in sheet[1]}
    line = next(cell.row for cell in sheet["A"] if cell.value == "shares")
    sheet.cell(line, place["default"], 2)
    sheet.cell(line, place["Landman"], 3.0)
    book.save(path)
    edited = HealthModel.load(copy, weights=path)
    assert edited.weights["shares"] == {"default": 2, "Landman": 3}
    assert edited.save() == copy
    assert HealthModel.load(copy).version == edited.version != model.version
    assert "shares,2,3\n" in copy.with_name("weights.csv").read_text()
    path.write_text("no workbook")
    with pytest.raises(ModelError, match="not an xlsx workbook"):
        HealthModel.load(copy, weights=path)
    book.create_chartsheet("chart").add_chart(BarChart())
    for name in ("weights", "metrics", "about"):
        del book[name]
    book.save(path)
    with pytest.raises(ModelError, match="no sheet with cells"):
        HealthModel.load(copy, weights=path)


def test_a_spreadsheet_refuses_wrong_weights_while_one_types(copy, tmp_path):
    """Every weight is restricted to 0-5, the heading stays in view, and long questions are legible."""
    path = tmp_path / "metrics.xlsx"
    write_metrics_workbook(path, HealthModel.load(copy))
    sheet = openpyxl.load_workbook(path)["weights"]
    (rule,) = sheet.data_validations.dataValidation
    assert (rule.type, rule.operator, rule.formula1, rule.formula2) == ("whole", "between", "0", "5")
    assert (str(rule.sqref), sheet.freeze_panes) == (f"D2:N{sheet.max_row}", "B2")
    assert sheet.column_dimensions["B"].width >= 40
    assert all(cell.alignment.wrap_text for cell in sheet["B"])


def test_the_workbook_has_questions_weights_and_points_as_numbers(copy, tmp_path):
    """Sales people sort and add up what the sheet of metrics shows."""
    weights = copy.with_name("weights.csv")
    weights.write_text(weights.read_text().replace("default", "default,SMB").replace("shares,5", "shares,5,2"))
    model = HealthModel.load(copy)
    write_metrics_workbook(tmp_path / "metrics.xlsx", model)
    rows = list(openpyxl.load_workbook(tmp_path / "metrics.xlsx")["metrics"].iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in rows] == [metric.question for metric in model.metrics]
    assert {row[0]: row[3] for row in rows} == {metric.id: metric.weight for metric in model.metrics} | {
        "shares": "5, SMB 2"
    }
    assert sum(row[4] for row in rows) == pytest.approx(model.attainable, abs=0.1)


def test_the_sheet_of_weights_is_found_wherever_it_stands(copy, tmp_path):
    """Somebody moved the sheets; a workbook of one sheet may have any title."""
    path = tmp_path / "metrics.xlsx"
    model = HealthModel.load(copy)
    write_metrics_workbook(path, model)
    book = openpyxl.load_workbook(path)
    book.move_sheet("weights", 2)
    book.save(path)
    assert HealthModel.load(copy, weights=path) == model
    del book["metrics"], book["about"]
    book["weights"].title = "Sheet1"
    book.save(path)
    assert HealthModel.load(copy, weights=path) == model


@pytest.mark.parametrize("name", ["missing/metrics.xlsx", "."])
def test_where_nothing_can_be_written_is_named(copy, tmp_path, name):
    """The message names the path that was asked for, not a temporary file."""
    with pytest.raises(OSError, match=r"folder|directory") as caught:
        write_metrics_workbook(tmp_path / name, HealthModel.load(copy))
    assert caught.value.filename == str(tmp_path / name)


def test_a_full_disk_is_reported_once_and_leaves_nothing(copy, tmp_path, monkeypatch):
    """The file that was asked for is named, and no half of it stays; nor does openpyxl complain later."""

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_metrics_workbook(tmp_path / "metrics.xlsx", HealthModel.load(copy))
    assert caught.value.filename == str(tmp_path / "metrics.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_names_never_become_formulas(copy, tmp_path):
    """A question that begins with = is text in a workbook."""
    copy.write_text(copy.read_text().replace("How often did the user share", "=1+1 How often did the user share"))
    write_metrics_workbook(tmp_path / "m.xlsx", HealthModel.load(copy))
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "m.xlsx")["weights"] for cell in row]
    assert any(str(cell.value).startswith("=1+1") for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)


def test_workbooks_without_openpyxl_say_what_to_install(copy, tmp_path, monkeypatch):
    """The extra is named; CSV works without it."""
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ModelError, match=r"oseberg-health-model\[xlsx\]"):
        write_metrics_workbook(tmp_path / "m.xlsx", HealthModel.load(copy))
    with pytest.raises(ModelError, match="CSV works without it"):
        HealthModel.load(copy, weights=tmp_path / "m.xlsx")
