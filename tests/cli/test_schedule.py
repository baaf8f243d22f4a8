"""`oseberg schedule print` writes what each scheduler reads."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import yaml
from click.testing import CliRunner
from cronsim import CronSim

from oseberg.cli import main


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["schedule", "print", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def units() -> dict[str, str]:
    parts = re.split(r"^# /etc/systemd/system/(\S+)\n", printed("systemd"), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def moments(expression: str) -> list[datetime]:
    """Return the next seven moments of a line for cron, from Monday 2026-11-02 on, as a parser of cron reads it."""
    iterator = CronSim(expression, datetime(2026, 11, 2, tzinfo=UTC))
    return [next(iterator) for _ in range(7)]


def test_the_two_runs_share_the_week() -> None:
    """The daily run is from Tuesday to Sunday, the weekly one on Monday, at the asked minute."""
    lines = [line for line in printed("cron", "--at", "05:07").splitlines() if line[:1].isdigit()]
    daily, weekly = (moments(" ".join(line.split()[:5])) for line in lines)
    assert {moment.isoweekday() for moment in daily} == {2, 3, 4, 5, 6, 7}
    assert {moment.isoweekday() for moment in weekly} == {1}
    assert {(moment.hour, moment.minute) for moment in daily + weekly} == {(5, 7)}
    assert [line.rpartition(" ")[2] for line in lines] == ["daily", "weekly"]


def test_cron_reads_the_secrets_from_a_file() -> None:
    """The crontab itself, which `crontab -l` shows, holds none."""
    assert printed("cron").count('. "$HOME/.config/oseberg/environment"') == 2


def test_systemd_units_are_complete(tmp_path: Path) -> None:
    """Services and timers parse, and try again on status 75 only; systemd agrees where it is."""
    texts = units()
    assert set(texts) == {f"oseberg-{name}.{kind}" for name in ("daily", "weekly") for kind in ("service", "timer")}
    for name, days in (("daily", "Tue..Sun"), ("weekly", "Mon")):
        timer = configparser.ConfigParser()
        timer.read_string(texts[f"oseberg-{name}.timer"])
        assert timer["Timer"]["OnCalendar"] == f"{days} *-*-* 06:30:00"
        assert "RestartPreventExitStatus=1 2 3" in texts[f"oseberg-{name}.service"]
        assert re.search(rf"^ExecStart=\S+ run {name}$", texts[f"oseberg-{name}.service"], re.MULTILINE)
    if shutil.which("systemd-analyze"):
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
        command = ["systemd-analyze", "verify", *(str(tmp_path / name) for name in texts)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert not [line for line in done.stderr.splitlines() if "oseberg-" in line]


def test_kubernetes_never_runs_two_at_once() -> None:
    """The CronJobs are YAML that forbids a second run, retries only status 75, and gives away no rights."""
    jobs = list(yaml.safe_load_all(printed("kubernetes", "--at", "23:59")))
    assert [job["metadata"]["name"] for job in jobs] == ["oseberg-daily", "oseberg-weekly"]
    for job, name in zip(jobs, ("daily", "weekly"), strict=True):
        assert {(moment.hour, moment.minute) for moment in moments(job["spec"]["schedule"])} == {(23, 59)}
        assert job["spec"]["concurrencyPolicy"] == "Forbid"
        rule = job["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"][0]
        assert rule == {"action": "FailJob", "onExitCodes": {"operator": "NotIn", "values": [75]}}
        pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        (container,) = pod["containers"]
        assert container["command"][:3] == ["oseberg", "run", name]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


class LaterError(Exception): ...


class NeverError(Exception): ...


def airflow(text: str) -> dict[str, object]:
    """Run the DAG's file with stand-ins for Airflow, which is too large here; `nox -s airflow` runs the real one."""

    class SubprocessHook:
        def run_command(self, command: list[str]) -> SimpleNamespace:
            return SimpleNamespace(exit_code=subprocess.run(command, check=False).returncode)

    class Dag:
        def __init__(self, name: str, **_: object) -> None:
            assert name in {"oseberg_daily", "oseberg_weekly"}

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    known = {
        "airflow": {"DAG": Dag},
        "airflow.exceptions": {"AirflowException": LaterError, "AirflowFailException": NeverError},
        "airflow.providers": {},
        "airflow.providers.standard": {},
        "airflow.providers.standard.hooks": {},
        "airflow.providers.standard.hooks.subprocess": {"SubprocessHook": SubprocessHook},
        "airflow.providers.standard.operators": {},
        "airflow.providers.standard.operators.python": {"PythonOperator": SimpleNamespace},
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, content in known.items():
            module = ModuleType(name)
            vars(module).update(content)
            patch.setitem(sys.modules, name, module)
        found: dict[str, object] = {}
        exec(compile(text, "dag.py", "exec"), found)
    return found


@pytest.mark.parametrize(("status", "error"), [(75, LaterError), (3, NeverError), (1, NeverError)])
def test_airflow_tries_again_only_what_may_end_well_later(status: int, error: type[Exception]) -> None:
    """Status 75 is an error that Airflow tries again, any other one that it does not; 0 is none."""
    dag = airflow(printed("airflow"))
    dag["COMMAND"] = f"exit {status};"
    with pytest.raises(error):
        dag["run"]("daily")
    dag["COMMAND"] = "exit 0;"
    dag["run"]("weekly")


def test_the_command_is_the_one_that_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler gets the path of this environment's command, which need not be on anybody's PATH."""
    monkeypatch.setenv("PATH", "")
    command = printed("cron").splitlines()[-1].rpartition("; ")[2].split()[0]
    assert Path(command) == Path(sys.executable).parent / "oseberg"


ODD = [
    "with space",
    "per%cent",
    "it's",
    'quo"ted',
    "dollar$HOME",
    "back\\slash",
    "ü€",
    "a;b&c",
    "(x)",
    "semi # colon",
    "%%h",
]


@pytest.fixture(params=ODD)
def odd_command(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A command in a folder with an odd name, which notes how it was called."""
    program = tmp_path / request.param / "oseberg"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho called \"$@\" >> '{tmp_path}/calls'\n")
    program.chmod(0o755)
    monkeypatch.setattr("oseberg.cli.schedule.print.find_command", lambda: str(program))
    return program


def test_cron_runs_a_command_in_a_folder_with_an_odd_name(odd_command: Path, tmp_path: Path) -> None:
    """As cron reads a line: an escaped % stands for itself, any other one ends the command; the rest is the shell's."""
    line = printed("cron").splitlines()[-1]
    (words,) = re.findall(r"^\S+ \S+ \S+ \S+ \S+ (.*)$", line)
    assert not re.search(r"(?<!\\)%", words)
    (tmp_path / ".config" / "oseberg").mkdir(parents=True)
    (tmp_path / ".config" / "oseberg" / "environment").touch()
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    subprocess.run(["/bin/sh", "-c", words.replace("\\%", "%")], check=True, env=environment)
    assert (tmp_path / "calls").read_text() == "called run weekly\n"


def test_airflow_runs_a_command_in_a_folder_with_an_odd_name(odd_command: Path, tmp_path: Path) -> None:
    """The path is quoted for Python and for the shell."""
    airflow(printed("airflow"))["run"]("daily")
    assert (tmp_path / "calls").read_text() == "called run daily\n"


def test_systemd_finds_a_command_in_a_folder_with_an_odd_name(odd_command: Path, tmp_path: Path) -> None:
    """Systemd takes the unit's own quotes and escapes; where it is installed, it looks for the program."""
    texts = units()
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (words,) = re.findall(r"^ExecStart=(.*)$", texts["oseberg-daily.service"], re.MULTILINE)
    # shlex reads double quotes and backslashes as systemd does; then come its specifiers and variables
    called = [word.replace("%%", "%") for word in shlex.split(words)]
    program = [called[0], *(word.replace("$$", "$") for word in called[1:])]
    subprocess.run(program, check=True)
    assert (tmp_path / "calls").read_text() == "called run daily\n"
    if shutil.which("systemd-analyze"):
        command = ["systemd-analyze", "verify", str(tmp_path / "oseberg-daily.service")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert not [line for line in done.stderr.splitlines() if "oseberg" in line]


def test_an_account_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some containers run under a number that no table of accounts knows."""

    def unknown() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", unknown)
    monkeypatch.setattr("os.getuid", lambda: 54321)
    assert "\nUser=54321\n" in printed("systemd")


@pytest.mark.parametrize("at", ["24:00", "6:30", "noon"])
def test_a_time_that_is_none_is_wrong_usage(at: str) -> None:
    """A wrong time ends with status 2 and shows how to write it."""
    result = CliRunner().invoke(main, ["schedule", "print", "cron", "--at", at])
    assert result.exit_code == 2
    assert "06:30" in result.stderr
