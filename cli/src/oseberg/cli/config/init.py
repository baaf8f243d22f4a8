"""The work of `oseberg config init`."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from oseberg.cli._atomic import write_bytes
from oseberg.cli.exits import Failure
from oseberg.cli.output import say

if TYPE_CHECKING:
    from pathlib import Path


def run(*, output: Path, force: bool) -> None:
    """Write the commented settings file.

    Raises:
        Failure: The file exists.
    """
    if output.exists() and not force:
        raise Failure(f"{output} exists. Choose another file with -o, or replace it with --force.")
    template = (files("oseberg.cli.config") / "template.toml").read_bytes()
    write_bytes(output, template, private=True)  # secrets may be added to it
    say(f"Wrote {output}. Uncomment the keys that you want to set; `oseberg config check` checks them.")
