"""The pictures of one market on its day: how the move divides, and the ordinary days beside it."""

from __future__ import annotations

from math import ceil, isfinite

import numpy as np
import pandas as pd

from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.ordinary import Ordinary
from analysis.chapters.shared.svg import (
    Axis,
    Drawing,
    circle,
    dots,
    label_width,
    line,
    rect,
    text,
)
from analysis.chapters.shared.voice import sum_words, summed
from analysis.wording import day, number, sentence_case, short_day, signed_percent

WIDE, NARROW = 760, 358
BOLD = 1.08
"""How much wider bold letters are."""
_BINS = 0.25
"""Width of a column of ordinary days, usual swings."""


def tone(value: float) -> str:
    """Return the colour of a move that stands out."""
    return "up" if value > 0 else "down"


# -- sum ------------------------------------------------------------------------------------------


def sum_chart(move: Move, benchmark: str, source: str) -> Chart:
    """Draw how a move divides into what was expected and what is left."""
    whole, expected, beyond = summed(move)
    label = f"Sum: {expected} expected and {beyond} beyond make {whole}."
    return Chart(
        name="sum",
        title=sum_words(move),
        reading=f"How {move.short}’s move of {day(move.day0)} divides.",
        drawings=tuple(_sum_drawing(move, benchmark, w, label) for w in (WIDE, NARROW)),
        source=source,
        table=pd.DataFrame(
            {
                "part": ["expected", "beyond", "moved"],
                "value": [move.expected, move.beyond, move.ret],
            }
        ),
    )


def expected_words(move: Move, benchmark: str) -> str:
    """Say what the expected move is made of: drift, beta times the benchmark."""
    if not isfinite(move.beta):
        if move.yardstick.symbol:
            return f"the move of {benchmark}"
        return f"average day {signed_percent(move.expected, 2)}"
    drift = f"{signed_percent(move.alpha, 2)} usual drift"
    return f"{drift}, {move.beta:.1f} × {benchmark}’s {signed_percent(move.benchmark_ret, 2)}"


def _sum_drawing(move: Move, benchmark: str, width: int, label: str) -> Drawing:
    wide = width == WIDE
    left = 290 if wide else 8
    row, top, bar = (44, 8, 20) if wide else (64, 26, 18)
    shown = (move.expected, move.beyond, move.ret)
    ends = [0.0, move.expected, move.ret]
    room = max(max(ends) - min(ends), 0.002)
    whole, expected, beyond = summed(move)
    labels = (expected, beyond, f"= {whole}")
    wide_labels = {True: 0.0, False: 0.0}
    for words, value in zip(labels, shown, strict=True):
        wide_labels[value >= 0] = max(wide_labels[value >= 0], BOLD * label_width(words) + 8)
    x = Axis(min(ends) - room * 0.04, max(ends) + room * 0.04, left + wide_labels[False],
             width - 4 - wide_labels[True])  # fmt: skip
    bottom = top + 3 * row - (6 if wide else 22)
    parts = []
    digits = 0 if room > 0.03 else 1
    ticks = x.ticks(5 if wide else 4)
    widest = max((label_width(signed_percent(tick, digits)) for tick in ticks), default=0.0)
    apart = abs(x(ticks[1]) - x(ticks[0])) if len(ticks) > 1 else widest
    for tick in ticks[:: max(1, ceil((widest + 4) / max(apart, 1)))]:
        parts.append(line(x(tick), top - 4, x(tick), bottom, "rule"))
        parts.append(text(x(tick), bottom + 16, signed_percent(tick, digits), "s m"))
    heads = (
        (sentence_case(f"what {move.yardstick.explains}"), expected_words(move, benchmark)),
        ("Beyond it", "what is left for the news, and for all else"),
        (
            f"What {move.short} did",
            f"{short_day(move.before)} to {short_day(move.day0)}, close to close",
        )
        if move.before
        else (f"What {move.short} did", day(move.day0)),
    )
    starts = (0.0, move.expected, 0.0)
    kinds = ("mid", tone(move.beyond), "ink")
    for n, (value, (head, sub), start, kind) in enumerate(
        zip(shown, heads, starts, kinds, strict=True)
    ):
        y = top + n * row
        if wide:
            parts += [text(0, y + 9, head, "b"), text(0, y + 25, sub, "s")]
        else:
            parts += [text(0, y - 10, head, "b halo"), text(0, y + bar + 14, sub, "s halo")]
        parts.append(rect(x(start), y, x(start + value) - x(start), bar, kind))
        words = labels[n]
        edge = x(start + value)
        side = "b halo" if value >= 0 else "b e halo"
        parts.append(text(edge + (6 if value >= 0 else -6), y + 15, words, side))
    return Drawing(width, bottom + 24, label, tuple(p for p in parts if p))


# -- ordinary days --------------------------------------------------------------------------------


def ordinary_chart(move: Move, ordinary: Ordinary, span: int, source: str) -> Chart | None:
    """Draw every ordinary day as a dot, the day itself, and those as unusual; None without any."""
    days = ordinary.days(move.market, span)
    if move.count is None or not len(days) or not isfinite(move.count.statistic):
        return None
    found = move.count
    verb = "was" if found.k <= 1 else "were"
    title = sentence_case(
        f"{number(found.k, none='none')} of {found.n} ordinary days {verb} as unusual"
    )
    named = 0 < found.k <= 6
    label = f"{title}: a dot for every ordinary day of {move.short}, and {day(move.day0)}."
    reading = (
        f"Each grey dot is one ordinary day of {move.short}, placed by its distance from what was "
        "expected, in usual swings of the time. "
        + ("Strong: those as unusual." if found.k else "None lies as far out.")
    )
    table = days[["session", "ar", "statistic"]].assign(kind="ordinary day")
    own = pd.DataFrame(
        [{"session": move.day0, "ar": move.beyond, "statistic": found.statistic, "kind": "the day"}]
    )
    return Chart(
        name="ordinary",
        title=title,
        reading=reading,
        drawings=tuple(
            _ordinary_drawing(move, days, w, label, named=named) for w in (WIDE, NARROW)
        ),
        source=source,
        table=pd.concat([own, table], ignore_index=True),
    )


def _ordinary_drawing(
    move: Move, days: pd.DataFrame, width: int, label: str, *, named: bool
) -> Drawing:
    wide = width == WIDE
    values = days["statistic"].to_numpy(dtype=float)
    sessions = days["session"].astype(str).to_numpy()
    known = np.isfinite(values)
    values, sessions = values[known], sessions[known]
    moves = days["ar"].to_numpy(dtype=float)[known]
    reach = max(3.0, float(np.ceil(max(np.abs(values).max(initial=0), abs(move.statistic)) + 0.3)))
    reach = min(reach, 8.0)
    shown = np.clip(values, -reach + _BINS / 2, reach - _BINS / 2)
    bins = np.floor(shown / _BINS).astype(int)
    x = Axis(-reach, reach, 6, width - 6)
    tallest = int(np.bincount(bins - bins.min()).max()) if len(bins) else 1
    radius = min(3.4 if wide else 1.9, (x(_BINS) - x(0)) / 2 - 0.2)
    step = min(2 * radius + 0.6, (250 if wide else 200) / max(tallest, 1))
    floor_ = 56 + tallest * step
    height = int(floor_ + 44)
    extreme = np.abs(values) >= abs(move.statistic) - 1e-12
    grey, black = list[tuple[float, float]](), list[tuple[float, float]]()
    level = dict[int, int]()
    spots = {}
    for place in np.argsort(np.abs(values), kind="stable"):
        b = int(bins[place])
        level[b] = level.get(b, 0) + 1
        spot = (x((b + 0.5) * _BINS), floor_ - (level[b] - 0.5) * step)
        (black if extreme[place] else grey).append(spot)
        spots[int(place)] = spot
    parts = [line(0, floor_ + 0.5, width, floor_ + 0.5, "axis")]
    for tick in range(-int(reach), int(reach) + 1):
        if tick % 2 and not wide:
            continue
        parts.append(line(x(tick), floor_, x(tick), floor_ + 5, "axis"))
        words = "as expected" if tick == 0 else f"{abs(tick)}×"
        parts.append(text(x(tick), floor_ + 19, words, "s m"))
    parts.append(text(0, floor_ + 36, "← fell more than expected" if wide else "← fell more", "s"))
    parts.append(text(width, floor_ + 36, "rose more than expected →" if wide else "rose more →",
                      "s e"))  # fmt: skip
    parts += [dots(grey, radius, "dot"), dots(black, radius, "ink")]
    parts += _day_mark(move, x, floor_, reach)
    if named:
        parts += _as_unusual(values, moves, sessions, extreme, spots, x, wide, move.statistic)
    return Drawing(width, height, label, tuple(p for p in parts if p))


def _day_mark(move: Move, x: Axis, floor_: float, reach: float) -> list[str]:
    at = x(float(np.clip(move.statistic, -reach, reach)))
    kind = tone(move.beyond) if move.stands_out else ""
    stroke = f"{kind}s" if kind else "thin"
    words = f"{short_day(move.day0)}: {signed_percent(move.ret)}"
    middle = min(max(at, label_width(words) / 2), x(reach) - label_width(words) / 2)
    return [
        line(at, 24, at, floor_, stroke),
        circle(at, floor_ - 5, 5, kind or "open"),
        text(middle, 16, words, "b m halo"),
    ]


def _as_unusual(
    values: np.ndarray,
    moves: np.ndarray,
    sessions: np.ndarray,
    extreme: np.ndarray,
    spots: dict[int, tuple[float, float]],
    x: Axis,
    wide: bool,
    own: float,
) -> list[str]:
    """Date the ordinary days that were as unusual and say how far they went, where there is room.

    A label that would meet the line of the day itself moves to its own side of it.
    """
    parts, last, day_ = [], -99.0, x(own)
    for place in sorted(np.flatnonzero(extreme), key=lambda n: values[n]):
        px, py = spots[int(place)]
        date, gone = sessions[place], f"{signed_percent(moves[place])} beyond"
        words = f"{short_day(date)} {date[:4]}" if wide else short_day(date)
        half = max(label_width(words), label_width(gone) if wide else 0.0) / 2
        middle = min(max(px, half), x(x.high) - half)
        if abs(middle - day_) < half + 8:
            middle = day_ + (half + 8 if px >= day_ else -half - 8)
        if middle - half < last or middle + half > x(x.high) + 2:
            continue
        last = middle + half + 6
        lift = 15 if wide else 0
        parts.append(text(middle, py - 10 - lift, words, "b m halo" if wide else "s m halo"))
        if wide:
            parts.append(text(middle, py - 10, gone, "s m halo"))
    return parts
