"""Which bars there are, of which series and when, with the news as ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.minutes.tables import table_names
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.svg import Axis, Drawing, line, rect, text
from analysis.wording import count, day, listing, sentence_case

if TYPE_CHECKING:
    from analysis.reactions.minute_pairs import MinuteSeries
    from analysis.reactions.minute_paths import MinutePaths
    from analysis.seeds.catalogue import Seeds

Span = tuple[np.datetime64, np.datetime64]

_WIDTHS = (720, 358)
_HOUR = 60
_DAY = np.timedelta64(1, "D")
#: Holidays leave a market shut for up to nine days; a longer gap is a hole in the bars.
_HOLE = 10


def coverage_chart(paths: MinutePaths, seeds: Seeds) -> Chart:
    """Draw a bar for every stretch of days with intraday bars, one line per series.

    Parameters
    ----------
    paths
        The series with bars, and all events.
    seeds
        Names of series, and the markets that lack bars.
    """
    names = table_names(seeds)
    spans = {one.symbol: spans_of(one) for one in paths.series}
    steps = {one.symbol: _step(one) for one in paths.series}
    bare = [m.symbol for m in seeds.study_markets if m.symbol not in spans]
    news = np.array([event.best for event in paths.events], dtype="datetime64[D]")
    lines = [(names.get(s, s), steps.get(s, "none"), spans.get(s, [])) for s in (*spans, *bare)]
    title = _title(spans, bare, news, seeds)
    return Chart(
        name="coverage",
        title=title,
        reading=f"Days with bars, by series. Ticks: the news, {count(len(news), 'event')}.",
        drawings=tuple(_drawing(lines, news, width, title) for width in _WIDTHS),
        source="Source: Market reaction; coverage of the bars.",
        table=_table(lines),
    )


def _table(lines: list[tuple[str, str, list[Span]]]) -> pd.DataFrame:
    rows = []
    for name, step, held in lines:
        ends = [(str(first), str(last)) for first, last in held] or [("", "")]
        rows += [(name, step, *span) for span in ends]
    return pd.DataFrame(rows, columns=["series", "bars", "first_day", "last_day"])


def spans_of(one: MinuteSeries) -> list[Span]:
    """Return first and last day of every stretch with bars; a longer gap divides two."""
    grid = one.grid
    days = grid.session[np.isfinite(grid.price[:, :-1]).any(axis=1)].astype("datetime64[D]")
    if not len(days):
        return []
    cut = np.flatnonzero(np.diff(days) > _HOLE * _DAY)
    return list(zip(days[[0, *(cut + 1)]], days[[*cut, -1]], strict=True))


def _step(one: MinuteSeries) -> str:
    """Say how long the bars are, and whether the market is open day and night."""
    step = one.grid.step
    length = "hours" if step == _HOUR else count(step, "minute")
    return f"{length}, day and night" if one.grid.round_the_clock else length


def _title(spans: dict[str, list[Span]], bare: list[str], news: np.ndarray, seeds: Seeds) -> str:
    """Say which market lacks bars, from when on there are some, and where there is a hole."""
    short = table_names(seeds)
    said = [f"no bars for {listing([short[s] for s in bare])}"] if bare else []
    for symbol, held in spans.items():
        name = short.get(symbol, symbol)
        if held and len(news) and held[0][0] > news.min():
            said.append(f"none for {name} before {day(str(held[0][0]))}")
        if held and len(news) and held[-1][1] < news.max():
            said.append(f"none for {name} after {day(str(held[-1][1]))}")
        holes = [b[0] - _DAY for b in held[1:]]
        if holes:
            said.append(f"{count(len(holes), 'gap')} in those for {name}")
    every = "Every series has bars from the first news to the last"
    return sentence_case(listing(said)) if said else every


def _drawing(
    lines: list[tuple[str, str, list[Span]]], news: np.ndarray, width: int, title: str
) -> Drawing:
    wide = width == _WIDTHS[0]
    left, row, top = (190.0, 34.0, 34.0) if wide else (8.0, 46.0, 34.0)
    bottom = top + len(lines) * row
    ends = [end for *_, held in lines for span in held for end in span] + list(news)
    low, high = (min(ends), max(ends)) if ends else (np.datetime64("2000-01-01"),) * 2
    x = Axis(float(low.astype(int)), float(high.astype(int)) + 1, left, width - 12.0)
    parts = [text(left, 12, f"{count(len(news), 'event')} (ticks)", "s")]
    parts += [
        line(x(float(at.astype(int))), 18, x(float(at.astype(int))), bottom, "rule")
        for at in np.unique(news)
    ]
    for n, (name, step, held) in enumerate(lines):
        y = top + n * row
        parts.append(text(0 if wide else left, y + 10, name, "b"))
        parts.append(text(0, y + 25, step, "s halo") if wide else
                     text(width - 12.0, y + 10, step, "s e halo"))  # fmt: skip
        for first, last in held:
            start, end = x(float(first.astype(int))), x(float(last.astype(int)) + 1)
            parts.append(rect(start, y + (4 if wide else 18), max(end - start, 1.5), 12, "mid"))
    parts += _years(low, high, x, bottom)
    return Drawing(width, round(bottom) + 24, f"{title}: one line per series.", tuple(parts))


def _years(low: np.datetime64, high: np.datetime64, x: Axis, bottom: float) -> list[str]:
    """Label the year's beginnings inside, and the first day where there is none."""
    first, last = (int(at.astype("datetime64[Y]").astype(int)) + 1970 for at in (low, high))
    parts = [line(x(x.low), bottom, x(x.high), bottom, "axis"),
             text(x(x.low), bottom + 16, str(first), "s")]  # fmt: skip
    for year in range(first + 1, last + 1):
        at = x(float(np.datetime64(f"{year}-01-01").astype(int)))
        if at - x(x.low) > 40:
            parts.append(text(at, bottom + 16, str(year), "s m"))
    return parts
