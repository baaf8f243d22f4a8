"""Sinks that write lines: Mixpanel's own, and one JSON object per event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from oseberg.mixpanel_export._columns.batch import Batch
from oseberg.mixpanel_export._columns.columns import (
    BIG,
    BOOL,
    FLOAT,
    INT,
    MANY,
    NATIVE,
    TEXT,
    Column,
    float_texts,
)
from oseberg.mixpanel_export._columns.spread import Rows
from oseberg.mixpanel_export._columns.widen import as_strings
from oseberg.mixpanel_export._frame.names import FIXED
from oseberg.mixpanel_export._frame.schema import STAMPS
from oseberg.mixpanel_export._frame.table import Form
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
        """Add the lines of a day that are kept."""
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
        """Add the events that are kept: sorting the texts of all columns by event makes the lines."""
        every = np.arange(len(batch), dtype=np.int32)
        found, places = [], []
        for key, texts, rows in self.values(batch):
            filled = every if rows is None else rows
            places.append(filled[np.asarray(texts.is_valid())] if texts.null_count else filled)
            found.append(pc.binary_join_element_wise(key, texts.drop_null(), ""))
        found.append(pa.repeat("}\n", len(batch)))
        where = np.concatenate([*places, every])
        order = np.argsort(where.astype(np.uint16) if len(batch) < MANY else where, kind="stable")
        if not stay.all():
            order = order[stay[where[order]]]
        self.file.write(content_of(pa.concat_arrays(found).take(pa.array(order))))

    def values(self, batch: Batch) -> Iterator[tuple[str, pa.Array, Rows | None]]:
        """Yield the key of each column, the JSON text of each value, and the rows that they belong to."""
        yield '{"event":', quoted(batch.event), None
        for raw, fixed in self.form.columns()[1:]:
            key = f",{json.dumps(FIXED[raw] if fixed else self.form.names[raw], ensure_ascii=False)}:"
            if fixed and (raw == "time" or raw in STAMPS):
                moments, rows = self.form.typed(batch, raw, fixed=True)
                yield key, quoted(iso_texts(moments)), rows
            elif raw in batch.properties and batch.properties[raw].kinds:
                part = batch.properties[raw]
                texts = quoted(as_strings(part)) if fixed else spelled(part, as_text=raw in self.form.mixed)
                if raw in STAMPS:  # a column of its own holds what is not a moment
                    texts = pc.if_else(self.form.typed(batch, raw, fixed=True)[0].is_valid(), None, texts)
                yield key, texts, part.rows


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
