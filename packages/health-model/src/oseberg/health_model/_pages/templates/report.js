"use strict";
const MOST = 100; // users listed at once
const TITLE = document.title;
const by = (id) => document.getElementById(id);

// Elements; children are elements or text, never markup: names are hostile input.
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const number = (text) => make("td", { class: "n" }, text);

// Headings of numbers stand on the right, but for the first one and those that begin with a blank.
function table(caption, headings, rows, classes = "", past = []) {
  const alignment = (text, place) => (place && text[0] !== " " ? "n" : "") + (past.includes(text) ? " past" : "");
  const cells = headings.map((text, place) => make("th", { scope: "col", class: alignment(text, place) }, text.trim()));
  return make("table", { class: classes }, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...cells)), make("tbody", {}, ...rows));
}

// Points come as hundredths.
const points = (cents) => (cents === null ? "–" : (cents / 100).toFixed(2));
const change = (cents) => (cents ? (cents > 0 ? "+" : "−") + points(Math.abs(cents)) : points(cents));
const lasting = (data, person) => data.states[person.state] + (person.state && person.lasting > 1 ? ` for ${person.lasting} weeks${person.lasting >= person.known ? " or more" : ""}` : "");

function readPerson([id, name, contact, role, account, state, lasting, scores, profile, now, moved, said], known) {
  const [last, past] = [scores.at(-1), scores.at(-2)];
  return { id, name, contact, role, account, state, lasting, known, scores, profile, now, moved, said, change: past === null ? null : last - past };
}

const userLink = (person) => `#user-${encodeURIComponent(person.id)}`;

function userTable(data, people, caption, withAccount) {
  const headings = ["User", ...(withAccount ? [" Account"] : []), " This week", ...data.weeks, "Change"];
  const rows = people.map((person) => make("tr", {},
    make("th", { scope: "row" }, make("a", { href: userLink(person) }, person.name)),
    ...(withAccount ? [make("td", {}, accountLink(data, person))] : []),
    make("td", {}, lasting(data, person)),
    ...person.scores.map((score, place) => make("td", place + 1 < person.scores.length ? { class: "n past" } : { class: "n strong", "data-label": "Score" }, points(score))),
    make("td", { class: "n", "data-label": "Change" }, change(person.change))));
  return table(caption, headings, rows, "cards", data.weeks.slice(0, -1));
}

function accountLink(data, person) {
  const account = data.accounts[person.account];
  return account ? make("a", { href: account.link }, account.name) : "no account";
}

function heading(text, ...more) {
  const back = make("p", {}, make("a", { href: "#" }, "← All accounts"));
  return [back, make("h2", { tabindex: "-1" }, text, ...more)];
}

function tiles(facts) {
  return make("dl", { class: "tiles" }, ...facts.map(([name, value, note]) => make("div", {}, make("dt", {}, name), make("dd", {}, value + " ", make("small", {}, note)))));
}

function accountPage(data, account) {
  const people = data.people.filter((person) => data.accounts[person.account] === account);
  const spark = [...document.querySelectorAll("#accounts a")].find((link) => link.getAttribute("href") === account.link);
  const chart = spark.closest("tr").querySelector("svg").cloneNode(true);
  const badge = account.attention ? [" ", make("span", { class: "badge" }, "needs attention")] : [];
  const moves = account.moves.map(([name, moved]) => make("tr", {}, make("th", { scope: "row" }, name), number(moved)));
  const weeks = account.weeks.map(([name, score, low, ...rest]) => make("tr", {}, make("th", { scope: "row", class: "nb" }, name), number(low ? `${score} ${low}` : score), ...rest.map(number)));
  return make("article", {}, ...heading(account.name, ...badge), ...(account.type ? [make("p", { class: "sub" }, account.type)] : []),
    make("p", { class: "lead" }, account.said), tiles(account.facts), ...(account.sum ? [make("p", {}, account.sum)] : []),
    make("div", { class: "pair" },
      make("div", {}, make("h3", {}, "What moved the score since the week before"),
        moves.length ? table("Points of the account's score.", ["Metric", "Points"], moves) : make("p", { class: "quiet" }, "Nothing, or there is no week before to compare with.")),
      make("div", {}, make("h3", {}, "Week by week"), chart, table("Each week from its Monday.", ["Week", "Score", "Active", "Their mean", "Core"], weeks, "weeks"))),
    make("h3", {}, "Users"), userTable(data, people, "The best first; each week named by its Monday.", false));
}

function userPage(data, person) {
  const facts = make("p", { class: "lead" }, accountLink(data, person), ...[person.contact, person.role, lasting(data, person)].filter(Boolean).map((text) => ` · ${text}`));
  const weeks = table("Each week named by its Monday.", data.weeks.map((week) => ` ${week}`), [make("tr", {}, ...person.scores.map((score) => make("td", { class: "nb" }, points(score))))], "narrow");
  const parts = [...heading(person.name), facts, make("h3", {}, "Weeks side by side"), weeks, make("h3", {}, "What the score is made of")];
  if (!person.now) return make("article", {}, ...parts, make("p", {}, "Nothing this week, nor the week before."));
  const most = data.most[person.profile];
  const compared = person.change !== null;
  const line = (place) => make("tr", {}, make("th", { scope: "row" }, data.questions[place]), make("td", {}, data.words[place][person.said[place]]),
    make("td", { class: "n strong", "data-label": "Points" }, points(person.now[place])), make("td", { class: "n", "data-label": "At most" }, points(most[place])),
    ...(compared ? [make("td", { class: "n", "data-label": "Change" }, change(person.moved[place]))] : []));
  const order = [...data.questions.keys()].sort((a, b) => person.now[b] - person.now[a] || most[b] - most[a]);
  const list = table("The most points first. They add up to the score.", ["Question", " Answer", "Points", "At most", ...(compared ? ["Change"] : [])], order.map(line), "cards");
  const sum = [make("th", { scope: "row", colspan: 2 }, "Score"), number(points(person.scores.at(-1))), number(""), ...(compared ? [number(change(person.change))] : [])];
  list.append(make("tfoot", {}, make("tr", {}, ...sum)));
  return make("article", {}, ...parts, list);
}

function listUsers(data) {
  const [state, wanted] = [by("state").value, by("who").value.trim().toLowerCase()];
  const text = (person) => `${person.name} ${person.contact} ${data.accounts[person.account]?.name ?? ""}`.toLowerCase();
  const found = data.people.filter((person) => (!state || person.state === Number(state)) && text(person).includes(wanted));
  const shown = found.slice(0, MOST);
  by("count").textContent = `${found.length.toLocaleString("en")} ${found.length === 1 ? "user" : "users"}${found.length > MOST ? `, the first ${MOST} are shown` : ""}.`;
  by("list").replaceChildren(...(shown.length ? [userTable(data, shown, "Each week named by its Monday. Choose a user to see what the score is made of.", true)] : []));
}

let left = null; // the link by which the overview was left: who comes back goes on there

function route(data) {
  const account = data.accounts.find((item) => item.link === location.hash);
  const person = data.people.find((item) => userLink(item) === location.hash);
  const found = account ?? person;
  if (found && !by("overview").hidden) left = document.activeElement;
  by("overview").hidden = Boolean(found);
  by("page").hidden = !found;
  by("page").replaceChildren(...(account ? [accountPage(data, account)] : person ? [userPage(data, person)] : []));
  document.title = found ? `${found.name} · ${TITLE}` : TITLE;
  if (!found) return left?.focus();
  scrollTo(0, 0);
  by("page").querySelector("h2").focus({ preventScroll: true });
}

function sort(rows, column, cell) {
  const last = cell.getAttribute("aria-sort");
  const up = last ? last === "descending" : cell.dataset.sort === "text"; // names from A, numbers from the largest
  for (const other of cell.parentElement.cells) other.removeAttribute("aria-sort");
  cell.setAttribute("aria-sort", up ? "ascending" : "descending");
  const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
  const compare = cell.dataset.sort === "text" ? (a, b) => value(b).localeCompare(value(a)) : (a, b) => {
    const [x, y] = [Number(value(a)), Number(value(b))];
    return Number.isNaN(x) || Number.isNaN(y) ? (up ? -1 : 1) * (Number.isNaN(x) - Number.isNaN(y)) : y - x;
  };
  rows.append(...[...rows.rows].sort((a, b) => (up ? -1 : 1) * compare(a, b)));
}

function overview(accounts) {
  [...accounts.tHead.rows[0].cells].forEach((cell, column) => {
    if (!cell.dataset.sort) return;
    const button = make("button", { type: "button" }, cell.textContent);
    button.addEventListener("click", () => sort(accounts.tBodies[0], column, cell));
    cell.replaceChildren(button);
  });
  by("find").addEventListener("input", () => {
    const wanted = by("find").value.trim().toLowerCase();
    for (const row of accounts.tBodies[0].rows) row.hidden = !`${row.cells[0].textContent} ${row.cells[1].textContent}`.toLowerCase().includes(wanted);
  });
}

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const data = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
  const known = data.people.reduce((most, person) => Math.max(most, person[6]), 0);
  return { ...data, people: data.people.map((person) => readPerson(person, known)) };
}

async function start() {
  overview(by("accounts"));
  const data = await unpack(by("data").textContent).catch(() => null);
  by("old").hidden = Boolean(data);
  if (!data) return;
  for (const part of document.querySelectorAll(".script")) part.hidden = false;
  if (!data.people.some((person) => person.state === 1)) by("state").value = "";
  for (const id of ["state", "who"]) by(id).addEventListener("input", () => listUsers(data));
  listUsers(data);
  addEventListener("hashchange", () => route(data));
  route(data);
}

if (by("accounts")) start();
