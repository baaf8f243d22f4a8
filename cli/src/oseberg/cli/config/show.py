"""The work of `oseberg config show`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from pydantic import BaseModel, SecretStr

from oseberg.cli.config.known import MODELS, VARIABLES
from oseberg.cli.settings import Settings
from oseberg.usage_db import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT = "default"


@dataclass(frozen=True)
class Shown:
    """A setting as it is shown.

    Attributes:
        section: The section, with dots before tables in it.
        key: The key.
        value: The value; None when it is unset or secret.
        source: `environment NAME`, the path of a file, or `default`.
        secret: Whether a value is set that is not shown.
    """

    section: str
    key: str
    value: Any
    source: str
    secret: bool = False


def run(*, as_json: bool) -> None:
    """Print the settings in effect."""
    settings = Settings.load()
    found = list(settings_in_effect(settings))
    if as_json:
        rows = {"data_folder": str(data_folder()), "settings": [asdict(one) for one in found]}
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False, default=str))
        return
    click.echo(f"# Data folder: {data_folder()}")
    section = ""
    for one in found:
        if one.section != section:
            section = one.section
            click.echo(f"\n[{section}]")
        click.echo(as_line(one))


def settings_in_effect(settings: Settings) -> Iterator[Shown]:
    """Yield every setting, in the order of the sections.

    Raises:
        Failure: A settings file is invalid.
    """
    for section, model in MODELS.items():
        yield from list_settings(settings, section, settings.validated(section, model))


def list_settings(settings: Settings, section: str, values: BaseModel) -> Iterator[Shown]:
    """Yield the settings of a section: first its own keys, then those of the tables in it.

    Args:
        settings: The settings, which know the file of each key.
        section: The section, with dots before tables in it.
        values: The section's values.
    """
    tables = []
    for name, field in type(values).model_fields.items():
        key, value = field.alias or name, getattr(values, name)
        if isinstance(value, BaseModel):
            tables.append((f"{section}.{key}", value))
        elif f"{section}.{key}" not in MODELS:  # a table with a type of its own comes separately
            yield shown(settings, section, key, value, secret="SecretStr" in str(field.annotation))
    for table, value in tables:
        yield from list_settings(settings, table, value)


def shown(settings: Settings, section: str, key: str, value: Any, *, secret: bool) -> Shown:  # noqa: ANN401 - any setting
    """Find where a setting comes from, and hide what is secret.

    Args:
        settings: The settings, which know the file of each key.
        section: The section.
        key: The key.
        value: The value of the files, or the default.
        secret: Whether the type of the setting says that it is a secret.

    Returns:
        The setting as it is shown.
    """
    variable = VARIABLES.get((section, key))
    named = os.environ.get(variable) if variable else None
    # a table without a type of its own, such as the renamed properties, has the source of its first key
    place = (*section.split("."), key)
    in_file = next((path for known, path in settings.files.items() if known[: len(place)] == place), None)
    source = f"environment {variable}" if named else str(in_file) if in_file else DEFAULT
    if secret:
        kept = named or (value.get_secret_value() if isinstance(value, SecretStr) else None)
        # database addresses show host and name; the path of a ping address is the secret itself
        address = hide_password(kept) if section == "database" else None
        return Shown(section, key, address, source, secret=bool(kept))
    kept = named or plain(value)
    return Shown(section, key, without_secret(key, kept), source)


def without_secret(key: str, kept: Any) -> Any:  # noqa: ANN401 - any setting
    """Return a setting as it may be shown: addresses without their secret parts."""
    if not isinstance(kept, str) or not (key.endswith("url") or "://" in kept):
        return kept
    if hidden := hide_password(kept):
        return hidden
    return f"{kept.partition('://')[0]}://..." if "://" in kept else kept


def hide_password(url: str | None) -> str | None:
    """Return the parts of an address that are not secret: account, host, port and path; None for any other text."""
    try:
        parts = urlsplit(url or "")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # an unfinished IPv6 address, a port that is not a number: anything may be anywhere
        return None
    # libpq also accepts words (host=… password=…), which are not taken apart here: better nothing than a password
    if not parts.hostname:  # words, or a socket's folder in the query, where a password may be anywhere
        return None
    account = f"{parts.username}@" if parts.username else ""
    return f"{parts.scheme}://{account}{parts.hostname}{port}{parts.path}"


def plain(value: Any) -> Any:  # noqa: ANN401 - any setting
    """Return a value as TOML and JSON know it."""
    if isinstance(value, BaseModel):
        return {key: plain(one) for key, one in value.model_dump(mode="json", exclude_unset=True).items()}
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def as_line(one: Shown) -> str:
    """Return a setting as a line of TOML with its source; one that has no value is a comment."""
    if one.secret:
        note = f" ({one.value})" if one.value else ""
        return f"#{one.key} is set{note}  # {one.source}; the secret is not shown"
    if one.value is None:
        return f"#{one.key} is not set"
    return f"{one.key} = {as_toml(one.value)}  # {one.source}"


def as_toml(value: Any) -> str:  # noqa: ANN401 - any value of a setting
    """Return a value in TOML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_toml(str(key))} = {as_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    # JSON's strings, numbers and truth values are TOML's as well, but for the character DEL
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
