"""No package grows heavy unnoticed: size and import time stay near the table of docs/benchmarks.md."""

import re
import subprocess
import sys

import pytest

from tests.repository.bench_footprint import NAMES, ROOT, import_seconds, megabytes, module_of

ROW = re.compile(r"^\| (oseberg\S*) \| (\d+) \| [\d.]+ \| ([\d.]+) \|$", re.MULTILINE)
TABLE = {
    name: (float(size), float(time)) for name, size, time in ROW.findall((ROOT / "docs/benchmarks.md").read_text())
}


@pytest.mark.parametrize("name", NAMES)
def test_a_package_stays_as_light_as_the_table_says(name: str) -> None:
    """Half as much again is the versions' and the machine's; more than that is a new burden, to be looked at."""
    size, time = TABLE[name]
    assert megabytes(name) < 1.5 * size + 10
    assert import_seconds(module_of(name), tries=1) < 3 * time + 0.3


@pytest.mark.parametrize("name", NAMES)
def test_an_import_alone_loads_nothing_heavy(name: str) -> None:
    """What is heavy is imported when it is used: a program that only names a library starts at once."""
    heavy = ["boto3", "jinja2", "openpyxl", "pandas", "pyarrow", "requests", "sqlalchemy"]
    program = f"import sys, {module_of(name)}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
