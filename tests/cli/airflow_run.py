"""Runs the printed DAGs in a real Airflow: `nox -s airflow` calls it in an environment that has one.

Airflow must find both DAGs without an import error, and run their tasks: one that succeeds, and one whose status 75 it
is to try again.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = """#!/bin/sh
echo "oseberg $*" >> {log}
exit {status}
"""


def airflow(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "airflow", *arguments], text=True, capture_output=True, check=False)


def main(printed: str) -> None:
    """Put the DAGs into a new Airflow and run them."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "dags").mkdir()
        log, program = home / "called", home / "oseberg"
        os.environ |= {
            "AIRFLOW_HOME": folder,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        }
        command = next(line for line in printed.splitlines() if line.startswith("COMMAND = "))
        quick = printed.replace('"retries": 6', '"retries": 1').replace("minutes=20", "seconds=1")
        (home / "dags" / "oseberg.py").write_text(quick.replace(command, f'COMMAND = "{program} run"'))
        migrated = airflow("db", "migrate")
        assert migrated.returncode == 0, migrated.stderr
        errors = airflow("dags", "list-import-errors", "-l")
        assert "No data found" in errors.stdout, errors.stdout + errors.stderr
        for name, status in (("daily", 0), ("weekly", 75)):
            program.write_text(PROGRAM.format(log=log, status=status))
            program.chmod(0o755)
            done = airflow("dags", "test", f"oseberg_{name}", "2026-11-02")
            said = done.stdout + done.stderr
            calls = log.read_text().splitlines().count(f"oseberg run {name}")
            assert calls == (2 if status == 75 else 1), said  # tried again once
        print("Airflow imported both DAGs and ran their tasks.")


if __name__ == "__main__":
    main(Path(sys.argv[1]).read_text(encoding="utf-8"))
