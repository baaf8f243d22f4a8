"""Every command that a page shows runs as it is printed, page after page, in one world that is like a reader's.

The world holds what the pages speak of: sample events behind a stand-in for Mixpanel's API, an empty embedded Postgres,
S3 with two vendors' deliveries, and the files that a reader brings. `tests/repository/test_readmes.py` does the same
for the READMEs of the libraries, `test_demo.py` for what the demo prints.
"""

import csv
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner

from oseberg.cli import main
from oseberg.cli.sample.data import SINCE, UNTIL, sample_lines, sample_profiles, write_accounts, write_delivery
from oseberg.cli.sample.serve import settings_of
from oseberg.cli.sample.server import SampleMixpanel
from tests import postgres
from tests.repository.helpers import ROOT
from tests.s3utils import servers

pytestmark = pytest.mark.unmeasured

PAGES = [
    "README.md",
    "docs/tutorials/health-page.md",
    "docs/tutorials/first-county.md",
    "docs/usage.md",
    "docs/counties.md",
    "docs/how-to/analyst.md",
    "docs/how-to/customer-success.md",
    "docs/how-to/operations.md",
    "docs/how-to/database-administrator.md",  # last: it forgets a person and brings back a backup
]
BLOCK = re.compile(r"^ *```(?:console|text)?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^ *(?:\$ )?oseberg (.*?)(?:   *.*)?$", re.MULTILINE)
WORKS = {0, 3}
"""3 is what sample data with planted faults is meant to give."""

BUCKETS = ("bucket", "vendor-bucket", "vendor", "archive")
NEVER_ENDS = ("sample serve", "db serve")
DATES = {  # the sample's days for those of a reader's own data
    f"--since {SINCE} --until": f"--since {SINCE} --until",
    "--since 2026-01-01 --until 2026-03-31": f"--since {SINCE} --until {UNTIL}",
    "--since 2026-01-01": f"--since {SINCE} --until {UNTIL}",
    "--since 2026-07-27": f"--since {SINCE} --until {UNTIL}",
    "--before 2026-01": "--before 2026-09",
    "restore 2025-11": "restore 2026-08",
}


def commands_of(page: str) -> list[str]:
    """Read the commands of a page, in its order; those of an indented block, too."""
    text = re.sub(r" \\\n *", " ", (ROOT / page).read_text(encoding="utf-8"))
    found = [line for block in BLOCK.findall(text) for line in COMMAND.findall(block)]
    lines = [line.split(" #")[0].strip() for line in found if not line.startswith(NEVER_ENDS)]
    return [with_the_dates_of_the_sample(line) for line in lines]


def with_the_dates_of_the_sample(line: str) -> str:
    """Replace the first dates that the line names."""
    shown = next((shown for shown in DATES if shown in line), "")
    return line.replace(shown, DATES[shown]) if shown else line


SHOWN: dict[str, str] = {}
"""Each command with the first page that shows it; the same line again would only take time."""

for name in PAGES:
    for shown in commands_of(name):
        SHOWN.setdefault(shown, name)


@dataclass(frozen=True)
class World:
    """Where a reader is, and a database that is still empty."""

    folder: Path
    empty_database: str

    def forget_requests(self) -> None:
        """Begin a new hour: nobody types the commands of all pages in one, and Mixpanel allows 60 requests."""
        for path in self.folder.glob("home/mixpanel/*requests*"):
            path.unlink()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Enter a reader's folder, with a reader's environment."""
    folder = tmp_path_factory.mktemp("reader")
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.chdir(folder)
        for variable in ("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            patch.setenv(variable, str(folder / "home"))
        patch.setenv("OSEBERG_HOME", str(folder / "home"))
        mixpanel = stack.enter_context(SampleMixpanel(sample_lines(), profiles=sample_profiles()))
        server = stack.enter_context(postgres.server("embedded"))
        settings = settings_of(mixpanel) | {
            "OSEBERG_DATABASE_URL": stack.enter_context(server.database("template1")),
            "AWS_ENDPOINT_URL_S3": stack.enter_context(servers.moto_server()),
            "AWS_ACCESS_KEY_ID": "reader",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        for variable, value in settings.items():
            patch.setenv(variable, value)
        bring_accounts(folder)
        bring_deliveries(folder)
        yield World(folder, stack.enter_context(server.database("template1")))
        empty_buckets()


def bring_accounts(folder: Path) -> None:
    """Write users, companies and cancellations; the people whom the pages name are among them."""
    users, groups = write_accounts(folder)
    named = {"email": "ann@example.com", "name": "Alpha Resources", "owner": "Ann Lee"}
    for path in (users, groups):
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        rows[0] |= {
            key: value for key, value in named.items() if key in rows[0] and not (path == users and key == "name")
        }
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    (folder / "cancellations.csv").write_text("group_id,NoticeDate\n101,2026-10-20\n102,2026-10-26\n")


def empty_buckets() -> None:
    """Leave nothing to later tests: all stores of moto in one process are the same."""
    store = boto3.client("s3")
    for bucket in BUCKETS:
        for item in store.list_objects_v2(Bucket=bucket).get("Contents", []):
            store.delete_object(Bucket=bucket, Key=item["Key"])
        store.delete_bucket(Bucket=bucket)


def bring_deliveries(folder: Path) -> None:
    """Put sample deliveries on the disk and into S3."""
    store = boto3.client("s3")
    for bucket in BUCKETS:
        store.create_bucket(Bucket=bucket)
    for name in ("andrews", "lea"):
        delivery = write_delivery(name, folder / "deliveries")
        for path in (path for path in delivery.rglob("*") if path.is_file()):
            for bucket in ("bucket", "vendor-bucket", "vendor"):
                store.upload_file(str(path), bucket, str(path.relative_to(folder / "deliveries")))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # the servers' threads
@pytest.mark.parametrize(("page", "line"), [(page, line) for line, page in SHOWN.items()])
def test_a_command_of_a_page_runs(page: str, line: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with status 0, or 3 where something needs attention."""
    world.forget_requests()
    if line.startswith("county diff"):
        shutil.copytree(world.folder / "parsed/lea", world.folder / shlex.split(line)[2])
    if line.startswith("db restore-backup"):
        monkeypatch.setenv("OSEBERG_DATABASE_URL", world.empty_database)
    done = CliRunner().invoke(main, list(takewhile(lambda word: word != ">", shlex.split(line))))
    assert done.exit_code in WORKS, f"{line}: {done.output}"
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
