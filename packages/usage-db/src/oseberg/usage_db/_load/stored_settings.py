"""The load settings that a database stores, so that a run elsewhere can't bring back what they leave out."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from oseberg.usage_db._lines.settings import LoadSettings
from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db.errors import SettingsError

if TYPE_CHECKING:
    from oseberg.usage_db._postgres.connection import Connection

# What decides what is made of an event; how often a day is loaded again is up to each program.
_STORED = (
    "include_events", "exclude_events", "drop_users", "drop_properties", "rename_properties", "hash_properties",
)  # fmt: skip


def agreed_load(connection: Connection, given: LoadSettings) -> LoadSettings:
    """Return the settings that hold: those that the database stores, once a load has left out or changed something.

    Args:
        connection: The database.
        given: The settings that the program names.

    Returns:
        The stored settings, with the program's salt and times.

    Raises:
        SettingsError: The program sets one of them to another value.
    """
    stored = _read(connection)
    if stored is None:
        return given
    differences = [
        f"{name} = {json.dumps(getattr(given, name))}, but the database stores {json.dumps(stored[name])}"
        for name in _STORED
        if name in given.model_fields_set and getattr(given, name) != stored[name]
    ]
    salt = one(connection, _VALUE, ("load_salt",))
    if salt and given.hash_salt.get_secret_value() and _digest(given) != salt:
        differences.append("a hash_salt other than the one that made the stored hashes")
    if differences:
        raise SettingsError(
            f"The load settings say {'; '.join(differences)}. Nothing was changed. Remove the setting, or apply "
            "it to the database: oseberg db upgrade --apply-settings."
        )
    return given.model_copy(update=stored)


def remember_load(connection: Connection, settings: LoadSettings) -> None:
    """Store the settings of a load, if they leave out or change anything and none are stored yet."""
    if any(getattr(settings, name) for name in _STORED) and _read(connection) is None:
        _write(connection, settings)


def apply_load(connection: Connection, given: LoadSettings) -> None:
    """Replace the stored settings by those that a program sets; each day is read anew when it is next loaded."""
    stored = _read(connection)
    if stored is None:
        return
    named = {name: getattr(given, name) for name in _STORED if name in given.model_fields_set}
    kept = None if given.hash_salt.get_secret_value() else one(connection, _VALUE, ("load_salt",))
    with connection.transaction():
        _write(connection, given.model_copy(update={**stored, **named}), kept)


def _read(connection: Connection) -> dict[str, Any] | None:
    text = one(connection, _VALUE, ("load",))
    if not text:
        return None
    settings = LoadSettings.model_validate_json(text)
    return {name: getattr(settings, name) for name in _STORED}


def _write(connection: Connection, settings: LoadSettings, salt: str | None = None) -> None:
    content = settings.model_dump_json(include=set(_STORED))
    salted = salt or (_digest(settings) if settings.hash_properties else None)
    for name, value in (("load", content), ("load_salt", salted)):
        connection.execute(_STORE, (name, value))


def _digest(settings: LoadSettings) -> str:
    """Return a digest that tells whether two salts are the same, and that is not one of the hashes that they make."""
    return hashlib.sha256(b"the salt of this database: " + settings.hash_salt.get_secret_value().encode()).hexdigest()


_VALUE = "SELECT value FROM usage.setting WHERE name = %s"
_STORE = """
INSERT INTO usage.setting (name, value) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
