"""What the tests of the formats share."""

import pytest

from oseberg.county_parsers import parse


@pytest.fixture
def read(tmp_path):
    """Parse the content of one index file."""

    def parsed(name, content, file="index"):
        (tmp_path / file).write_bytes(content)
        return parse(name, tmp_path / file)

    return parsed
