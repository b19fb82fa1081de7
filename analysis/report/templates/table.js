(() => {
"use strict";
const key = (row, column) => {
  const text = row.cells[column].textContent.trim(), bare = text.replace(/^[○●]\s*/, "").replace(/−/g, "-").replace(/,/g, "");
  const share = bare.match(/^(\d+) of (\d+)$/), number = share ? (+share[1] + 1) / (+share[2] + 1) : parseFloat(bare);
  return /^[+-]?[\d.]+( of \d+)?$/.test(bare) ? number : text === "–" ? Infinity : text;
};
const compared = (a, b) => typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1;
const sorted = (table, column, down) => {
  const rows = [...table.tBodies[0].rows].map((row) => [key(row, column), row]);
  rows.sort((a, b) => (down ? -1 : 1) * compared(a[0], b[0]));
  table.tBodies[0].append(...rows.map(([, row]) => row));
  [...table.tHead.rows[0].cells].forEach((cell, n) => {
    if (n === column) cell.setAttribute("aria-sort", down ? "descending" : "ascending"); else cell.removeAttribute("aria-sort");
  });
};
const all = [...document.querySelectorAll("table.sortable")], first = all[0];
for (const other of all.slice(1)) {
  const box = other.closest("details"), more = document.createElement("button"), shown = first.tBodies[0].rows.length;
  if (!box) continue;
  const hide = (whole) => [...first.tBodies[0].rows].forEach((row, n) => { row.hidden = !whole && n >= shown; });
  first.tBodies[0].append(...other.tBodies[0].rows);
  more.type = "button"; more.className = "all noprint"; more.textContent = `Show all ${first.tBodies[0].rows.length}`;
  const left = box.querySelector("summary").textContent.split(";")[1];
  if (left) more.textContent = `Show ${first.tBodies[0].rows.length};${left}`;
  more.addEventListener("click", () => { hide(true); more.remove(); });
  first.addEventListener("sorted", () => hide(!more.isConnected));
  box.replaceWith(more);
  hide(false);
}
if (first) [...first.tHead.rows[0].cells].forEach((cell, n) => {
  const button = document.createElement("button");
  button.type = "button"; button.className = "sort"; button.append(...cell.childNodes);
  button.addEventListener("click", () => {
    sorted(first, n, cell.getAttribute("aria-sort") === "ascending");
    first.dispatchEvent(new Event("sorted"));
  });
  cell.append(button);
});
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const code = button.parentElement.querySelector("pre"), done = () => { button.textContent = "Copied"; };
    const select = () => getSelection().selectAllChildren(code);
    if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(done, select); else select();
  });
}
})();
