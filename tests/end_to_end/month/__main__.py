"""Write `docs/month.md`: `python -m tests.end_to_end.month`."""

import tempfile
from pathlib import Path

from tests import postgres
from tests.end_to_end.month.page import PAGE, render
from tests.end_to_end.month.simulate import simulated

with (
    tempfile.TemporaryDirectory(prefix="oseberg-month-") as folder,
    postgres.server("embedded") as server,
    simulated(Path(folder), server) as month,
):
    PAGE.write_text(render(month), encoding="utf-8")
