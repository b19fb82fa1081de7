"""What a picture or a page must not look like; not a test itself."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

from browser.chromium import show

_FLAWS = """
const out = [], wide = document.documentElement.clientWidth, edge = 16;
for (const svg of document.querySelectorAll('svg.chart')) {
  if (!svg.getClientRects().length) continue;
  const [x, y, w, h] = svg.getAttribute('viewBox').split(' ').map(Number);
  const words = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim());
  const placed = words.map(t => [t, t.getBBox()]).filter(([, b]) => b.width);
  const name = svg.closest('figure')?.id ?? '';
  for (const [t, b] of placed) {
    const on = t.getBoundingClientRect();
    if (b.x < x - edge || b.x + b.width > x + w + edge || b.y < y - 4 || b.y + b.height > y + h + 4
        || on.left < -1 || on.right > wide + 1) out.push(`${name}: cut: ${t.textContent}`);
  }
  placed.forEach(([t, a], n) => placed.slice(n + 1).forEach(([u, b]) => {
    const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
    const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
    const both = `${t.textContent} | ${u.textContent}`;
    if (across > 2 && down > 5) out.push(`${name}: over each other: ${both}`);
  }));
}
for (const e of document.querySelectorAll('main *')) {
  const style = getComputedStyle(e);
  if (style.overflowX === 'hidden' && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1
      && !e.closest('.hidden')) out.push(`hidden: ${e.outerHTML.slice(0, 120)}`);
}
return out;
"""


_RUN_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations']}).then(found => done(found.violations.map(
  v => v.id + ' (' + v.impact + '): '
    + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')
)));
"""


def flaws(browser: Any) -> list[str]:
    """Return what is cut off or printed over something else on the page that is open.

    Words of a picture may stick out as far as the margin it is saved with.
    """
    found: list[str] = browser.execute_script(_FLAWS)
    return found


def axe_violations(browser: Any, axe: str) -> list[str]:
    """Return what axe finds on the page that is open."""
    browser.execute_script(axe)
    found: list[str] = browser.execute_async_script(_RUN_AXE)
    return found


def sheets_of(browser: Any, page: Path) -> int:
    """Return how many sheets of A4 a page takes."""
    show(browser, page, width=1300, scheme="light")
    printed = browser.execute_cdp_cmd(
        "Page.printToPDF",
        {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": True,
         "preferCSSPageSize": True},
    )  # fmt: skip
    return len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"])))
