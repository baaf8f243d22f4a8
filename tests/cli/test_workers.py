"""Workers that are killed in the middle: processes of this machine, and those of a real Dask scheduler."""

import shutil
from concurrent.futures import Executor
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from distributed import LocalCluster

from oseberg.cli import main
from oseberg.cli.sample.data import sample_lines, write_delivery
from oseberg.cli.sample.server import PROJECT, SECRET, USERNAME, SampleMixpanel
from oseberg.cli.workers.pool import LastingPool
from oseberg.county_parsers import Delivery, parse_all
from oseberg.mixpanel_export import AuthenticationError, Export, export_all
from tests.cli.clusters import while_one_dies
from tests.cli.tasks import check_slowly, die_always, die_once, fail, open_slowly, square, wait_for

COUNTIES = {"48003": "andrews", "35025": "lea", "48227": "howard"}


def test_a_task_whose_process_dies_is_done_again(tmp_path: Path) -> None:
    """All results are there, in order; the others don't notice."""
    with LastingPool(2) as pool:
        futures = [pool.submit(die_once, tmp_path / "mark", number) for number in range(6)]
        assert [future.result(60) for future in futures] == [0, 1, 4, 9, 16, 25]
        assert list(pool.map(square, range(4))) == [0, 1, 4, 9]


def test_a_task_that_kills_every_process_ends() -> None:
    """It fails after some attempts, a plain failure fails at once, and the pool still works."""
    with LastingPool(1) as pool:
        failing, deadly = pool.submit(fail), pool.submit(die_always)
        with pytest.raises(ValueError, match="no such county"):
            failing.result(60)
        assert "terminated abruptly" in str(deadly.exception(60))
        assert pool.submit(square, 3).result(60) == 9


def test_what_is_not_wanted_any_more_is_dropped() -> None:
    """Tasks that have not begun can be canceled; after the end nothing can be asked for."""
    pool = LastingPool(1)
    first, second, third = pool.submit(wait_for, 0.5), pool.submit(square, 2), pool.submit(square, 3)
    assert second.cancel()
    pool.shutdown(cancel_futures=True)
    assert first.result(0) > 0
    assert third.cancelled()
    with pytest.raises(RuntimeError):
        pool.submit(square, 4)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("root")
    for name in COUNTIES.values():
        write_delivery(name, folder)
    return folder


def deliveries(root: Path, out: Path) -> list[Delivery]:
    found = []
    for number in range(3):
        for folder in sorted(root.glob("*/*")):
            name = COUNTIES[folder.parent.name]
            found.append(Delivery(name, str(folder), out / f"{number}" / folder.parent.name))
    return found


def files(folder: Path) -> dict[Path, bytes]:
    every = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder): path.read_bytes() for path in every}


def test_deliveries_are_parsed_although_a_worker_dies(cluster: LocalCluster, root: Path, tmp_path: Path) -> None:
    """Every file is there, equal to what one process writes, and nothing half-written."""
    alone = [one.summary for one in parse_all(deliveries(root, tmp_path / "one"))]

    def work(executor: Executor) -> list[object]:
        todo = deliveries(root, tmp_path / "two")
        return [one.summary for one in parse_all(todo, executor=executor, opened=partial(open_slowly, 0.3))]

    assert while_one_dies(cluster, work) == alone
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_counties_are_checked_although_a_worker_dies(cluster: LocalCluster, root: Path, tmp_path: Path) -> None:
    """The findings of many counties are those that one process makes."""
    list(parse_all(deliveries(root, tmp_path)))
    folders = sorted(path.parent for path in tmp_path.rglob("records.jsonl"))[:5]
    found = while_one_dies(cluster, lambda executor: list(executor.map(check_slowly, folders)))
    assert found == [check_slowly(folder) for folder in folders]
    assert any(found)


def test_projects_are_exported_although_a_worker_dies(cluster: LocalCluster, tmp_path: Path) -> None:
    """Files and folders of two projects are whole, whoever wrote them; a project that refuses stops no other."""
    with SampleMixpanel(sample_lines()) as server, SampleMixpanel(sample_lines()[:500]) as other:

        def exports(folder: Path) -> list[Export]:
            folder.mkdir()
            clients = [
                {"project_id": PROJECT, "username": USERNAME, "secret": SECRET, "api_url": one.url, "parallel": 1}
                for one in (server, other)
            ]
            days = [str(date(2026, 8, 3) + timedelta(days=number)) for number in range(2)]
            files = [
                Export(folder / f"{number}-{day}.parquet", day, day, client)
                for number, client in enumerate(clients)
                for day in days
            ]
            lake = Export(folder / "lake", days[0], days[-1], clients[0], partition=True)
            refused = Export(folder / "refused.csv", days[0], days[0], clients[1] | {"secret": "expired"})
            return [*files, lake, refused]

        alone = list(export_all(exports(tmp_path / "one")))
        again = while_one_dies(cluster, lambda executor: list(export_all(exports(tmp_path / "two"), executor=executor)))
    assert [one.report and one.report.rows for one in again] == [one.report and one.report.rows for one in alone]
    assert [type(one.error) for one in again] == [type(one.error) for one in alone]
    assert isinstance(again[-1].error, AuthenticationError)
    assert files(tmp_path / "one").keys() == files(tmp_path / "two").keys()
    for name in sorted(path for path in files(tmp_path / "one") if path.suffix == ".parquet"):
        frames = [pd.read_parquet(tmp_path / folder / name) for folder in ("one", "two")]
        pd.testing.assert_frame_equal(*frames)


def test_a_county_run_by_the_command_although_a_worker_dies(
    cluster: LocalCluster, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`county parse --all --dask` ends as without Dask."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(root, tmp_path / "root")

    def parse(*more: str) -> int:
        return CliRunner().invoke(main, ["county", "parse", "--all", "root", *more]).exit_code

    status = parse("--out", "one")
    address = cluster.scheduler_address
    again = while_one_dies(cluster, lambda _: [parse("--out", "two", "--dask", address)])
    assert again == [status]
    assert files(tmp_path / "one") == files(tmp_path / "two")
