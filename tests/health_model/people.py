"""Users and events for the tests, small and readable."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

WEEK = "2026-W46"
MONDAY = datetime(2026, 11, 9, 6, tzinfo=UTC)  # midnight in Chicago


def at(day: int = 0, hour: int = 10, minute: int = 0, second: int = 0) -> pd.Timestamp:
    """Give an instant of the week on Chicago's clock; day 0 is Monday."""
    return pd.Timestamp(MONDAY + timedelta(days=day, hours=hour, minutes=minute, seconds=second))


def events(*rows: dict) -> pd.DataFrame:
    """Make a frame of events; each row names user_id, event, time, and what else it has."""
    columns = dict.fromkeys(["user_id", "event", "time"]) | dict.fromkeys(key for item in rows for key in item)
    frame = pd.DataFrame(list(rows), columns=list(columns))
    return frame.astype({"user_id": "Int64", "time": "datetime64[us, UTC]"})


def row(user_id: int, event: str, time: pd.Timestamp | None = None, **properties: object) -> dict:
    return {"user_id": user_id, "event": event, "time": at() if time is None else time, **properties}


def users(count: int, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"user_id": pd.array(range(1, count + 1), dtype="Int64"), **columns})


def fleet(count: int = 400, seed: int = 7) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make a week of a fleet in which half of the users are idle on any metric, as in real life."""
    random = np.random.default_rng(seed)
    people = users(count, group_id=pd.array(np.arange(count) // 20, dtype="Int64"))
    names = ("Login", "Atla Query", "Layer Toggle", "Data Export", "Document View", "Dashboard View", "Sol Search")
    rows = []
    for name in names:
        amounts = np.where(random.random(count) < 0.5, random.geometric(0.15, count), 0)
        times = [at(int(random.integers(7)), int(random.integers(8, 18))) for _ in range(amounts.sum())]
        ids = np.repeat(people["user_id"], amounts)
        rows += [row(int(user_id), name, time) for user_id, time in zip(ids, times, strict=True)]
    return events(*rows), people
