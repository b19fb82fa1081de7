(() => {
"use strict";
const table = document.querySelector("table.grid"), tools = document.getElementById("tools");
if (!table || !tools) return;
const joined = table.tBodies[0], loose = document.createElement("tbody"), width = table.tHead.rows[0].cells.length - 1;
const held = [], left = [];
const entries = [...joined.rows].map((row, place) => {
  const cells = [];
  for (let column = 0, next = 1; column < width; column++) {
    if (!left[column]) { held[column] = row.cells[next++]; left[column] = held[column].rowSpan; }
    left[column]--;
    cells.push(held[column]);
  }
  return { row, place, cells, text: row.cells[0].textContent.toLowerCase() };
});
const number = (cell, name) => cell.dataset[name] === undefined ? NaN : +cell.dataset[name];
const smallest = (entry) => Math.min(...entry.cells.map((cell) => number(cell, "p")).filter((p) => p >= 0), 2);
const size = (entry, column) => Math.abs(number(entry.cells[column], "ar")) || 0;
const orders = {
  time: (a, b) => a.place - b.place,
  latest: (a, b) => b.place - a.place,
  unusual: (a, b) => smallest(a) - smallest(b) || a.place - b.place,
};
const order = (name) => orders[name] || ((a, b) => size(b, +name) - size(a, +name) || a.place - b.place);
const status = {
  marked: (entry) => entry.cells.some((cell) => cell.dataset.marks > 0),
  unsure: (entry) => entry.cells.some((cell) => cell.dataset.unsure),
  none: (entry) => entry.cells.some((cell) => !cell.dataset.ar),
  headline: (entry) => entry.row.classList.contains("headline"),
};
const copy = (entry) => {
  const row = document.createElement("tr");
  row.className = entry.row.className;
  for (const cell of [entry.row.cells[0], ...entry.cells]) {
    const twin = cell.cloneNode(true);
    for (const named of [twin, ...twin.querySelectorAll("[id]")]) named.removeAttribute("id");
    twin.removeAttribute("rowspan");
    row.append(twin);
  }
  return row;
};
const shown = tools.querySelector("output"), fields = tools.elements;
const update = () => {
  const words = fields.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = entries.filter((entry) =>
    words.every((word) => entry.text.includes(word)) &&
    (!fields.category.value || entry.row.dataset.category === fields.category.value) &&
    (!fields.article.value || entry.row.dataset.articles.split("|").includes(fields.article.value)) &&
    (!fields.status.value || status[fields.status.value](entry)));
  const plain = wanted.length === entries.length && fields.order.value === "time";
  loose.replaceChildren(...(plain ? [] : wanted.sort(order(fields.order.value)).map(copy)));
  if (plain) loose.remove(); else table.append(loose);
  joined.hidden = !plain;
  shown.value = `${wanted.length} of ${entries.length} events`;
};
const go = () => {
  const aim = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (aim && joined.hidden && joined.contains(aim)) { tools.reset(); update(); aim.scrollIntoView(); }
};
tools.hidden = false;
tools.addEventListener("input", update);
tools.addEventListener("submit", (event) => event.preventDefault());
tools.addEventListener("reset", () => setTimeout(update));
addEventListener("hashchange", go);
update();
})();
