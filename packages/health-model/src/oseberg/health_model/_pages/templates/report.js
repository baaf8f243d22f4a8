"use strict";
const MOST = 100; // rows listed at once: more are one click away, and the page stays quick
const PRINTED = 2000; // rows that are printed
const UNKNOWN = -2147483648;
const TITLE = document.title;
const LETTERS = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const by = (id) => document.getElementById(id);

// Elements; children are elements or text, never markup: names are hostile input.
function make(name, attributes = {}, ...children) {
  const svg = ["svg", "line", "polyline", "circle", "rect", "text"].includes(name);
  const element = svg ? document.createElementNS(document.querySelector("svg").namespaceURI, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const number = (text) => make("td", { class: "n" }, text);
const many = (count, word, words = `${word}s`) => `${count.toLocaleString("en")} ${count === 1 ? word : words}`;

// Headings of numbers are on the right, except the first one and those that begin with a blank.
function table(caption, headings, rows, classes = "", past = []) {
  const alignment = (text, place) => (place && text[0] !== " " ? "n" : "") + (past.includes(text) ? " past" : "");
  const cells = headings.map((text, place) => make("th", { scope: "col", class: alignment(text, place) }, text.trim()));
  return make("table", { class: classes }, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...cells)), make("tbody", {}, ...rows));
}

// Points come as hundredths; a negative score or the smallest number is an unknown one.
const points = (cents) => (cents === null || cents < 0 ? "–" : (cents / 100).toFixed(2));
const change = (cents) => (cents === null || cents === UNKNOWN ? "–" : cents ? (cents > 0 ? "+" : "−") + (Math.abs(cents) / 100).toFixed(2) : "0.00");
const percent = (share) => (share < 0 ? "–" : `${share} %`);
const spelled = (iso) => new Date(`${iso}T12:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).replace("Sept", "Sep");

// ------------------------------------------------------------------------------------------------- users

function person(data, place) {
  const [id, name, contact, role] = data.people.map((column) => column[place]);
  const width = data.shown.length;
  const scores = [...data.person_scores.subarray(place * width, (place + 1) * width)].map((cents) => (cents < 0 ? null : cents));
  const [last, past] = [scores.at(-1), scores.at(-2)];
  const compared = data.compared && past !== null;
  return { place, id, name, contact, role, scores, account: data.person_company[place], state: data.person_state[place], lasting: data.person_lasting[place], change: compared ? last - past : null };
}

const userLink = (id) => `#user-${encodeURIComponent(id)}`;
const lasting = (data, user) => data.states[user.state] + (user.state && user.lasting > 1 ? ` for ${user.lasting} weeks${user.lasting >= data.known ? " or more" : ""}` : "");

function userTable(data, users, caption, withAccount) {
  const headings = ["User", ...(withAccount ? [" Company"] : []), " This week", ...data.shown, "Change"];
  const rows = users.map((user) => make("tr", {},
    make("th", { scope: "row" }, make("a", { href: userLink(user.id) }, user.name)),
    ...(withAccount ? [make("td", {}, accountLink(data, user.account))] : []),
    make("td", {}, lasting(data, user)),
    ...user.scores.map((score, place) => make("td", place + 1 < user.scores.length ? { class: "n past" } : { class: "n strong", "data-label": "Score" }, points(score))),
    make("td", { class: "n", "data-label": "Change" }, change(user.change))));
  return table(caption, headings, rows, "cards", data.shown.slice(0, -1));
}

// Round numbers (in hundredths) so that they add up to a total: down, then the largest remainders up.
function addingUp(values, total) {
  const exact = values.map((value) => Math.round(value * 1e9) / 1e9);
  const floors = exact.map(Math.floor);
  const missing = total - floors.reduce((sum, value) => sum + value, 0);
  const order = [...exact.keys()].sort((a, b) => Math.round((floors[a] - exact[a] - floors[b] + exact[b]) * 1e9) || a - b);
  for (const place of order.slice(0, missing)) floors[place] += 1;
  return floors;
}

// What each metric gives a user: 100 x weight x points / the sum of the weights.
function shares(data, array, place) {
  const answers = data.metrics.map((_, metric) => data.answers[metric][array[metric * data.people[0].length + place]]);
  const total = answers.reduce((sum, [, , weight]) => sum + weight, 0) || 1;
  return answers.map(([words, share, weight], metric) => ({ words, cents: (10000 * weight * share) / 1e9 / total, most: Math.round((10000 * weight * (data.metrics[metric][2] ? 0.9 : 1)) / total) }));
}

function userPage(data, user) {
  const facts = make("p", { class: "lead" }, accountLink(data, user.account), ...[user.contact, user.role, lasting(data, user)].filter(Boolean).map((text) => ` · ${text}`));
  const weeks = table("Each week named by its Monday.", data.shown.map((week) => ` ${week}`), [make("tr", {}, ...user.scores.map((score) => make("td", { class: "nb" }, points(score))))], "narrow");
  const parts = [...heading(user.name), facts, make("h3", {}, "Weeks side by side"), weeks, make("h3", {}, "What the score is made of")];
  if (!data.has_points[user.place]) return make("article", {}, ...parts, make("p", {}, "No points this week, nor the week before."));
  const [now, before] = [shares(data, data.said, user.place), shares(data, data.said_before, user.place)];
  const compared = user.change !== null;
  const cents = addingUp(now.map((part) => part.cents), user.scores.at(-1));
  const moved = compared ? addingUp(now.map((part, metric) => part.cents - before[metric].cents), user.change) : [];
  const line = (metric) => make("tr", {}, make("th", { scope: "row" }, data.metrics[metric][1]), make("td", {}, now[metric].words),
    make("td", { class: "n strong", "data-label": "Points" }, points(cents[metric])), make("td", { class: "n", "data-label": "At most" }, points(now[metric].most)),
    ...(compared ? [make("td", { class: "n", "data-label": "Change" }, change(moved[metric]))] : []));
  const order = [...now.keys()].sort((a, b) => cents[b] - cents[a] || now[b].most - now[a].most);
  const list = table("The most points first. They add up to the score.", ["Question", " Answer", "Points", "At most", ...(compared ? ["Change"] : [])], order.map(line), "cards");
  const sum = [make("th", { scope: "row", colspan: 2 }, "Score"), number(points(user.scores.at(-1))), number(""), ...(compared ? [number(change(user.change))] : [])];
  list.append(make("tfoot", {}, make("tr", {}, ...sum)));
  return make("article", {}, ...parts, list);
}

function listUsers(data) {
  const [state, wanted] = [by("state").value, by("who").value.trim().toLowerCase()];
  const [, names, contacts] = data.people;
  const text = (place) => `${names[place]} ${contacts[place]} ${data.accounts.name[data.person_company[place]] ?? ""}`.toLowerCase();
  const found = data.ranked.filter((place) => (!state || data.person_state[place] === Number(state)) && (!wanted || text(place).includes(wanted)));
  const shown = found.slice(0, MOST).map((place) => person(data, place));
  by("count").textContent = `${many(found.length, "user")}${found.length > MOST ? `, the first ${MOST} are shown` : ""}.`;
  by("list").replaceChildren(...(shown.length ? [userTable(data, shown, "Each week named by its Monday. Choose a user to see what the score is made of.", true)] : []));
}

// ---------------------------------------------------------------------------------------------- accounts

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
    if (scores[week] < 0) return;
    const mark = data.lost.includes(week) ? "not tracked" : scores[week] <= data.threshold ? "low" : "";
    const ruler = week && data.rulers[week] !== data.rulers[week - 1] && data.rulers[week] >= 0 && data.rulers[week - 1] >= 0 ? "new reference" : "";
    rows.unshift(make("tr", {}, make("th", { scope: "row", class: "nb" }, spelled(iso)), number(points(scores[week])), number(`${active[week]} of ${users[week]}`), number(points(means[week])), make("td", {}, [mark, ruler].filter(Boolean).join(", "))));
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

function alarmRows(data, place) {
  return (data.alarms[place] ?? []).map(([first, after]) => make("tr", {}, make("th", { scope: "row", class: "nb" }, spelled(data.weeks[first])), make("td", {}, after < 0 ? "still low" : `recovered in the week from ${spelled(data.weeks[after])}`))).reverse();
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
        moves.length ? table("Points of the company's score.", ["Metric", "Points"], moves) : make("p", { class: "quiet" }, data.compared ? "No metric moved it, or there is no week before to compare with." : "The week before has another reference; the two are not compared.")),
      make("div", {}, make("h3", {}, "The numbers"), table("Each week from its Monday.", ["Week", "Score", "Active", "Their mean", " Note"], weekRows(data, place), "weeks"))),
    ...(alarms.length ? [make("h3", {}, "Alarms, and what became of them"), table("3 of 4 weeks low.", ["Since", " Outcome"], alarms, "narrow")] : []),
    make("h3", {}, "Users"), userTable(data, users, "Who moved the score most comes first; each week named by its Monday.", false));
}

// The table of all companies is an order of places: a hundred rows of it are drawn.
function columns(data) {
  const { accounts } = data;
  const week = (place, back) => data.scores[(data.last - back) * data.count + place] ?? -1;
  const lost = (back) => data.lost.includes(data.last - back);
  const score = (place, back) => {
    const cents = week(place, back);
    const text = cents >= 0 && cents <= data.threshold && !lost(back) ? make("span", { class: "low" }, points(cents)) : points(cents);
    return make("td", back ? { class: "n past" } : { class: "n strong", "data-label": "Score" }, text);
  };
  const weeks = data.shown.map((head, place) => ({ head, number: true, past: place + 1 < data.shown.length, value: (at) => week(at, data.shown.length - 1 - place), cell: (at) => score(at, data.shown.length - 1 - place) }));
  const label = (text, name) => make("td", { class: "n", "data-label": name }, text);
  const badge = (place) => (data.lists[data.list[place]] ? [" ", make("span", { class: "badge" }, data.lists[data.list[place]])] : []);
  return [
    { head: "Company", value: (at) => accounts.name[at], cell: (at) => make("th", { scope: "row" }, accountLink(data, at), ...badge(at)) },
    { head: "Type", value: (at) => accounts.type[at], cell: (at) => make("td", { class: "nb", "data-label": "Type" }, accounts.type[at] || "–") },
    ...weeks,
    { head: "Change", number: true, value: (at) => data.change[at], cell: (at) => label(change(data.change[at]), "Change") },
    { head: "Active users", number: true, value: (at) => data.active[data.last * data.count + at] / data.users[data.last * data.count + at], cell: (at) => label(`${data.active[data.last * data.count + at]} of ${data.users[data.last * data.count + at]}`, "Active users") },
    { head: "Low weeks of 4", number: true, value: (at) => data.low_weeks[at], cell: (at) => label(`${data.low_weeks[at]}`, "Low weeks of 4") },
    ...(accounts.arr.some((amount) => amount !== null) ? [{ head: "ARR", number: true, value: (at) => accounts.arr[at] ?? -1, cell: (at) => label(accounts.money[at] || "–", "ARR") }] : []),
    ...(accounts.renewal.some(Boolean) ? [{ head: "Renewal", number: true, value: (at) => -data.renewal_days[at], cell: (at) => label(accounts.renewal[at] || "–", "Renewal") }] : []),
    ...(accounts.owner.some(Boolean) ? [{ head: "Owner", value: (at) => accounts.owner[at], cell: (at) => make("td", { "data-label": "Owner" }, accounts.owner[at] || "–") }] : []),
    { head: `Since ${spelled(data.weeks[0])}`, fixed: true, cell: (at) => make("td", {}, spark(data, at)) },
  ];
}

function portfolio(data) {
  const shape = columns(data);
  const view = { order: [...Array(data.count).keys()], sorted: null, up: false, most: MOST };
  const texts = data.accounts.name.map((name, at) => `${name} ${data.accounts.type[at]} ${data.accounts.owner[at]}`.toLowerCase());
  const cells = shape.map((column, place) => {
    const cell = make("th", { scope: "col", class: (column.number ? "n" : "") + (column.past ? " past" : "") }, column.fixed ? column.head : make("button", { type: "button" }, column.head));
    cell.firstElementChild?.addEventListener("click", () => { sortBy(place); draw(); });
    return cell;
  });
  function sortBy(place) {
    const column = shape[place];
    view.up = view.sorted === place ? !view.up : !column.number; // names from A, numbers from the largest
    view.sorted = place;
    const values = view.order.map((_, at) => column.value(at));
    const compare = column.number ? (a, b) => values[a] - values[b] : (a, b) => LETTERS.compare(values[a], values[b]);
    view.order.sort((a, b) => (view.up ? compare(a, b) : compare(b, a)) || a - b);
    cells.forEach((cell, at) => (at === place ? cell.setAttribute("aria-sort", view.up ? "ascending" : "descending") : cell.removeAttribute("aria-sort")));
  }
  function draw() {
    const [list, wanted] = [by("which").value, by("find").value.trim().toLowerCase()];
    const found = view.order.filter((at) => (list === "" || data.list[at] === Number(list)) && (!wanted || texts[at].includes(wanted)));
    const rows = found.slice(0, view.most).map((at) => make("tr", {}, ...shape.map((column) => column.cell(at))));
    const more = found.length > rows.length ? [" ", make("button", { type: "button", class: "link" }, `show ${(found.length - rows.length).toLocaleString("en")} more`)] : [];
    more[1]?.addEventListener("click", () => { view.most = found.length; draw(); });
    by("accounts").tBodies[0].replaceChildren(...rows);
    by("accounts-count").replaceChildren(`${many(found.length, "company", "companies")}${more.length ? `, the first ${rows.length} are shown.` : "."}`, ...more);
  }
  by("accounts").tHead.replaceChildren(make("tr", {}, ...cells));
  for (const id of ["which", "find"]) by(id).addEventListener("input", () => { view.most = MOST; draw(); });
  addEventListener("beforeprint", () => { view.most = Math.max(view.most, PRINTED); draw(); });
  for (const button of document.querySelectorAll("[data-list]")) button.addEventListener("click", () => {
    by("which").value = button.dataset.list;
    by("which").dispatchEvent(new Event("input"));
    by("portfolio").scrollIntoView();
    by("which").focus({ preventScroll: true });
  });
  draw();
}

// --------------------------------------------------------------------------------------------- the page

let left = null; // the link by which the overview was left: who comes back goes on there

function route(data) {
  const account = data.accounts.link.indexOf(location.hash);
  const user = account < 0 && location.hash.startsWith("#user-") ? data.people[0].findIndex((id) => userLink(id) === location.hash) : -1;
  const found = account >= 0 || user >= 0;
  if (found && !by("overview").hidden) left = document.activeElement;
  by("overview").hidden = found;
  by("page").hidden = !found;
  const name = account >= 0 ? data.accounts.name[account] : data.people[1][user];
  by("page").replaceChildren(...(account >= 0 ? [accountPage(data, account)] : user >= 0 ? [userPage(data, person(data, user))] : []));
  document.title = found ? `${name} · ${TITLE}` : TITLE;
  if (!found) return left?.focus();
  scrollTo(0, 0);
  by("page").querySelector("h2").focus({ preventScroll: true });
}

// Sort the rows of a table that is whole on the page.
function sortRows(rows, column, cell) {
  const last = cell.getAttribute("aria-sort");
  const up = last ? last === "descending" : cell.dataset.sort === "text"; // names from A, numbers from the largest
  for (const other of cell.parentElement.cells) other.removeAttribute("aria-sort");
  cell.setAttribute("aria-sort", up ? "ascending" : "descending");
  const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
  const compare = cell.dataset.sort === "text" ? (a, b) => LETTERS.compare(value(b), value(a)) : (a, b) => {
    const [x, y] = [Number(value(a)), Number(value(b))];
    return Number.isNaN(x) || Number.isNaN(y) ? (up ? -1 : 1) * (Number.isNaN(x) - Number.isNaN(y)) : y - x;
  };
  rows.append(...[...rows.rows].sort((a, b) => (up ? -1 : 1) * compare(a, b)));
}

function sortable(list) {
  [...list.tHead.rows[0].cells].forEach((cell, column) => {
    if (!cell.dataset.sort) return;
    const button = make("button", { type: "button" }, cell.textContent);
    button.addEventListener("click", () => sortRows(list.tBodies[0], column, cell));
    cell.replaceChildren(button);
  });
}

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const whole = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const start = 4 + new DataView(whole).getUint32(0, true);
  const data = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, start - 4)));
  const types = { u1: Uint8Array, u2: Uint16Array, i2: Int16Array, i4: Int32Array };
  for (const [name, [type, offset, length]] of Object.entries(data.arrays)) data[name] = new types[type](whole, start + offset, length);
  data.count = data.accounts.id.length;
  data.last = data.weeks.findLastIndex((_, week) => !data.lost.includes(week));
  data.peak = Math.max(100, data.threshold, data.scores.reduce((most, cents) => Math.max(most, cents), 0));
  data.known = data.person_lasting.reduce((most, weeks) => Math.max(most, weeks), 0);
  const width = data.shown.length;
  data.ranked = [...data.people[0].keys()].sort((a, b) => data.person_scores[(b + 1) * width - 1] - data.person_scores[(a + 1) * width - 1]);
  return data;
}

async function start() {
  for (const list of document.querySelectorAll(".sortable")) sortable(list);
  const data = await unpack(by("data").textContent).catch(() => null);
  by("old").hidden = Boolean(data);
  if (!data) return;
  for (const part of document.querySelectorAll(".script")) part.hidden = false;
  if (!data.person_state.includes(1)) by("state").value = "";
  for (const id of ["state", "who"]) by(id).addEventListener("input", () => listUsers(data));
  portfolio(data);
  listUsers(data);
  addEventListener("hashchange", () => route(data));
  route(data);
}

if (by("accounts")) start();
