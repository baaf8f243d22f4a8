"""The option `schema=`: the columns and types that a result must have, from types, a report, a frame or a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from oseberg.mixpanel_export._atomic import write_text
from oseberg.mixpanel_export._columns.widen import TYPES, join
from oseberg.mixpanel_export._frame.names import FIXED
from oseberg.mixpanel_export._report import Report
from oseberg.mixpanel_export.errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

# Types by raw property name, an earlier report or frame, or the path of a Parquet or JSON file.
SchemaSource: TypeAlias = "Mapping[str, Any] | Report | pd.DataFrame | Path | str"

STAMPS = ("mp_processing_time_ms", "$mp_api_timestamp_ms")
HOW = "schema must map property names to types, for example {'plan': 'string'}"
# Keys of a frame's attributes and of a Parquet file's metadata; the last ones are the double columns that also hold
# integers, which `concat` needs to spell their numbers.
NAMES, KINDS, INTEGERS, REPORT = "mixpanel_names", "mixpanel_types", "mixpanel_integers", "mixpanel_report"


@dataclass(frozen=True)
class Schema:
    """The columns that a result has at least.

    Attributes:
        types: Raw property name -> type.
    """

    types: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, source: SchemaSource | None) -> Self:
        """Read the user's value of `schema=`.

        Args:
            source: Types by raw property name, a report, a frame, or the path of a Parquet or JSON file.

        Returns:
            The schema; empty for None.

        Raises:
            SchemaError: The source is something else, or one of its types is unknown.
        """
        if source is None:
            return cls()
        if isinstance(source, Path | str):
            return cls._of_file(Path(source))
        if isinstance(source, Report):
            return cls._checked(source.properties)
        if hasattr(source, "attrs") and hasattr(source, "dtypes"):
            return cls._of_attributes(source.attrs)
        if not isinstance(source, Mapping):
            raise SchemaError(f"{HOW}, not {source!r:.80}.")
        return cls._of_json(source)

    @classmethod
    def _of_file(cls, path: Path) -> Self:
        try:
            with path.open("rb") as file:
                if file.read(4) == b"PAR1":
                    return cls._of_parquet(pq.read_schema(path))
            content = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise SchemaError(f"schema: {path} can't be read ({error.strerror or error}).") from None
        except ValueError:
            raise SchemaError(
                f"schema: {path} is neither a Parquet file nor JSON. {HOW}; write_schema writes such a file."
            ) from None
        if not isinstance(content, Mapping):
            raise SchemaError(f"schema: {path} does not hold a JSON object. {HOW}.")
        return cls._of_json(content)

    @classmethod
    def _of_json(cls, content: Mapping[str, Any]) -> Self:
        """Read types by name, or a report, whose types are under `properties`."""
        inner = content.get("properties")
        return cls._checked(inner) if isinstance(inner, Mapping) else cls._checked(content)

    @classmethod
    def _of_attributes(cls, attributes: Mapping[Any, Any]) -> Self:
        """Read the notes that `export` and `normalize` leave in a frame."""
        if REPORT not in attributes:
            raise SchemaError(
                "schema: the frame was not made by export or normalize, nor read from one of their Parquet files."
            )
        properties = attributes[REPORT]["properties"]
        return cls._checked(properties)

    @classmethod
    def _of_parquet(cls, schema: pa.Schema) -> Self:
        """Read the notes in a Parquet file; a file of the first edition names its columns, but not their types."""
        metadata = {key.decode(): value for key, value in (schema.metadata or {}).items()}
        names = json.loads(metadata.get(NAMES, b"{}"))
        if KINDS in metadata:
            return cls._checked(json.loads(metadata[KINDS]))
        arrow = {str(kind): name for name, kind in TYPES.items() if name not in {"null", "json"}}
        raw = {written: name for name, written in names.items()}
        found = {raw.get(one.name, one.name): arrow.get(str(one.type)) for one in schema}
        return cls._checked({name: kind for name, kind in found.items() if kind and name not in FIXED})

    @classmethod
    def _checked(cls, types: Mapping[str, Any]) -> Self:
        """Reject types that no column has.

        Raises:
            SchemaError: A type is unknown, or the property is a leading column.
        """
        for name, wanted in types.items():
            if not isinstance(wanted, str) or wanted not in TYPES:
                raise SchemaError(
                    f"schema: {wanted!r} for {name!r} is not a type. Write bool, int64, double, string or json."
                )
            if name in FIXED and name not in {"event", *STAMPS}:
                raise SchemaError(f"schema: {name!r} is one of the leading columns, whose types are fixed. Omit it.")
        return cls(dict(types))


def joined_types(one: Schema, other: Schema) -> dict[str, str]:
    """Return the columns of two schemas, each in the type that both need."""
    types = dict(one.types)
    for name, kind in other.types.items():
        types[name] = join(types.get(name, "null"), kind)
    return types


def write_schema(path: Path | str, result: Report | pd.DataFrame | Mapping[str, str]) -> None:
    """Write the types of a result as a JSON file that `schema=` reads: one property a line, sorted by name.

    The file replaces an earlier one as a whole, and can be reviewed and kept in version control.

    Args:
        path: The file.
        result: A report, a frame, or types by raw property name.

    Raises:
        OSError: The file can't be written.
        SchemaError: The result is something else.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "schema.json")
        >>> write_schema(path, {"plan": "string", "acres": "double"})
        >>> print(path.read_text().strip())
        {
          "acres": "double",
          "plan": "string"
        }
    """
    types = dict(sorted(Schema.read(result).types.items()))
    write_text(path, json.dumps(types, ensure_ascii=False, indent=2) + "\n")
