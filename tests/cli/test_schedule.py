"""`oseberg schedule print` writes what each scheduler reads."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import yaml
from click.testing import CliRunner

from oseberg.cli import main

PRETENDER = """#!/bin/sh
echo "$*" >> "$0.log"
case $1 in mixpanel) exit %d ;; *) exit %d ;; esac
"""


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["schedule", "print", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def units() -> dict[str, str]:
    parts = re.split(r"^# /etc/systemd/system/(\S+)\n", printed("systemd"), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def shell_line(scheduler: str) -> str:
    """Give what the scheduler hands to the shell, of the command `oseberg`."""
    if scheduler == "kubernetes":
        container = yaml.safe_load(printed("kubernetes"))["spec"]["jobTemplate"]["spec"]["template"]["spec"][
            "containers"
        ][0]
        assert container["command"][:2] == ["sh", "-c"]
        return container["command"][2]
    if scheduler == "systemd":
        (line,) = re.findall(r'^ExecStart=/bin/sh -c "(.*)"$', units()["oseberg.service"], re.MULTILINE)
        line = line.replace("$$", "$")  # systemd's way to write it
    else:
        line = airflow(printed("airflow"))["COMMAND"]
    return re.sub(r"\S*/oseberg\b", "oseberg", line)


@pytest.mark.parametrize("scheduler", ["systemd", "kubernetes", "airflow"])
@pytest.mark.parametrize(
    ("load", "score", "status"), [(0, 0, 0), (3, 0, 3), (75, 0, 75), (1, 0, 1), (0, 1, 1), (3, 75, 75)]
)
def test_the_score_runs_however_the_load_ended(
    scheduler: str, load: int, score: int, status: int, tmp_path: Path
) -> None:
    """Lines that a load rejected (status 3) keep no week from its scores, and are not forgotten."""
    pretender = tmp_path / "oseberg"
    pretender.write_text(PRETENDER % (load, score))
    pretender.chmod(0o755)
    done = subprocess.run(["sh", "-c", shell_line(scheduler)], env={"PATH": f"{tmp_path}:/bin:/usr/bin"}, check=False)
    assert done.returncode == status
    assert Path(f"{pretender}.log").read_text().splitlines() == ["mixpanel load", "score weekly"]


def test_cron_runs_both_at_the_named_minute() -> None:
    """The crontab has one line, at the asked time, in cron's own order of fields."""
    line = printed("cron", "--at", "05:07").splitlines()[-1]
    assert line.startswith("7 5 * * * ")
    assert re.search(r"\S+ mixpanel load; \S+ score weekly$", line)


def test_systemd_units_are_complete(tmp_path: Path) -> None:
    """Service and timer parse, and try again on status 75 only; systemd agrees where it is."""
    texts = units()
    assert set(texts) == {"oseberg.service", "oseberg.timer"}
    timer = configparser.ConfigParser()
    timer.read_string(texts["oseberg.timer"])
    assert timer["Timer"]["OnCalendar"] == "*-*-* 06:30:00"
    assert "RestartPreventExitStatus=1 2 3" in texts["oseberg.service"]
    if shutil.which("systemd-analyze"):
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
        command = ["systemd-analyze", "verify", *(str(tmp_path / name) for name in texts)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert not [line for line in done.stderr.splitlines() if "oseberg." in line]


def test_kubernetes_never_runs_two_at_once() -> None:
    """The CronJob is YAML that forbids a second run and retries only status 75."""
    job = yaml.safe_load(printed("kubernetes", "--at", "23:59"))
    assert job["spec"]["schedule"] == "59 23 * * *"
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    rule = job["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"][0]
    assert rule == {"action": "FailJob", "onExitCodes": {"operator": "NotIn", "values": [75]}}


class LaterError(Exception): ...


class NeverError(Exception): ...


def airflow(text: str) -> dict[str, object]:
    """Run the DAG's file beside stand-ins for what it imports from Airflow, which is far too large for a test."""

    class SubprocessHook:
        def run_command(self, command: list[str]) -> SimpleNamespace:
            return SimpleNamespace(exit_code=subprocess.run(command, check=False).returncode)

    class Dag:
        def __init__(self, name: str, **_: object) -> None:
            assert name == "oseberg"

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
    dag["COMMAND"] = f"exit {status}"
    with pytest.raises(error):
        dag["load_and_score"]()
    dag["COMMAND"] = "exit 0"
    dag["load_and_score"]()


def test_the_command_is_the_one_that_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler gets the path of this environment's command, which need not be on anybody's PATH."""
    monkeypatch.setenv("PATH", "")
    command = printed("cron").splitlines()[-1].rpartition("; ")[2].split()[0]
    assert Path(command) == Path(sys.executable).parent / "oseberg"


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
