"""The data that the command ships is what its generator makes."""

import gzip
import io
import zipfile
from importlib.resources import files

import pytest

from tests.end_to_end.sample_world._files import sample_files


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return sample_files()


@pytest.mark.parametrize("name", ["events.jsonl.gz", "users.csv", "groups.csv", "andrews.zip", "deliveries.zip"])
def test_shipped_sample_is_the_generators_output(made: dict[str, bytes], name: str) -> None:
    """Nobody edits the sample by hand; compressed bytes may differ between zlib versions, their content may not."""
    shipped = (files("oseberg.cli.demo") / "sample" / name).read_bytes()
    assert content(name, shipped) == content(name, made[name])


def content(name: str, data: bytes) -> object:
    if name.endswith(".gz"):
        return gzip.decompress(data)
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {entry: archive.read(entry) for entry in archive.namelist()}
    return data
