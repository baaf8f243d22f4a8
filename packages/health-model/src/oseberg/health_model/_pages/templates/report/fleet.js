// Why the fleet's mean changed between any two weeks: by who came and went, by metric and by segment, exactly.

const FINE = 10000; // parts of a hundredth in which sums of metrics come
const MOST_MOVERS = 10; // metrics: all others together are one line

const halfUp = (sum, count) => Math.floor((2 * sum + count) / (2 * count));

// What took the fleet from one week to another; every part in hundredths, each list adding up to the change.
function between(fleet, first, later) {
  const { weeks, users, total, metrics, segments, pairs } = fleet;
  const [was, now] = [halfUp(total[first], users[first]), halfUp(total[later], users[later])];
  const moved = now - was;
  const [stayed, changed, gainStayed, gainChanged, before] = pairs[first * weeks.length - (first * (first + 1)) / 2 + later - first - 1];
  const both = stayed + changed || 1;
  const after = before + gainStayed + gainChanged;
  const parts = [gainStayed / both, gainChanged / both, total[later] / users[later] - after / both, before / both - total[first] / users[first]];
  const counts = [stayed, changed, users[later] - stayed - changed, users[first] - stayed - changed];
  const points = metrics[later].map((sum, metric) => (sum / users[later] - metrics[first][metric] / users[first]) / FINE);
  return {
    was, now, moved,
    movements: addingUp(parts, moved).map((cents, kind) => [["Stayed", "Changed company", "Joined", "Left"][kind], counts[kind], cents]),
    metrics: addingUp(points, moved),
    segments: Object.entries(segments).map(([name, segment]) => [name, bySegment(fleet, segment, first, later, moved)]).filter(([, rows]) => rows.length > 1),
  };
}

// A segment adds points by its own users' scores, and by its share of all users; see fleet_change.
function bySegment(fleet, { labels, count, total }, first, later, moved) {
  const at = (numbers, week, label) => numbers[week * labels.length + label];
  const kept = labels.map((_, label) => label).filter((label) => at(count, first, label) + at(count, later, label));
  const level = fleet.total[first] / fleet.users[first];
  const rows = kept.map((label) => {
    const [n0, n1, sum0, sum1] = [at(count, first, label), at(count, later, label), at(total, first, label), at(total, later, label)];
    const [share0, share1] = [n0 / fleet.users[first], n1 / fleet.users[later]];
    const mean = n1 ? sum1 / n1 : sum0 / n0;
    return { label: labels[label], n0, n1, sum0, sum1, own: n0 && n1 ? share0 * (sum1 / n1 - sum0 / n0) : 0, mix: (share1 - share0) * (mean - level) };
  });
  const cents = addingUp([...rows.map((row) => row.own), ...rows.map((row) => row.mix)], moved);
  return rows.map((row, place) => ({ ...row, own: cents[place], mix: cents[rows.length + place], points: cents[place] + cents[rows.length + place] }));
}

function showChange(data) {
  const { fleet } = data;
  const [first, later] = ["from-week", "to-week"].map((id) => Number(by(id).value)).sort((a, b) => a - b);
  if (first === later) return by("two-weeks").replaceChildren(make("p", { class: "quiet" }, "Choose two different weeks."));
  const found = between(fleet, first, later);
  const ruler = (week) => data.rulers[data.weeks.indexOf(fleet.weeks[week])];
  const other = ruler(first) !== ruler(later) ? [make("p", { class: "note" }, "The two weeks have different references: part of the change comes from the reference, not from the users.")] : [];
  const line = (name, ...cells) => make("tr", {}, make("th", { scope: "row" }, name), ...cells.map(number));
  const count = (value) => value.toLocaleString("en");
  const order = [...found.metrics.keys()].filter((metric) => found.metrics[metric]).sort((a, b) => Math.abs(found.metrics[b]) - Math.abs(found.metrics[a]));
  const rest = order.slice(MOST_MOVERS).reduce((sum, metric) => sum + found.metrics[metric], 0);
  const metrics = order.slice(0, MOST_MOVERS).map((metric) => line(data.metrics[metric][1], change(found.metrics[metric])));
  if (rest) metrics.push(line("All other metrics", change(rest)));
  const mean = (sum, users) => (users ? points(halfUp(sum, users)) : "–");
  const segments = found.segments.map(([name, rows]) => make("div", { class: "scroll" }, table(`By ${name.replaceAll("_", " ")}: its users' own scores, and its share of all users.`, ["Segment", "Users before", "Users", "Mean before", "Mean", "Own", "Share", "Points"],
    rows.map((row) => line(row.label, count(row.n0), count(row.n1), mean(row.sum0, row.n0), mean(row.sum1, row.n1), change(row.own), change(row.mix), change(row.points))))));
  by("two-weeks").replaceChildren(
    make("p", { class: "lead" }, `${change(found.moved)} from ${points(found.was)} in the week from ${spelled(fleet.weeks[first])} to ${points(found.now)} in the week from ${spelled(fleet.weeks[later])}.`), ...other,
    make("div", { class: "pair" },
      table(`By who came and went. Each table adds up to ${change(found.moved)}.`, ["Users who", "Users", "Points"], found.movements.map(([name, users, cents]) => line(name, count(users), change(cents)))),
      table("By metric, the largest part first.", ["Metric", "Points"], metrics.length ? metrics : [line("No metric moved.", change(0))])),
    ...segments);
}

function offerWeeks(data) {
  const { weeks } = data.fleet;
  by("compare").hidden = weeks.length < 2;
  if (weeks.length < 2) return;
  for (const [id, chosen] of [["from-week", 0], ["to-week", weeks.length - 1]]) {
    by(id).append(...weeks.map((week, place) => make("option", { value: place, ...(place === chosen ? { selected: "" } : {}) }, spelled(week))).reverse());
    by(id).addEventListener("input", () => showChange(data));
  }
  showChange(data);
}
