"""The reader of a draft, as source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.county_parsers._draft.source import py

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oseberg.county_parsers._draft.kinds import Kind
    from oseberg.county_parsers._draft.look import Seen


def reader_call(seen: Seen, kinds: Mapping[str, Kind], indent: str, used: set[str]) -> str:
    """Return the call of a reader.

    Args:
        seen: What the file looks like.
        kinds: Its kinds of rows.
        indent: The blanks in front of the line on which the call begins.
        used: Takes the names that the module imports.

    Returns:
        The source of the call.
    """
    (only, *_) = kinds.values()
    parts: list[str] = []
    if seen.form == "delimited":
        call = "Delimited"
        parts.append(f"encoding={py(seen.encoding)}")
        parts += [f"delimiter={py(seen.delimiter)}"] * (seen.delimiter != ",")
        parts += ["quotes=False"] * (not seen.quotes)
        parts += ["heading=False"] * (not seen.heading)
        parts += ["trailing_delimiter=True"] * seen.trailing
        parts += [f"none={py(seen.none)}"] * bool(seen.none)
        parts += [f'total=r"{seen.total}"'] * bool(seen.total)
        parts += ["rest=True"] * seen.rest
        parts.append(f"columns={py(only.columns)}")
    elif seen.form == "tagged":
        call = "Tagged"
        parts += [f"encoding={py(seen.encoding)}", f"delimiter={py(seen.delimiter)}"]
        inner = "".join(f"\n{indent}        {py(kind.name)}: {py(kind.columns)}," for kind in kinds.values())
        parts.append(f"records={{{inner}\n{indent}    }}")
    elif seen.form in {"fixed", "mainframe"}:
        call = "FixedWidth" if seen.form == "fixed" else "FixedLength"
        parts += [f"encoding={py(seen.encoding)}", f"{'width' if seen.form == 'fixed' else 'length'}={seen.width}"]
        tag = len(next(iter(kinds))) if len(kinds) > 1 else 0
        parts.append(f"tag=(1, {tag or 1})" if tag or seen.form == "fixed" else "tag=None")
        inner = "".join(
            f"\n{indent}        {py(kind.name)}: {py(dict(zip(kind.columns, seen.places[name], strict=True)))},"
            for name, kind in kinds.items()
        )
        parts.append(f"records={{{inner}\n{indent}    }}")
    elif seen.form == "sheet":
        call = "Sheet"
        days = [column for column, found in only.meanings.items() if found.layouts]
        parts += [f"sheet={py(seen.sheet)}", f"columns={py(only.columns)}"]
        parts += [f"days={py(days)}"] * bool(days)
    else:
        call = "JsonLines"
        parts.append(f"columns={py(only.columns)}")
    used.add(call)
    inner = "".join(f"\n{indent}    {part}," for part in parts)
    return f"{call}({inner}\n{indent})"
