"""How to cite a page and each picture on it: who, what, which version, prices to when, where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from html import escape, unescape

from analysis import __version__
from analysis.report.render import day_text

_FIGURE = re.compile(r'<figure id="([^"]+)".*?</figure>', re.DOTALL)
_TITLE = re.compile(r'<p class="(?:ft|figure-title)">(.*?)</p>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_ADDRESS = re.compile(r'(<a class="address" href="#[^"]+">)')


@dataclass(frozen=True, slots=True)
class Cited:
    """What citations of a page and of its pictures are made of.

    Attributes
    ----------
    address
        Where the page lies in the folder of the front page, such as ``events/ID.html``.
    data_end
        Last day of prices; None if that is not known.
    """

    address: str
    data_end: date | None = None

    def line(self, title: str, where: str = "") -> str:
        """Return the citation of something called ``title``."""
        prices = f", prices to {day_text(self.data_end)}" if self.data_end else ""
        return f"The market-reaction authors, “{title}”{where}, version {__version__}{prices}."


def with_citations(html: str, cited: Cited) -> str:
    """Return a page on which every picture has its address and a citation, ready to be copied."""
    return _FIGURE.sub(lambda figure: _cited(figure, cited), html)


def _cited(figure: re.Match[str], cited: Cited) -> str:
    found = _TITLE.search(figure[0])
    if found is None:
        return figure[0]
    title = " ".join(unescape(_TAG.sub("", found[1])).split())
    anchor = figure[1]
    place = f'<a class="address" href="#{anchor}">{escape(cited.address)}#{anchor}</a>'
    text = f"{escape(cited.line(title, ' (picture)'))} {place}"
    note = f'<details class="cite noprint"><summary>Cite</summary>{text}</details>'
    return figure[0].replace("</figure>", f"{note}</figure>")


def with_whole_addresses(html: str, base: str) -> str:
    """Return a page whose citations name whole addresses on the web; ``base`` ends in a slash."""
    return _ADDRESS.sub(lambda found: f"{found[1]}{escape(base)}", html)
