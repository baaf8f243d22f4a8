"""Sinks that write lines: Mixpanel's own, and one JSON object per event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from oseberg.mixpanel_export._frame.batch import Batch
from oseberg.mixpanel_export._frame.columns import BIG, BOOL, FLOAT, INT, NATIVE, TEXT, Column, float_texts
from oseberg.mixpanel_export._frame.names import FIXED
from oseberg.mixpanel_export._frame.schema import STAMPS
from oseberg.mixpanel_export._frame.table import Form
from oseberg.mixpanel_export._frame.widen import as_strings
from oseberg.mixpanel_export._read.block import Block
from oseberg.mixpanel_export._read.zone import Mask
from oseberg.mixpanel_export._write.iso import iso_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SPACE, QUOTE, BACKSLASH = b' "\\'


class RawLines:
    """Mixpanel's lines, byte for byte."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def write(self, blocks: Iterable[bytes], keep: Mask) -> None:
        """Add the lines of a day that stay."""
        start = 0
        for content in blocks:
            block = Block(content)
            stay = keep[start : start + len(block)]
            start += len(block)
            if stay.all():
                self.file.write(content)
                self.file.write(b"\n")
            else:
                self.file.writelines(block.line(row) + b"\n" for row in np.flatnonzero(stay).tolist())


class JsonLines:
    """One JSON object per event: leading columns that have a value, then the properties that the event has.

    Times are in ISO form (UTC) and ids are strings, as in the other formats. In a column of strings, numbers and
    booleans are strings too; objects and lists are JSON everywhere. `NaN` is null, since JSON has no such value.
    """

    def __init__(self, file: BinaryIO, form: Form) -> None:
        self.file, self.form = file, form

    def write(self, batch: Batch, stay: Mask) -> None:
        """Add the events that stay; each line is joined from the texts of its columns, all lines at once."""
        pieces: list[Any] = ['{"event":']
        for raw, fixed in self.form.columns():
            written = FIXED[raw] if fixed else self.form.names[raw]
            for key, values in self.values(batch, raw, written, fixed=fixed):
                if values.null_count:
                    pieces.append(pc.binary_join_element_wise(key, values, ""))  # missing as a whole
                else:
                    pieces += [key, values]
        lines = pc.binary_join_element_wise(*pieces, "}\n", "", null_handling="skip")
        if not stay.all():
            lines = lines.filter(pa.array(stay))
        for part in lines.chunks if isinstance(lines, pa.ChunkedArray) else [lines]:
            self.file.write(content_of(part))

    def values(self, batch: Batch, raw: str, written: str, *, fixed: bool) -> Iterator[tuple[str, pa.Array]]:
        """Yield the key of a column and the JSON text of each value, if it has any."""
        key = f",{json.dumps(written, ensure_ascii=False)}:"
        if fixed and raw == "event":
            yield "", quoted(batch.event)
            return
        if fixed and (raw == "time" or raw in STAMPS):
            array, rows = self.form.typed(batch, raw, fixed=True)
            texts = quoted(iso_texts(Column(TEXT, array, rows).dense(len(batch))))
        elif raw in batch.properties and batch.properties[raw].kinds:
            part = batch.properties[raw]
            text = fixed or raw in self.form.mixed
            own = quoted(as_strings(part)) if fixed else spelled(part, as_text=text)
            texts = Column(TEXT, own, part.rows).dense(len(batch))
            if raw in STAMPS:  # a column of its own holds what is not a moment
                moments, rows = self.form.typed(batch, raw, fixed=True)
                texts = pc.if_else(Column(TEXT, moments, rows).dense(len(batch)).is_valid(), None, texts)
        else:
            return
        if texts.null_count < len(texts):
            yield key, texts


def spelled(part: Column, *, as_text: bool) -> pa.Array:
    """Return the JSON text of each value of a column.

    Args:
        part: The column.
        as_text: Whether numbers and booleans are strings, as in a column that also holds strings.

    Returns:
        The texts, null where the value is missing.
    """
    kinds = part.kinds
    if kinds == TEXT:
        return quoted(part.array)
    if kinds in NATIVE:
        if as_text:
            return quoted(as_strings(part))
        return floats(part.array) if kinds == FLOAT else part.array.cast(pa.string())
    return pa.array([value_text(text, kinds, as_text=as_text) for text in part.array.to_pylist()], pa.string())


def value_text(text: str | None, kinds: int, *, as_text: bool) -> str | None:
    """Return the JSON text of one value of a column of several kinds, which is JSON text already, or nearly."""
    if text is None or text[:1] in {'"', "{", "["}:
        return text if text is None or not has_nan(text) else orjson.dumps(text).decode()
    if text in {"NaN", "Infinity", "-Infinity"}:
        return orjson.dumps(text).decode() if as_text else "null"
    scalars = kinds & (BOOL | INT | FLOAT | BIG)
    return orjson.dumps(text).decode() if as_text and scalars else text


def has_nan(text: str) -> bool:
    """Whether the text of an object or a list holds `NaN`, which only the lenient reader reads."""
    if text[:1] == '"' or not ("NaN" in text or "Infinity" in text):
        return False
    try:
        orjson.loads(text)
    except ValueError:
        return True
    return False


def floats(array: pa.Array) -> pa.Array:
    """Return doubles as JSON spells them, `NaN` as null."""
    texts = float_texts(array)
    return texts if pc.all(pc.is_finite(array)).as_py() else pc.if_else(pc.is_finite(array), texts, "null")


def quoted(array: pa.Array) -> pa.Array:
    """Return texts as JSON strings."""
    if needs_escapes(array):
        dictionary = array.dictionary_encode()
        known = [orjson.dumps(text).decode() for text in dictionary.dictionary.to_pylist()]
        return pa.array(known, pa.string()).take(dictionary.indices)
    return pc.binary_join_element_wise('"', array, '"', "")


def needs_escapes(array: pa.Array) -> bool:
    """Whether a text holds a quote, a backslash or a control character."""
    letters = np.frombuffer(content_of(array), np.uint8)
    return bool(len(letters) and (letters.min() < SPACE or (letters == QUOTE).any() or (letters == BACKSLASH).any()))


def content_of(array: pa.Array) -> memoryview:
    """Return all texts of an array, one after the other, as they are in memory."""
    _, offsets, content = array.buffers()
    if content is None or offsets is None or not len(array):
        return memoryview(b"")
    start, end = np.frombuffer(offsets, np.int32)[[array.offset, array.offset + len(array)]].tolist()
    return memoryview(content)[start:end]
