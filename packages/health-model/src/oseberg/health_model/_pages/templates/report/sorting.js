// Tables that are whole on the page.

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
    cell.dataset.head = cell.textContent; // what paper shows: a browser repeats no buttons at the head of a page
    cell.replaceChildren(button);
  });
}
