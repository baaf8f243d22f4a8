"""Reports and records of s3utils as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oseberg.s3utils import LedgerEntry, TransferReport


def to_json(report: TransferReport) -> str:
    """Return a report as JSON: what was done, what failed and why, and how many files were unchanged."""
    done = [
        {
            "action": one.action,
            "url": str(one.url) if one.url else None,
            "path": str(one.path) if one.path else None,
            "size": one.size,
            "verified": one.verified or None,
        }
        for one in report.transfers
    ]
    failed = [{"url": str(failure.url), "error": str(failure.error)} for failure in report.failures]
    about = {"dry_run": report.dry_run, "unchanged": report.unchanged, "size": report.size}
    return json.dumps({**about, "done": done, "failed": failed}, indent=2, ensure_ascii=False)


def rows(entries: Iterable[LedgerEntry]) -> list[dict[str, Any]]:
    """Return records of a ledger as values for a table or JSON."""
    return [
        {
            "url": entry.place,
            "version_id": entry.version_id,
            "etag": entry.etag,
            "size": entry.size,
            "processed_at": entry.processed_at.isoformat(timespec="seconds"),
            "modified": entry.modified.isoformat(timespec="seconds") if entry.modified else None,
            "lateness_seconds": None if entry.lateness is None else round(entry.lateness.total_seconds()),
        }
        for entry in entries
    ]
