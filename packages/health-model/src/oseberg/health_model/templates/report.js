"use strict";
const table = document.getElementById("accounts");
const body = table && table.tBodies[0];
const shown = (row, column) => row.cells[column].dataset.value;

function sort(heading, column) {
  const up = heading.getAttribute("aria-sort") === "descending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", up ? "ascending" : "descending");
  const numeric = heading.dataset.sort === "number";
  const rows = [...body.rows].sort((a, b) => {
    const [x, y] = [shown(a, column), shown(b, column)];
    if (!numeric) return up ? y.localeCompare(x) : x.localeCompare(y);
    const [m, n] = [Number(x), Number(y)];
    if (Number.isNaN(m) || Number.isNaN(n)) return Number.isNaN(m) - Number.isNaN(n);
    return up ? m - n : n - m;
  });
  body.append(...rows);
}

if (table) {
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    if (!heading.dataset.sort) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.addEventListener("click", () => sort(heading, column));
    heading.replaceChildren(button);
  });
  document.getElementById("find").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of body.rows) row.hidden = !shown(row, 0).toLowerCase().includes(wanted);
  });
}

function open() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") target.open = true;
}
addEventListener("hashchange", open);
open();
