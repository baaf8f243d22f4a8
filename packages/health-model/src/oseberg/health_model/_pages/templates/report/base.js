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

// Round numbers (in hundredths) so that they add up to a total: down, then the largest remainders up.
function addingUp(values, total) {
  const exact = values.map((value) => Math.round(value * 1e9) / 1e9);
  const floors = exact.map(Math.floor);
  const missing = total - floors.reduce((sum, value) => sum + value, 0);
  const order = [...exact.keys()].sort((a, b) => Math.round((floors[a] - exact[a] - floors[b] + exact[b]) * 1e9) || a - b);
  for (let step = 0; order.length && step < Math.abs(missing); step++) floors[order.at((missing > 0 ? step : -1 - step) % order.length)] += Math.sign(missing);
  return floors;
}
