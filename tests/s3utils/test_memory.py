"""Memory: what is held at once doesn't grow with the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unmeasured

ROOT = Path(__file__).parents[2]
MIB = 1 << 20
MOST = 64  # MiB above what an upload of one small file takes
PROGRAM = """
import sys
from oseberg.s3utils import S3
from tests.s3utils.peak import peak

s3 = S3(endpoint_url=sys.argv[1])
url, small, large, way = sys.argv[2:]

def move(path):
    if way == "open":
        with s3.open(f"{url}/k", "wb") as target, open(path, "rb") as source:
            while chunk := source.read(1 << 20):
                target.write(chunk)
    else:
        s3.upload(path, f"{url}/k")
    if way == "down":
        s3.download(f"{url}/k", path + ".again")

move(small)
before = peak()
move(large)
print(peak() - before)
"""


@pytest.mark.parametrize("way", ["up", "open", "down"])
def test_large_files_take_no_more_memory_than_many_parts(endpoint, root, tmp_path, way):
    """112 MiB by 8 workers: at most 64 MiB more than a small file, whichever way it goes."""
    (tmp_path / "small").write_bytes(bytes(10))
    with (tmp_path / "large").open("wb") as file:
        for number in range(112):
            file.write(number.to_bytes(2, "big") * (MIB // 2))
    command = [sys.executable, "-c", PROGRAM, endpoint, root, str(tmp_path / "small"), str(tmp_path / "large"), way]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= MOST
