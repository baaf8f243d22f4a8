"""The standard record as plain data: its keys and their order are those of the models that define it."""

from __future__ import annotations

from typing import Any

from oseberg.maze_authority import IndexRecord, Legal, Reference

Record = dict[str, Any]
Tract = dict[str, Any]

RECORD: Record = {
    name: None if field.is_required() else field.get_default(call_default_factory=True)
    for name, field in IndexRecord.model_fields.items()
}
"""A record of a row that says nothing."""

TRACT: Tract = dict.fromkeys(Legal.model_fields)
REFERENCE: dict[str, str | None] = dict.fromkeys(Reference.model_fields)
