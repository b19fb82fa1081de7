"""Every reaction by its day and by the minutes after the news, in one picture."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING

import pandas as pd

from analysis.chapters.minutes.tables import table_names
from analysis.chapters.minutes.words import LEVEL, distinct, told_rows
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.rows import records
from analysis.chapters.shared.svg import Axis, Drawing, circle, line, rect, text
from analysis.wording import day, number

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_WIDTHS = (720, 358)
_TICKS = (0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 10)
_LEFT, _TOP, _RIGHT, _BOTTOM = 44.0, 16.0, 16.0, 44.0


def days_and_minutes_chart(store: StudyStore, seeds: Seeds) -> Chart:
    """Draw every reaction: across its whole day, up the window fixed beforehand.

    Both axes are |z| over what 19 of 20 ordinary sessions stay within, on a root scale.
    """
    dots = _dots(store, seeds)
    held = int((dots["together"] <= LEVEL).sum())
    more = int(((dots["minutes"] >= 1) & (dots["day"] < 1)).sum())
    title = (
        f"{number(more, none='No').capitalize()} reactions leave the ordinary range only in "
        f"minutes, and {number(held, none='none')} in minutes "
        f"{'holds' if held == 1 else 'hold'} among all"
    )
    return Chart(
        name="days-and-minutes",
        title=title,
        reading="Each dot is one reaction. Across: the whole day. Up: the window after the news. "
        "1× is what 19 of 20 ordinary sessions stay within; grey is ordinary in both. Ringed: "
        "still unusual when all of a series are judged together.",
        drawings=(_drawing(dots, _WIDTHS[0], title), _drawing(dots, _WIDTHS[1], title)),
        source=f"Source: Market reaction; intraday bars, closes to {day(store.run['data_end'])}.",
        table=dots,
    )


def _dots(store: StudyStore, seeds: Seeds) -> pd.DataFrame:
    rows, names = told_rows(store, seeds), table_names(seeds)
    days = rows[rows["kind"] == "day0"].set_index(["event_id", "series"])
    found = []
    for row in records(distinct(rows[rows["primary"].astype(bool)])):
        of_day = days.loc[(row["event_id"], row["series"])]
        across, up = abs(of_day["z"]) / of_day["q95"], abs(row["z"]) / row["q95"]
        if across == across and up == up:
            series = names.get(str(row["series"]), str(row["series"]))
            found.append((row["event_id"], series, row["start"], row["end"], row["ret"], across,
                          up, row["p_family"]))  # fmt: skip
    columns = ["event_id", "series", "start", "end", "ret", "day", "minutes", "together"]
    return pd.DataFrame(found, columns=columns)


def _drawing(dots: pd.DataFrame, width: int, title: str) -> Drawing:
    height = round(width * (0.66 if width > 400 else 1.1))
    top = sqrt(ceil(max(dots["minutes"].max() if len(dots) else 1.0, 1.0)))
    far = sqrt(ceil(max(dots["day"].max() if len(dots) else 1.0, 1.0)))
    x = Axis(0.0, far, _LEFT, width - _RIGHT)
    y = Axis(0.0, top, height - _BOTTOM, _TOP)
    parts = [rect(x(0), y(1), x(1) - x(0), y(0) - y(1), "band")]
    for tick in _TICKS:
        at, kind = sqrt(tick), "axis" if tick == 1 else "rule"
        if at <= far:
            parts += [line(x(at), y(0), x(at), y(top), kind)]
            parts += [text(x(at), y(0) + 18, f"{tick:g}×", "s m")]
        if at <= top:
            parts += [line(x(0), y(at), x(far), y(at), kind)]
            parts += [text(x(0) - 6, y(at) + 4, f"{tick:g}×", "s e")]
    parts.append(text(x(far), y(0) + 36, "the whole day", "s e"))
    parts.append(text(x(0) + 4, y(top) - 4, "minutes", "s"))
    for dot in records(dots.sort_values("minutes")):
        across, up = x(sqrt(dot["day"])), y(sqrt(dot["minutes"]))
        kind = ("up" if dot["ret"] > 0 else "down") if dot["minutes"] >= 1 else "dot"
        if dot["together"] <= LEVEL:
            parts.append(circle(across, up, 7, "open"))
        parts.append(circle(across, up, 3.6, kind))
    return Drawing(width, height, f"{title}: one dot per reaction.", tuple(parts))
