"""Checks of arguments that several modules share, each with a sentence for the caller."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from oseberg.mixpanel_export._zones import find_zone
from oseberg.mixpanel_export.errors import SettingsError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Reject an unknown word for an option.

    Raises:
        SettingsError: The word is not one of the choices.
    """
    if value not in choices:
        raise SettingsError(f"{name}={value!r} is not one of {', '.join(choices)}.")


def check_seconds(name: str, value: object) -> None:
    """Reject a number of seconds that is not above 0.

    Raises:
        SettingsError: The value is not a number above 0, or is longer than the system can count.
    """
    if not isinstance(value, int | float) or not 0 < value <= threading.TIMEOUT_MAX:
        raise SettingsError(f"{name}={value!r} is not a number of seconds above 0.")


def check_count(name: str, value: object, most: int | None = None) -> None:
    """Reject everything but whole numbers from 1 up.

    Args:
        name: The option.
        value: Its value.
        most: The largest that is allowed.

    Raises:
        SettingsError: The value is something else, or too large.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1 or (most is not None and value > most):
        raise SettingsError(f"{name}={value!r} is not a whole number from 1 {f'to {most}' if most else 'on'}.")


def check_zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name.

    Raises:
        SettingsError: The name is not an IANA time zone.
    """
    try:
        return find_zone(name)
    except ValueError as error:
        raise SettingsError(f"time_zone {error}") from None


def is_text(value: object) -> bool:
    """Whether a value is a text with something in it besides blanks."""
    return isinstance(value, str) and bool(value.strip())
