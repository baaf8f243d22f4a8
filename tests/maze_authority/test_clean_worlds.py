"""Clean worlds of five counties: no rule has anything to say."""

import os

import pytest

from oseberg.maze_authority import Register, check
from tests.maze_authority.helpers import images, records
from tests.maze_authority.worlds import SIZE, world

pytestmark = pytest.mark.unmeasured

SEEDS = range(int(os.environ.get("CLEAN_WORLDS", "3")))  # three keep the suite short; more on demand


@pytest.mark.parametrize("fips", ["48003", "48227", "35025", "48383", "48105"])
def test_no_false_alarm(fips: str) -> None:
    """Several worlds of each county, with images and with themselves as the earlier delivery."""
    for seed in SEEDS:
        rows = world(fips, seed)
        result = check(records(rows), images(rows), records(rows[: SIZE // 2]), fips)
        assert result.findings.empty, (seed, result.findings[["rule", "message"]].to_string())


def test_no_false_alarm_across_deliveries(tmp_path) -> None:
    """The same in parts, through a register: overlapping, in any size."""
    with Register(tmp_path / "register.sqlite") as register:
        rows = world("48003", 3)
        for start, end in ((0, 60), (40, 120), (120, 130), (120, 240), (0, 240)):
            result = check(records(rows[start:end]), register=register)
            assert result.new.empty, result.new[["rule", "message"]].to_string()
            assert result.findings.empty
