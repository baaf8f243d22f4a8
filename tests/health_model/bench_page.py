"""The health page at two sizes: how large it is, how long it takes to write, to open, to sort and to filter.

Prints one Markdown table. Opening is measured by the browser itself, from the beginning of the navigation until the
page is drawn; sorting and filtering until the browser has painted again.
"""

import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from oseberg.health_model import write_report
from tests.browser import evaluate
from tests.health_model.helpers import LAST, MODEL

PEERS: list[str] = []
SIZES = ((7_000, 9_400, 17, 3.0), (2_000, 60_000, 52, 8.0))  # companies, users, weeks, goal in MB
KEPT = 13  # weeks of users' scores, as the command reads them

MEASURE = """(async () => {
  const painted = () => new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
  while (document.readyState !== "complete" || by("portfolio").hidden) await new Promise((go) => setTimeout(go, 5));
  await painted();
  const times = { open: performance.now() };
  const timed = async (name, act) => {
    const from = performance.now();
    act();
    await painted();
    times[name] = performance.now() - from;
  };
  const enter = (id, value) => {
    by(id).value = value;
    by(id).dispatchEvent(new Event("input"));
  };
  const heads = by("accounts").tHead.rows[0].cells;
  await timed("sort by name", () => heads[0].firstChild.click());
  await timed("sort by score", () => heads[7].firstChild.click());
  await timed("filter companies", () => enter("find", "company 12"));
  await timed("list all users", () => enter("state", ""));
  await timed("filter users", () => enter("who", "user 77"));
  await timed("list past alarms", () => enter("outcome", "1"));
  await timed("compare two weeks", () => enter("from-week", "1"));
  return times;
})()"""


@dataclass(frozen=True)
class World:
    """What `write_report` is given."""

    companies: pd.DataFrame
    users: pd.DataFrame
    contributions: pd.DataFrame
    metric_sums: pd.DataFrame


def make_world(companies: int, people: int, weeks: int) -> World:
    """Make companies whose users are of every kind, a third of them idle; the latest two weeks have their metrics."""
    random = np.random.default_rng(7)
    ids = np.arange(people)
    group = random.integers(1, companies + 1, people)
    skill = np.where(random.random(people) < 1 / 3, 0.0, random.beta(1.5, 2, people))
    lines, users = [], []
    for back in range(KEPT):
        week = LAST - timedelta(weeks=back)
        kept = np.clip(skill * random.uniform(0.7, 1.3, people), 0, 1)
        if back < 2:
            lines.append(contributions_of(ids, kept, random).assign(week=week))
            score = lines[-1].groupby("user_id")["contribution"].sum().reindex(ids, fill_value=0.0).round(2).to_numpy()
        else:
            score = (60 * kept).round(2)
        columns = {"user_id": ids, "group_id": group, "week": week, "score": score, "active": kept > 0}
        users.append(pd.DataFrame(columns))
    frame = pd.concat(users)
    frame = frame.assign(
        passive_only=~frame["active"] & (frame["user_id"] % 2 == 0),
        name="User " + frame["user_id"].astype(str),
        email="user" + frame["user_id"].astype(str) + "@company" + frame["group_id"].astype(str) + ".example",
        username=None,
        job_type=np.array(["Landman", "Geologist", "Engineer", "Analyst"])[frame["user_id"] % 4],
        since=np.datetime64("2024-01-01") + frame["user_id"].to_numpy() % 1000,
    )
    weekly = random.uniform(20, 60, (KEPT, len(MODEL.metrics))) * people / 30
    sums = pd.DataFrame(weekly, index=[LAST - timedelta(weeks=back) for back in range(KEPT)])
    sums = sums.set_axis([metric.id for metric in MODEL.metrics], axis=1).rename_axis("week").reset_index()
    parts = pd.concat(lines).astype({"metric": "category"})
    sums = sums.melt("week", var_name="metric", value_name="contribution")
    return World(companies_of(group, skill, companies, weeks, random), frame, parts, sums)


def contributions_of(ids: np.ndarray, skill: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    """Make the 30 metrics of the active users of a week."""
    active = np.flatnonzero(skill)
    total = sum(metric.weight for metric in MODEL.metrics)
    parts = []
    for metric in MODEL.metrics:
        used = random.random(len(active)) < skill[active]
        value = np.where(used, random.geometric(0.2, len(active)), 0).astype(float)
        value = np.minimum(value, 10) / 10 if metric.kind == "percentage" else value
        points = np.minimum(value, 9) / 10 if metric.kind == "continuous" else np.minimum(value, 1)
        part = {"user_id": ids[active], "metric": metric.id, "value": value, "points": points, "weight": metric.weight}
        parts.append(pd.DataFrame({**part, "contribution": 100 * metric.weight * points / total}))
    return pd.concat(parts)


def companies_of(
    group: np.ndarray, skill: np.ndarray, companies: int, weeks: int, random: np.random.Generator
) -> pd.DataFrame:
    """Make the companies' weeks, with money, owners and renewals."""
    known = np.unique(group)
    users = np.bincount(group, minlength=companies + 1)[known]
    active = np.bincount(group[skill > 0], minlength=companies + 1)[known]
    level = 60 * np.bincount(group, weights=skill, minlength=companies + 1)[known] / users
    parts = []
    for back in range(weeks):
        score = (level * random.uniform(0.6, 1.4, len(known))).round(2)
        share = active / users
        mean = np.divide(score, share, out=np.full(len(known), np.nan), where=share > 0)
        columns = {"group_id": known, "week": LAST - timedelta(weeks=back), "users": users, "active_users": active}
        columns |= {"score": score, "adoption": share, "active_score": mean, "passive_points": 0.0, "core_score": score}
        parts.append(pd.DataFrame({**columns, "concentration": 0.4, "passive_share": 0.1}))
    return pd.concat(parts).assign(
        group_name=lambda frame: "Company " + frame["group_id"].astype(str),
        group_type=lambda frame: np.where(frame["group_id"] % 3, "SMB", "Enterprise"),
        arr=lambda frame: 1000.0 * (1 + frame["group_id"] % 97),
        currency="USD",
        owner=lambda frame: "Owner " + (frame["group_id"] % 12).astype(str),
        renewal_on="2027-03-01",
    )


def measure(page: Path) -> dict[str, float]:
    """Open a page in a browser, sort, filter and compare; return the seconds of each."""
    return {name: milliseconds / 1000 for name, milliseconds in evaluate(page, MEASURE).items()}


def main() -> None:
    """Write the pages, open them, print."""
    sizes = " | ".join(f"{groups:,} companies, {people:,} users, {weeks} weeks" for groups, people, weeks, _ in SIZES)
    print(f"| health page | {sizes} | goal |")
    print("| --- | --- | --- | --- |")
    rows: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for companies, people, weeks, _ in SIZES:
            world, page = make_world(companies, people, weeks), Path(folder) / f"{companies}.html"
            start = time.process_time()
            write_report(page, **vars(world), model=MODEL)
            rows.setdefault("write, processor s", []).append(f"{time.process_time() - start:.2f}")
            rows.setdefault("size, MB", []).append(f"{page.stat().st_size / 1e6:.2f}")
            for name, seconds in measure(page).items():
                rows.setdefault(f"{name}, s", []).append(f"{seconds:.2f}")
    goals = {"size, MB": "3 and 8", "write, processor s": "5", "open, s": "2"}
    for name, cells in rows.items():
        print(f"| {name} | {' | '.join(cells)} | at most {goals.get(name, '0.2')} |")


if __name__ == "__main__":
    sys.exit(main())
