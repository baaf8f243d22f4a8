"""What commands share in printing: data on standard output, messages on standard error."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

json_option: Callable[..., Any] = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


def say(message: str) -> None:
    """Tell the person at the terminal something that is no data."""
    click.echo(message, err=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all: under another name, then renamed. A device or a pipe is written into."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    target = Path(os.path.realpath(path))  # a link stays one
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # as the user named it
    finally:
        with suppress(OSError):
            temporary.unlink()


def print_frame(frame: pd.DataFrame, *, as_json: bool = False) -> None:
    """Print a table for people, or one JSON array for programs (missing values are null, dates ISO)."""
    if as_json:
        text = frame.to_json(orient="records", date_format="iso", double_precision=15)
        click.echo(json.dumps(json.loads(text), indent=2, ensure_ascii=False))
    elif frame.empty:
        click.echo("(nothing)", err=True)
    else:
        whole = frame.select_dtypes("Int64")  # whose missing values pandas would write as <NA>
        shown = frame.assign(**whole.astype(object).where(whole.notna(), float("nan")))
        click.echo(shown.to_string(index=False, na_rep="-", float_format="{:.2f}".format))
