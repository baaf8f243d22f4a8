"""One run of the demo, shared by the tests that look at what it left."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Demo:
    """Where a demo ran, what it printed, and a way to run it and other commands there."""

    home: Path
    out: Path
    first: subprocess.CompletedProcess[str] | None = None

    def run(self, *arguments: str, cwd: Path | None = None, **names: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"OSEBERG_HOME": str(self.home), "OSEBERG_DATABASE_URL": "", **names}
        command = [sys.executable, "-m", "oseberg.cli", *arguments]
        options = {"cwd": cwd or self.out, "env": environment, "capture_output": True, "text": True, "timeout": 280}
        done = subprocess.run(command, check=False, **options)
        assert done.returncode == 0, done.stderr
        return done


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory(prefix="oseberg-demo-") as folder:
        Path(folder).chmod(0o755)  # as root, the server runs as another account that must be able to enter
        home, out = Path(folder) / "home", Path(folder) / "our demo"
        out.mkdir()
        ran = Demo(home, out)
        yield replace(ran, first=ran.run("demo", "--out", str(out)))
