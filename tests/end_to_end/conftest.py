"""One run of the demo, shared by the tests that look at what it left."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass
class Demo:
    """Where a demo ran, what it printed, and a way to run it and other commands there.

    Attributes:
        home: The folder of its database.
        out: The folder of what it wrote.
        stdout: What the first run printed.
        stderr: Its messages.
        meanwhile: What commands of another terminal printed while it was kept.
    """

    home: Path
    out: Path
    stdout: str = ""
    stderr: str = ""
    meanwhile: dict[str, str] = field(default_factory=dict)

    def environment(self, **names: str) -> dict[str, str]:
        return os.environ | {"OSEBERG_HOME": str(self.home), "OSEBERG_DATABASE_URL": "", **names}

    def run(self, *arguments: str, cwd: Path | None = None, **names: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment(**names)
        command = [sys.executable, "-m", "oseberg.cli", *arguments]
        options = {"cwd": cwd or self.out, "env": environment, "capture_output": True, "text": True, "timeout": 280}
        done = subprocess.run(command, check=False, **options)
        assert done.returncode == 0, done.stderr
        return done

    def run_and_keep(self) -> None:
        """Run the demo with --keep, use it from another terminal, and press Ctrl-C."""
        command = [sys.executable, "-u", "-m", "oseberg.cli", "demo", "--out", str(self.out), "--keep"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, cwd=self.out, env=self.environment(), **pipes) as run:
            try:
                names: dict[str, str] = {}
                while "OSEBERG_HOME" not in names:
                    line = run.stderr.readline()
                    assert line, self.stderr
                    self.stderr += line
                    if line.startswith("export "):
                        name, value = line.removeprefix("export ").strip().split("=", 1)
                        names[name] = value
                day = "2026-08-04"
                export = self.run("mixpanel", "export", "--since", day, "--until", day, **names)
                self.meanwhile = {"export": export.stdout, "status": self.run("db", "status", **names).stdout}
            finally:
                run.send_signal(signal.SIGINT)
            printed, messages = run.communicate(timeout=60)
            self.stdout, self.stderr = printed, self.stderr + messages
        assert run.returncode == 0, self.stderr


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """A demo that ran where a demo of an earlier version, with other sample data, had left its database."""
    with tempfile.TemporaryDirectory(prefix="oseberg-demo-") as folder:
        Path(folder).chmod(0o755)  # as root, the server runs as another account that must be able to enter
        one = Demo(Path(folder) / "home", Path(folder) / "our demo")
        one.out.mkdir()
        (one.home / "demo" / "postgres" / "earlier").mkdir(parents=True)
        (one.home / "demo" / "sample").write_text("an earlier version's")
        one.run_and_keep()
        yield one
