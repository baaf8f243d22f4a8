"""Moments as texts, a column at a time: `2026-11-01T12:00:00.000Z`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from oseberg.mixpanel_export._read.zone import DAY, Milliseconds

WIDTH = len("2026-11-01T12:00:00.000Z")
PATTERN = np.frombuffer(b"0000-00-00T00:00:00.000Z", np.uint8)
# Where the parts of the time of day are, and how many of each make the next one.
PARTS = ((22, 10), (21, 10), (20, 10), (18, 10), (17, 6), (15, 10), (14, 6), (12, 10), (11, 10))
DATE = len("2026-11-01")


def iso_texts(moments: pa.Array) -> pa.Array:
    """Return timestamps in microseconds as ISO texts with milliseconds, null where there is none."""
    absent = np.asarray(moments.is_null())
    return texts_of(np.asarray(moments.cast(pa.int64()).fill_null(0)) // 1000, absent)


def texts_of(milliseconds: Milliseconds, absent: np.ndarray[Any, np.dtype[np.bool_]]) -> pa.Array:
    """Return milliseconds as ISO texts; arithmetic on whole columns takes a tenth of the time of formatting."""
    count = len(milliseconds)
    letters = np.tile(PATTERN, (count, 1))
    days, rest = milliseconds // DAY, milliseconds % DAY
    found, places = np.unique(days, return_inverse=True)
    dates = np.datetime_as_string(found.astype("datetime64[D]")).astype(f"S{DATE}")
    letters[:, :DATE] = dates.view(np.uint8).reshape(-1, DATE)[places.ravel()]
    for place, base in PARTS:
        rest, digits = np.divmod(rest, base)
        letters[:, place] += digits.astype(np.uint8)
    offsets = np.arange(count + 1, dtype=np.int32) * WIDTH
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(letters)]
    texts = pa.Array.from_buffers(pa.string(), count, buffers)
    if not absent.any():
        return texts
    valid = pa.py_buffer(np.packbits(~absent, bitorder="little"))
    return pa.Array.from_buffers(pa.string(), count, [valid, *buffers[1:]])
