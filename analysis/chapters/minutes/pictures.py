"""Every reaction by its day and by the minutes after the news, in one picture."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING

import pandas as pd

from analysis.chapters.minutes.tables import table_names
from analysis.chapters.minutes.words import distinct, told_rows
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.rows import records
from analysis.chapters.shared.svg import Axis, Drawing, circle, label_width, line, rect, text
from analysis.engine import LEVEL
from analysis.wording import count, day, number, sentence_case, short_day, signed_percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_WIDTHS = (720, 358)
_NARROW = _WIDTHS[-1]
_TICKS = (0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 10)
_LEFT, _TOP, _RIGHT, _BOTTOM = 44.0, 34.0, 16.0, 44.0
_NAMED, _LINE, _BOLD = 5, 14.0, 1.06
"""Dots that are named: those that hold, then the farthest out; pixels from line to line; how much
wider bold letters are."""

Box = tuple[float, float, float, float]
"""From left to right and from top to bottom, pixels."""


def days_and_minutes_chart(store: StudyStore, seeds: Seeds) -> Chart:
    """Draw every reaction: across its whole day, up the window fixed beforehand.

    Both axes are |z| over what 19 of 20 ordinary sessions stay within, on a root scale.
    """
    dots = _dots(store, seeds)
    held = int((dots["together"] <= LEVEL).sum())
    more = int(((dots["alone"] <= LEVEL) & ~(dots["alone_day"] <= LEVEL)).sum())
    title = (
        f"{sentence_case(count(more, 'reaction'))} {'stands' if more == 1 else 'stand'} out only "
        f"in minutes, and {number(held, none='none')} {'hold' if held > 1 else 'holds'} among all"
    )
    return Chart(
        name="days-and-minutes",
        title=title,
        reading="Each dot is one reaction. Across: the whole day. Up: the window after the news. "
        "1× is what 19 of 20 ordinary sessions stay within; grey is ordinary in both. Coloured: "
        "stands out in minutes; blue rose, orange fell. Ringed: still does when all of a series "
        "are judged together.",
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
                          up, row["p_family"], row["p"], of_day["p"]))  # fmt: skip
    columns = ["event_id", "series", "start", "end", "ret", "day", "minutes", "together", "alone",
               "alone_day"]  # fmt: skip
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
        if at <= far and (width > _NARROW or tick != _TICKS[0]):
            parts += [line(x(at), y(0), x(at), y(top), kind)]
            parts += [text(x(at), y(0) + 18, f"{tick:g}×", "s m")]
        if at <= top:
            parts += [line(x(0), y(at), x(far), y(at), kind)]
            parts += [text(x(0) - 6, y(at) + 4, f"{tick:g}×", "s e")]
    parts.append(text(x(far), y(0) + 36, "further out by the whole day →", "b e"))
    parts.append(text(0, 14, "↑ further out in the minutes after the news", "b"))
    for dot in records(dots.sort_values("minutes")):
        across, up = x(sqrt(dot["day"])), y(sqrt(dot["minutes"]))
        kind = ("up" if dot["ret"] > 0 else "down") if dot["alone"] <= LEVEL else "dot"
        if dot["together"] <= LEVEL:
            parts.append(circle(across, up, 7, "open"))
        parts.append(circle(across, up, 3.6, kind))
    spots = [(x(sqrt(d["day"])) - 5, x(sqrt(d["day"])) + 5, y(sqrt(d["minutes"])) - 5,
              y(sqrt(d["minutes"])) + 5) for d in records(dots)]  # fmt: skip
    names, taken = _names(dots, x, y, spots)
    parts += [*_quarters(x, y, taken), *names]
    return Drawing(width, height, f"{title}: one dot per reaction.", tuple(parts))


def _quarters(x: Axis, y: Axis, taken: Sequence[Box]) -> list[str]:
    """Name the quarters of the picture where nothing else lies."""
    far, top, low = x(x.high) - 6, y(y.high) + 14, y(0) - 8
    wide = far - x(1) > label_width("only in days")
    places = ((x(0) + 6, low, "ordinary in both", ""), (x(0) + 6, top, "only in minutes", ""),
              (far, low, "only in days" * wide, " e"),
              (far, top, "in both" * wide, " e"))  # fmt: skip
    shown = []
    for at, level, words, end in places:
        left = at - label_width(words) if end else at
        box = (left, left + label_width(words), level - 12, level + 4)
        if words and not any(_meet(box, other) for other in taken):
            shown.append(text(at, level, words, f"s halo{end}"))
    return shown


def _names(
    dots: pd.DataFrame, x: Axis, y: Axis, spots: Sequence[Box]
) -> tuple[list[str], tuple[Box, ...]]:
    """Name the dots that hold and those farthest out, each beside its dot and clear of the rest.

    Returns the words, and all places that are taken: those of the dots, and of the words.
    """
    taken = tuple(spots)
    out = dots[dots["alone"] <= LEVEL].sort_values(["together", "minutes"], ascending=[True, False])
    parts: list[str] = []
    for dot in records(out[:_NAMED]):
        at, level = x(sqrt(dot["day"])), y(sqrt(dot["minutes"]))
        words = f"{dot['series']}, {short_day(dot['end'][:10])}"
        wide = label_width(words) * _BOLD
        sides = [((left, left + wide, level - 8, level + 20), end)
                 for left, end in ((at + 11, ""), (at - 11 - wide, " e"))
                 if left >= x(0) and left + wide <= x(x.high) + _RIGHT]  # fmt: skip
        free = [side for side in sides if not any(_meet(side[0], box) for box in taken)]
        if not free and dot["together"] <= LEVEL:
            free = sides  # those that hold are named in any case
        if free:
            box, end = free[0]
            taken = (*taken, box)
            edge = box[1] if end else box[0]
            parts.append(text(edge, level + 3, words, f"b halo{end}"))
            parts.append(text(edge, level + 3 + _LINE, signed_percent(dot["ret"]), f"s halo{end}"))
    return parts, taken


def _meet(one: Box, other: Box) -> bool:
    across = one[0] < other[1] and other[0] < one[1]
    return across and one[2] < other[3] and other[2] < one[3]
