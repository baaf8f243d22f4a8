"""Shell completion: what the printed scripts do in bash, and what zsh and fish get."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(sys.executable).parent  # the folder of the installed command


def call(**names: str) -> str:
    environment = os.environ | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"} | names
    return subprocess.run(["oseberg"], capture_output=True, text=True, check=True, env=environment).stdout


def test_bash_completes_what_was_typed() -> None:
    """The script of the documentation is loaded by a real bash, which then calls the function that it registered."""
    program = """
eval "$(_OSEBERG_COMPLETE=bash_source oseberg)"
complete -p oseberg >&2
COMP_WORDS=(oseberg schedule print k) COMP_CWORD=3
_oseberg_completion oseberg
echo "${COMPREPLY[@]}"
"""
    environment = os.environ | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "--norc", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "kubernetes\n"
    assert "_oseberg_completion oseberg" in done.stderr


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_names_and_what_they_mean(shell: str, tmp_path: Path) -> None:
    """Their scripts register the command; each name comes with its help. A shell that is installed reads its script."""
    script = call(_OSEBERG_COMPLETE=f"{shell}_source")
    assert {"zsh": "compdef _oseberg_completion oseberg", "fish": "complete --no-files --command oseberg"}[
        shell
    ] in script
    line = {"zsh": ("oseberg run dai", "2"), "fish": ("oseberg run dai", "dai")}[shell]
    told = call(_OSEBERG_COMPLETE=f"{shell}_complete", COMP_WORDS=line[0], COMP_CWORD=line[1])
    assert "daily" in told
    assert "Load, verify, score" in told
    if program := shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([program, "-n", str(tmp_path / "script")], check=True)
