"""Events with conditions: one event of the tracking tool can be several of the model's."""

import pytest

from oseberg.health_model import HealthModel, ModelError
from tests.health_model.helpers import FICTION, WEEK, events, row, users

WHERE = FICTION.replace(
    """[events.ship]
name = "Ship tracked"
""",
    """[events.ship]
name = "Ship tracked"

[events.big_cargo]
name = "Cargo booked"
where = { tons = ">= 100", port = ["Oslo", "Bergen"] }
""",
)


def booked(tmp_path, *rows, text=WHERE):
    path = tmp_path / "model.toml"
    path.write_text(text)
    model = HealthModel.load(path)
    frame = model.statistics(events(*rows), users(3), WEEK)
    return frame[["cargo.count.1w", "big_cargo.count.1w", "any.count.1w"]].astype(int).to_numpy().tolist()


def test_one_event_can_be_several_of_the_models(tmp_path):
    """All conditions must be met, native or as text; the event without any takes the rest, and none counts twice."""
    found = booked(
        tmp_path,
        row(1, "Cargo booked", tons=100, port="Oslo"),
        row(1, "Cargo booked", tons=99.5, port="Oslo"),
        row(2, "Cargo booked", tons="250", port="Bergen"),
        row(2, "Cargo booked", tons=250, port="Hamburg"),
        row(3, "Cargo booked", tons=None, port="Oslo"),
        row(3, "Cargo booked", tons="many", port="Oslo"),
    )
    assert found == [[1, 1, 2], [1, 1, 2], [2, 0, 2]]
    assert booked(tmp_path, row(1, "Cargo booked"))[0] == [1, 0, 1], "without the property nothing is big"


def test_conditions_are_read_from_the_database(tmp_path):
    """The properties of conditions are asked for, in every case."""
    path = tmp_path / "model.toml"
    path.write_text(WHERE)
    model = HealthModel.load(path)
    assert {"tons", "port"} <= set(model.properties)
    assert {"tons", "port"} <= set(model.metric_properties)
    assert HealthModel.from_stored(model.stored()).definition.events["big_cargo"].where == {
        "tons": ">= 100",
        "port": ("Oslo", "Bergen"),
    }


@pytest.mark.parametrize(
    ("condition", "value", "met"),
    [
        ('"a"', "a", 1), ('"a"', "A", 0), ("5", "5", 1), ("5", 5.0, 1), ("5", "6", 0), ("true", "True", 1),
        ("true", False, 0), ('"< 5"', "4.9", 1), ('"< 5"', 5, 0), ('"<=5"', 5, 1), ('"> 5"', 5, 0), ('">5"', 5.1, 1),
        ('">=5"', "5", 1), ('">=5"', True, 0), ("[1, 2]", 2, 1), ('["> 9", 1]', 10, 1), ('["> 9", 1]', 2, 0),
    ],
)  # fmt: skip
def test_conditions_compare_as_written(tmp_path, condition, value, met):
    """Values, lists of values, and numbers with a sign before them, at the border too."""
    text = WHERE.replace('{ tons = ">= 100", port = ["Oslo", "Bergen"] }', f"{{ x = {condition} }}")
    assert booked(tmp_path, row(1, "Cargo booked", x=value), text=text)[0][1] == met


@pytest.mark.parametrize(
    ("condition", "message"),
    [("[]", "an empty list matches nothing"), ('">= many"', 'write ">= 100"'), ('"<"', 'write ">= 100"')],
)
def test_conditions_that_nothing_meets_are_refused(tmp_path, condition, message):
    """With file, line and key."""
    path = tmp_path / "model.toml"
    path.write_text(WHERE.replace('{ tons = ">= 100", port = ["Oslo", "Bergen"] }', f"{{ x = {condition} }}"))
    with pytest.raises(ModelError, match=r"line \d+: events.big_cargo.where.x") as caught:
        HealthModel.load(path)
    assert message in str(caught.value)
