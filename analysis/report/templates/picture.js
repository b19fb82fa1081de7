(() => {
"use strict";
const style = document.getElementById("chart-style"), edge = 16;
const save = (href, name) => {
  const link = document.createElement("a");
  link.href = href; link.download = name;
  document.body.append(link); link.click(); link.remove();
};
const address = (svg) => "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
const asPng = (svg, width, height, name) => {
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = 2 * width; canvas.height = 2 * height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    save(canvas.toDataURL("image/png"), name + ".png");
  };
  image.src = address(svg);
};
const make = (name, attributes, text = "") => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return node;
};
const lines = (text, most) => text.split(/\s+/).reduce((out, word) => {
  const last = out.length - 1;
  if (last >= 0 && (out[last] + " " + word).length <= most) out[last] += " " + word; else out.push(word);
  return out;
}, []);
const seen = (nodes) => [...nodes].find((node) => node.getClientRects().length);
const whole = (figure) => {
  const drawn = seen(figure.querySelectorAll("svg.chart"));
  if (!drawn) return null;
  const [, , width, height] = drawn.getAttribute("viewBox").split(" ").map(Number);
  const words = seen(figure.querySelectorAll(".ft"))?.textContent.trim() ?? "";
  const head = lines(words, Math.floor(width / 8.6)), source = figure.querySelector(".from")?.textContent ?? "";
  const foot = lines(source, Math.floor(width / 6.6)), top = 20 * head.length + 20, bottom = 16 * foot.length + 18;
  const box = { x: -edge, y: -top, width: width + 2 * edge, height: height + top + bottom };
  const copy = drawn.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("class", "chart");
  copy.removeAttribute("style");
  copy.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
  copy.setAttribute("width", box.width); copy.setAttribute("height", box.height);
  copy.prepend(make("style", {}, style.textContent), make("rect", { ...box, style: "fill:var(--c-paper)" }),
    ...head.map((line, n) => make("text", { x: 0, y: 20 * n + 22 - top, style: "font-size:15px;font-weight:650" }, line)),
    ...foot.map((line, n) => make("text", { x: 0, y: height + 22 + 16 * n, class: "s" }, line)));
  return { svg: new XMLSerializer().serializeToString(copy), width: box.width, height: box.height };
};
const picture = (figure) => {
  const image = figure.querySelector("img");
  if (!image) return whole(figure);
  const text = new TextDecoder().decode(Uint8Array.from(atob(image.src.split(",")[1]), (c) => c.charCodeAt(0)));
  return { svg: text, width: image.naturalWidth, height: image.naturalHeight };
};
const saved = (button) => {
  const figure = button.closest("figure"), found = picture(figure), name = button.parentElement.dataset.name;
  if (!found) return;
  if (button.dataset.as === "svg") save(address(found.svg), name + ".svg");
  else asPng(found.svg, found.width, found.height, name);
};
for (const image of document.querySelectorAll('figure img[src^="data:image/svg"]')) {
  const figure = image.closest("figure"), foot = figure.querySelector("figcaption") ?? figure.appendChild(document.createElement("figcaption"));
  const tools = document.createElement("span");
  tools.className = "images noprint";
  tools.dataset.name = (figure.id || "picture").replace(/^figure\./, "");
  tools.append(" Save the picture: ");
  for (const kind of ["svg", "png"]) {
    const button = document.createElement("button");
    button.type = "button"; button.dataset.as = kind; button.textContent = kind.toUpperCase();
    tools.append(button, " ");
  }
  foot.append(tools);
}
for (const tools of document.querySelectorAll(".images")) {
  tools.hidden = false;
  for (const button of tools.querySelectorAll("button")) button.addEventListener("click", () => saved(button));
}
for (const word of document.querySelectorAll("a.word")) word.addEventListener("click", (event) => {
  if (matchMedia("(hover:none)").matches) { event.preventDefault(); word.focus(); }
});
})();
