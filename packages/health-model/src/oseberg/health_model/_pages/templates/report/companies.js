// A company's page: its chart, what moved it, its users.

function accountLink(data, place) {
  return place >= 0 ? make("a", { href: data.accounts.link[place] }, data.accounts.name[place]) : "no company";
}

const series = (data, name, place) => data.weeks.map((_, week) => data[name][week * data.count + place]);

function spark(data, place) {
  const [width, height, edge] = [120, 28, 2];
  const scores = series(data, "scores", place);
  const step = (width - 2 * edge) / Math.max(scores.length - 1, 1);
  const y = (cents) => (height - edge - ((height - 2 * edge) * cents) / data.peak).toFixed(1);
  const low = { x1: 0, x2: width, y1: y(data.threshold), y2: y(data.threshold) };
  const known = scores.filter((cents) => cents >= 0);
  const label = `${many(known.length, "week")}, from ${points(known[0])} to ${points(known.at(-1))}`;
  return make("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, make("line", low), ...lines(scores, (week) => edge + step * week, y));
}

// Draw a line with a gap where a week has no score.
function lines(scores, x, y) {
  const runs = [[]];
  scores.forEach((cents, week) => (cents < 0 ? runs.push([]) : runs.at(-1).push(`${x(week).toFixed(1)},${y(cents)}`)));
  const drawn = runs.filter((run) => run.length > 1).map((run) => make("polyline", { points: run.join(" ") }));
  const last = scores.findLastIndex((cents) => cents >= 0);
  return last < 0 ? drawn : [...drawn, make("circle", { cx: x(last).toFixed(1), cy: y(scores[last]), r: 2 })];
}

function chart(data, place) {
  const [width, height, left, right, bottom, top] = [720, 220, 36, 24, 28, 10];
  const scores = series(data, "scores", place);
  const most = 1000 * Math.ceil(Math.max(...scores, data.threshold, 1000) / 1000);
  const step = (width - left - right) / Math.max(scores.length - 1, 1);
  const x = (week) => left + step * week;
  const y = (cents) => (height - bottom - ((height - bottom - top) * cents) / most).toFixed(1);
  const parts = [];
  for (const week of data.lost) parts.push(make("rect", { class: "gap", x: Math.max(left, x(week) - step / 2), y: top, width: step, height: height - top - bottom }));
  for (let tick = 0; tick <= 4; tick++) {
    const at = (most * tick) / 4;
    parts.push(make("line", { class: "grid", x1: left, x2: width - right, y1: y(at), y2: y(at) }), make("text", { class: "left", x: left - 6, y: Number(y(at)) + 4 }, `${at / 100}`));
  }
  const every = Math.max(1, Math.ceil(scores.length / 6));
  for (let week = (scores.length - 1) % every; week < scores.length; week += every) parts.push(make("text", { class: "date", x: x(week), y: height - 8 }, spelled(data.weeks[week]).slice(0, -5)));
  data.rulers.forEach((ruler, week) => { if (week && ruler >= 0 && data.rulers[week - 1] >= 0 && ruler !== data.rulers[week - 1]) parts.push(make("line", { class: "fell", x1: x(week - 0.5), x2: x(week - 0.5), y1: top, y2: height - bottom })); });
  parts.push(make("line", { class: "threshold", x1: left, x2: width - right, y1: y(data.threshold), y2: y(data.threshold) }));
  return make("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Scores of ${many(scores.length, "week")}; the table has the numbers.` }, ...parts, ...lines(scores, x, y));
}

function heading(text, ...more) {
  const back = make("p", {}, make("a", { href: "#" }, "← All companies"));
  return [back, make("h2", { tabindex: "-1" }, text, ...more)];
}

function tiles(facts) {
  return make("dl", { class: "tiles" }, ...facts.map(([name, value, note]) => make("div", {}, make("dt", {}, name), make("dd", {}, value + " ", make("small", {}, note)))));
}

function weekRows(data, place) {
  const [scores, users, active, means] = ["scores", "users", "active", "means"].map((name) => series(data, name, place));
  const rows = [];
  data.weeks.forEach((iso, week) => {
    const lost = data.lost.includes(week);
    if (scores[week] < 0 && !lost) return;
    const mark = lost ? "not tracked" : scores[week] <= data.threshold ? "low" : "";
    const ruler = week && data.rulers[week] !== data.rulers[week - 1] && data.rulers[week] >= 0 && data.rulers[week - 1] >= 0 ? "new reference" : "";
    rows.unshift(make("tr", {}, make("th", { scope: "row", class: "nb" }, spelled(iso)), number(points(scores[week])), number(scores[week] < 0 ? "–" : `${active[week]} of ${users[week]}`), number(points(means[week])), make("td", {}, [mark, ruler].filter(Boolean).join(", "))));
  });
  return rows;
}

// The six metrics that moved a score most, and all others together: they add up to its change.
function movers(data, place) {
  const count = data.metrics.length;
  const moved = [...data.moves.subarray(place * count, (place + 1) * count)];
  const order = [...moved.keys()].filter((metric) => moved[metric]).sort((a, b) => Math.abs(moved[b]) - Math.abs(moved[a]));
  const rest = order.slice(6).reduce((sum, metric) => sum + moved[metric], 0);
  const rows = order.slice(0, 6).map((metric) => [data.metrics[metric][1], moved[metric]]);
  return (rest ? [...rows, ["All other metrics", rest]] : rows).map(([name, cents]) => make("tr", {}, make("th", { scope: "row" }, name), number(change(cents))));
}

function accountPage(data, place) {
  const { accounts } = data;
  const latest = (name) => series(data, name, place)[data.last];
  const users = data.ranked.filter((who) => data.person_company[who] === place).map((who) => person(data, who));
  users.sort((a, b) => Math.abs(b.change ?? 0) - Math.abs(a.change ?? 0) || b.scores.at(-1) - a.scores.at(-1));
  const list = data.lists[data.list[place]];
  const badge = list ? [" ", make("span", { class: "badge" }, list)] : data.urgent[place] ? [" ", make("span", { class: "badge" }, "needs attention")] : [];
  const facts = [accounts.type[place], accounts.owner[place] && `owner ${accounts.owner[place]}`, accounts.money[place] && `${accounts.money[place]} ARR`, accounts.renewal[place] && `renewal ${accounts.renewal[place]}`, accounts.salesforce_id[place]].filter(Boolean);
  const [active, licensed, mail] = [latest("active"), latest("users"), data.mail[place]];
  const extra = data.extra[place] > 0 ? ` + ${points(data.extra[place])} of the inactive` : "";
  const sum = active > 0 ? [make("p", {}, `${points(latest("scores"))} = ${active}/${licensed} active × ${points(latest("means"))}${extra}`)] : [];
  const moves = movers(data, place);
  const alarms = alarmRows(data, place);
  const notes = (data.notes[place] ?? []).map(([date, author, note]) => make("tr", {}, make("th", { scope: "row", class: "nb" }, date), make("td", {}, author), make("td", {}, note)));
  return make("article", {}, ...heading(accounts.name[place], ...badge), ...(facts.length ? [make("p", { class: "sub" }, facts.join(" · "))] : []),
    make("p", { class: "lead" }, accounts.said[place]),
    tiles([["Score", points(latest("scores")), `${change(data.change[place])} since the week before`], ["Active users", `${active} of ${licensed}`, `${licensed - active} licenses unused`],
      ["Mean of the active", points(latest("means")), `of at most ${data.attainable.toFixed(2)}`], ["Mean of the core", points(data.core[place]), "top 5 users, or top fifth"],
      ["Top user's share", percent(data.top[place]), "of all points"], ["Automatic mail only", String(mail), `and ${licensed - active - mail} without any`]]), ...sum,
    ...(notes.length ? [make("h3", {}, "Notes"), table("The newest first.", ["Date", " Author", " Note"], notes, "cards")] : []),
    make("h3", {}, "Week by week"), chart(data, place),
    make("div", { class: "pair" },
      make("div", {}, make("h3", {}, "What moved the score since the week before"),
        moves.length ? table("Points of the company's score.", ["Metric", "Points"], moves) : make("p", { class: "quiet" }, data.compared ? "No metric moved it, or there is no week before to compare with." : "The week before has a different reference, so the two are not compared.")),
      make("div", {}, make("h3", {}, "The numbers"), table("Each week from its Monday.", ["Week", "Score", "Active", "Their mean", " Note"], weekRows(data, place), "weeks"))),
    ...(alarms.length ? [make("h3", {}, "Alarms, and what became of them"), table("3 of 4 weeks low.", ["Since", " Outcome"], alarms, "narrow")] : []),
    make("h3", {}, "Users"), userTable(data, users, "Those who moved the score most come first; each week named by its Monday.", false));
}
