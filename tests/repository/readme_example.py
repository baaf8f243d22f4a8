"""Runs the first example of a README in an empty folder; `nox -s alone` does so beside each wheel.

A ```python block runs as a program; in a ```console block each `$ command` runs in a shell, and what the README shows
below it must be what it prints on standard output.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def first_example(text: str) -> tuple[str, str]:
    for kind, body in BLOCK.findall(text):
        if "pip install" not in body:
            return kind, body
    raise SystemExit("The README shows no example.")


def run_console(body: str, folder: Path) -> None:
    commands = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", body, re.MULTILINE)
    for command, shown in commands:
        bin_folder = Path(sys.executable).parent
        printed = subprocess.run(f'PATH="{bin_folder}:$PATH" {command}', cwd=folder, shell=True, check=True, stdout=-1)
        if shown and printed.stdout.decode() != shown:
            raise SystemExit(f"`{command}` prints\n{printed.stdout.decode()}\nbut the README shows\n{shown}")


def main(readme: Path) -> None:
    kind, body = first_example(readme.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        if kind == "console":
            run_console(body, Path(folder))
        else:
            subprocess.run([sys.executable, "-W", "error", "-c", body], cwd=folder, check=True)
    print(f"{readme}: the first example ({kind}) runs")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
