"""Many exports at once: several projects, any executor, and what fails stops no other."""

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from oseberg.mixpanel_export import AuthenticationError, Export, MixpanelExportError, SettingsError, export_all
from tests.mixpanel_export.fault_server import Answer, FaultServer, serving
from tests.mixpanel_export.helpers import SECRET, event

DAY = "2026-11-01"


@pytest.fixture(params=["none", "threads"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor | None]:
    if request.param == "none":
        yield None
    else:
        with ThreadPoolExecutor(2) as pool:
            yield pool


def account(server: FaultServer, project: int) -> dict[str, Any]:
    return {"project_id": project, "username": "robot", "secret": SECRET, "api_url": server.url}


def test_projects_of_their_own(executor: Executor | None, tmp_path: Path) -> None:
    """Each export asks for its project and writes its target; the figures come in the order of the exports."""
    told: list[tuple[int, int | None, str]] = []
    with serving([event(), event(name="Login")]) as one, serving([event()]) as two:
        exports = [
            Export(tmp_path / "one.csv", DAY, DAY, account(one, 1)),
            Export(tmp_path / "lake", DAY, DAY, account(two, 2), partition=True),
            Export(tmp_path / "login.jsonl", DAY, DAY, account(one, 1), {"events": ["Login"]}),
        ]
        done = list(export_all(exports, executor=executor, progress=lambda *each: told.append(each)))
        assert {request["project_id"] for request in two.requests} == {"2"}
    assert [one.export for one in done] == exports
    assert [one.report and one.report.rows for one in done][:2] == [2, 1]
    assert (tmp_path / "lake" / f"date={DAY}" / "events.parquet").is_file()
    assert told == [(1, 3, "exports"), (2, 3, "exports"), (3, 3, "exports")]


def test_one_that_fails_stops_no_other(executor: Executor | None, tmp_path: Path) -> None:
    """The error is its own, can travel, and shows no secret; its target is untouched."""
    (tmp_path / "old.csv").write_text("before")
    with (
        serving([], *[Answer(status=401, body=b"no")] * 9) as closed,
        serving([event()]) as server,
    ):
        exports = [
            Export(tmp_path / "old.csv", DAY, DAY, account(closed, 1)),
            Export(tmp_path / "no-days.csv", client=account(server, 1)),
            Export(tmp_path / "odd.csv", DAY, DAY, account(server, 1) | {"region": "mars"}),
            Export(tmp_path / "nonsense.csv", DAY, DAY, account(server, 1), {"no_such_option": 1}),
            Export(tmp_path / "good.csv", DAY, DAY, account(server, 1)),
        ]
        done = list(export_all(exports, executor=executor))
    kinds = [type(one.error) for one in done]
    assert kinds == [AuthenticationError, SettingsError, SettingsError, TypeError, type(None)]
    assert done[-1].report
    assert (tmp_path / "old.csv").read_text() == "before"
    assert SECRET not in repr(done)


def test_the_environment_is_the_place_of_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an export doesn't say, its worker knows."""
    with serving([event()]) as server:
        for name, value in account(server, 1).items():
            monkeypatch.setenv(f"MIXPANEL_{name.upper()}", str(value))
        (done,) = export_all([Export(tmp_path / "x.csv", DAY, DAY, {"project_id": 7})])
        assert done.error is None
        assert [request["project_id"] for request in server.requests] == ["7"]


def test_a_target_twice_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """Two workers would write one file."""
    with pytest.raises(SettingsError, match="same target"):
        list(export_all([Export(tmp_path / "x.csv", DAY, DAY), Export(str(tmp_path / "x.csv"), DAY, DAY)]))


def test_a_worker_that_dies_is_one_sentence(tmp_path: Path) -> None:
    """A plain pool of processes doesn't replace a killed one."""

    class Broken(ThreadPoolExecutor):
        def map(self, *_: Any, **__: Any) -> Iterator[Any]:
            raise BrokenExecutor("a process was killed")

    with pytest.raises(MixpanelExportError, match="Run it again"), Broken(1) as pool:
        list(export_all([Export(tmp_path / "x.csv", DAY, DAY)], executor=pool))
