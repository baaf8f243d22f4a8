"""The public names are all there, and found without importing what isn't used."""

import subprocess
import sys

import pytest

from oseberg import usage_db


def test_names_are_listed_and_found() -> None:
    """dir() lists every public name; a misspelled one is an AttributeError."""
    assert set(usage_db.__all__) <= set(dir(usage_db))
    assert all(getattr(usage_db, name) for name in usage_db.__all__)
    with pytest.raises(AttributeError, match="UsageDatabse"):
        _ = usage_db.UsageDatabse


def test_the_data_folder_needs_no_driver() -> None:
    """A help text that names the data folder must not wait for Postgres's driver."""
    code = (
        "import sys, oseberg.usage_db as u; u.data_folder; print('psycopg' in sys.modules, 'pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout == b"False False\n"
