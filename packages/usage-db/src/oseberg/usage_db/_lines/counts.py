"""Counts what became of the lines of a day."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class DayCounts:
    """The counts of one day: `exported = inserted + updated + unchanged + duplicate + rejected`.

    Attributes:
        exported: Lines that the filter left.
        inserted: New events.
        updated: Events whose properties changed.
        deleted: Events that the export no longer has.
        unchanged: Events that are stored as they come.
        duplicate: Lines with the key of another line, processed earlier.
        rejected: Lines that can't be stored.
        filtered: Lines that the filter left out.
    """

    exported: int
    inserted: int
    updated: int
    deleted: int
    unchanged: int
    duplicate: int
    rejected: int
    filtered: int = 0

    @property
    def changed(self) -> int:
        """The number of events written or deleted."""
        return self.inserted + self.updated + self.deleted

    @property
    def stored(self) -> int:
        """The number of events that the day has now."""
        return self.inserted + self.updated + self.unchanged

    @property
    def add_up(self) -> bool:
        """Whether every exported line became something."""
        return self.exported == self.stored + self.duplicate + self.rejected

    def as_dict(self) -> dict[str, int]:
        """Return the counts as a dictionary.

        Returns:
            Each count under its name.
        """
        return asdict(self)
