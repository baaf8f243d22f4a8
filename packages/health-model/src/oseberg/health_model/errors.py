"""The errors of this package, each a sentence for the person who can fix it."""

from __future__ import annotations


class HealthModelError(Exception):
    """Base of all errors of this package; `str(error)` says what is wrong, where, and how to fix it.

    Attributes:
        try_again: Whether the same call may work later without a change.
    """

    try_again: bool = False


class ModelError(HealthModelError):
    """A model file, its weights or a sheet of weights is wrong; the message names file, line and key."""


class DataError(HealthModelError):
    """Events, users, statistics or scores lack a column or hold what no computation can use."""


class ReferenceMismatchError(HealthModelError):
    """A reference lacks the cuts of a metric of the model, or is not a reference at all."""


class WeekError(HealthModelError):
    """A text is not a week, or the week is not complete."""


class CancellationError(HealthModelError):
    """A list of cancellations is wrong or was damaged by a tool; the message names the row."""


class FewUsersWarning(UserWarning):
    """A reference was fitted on so few users that single users can shift its deciles."""
