// All companies, week by week.

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
    const cell = make("th", { scope: "col", class: (column.number ? "n" : "") + (column.past ? " past" : ""), "data-head": column.fixed ? "" : column.head }, column.fixed ? column.head : make("button", { type: "button" }, column.head));
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
