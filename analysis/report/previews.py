"""What a posted link shows: a title, a sentence, and a picture made from the first of the page."""

from __future__ import annotations

import io
import re
from html import escape, unescape
from textwrap import shorten, wrap
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np
import pandas as pd

from analysis.chapters.shared.style import BAND, DOWN, INK, SOFT, UP, new_figure, styled
from analysis.engine import LEVEL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Inches and dots an inch: 1200 x 630 pixels, which is what networks show.
_SIZE, _DPI = (12.0, 6.3), 100
_DATA = re.compile(r'download="[^"]+" href="data:text/csv;charset=utf-8,([^"]+)"')
_LARGE = 27
"""Points of the title of a picture."""
_FOLDER = "previews"


def with_preview(page: str, name: str, *, address: str = "") -> tuple[str, dict[str, bytes]]:
    """Return a page with what a posted link shows, and its picture by path.

    Parameters
    ----------
    page
        A page as it was written.
    name
        Its path in the site.
    address
        Where the site will be, such as ``https://example.org/study/``; networks show pictures of
        whole addresses only. Empty for addresses inside the site.
    """
    title, words = _heading(page), _description(page)
    if not title or "</head>" not in page:
        return page, {}
    picture = _picture(page, title)
    file = f"{_FOLDER}/{name.removesuffix('.html').replace('/', '-')}.png"
    base = address.rstrip("/") + "/" if address else "../" * name.count("/")
    tags = {"og:type": "article", "og:title": title, "og:description": words}
    if address:
        tags["og:url"] = f"{base}{name}"
    if picture:
        tags |= {"og:image": f"{base}{file}", "og:image:alt": title}
    card = "summary_large_image" if picture else "summary"
    lines = [f'<meta property="{key}" content="{escape(value)}">' for key, value in tags.items()]
    lines.append(f'<meta name="twitter:card" content="{card}">')
    head = "\n".join(lines)
    return page.replace("</head>", f"{head}\n</head>", 1), {file: picture} if picture else {}


def _heading(page: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)
    return _plain(found[1]) if found else ""


def _description(page: str) -> str:
    found = re.search(r'<meta name="description" content="([^"]*)">', page)
    return unescape(found[1]) if found else ""


def _plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def _picture(page: str, title: str) -> bytes | None:
    """Draw the first picture of a page again, from the figures that lie below it."""
    data = _DATA.search(page)
    if data is None:
        return None
    table = pd.read_csv(io.StringIO(unquote(unescape(data[1]))))
    draw = next((how for needs, how in _HOW if needs <= set(table.columns)), _bars)
    if draw is _bars and not (len(table) and _values(table)):
        return None
    return _drawn(title, _kicker(page), table, draw, below=_figure_title(page))


def _figure_title(page: str) -> str:
    found = re.search(r'<p class="(?:ft|figure-title)">(.*?)</p>', page, re.DOTALL)
    return _plain(found[1]) if found else ""


def _kicker(page: str) -> str:
    found = re.search(r'<p class="kicker">(.*?)</p>', page, re.DOTALL)
    return _plain(found[1]) if found else ""


@styled
def _drawn(title: str, kicker: str, table: pd.DataFrame, draw: object, *, below: str = "") -> bytes:
    fig = new_figure(_SIZE[1], width=_SIZE[0])
    fig.set_layout_engine("none")
    fig.text(0.05, 0.93, kicker[:110], fontsize=14, color=SOFT, va="top")
    points, lines = fitted(title)
    fig.text(0.05, 0.87, "\n".join(lines), fontsize=points, weight="bold", va="top")
    top = 0.80 - 0.085 * len(lines) * points / _LARGE
    left = 0.05 if draw in (_path, _dots, _lines) else 0.3 if draw in (_bands, _bars) else 0.12
    axes = fig.add_axes((left, 0.17, 0.95 - left, top - 0.15))
    draw(axes, table)  # type: ignore[operator]
    if draw is _bars:
        axes.set_xlabel(below[:90], fontsize=13)
    fig.text(0.05, 0.035, "Source: Market reaction", fontsize=12, color=SOFT)
    out = io.BytesIO()
    fig.savefig(out, format="png", dpi=_DPI, metadata={"Software": None})
    return out.getvalue()


def fitted(title: str) -> tuple[int, list[str]]:
    """Return the size of type, points, and the lines of a title: smaller where it is long.

    Only what no picture has room for is shortened, and says so.
    """
    for points, letters, most in ((_LARGE, 46, 3), (21, 60, 4)):
        lines = wrap(title, letters)
        if len(lines) <= most:
            return points, lines
    return points, wrap(shorten(title, (letters - 4) * most, placeholder=" …"), letters)[:most]


def _path(axes: Axes, table: pd.DataFrame) -> None:
    at = np.arange(len(table))
    axes.fill_between(at, table["low"], table["high"], color=BAND, lw=0)
    axes.plot(at, table["expected"], color=INK, lw=2, linestyle=(0, (4, 3)))
    axes.plot(at, table["price"], color=INK, lw=2.6)
    shown = [n for n in at if int(table["event_day"].iloc[n]) % 5 == 0]
    axes.set_xticks(shown, [str(table["session"].iloc[n]) for n in shown])
    axes.tick_params(labelsize=13)


def _dots(axes: Axes, table: pd.DataFrame) -> None:
    step = 0.25
    bins = np.floor(table["statistic"].clip(-6, 5.99) / step).astype(int)
    level = table.assign(bin=bins).groupby("bin").cumcount()
    out = table["stands_out"].astype(str).str.lower().eq("true")
    colour = np.where(~out, "#8f8b80", np.where(table["statistic"] > 0, UP[3], DOWN[3]))
    axes.scatter((bins + 0.5) * step, level, s=70, c=list(colour), lw=0)
    axes.set_yticks([])
    axes.set_ylim(-0.8, max(float(level.max()) + 1, 6))
    axes.set_xlim(-6, 6)
    axes.axvline(0, color=SOFT, lw=0.8)
    ticks = range(-6, 7, 2)
    axes.set_xticks(list(ticks), [f"{abs(t)}×" if t else "as expected" for t in ticks])
    axes.tick_params(labelsize=13)


def _bands(axes: Axes, table: pd.DataFrame) -> None:
    """Draw moves against the band of ordinary days, the farthest out first."""
    far = (table["value"].abs() / table["high"]).fillna(0.0)
    rows = table.loc[far.sort_values(ascending=False, kind="stable").index[:_ROWS]].iloc[::-1]
    at, low, wide = np.arange(len(rows)), rows["low"] * 100, (rows["high"] - rows["low"]) * 100
    out = (rows["value"] < rows["low"]) | (rows["value"] > rows["high"])
    colour = np.where(~out, "#8f8b80", np.where(rows["value"] > 0, UP[3], DOWN[3]))
    axes.barh(at, wide, left=low, color=BAND, height=0.6)
    axes.scatter(rows["value"] * 100, at, s=110, c=list(colour), lw=0, zorder=3)
    axes.set_yticks(at, [str(name) for name in rows["row"]])
    axes.xaxis.set_major_formatter("{x:+.0f} %")
    axes.tick_params(labelsize=13)


def _lines(axes: Axes, table: pd.DataFrame) -> None:
    """Draw prices through time, each from 100."""
    at = pd.to_datetime(table["date"])
    prices = table.drop(columns="date").select_dtypes("number").iloc[:, :_ROWS]
    for name in prices:
        known = prices[name].dropna()
        if len(known):
            axes.plot(at, prices[name] / known.iloc[0] * 100, lw=2, label=str(name))
    axes.legend(frameon=False, fontsize=13, ncols=4, loc="upper left")
    axes.tick_params(labelsize=13)


def _minutes(axes: Axes, table: pd.DataFrame) -> None:
    """Draw whole days against the window after the news, root scales; 1 is the ordinary range."""
    axes.fill_between([0, 1], 0, 1, color=BAND, lw=0)
    day, minutes = (np.sqrt(table[name].clip(0, 36)) for name in ("day", "minutes"))
    out = table["alone"] <= LEVEL if "alone" in table else table["minutes"] > 1
    colour = np.where(~out, "#8f8b80", np.where(table["ret"] > 0, UP[3], DOWN[3]))
    axes.scatter(day, minutes, s=60, c=list(colour), lw=0)
    for set_ticks in (axes.set_xticks, axes.set_yticks):
        set_ticks([0, 1, 2**0.5, 2], ["0", "1×", "2×", "4×"])
    axes.set_xlabel("the whole day", fontsize=13)
    axes.set_ylabel("minutes", fontsize=13)
    axes.tick_params(labelsize=13)


def _values(table: pd.DataFrame) -> str:
    """Return the first column of measured numbers; empty for none."""
    floats = [str(c) for c in table.select_dtypes("float").columns if table[c].notna().any()]
    numbers = [str(c) for c in table.select_dtypes("number").columns if table[c].notna().any()]
    return next(iter(floats or numbers), "")


def _bars(axes: Axes, table: pd.DataFrame) -> None:
    """Draw the largest figures of any table as bars, named by its first words."""
    name = _values(table)
    words = table.drop(columns=list(table.select_dtypes("number").columns)).iloc[:, :2]
    labels = words.astype(str).agg(", ".join, axis=1) if words.shape[1] else table.index.astype(str)
    order = table[name].abs().sort_values(ascending=False, kind="stable").index[:_ROWS][::-1]
    at = np.arange(len(order))
    values = table.loc[order, name]
    axes.barh(at, values, color=list(np.where(values > 0, UP[3], DOWN[3])), height=0.6)
    axes.set_yticks(at, [shorten(str(labels[n]), 32, placeholder="…") for n in order])
    axes.tick_params(labelsize=13)


#: What is drawn from a table that has these columns; of any other, bars.
_HOW = (
    ({"price", "expected", "low", "high"}, _path),
    ({"statistic", "stands_out"}, _dots),
    ({"row", "value", "low", "high"}, _bands),
    ({"day", "minutes", "ret"}, _minutes),
    ({"date"}, _lines),
)
_ROWS = 8
"""Rows or lines a preview has room for."""
