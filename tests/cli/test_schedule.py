"""`oseberg schedule print` writes what each scheduler reads."""

import ast
import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from oseberg.cli import main


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["schedule", "print", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_cron_runs_the_load_before_the_score_at_the_named_minute() -> None:
    """The crontab has one line, at the asked time, in cron's own order of fields."""
    line = printed("cron", "--at", "05:07").splitlines()[-1]
    assert line.startswith("7 5 * * * ")
    assert re.search(r"mixpanel load && \S+ score weekly$", line)


def test_systemd_units_are_complete(tmp_path: Path) -> None:
    """Service and timer parse, run both commands and try again on status 75 only; systemd agrees where it is."""
    units = re.split(r"^# /etc/systemd/system/(\S+)\n", printed("systemd"), flags=re.MULTILINE)[1:]
    texts = dict(zip(units[::2], units[1::2], strict=True))
    assert set(texts) == {"oseberg.service", "oseberg.timer"}
    assert re.findall(r"^ExecStart=\S+ (.*)$", texts["oseberg.service"], re.MULTILINE) == [
        "mixpanel load",
        "score weekly",
    ]
    timer = configparser.ConfigParser()
    timer.read_string(texts["oseberg.timer"])
    assert timer["Timer"]["OnCalendar"] == "*-*-* 06:30:00"
    assert "RestartPreventExitStatus=1 2 3" in texts["oseberg.service"]
    if shutil.which("systemd-analyze"):
        for name, text in texts.items():
            (tmp_path / name).write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text))
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


def test_airflow_gets_a_python_file() -> None:
    """The DAG is valid Python that loads before it scores."""
    tree = ast.parse(printed("airflow"))
    assert "load >> score" in ast.unparse(tree)


@pytest.mark.parametrize("at", ["24:00", "6:30", "noon"])
def test_a_time_that_is_none_is_wrong_usage(at: str) -> None:
    """A wrong time ends with status 2 and shows how to write it."""
    result = CliRunner().invoke(main, ["schedule", "print", "cron", "--at", at])
    assert result.exit_code == 2
    assert "06:30" in result.stderr
