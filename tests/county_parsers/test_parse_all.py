"""Many deliveries at once: in this process, in several, on a Dask cluster; what failed stops nothing else."""

import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest

from oseberg.county_parsers import Delivery, Parsed, parse_all
from oseberg.county_parsers.errors import CountyError, NoIndexFileError, UnreadableFileError
from tests.county_parsers.helpers import DATA, delivery


@pytest.fixture
def deliveries(tmp_path):
    """Two deliveries that can be read, and between them one that can't."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "Reagan a.xlsx").write_bytes(b"not a workbook")
    return [
        Delivery("andrews", str(delivery("andrews")), tmp_path / "out" / "andrews"),
        Delivery("reagan", str(tmp_path / "broken"), tmp_path / "out" / "reagan"),
        Delivery("lea", str(DATA / "lea_empty_day" / "delivery/35025/20180605"), tmp_path / "out" / "lea"),
    ]


def outcome(parsed):
    return [(one.delivery.county, one.summary and one.summary["records"], str(one.error or "")[:13]) for one in parsed]


EXPECTED = [("andrews", 37, ""), ("reagan", None, "Reagan a.xlsx"), ("lea", 0, "")]


def test_one_after_the_other(deliveries, tmp_path):
    """A failed delivery leaves nothing, the others are parsed, and progress counts all of them."""
    seen = []
    found = list(parse_all(deliveries, progress=lambda *shown: seen.append(shown)))
    assert outcome(found) == EXPECTED
    assert isinstance(found[1].error, UnreadableFileError)
    assert seen == [(done, 3, "deliveries") for done in (1, 2, 3)]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["andrews", "lea"]


@pytest.mark.parametrize(
    "pool",
    [partial(ThreadPoolExecutor, 2), partial(ProcessPoolExecutor, 2, mp_context=get_context("spawn"))],
    ids=["threads", "processes"],
)
def test_any_executor_does_the_same(deliveries, pool):
    """The outcomes of threads and processes are those of one process, in the order of the deliveries."""
    with pool() as executor:
        assert outcome(parse_all(deliveries, executor=executor)) == EXPECTED


def test_the_executor_of_a_dask_client(deliveries):
    """A Dask client's executor is an executor like any other."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, processes=False, dashboard_address="127.0.0.1:0", host="tcp://127.0.0.1"
        ) as here,
        distributed.Client(here) as client,
        client.get_executor(pure=False) as executor,
    ):
        assert outcome(parse_all(deliveries, executor=executor)) == EXPECTED


@contextmanager
def fetched(store, one):
    """Copy a delivery from elsewhere; one of the name `same` has not changed."""
    yield None if one.source == "same" else shutil.copytree(store / one.source, one.out.parent / "fetched")


def test_deliveries_from_elsewhere(tmp_path):
    """`opened` gives the local place of a delivery; an unchanged one keeps its earlier summary."""
    out = tmp_path / "out"
    first, again = Delivery("andrews", "20180605", out), Delivery("andrews", "same", out)
    found = list(parse_all([first, again], opened=partial(fetched, delivery("andrews").parent)))
    assert [(one.unchanged, one.summary["records"]) for one in found] == [(False, 37), (True, 37)]


def test_a_module_of_ones_own(tmp_path):
    """`folder` names the modules; an unknown county is an outcome like any other."""
    (tmp_path / "winkler.py").write_text("raise SystemExit")
    errors = [str(one.error) for one in parse_all([Delivery("winkler", ".", tmp_path / "out")], folder=tmp_path)]
    assert "winkler.py" in errors[0]


class Strange(Exception):  # noqa: N818 - an error of a stranger's
    """An error that can't be pickled."""

    def __init__(self, text):
        super().__init__(text)
        self.tool = lambda: text


@contextmanager
def strange(_):
    raise Strange("1 and 2")
    yield


def test_an_error_that_cannot_travel_is_reported_by_its_text(tmp_path):
    """An error that can't be pickled keeps its text."""
    (found,) = parse_all([Delivery("lea", ".", tmp_path)], opened=strange)
    assert (type(found.error), str(found.error)) == (CountyError, "1 and 2")


@pytest.mark.parametrize("error", [UnreadableFileError("a.csv", "is damaged."), NoIndexFileError("nothing")])
def test_our_errors_travel(error):
    """An error of this library is the same after its way from a worker."""
    again = pickle.loads(pickle.dumps(Parsed(Delivery("lea", "a", Path("out")), error=error))).error
    assert (type(again), str(again)) == (type(error), str(error))


@contextmanager
def killed(_):
    import os  # noqa: PLC0415 - only in the worker

    os._exit(1)
    yield


def test_a_worker_that_dies(deliveries):
    """A worker that ends in the middle is one clear error."""
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor,
        pytest.raises(CountyError, match="ended before its work was done"),
    ):
        list(parse_all(deliveries, executor=executor, opened=killed))
