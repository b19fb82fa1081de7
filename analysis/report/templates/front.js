(() => {
"use strict";
const table = document.querySelector("table.grid"), tools = document.getElementById("tools");
const switches = [...document.querySelectorAll('.switch input[type="radio"]')];
const show = (raw) => {
  document.body.classList.toggle("raw", raw);
  for (const input of switches) input.checked = (input.value === "r") === raw;
};
for (const input of switches) input.addEventListener("change", (event) => {
  event.stopPropagation();
  const raw = input.value === "r";
  show(raw); update();
  history.replaceState(null, "", raw ? "#raw" : location.pathname.split("/").pop() || ".");
});

// dots: one tab stop, arrow keys walk, the tip tells what the cell of the grid tells
const box = document.createElement("div");
box.className = "tipbox"; box.hidden = true; box.setAttribute("role", "status");
document.body.append(box);
const cells = new Map([...document.querySelectorAll("td[data-n]")].map((cell) => [cell.dataset.n, cell]));
const words = (mark) => {
  const cell = cells.get(mark.dataset.c);
  return cell ? [cell.parentElement.cells[0].querySelector("a, .small + *")?.textContent ?? "", cell.title] : [mark.getAttribute("aria-label"), ""];
};
const tell = (mark) => {
  const [head, rest] = words(mark), place = mark.getBoundingClientRect(), strong = document.createElement("b");
  strong.textContent = head;
  box.replaceChildren(strong, rest);
  box.hidden = false;
  box.style.left = Math.max(8, Math.min(place.left - 60, innerWidth - box.offsetWidth - 8)) + "px";
  box.style.top = (place.top > box.offsetHeight + 16 ? place.top - box.offsetHeight - 8 : place.bottom + 8) + "px";
};
const hush = () => { box.hidden = true; };
for (const svg of document.querySelectorAll("figure svg.chart:has([data-c])")) {
  const marks = [...svg.querySelectorAll("[data-c]")].sort((a, b) => a.getBBox().x - b.getBBox().x || a.getBBox().y - b.getBBox().y);
  marks.forEach((mark, n) => {
    mark.setAttribute("tabindex", n ? "-1" : "0");
    if (!mark.hasAttribute("href")) {
      const same = mark.closest("figure").querySelector(`[data-c="${mark.dataset.c}"][href]`);
      if (same) mark.setAttribute("href", same.getAttribute("href"));
    }
    if (cells.has(mark.dataset.c)) mark.setAttribute("aria-label", words(mark).join(". "));
    mark.addEventListener("focus", () => tell(mark));
    mark.addEventListener("blur", hush);
    mark.addEventListener("pointerenter", () => tell(mark));
    mark.addEventListener("pointerleave", hush);
  });
  svg.addEventListener("keydown", (event) => {
    const at = marks.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") { hush(); return; }
    const to = event.key === "Home" ? 0 : event.key === "End" ? marks.length - 1 : step && at >= 0 ? at + step : -1;
    if (to < 0 || to >= marks.length) return;
    event.preventDefault();
    if (at >= 0) marks[at].setAttribute("tabindex", "-1");
    marks[to].setAttribute("tabindex", "0");
    marks[to].focus();
  });
}

const body = table?.tBodies[0], entries = [...(body?.rows ?? [])].map((row, place) => ({ row, place, text: row.cells[0].textContent.toLowerCase() }));
const raw = () => document.body.classList.contains("raw");
const values = (entry) => [...entry.row.cells].slice(1);
const own = (cell) => cell.dataset.n !== undefined ? cell : cell.querySelector("a[href^='#']") ? document.getElementById(decodeURIComponent(cell.querySelector("a").hash.slice(1))) ?? cell : cell;
const smallest = (entry) => Math.min(...values(entry).map((cell) => +(own(cell).dataset.p ?? 2)), 2);
const size = (entry, column) => Math.abs(own(values(entry)[column]).dataset[raw() ? "whole" : "beyond"] ?? 0);
const orders = {
  time: (a, b) => a.place - b.place,
  latest: (a, b) => b.place - a.place,
  unusual: (a, b) => smallest(a) - smallest(b) || a.place - b.place,
};
const order = (name) => orders[name] || ((a, b) => size(b, +name) - size(a, +name) || a.place - b.place);
const status = {
  marked: (entry) => values(entry).some((cell) => own(cell).dataset[raw() ? "mw" : "mb"]),
  unsure: (entry) => values(entry).some((cell) => own(cell).dataset.unsure),
  none: (entry) => values(entry).some((cell) => cell.classList.contains("none")),
  headline: (entry) => entry.row.classList.contains("headline"),
};
const update = () => {
  if (!tools || !body) return;
  const fields = tools.elements, wanted = fields.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const entry of entries) {
    const fits = wanted.every((word) => entry.text.includes(word)) &&
      (!fields.category.value || entry.row.dataset.category === fields.category.value) &&
      (!fields.article.value || entry.row.dataset.articles.split("|").includes(fields.article.value)) &&
      (!fields.status.value || status[fields.status.value](entry));
    entry.row.hidden = !fits;
    shown += fits;
  }
  body.append(...[...entries].sort(order(fields.order.value)).map((entry) => entry.row));
  tools.querySelector("output").value = `${shown} of ${entries.length} events`;
};
const go = () => {
  if (location.hash === "#raw") { show(true); update(); return; }
  const aim = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (aim && aim.closest("tr")?.hidden) { tools.reset(); setTimeout(() => { update(); aim.scrollIntoView(); }); }
};
if (tools) {
  tools.hidden = false;
  tools.addEventListener("input", update);
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("reset", () => setTimeout(() => { show(raw()); update(); }));
}
addEventListener("hashchange", go);
go(); update();
})();
