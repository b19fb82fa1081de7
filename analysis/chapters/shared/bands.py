"""Rows of moves against the band of 19 of 20 ordinary days: yardsticks, markets of an article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import pandas as pd

from analysis.chapters.shared.svg import Axis, Drawing, circle, line, rect, text
from analysis.wording import signed_percent

WIDE, NARROW = 760, 358


@dataclass(frozen=True, slots=True)
class BandRow:
    """One row.

    Attributes
    ----------
    name, note
        What is shown, and a few words on it.
    value
        What is held against the band, decimal.
    half
        Half the band, decimal; NaN where there are too few ordinary days.
    k, n
        Ordinary days as unusual, and all of them.
    whole
        The whole move where ``value`` is only what is left of it; NaN for none.
    stands_out
        Whether the value leaves the band.
    """

    name: str
    note: str
    value: float
    half: float
    k: int
    n: int
    whole: float = float("nan")
    stands_out: bool = False


def band_drawings(rows: Sequence[BandRow], label: str) -> tuple[Drawing, ...]:
    """Draw rows at two widths."""
    return tuple(_drawing(rows, width, label) for width in (WIDE, NARROW))


def band_table(rows: Sequence[BandRow]) -> pd.DataFrame:
    """Return what is drawn."""
    columns = ["row", "value", "low", "high", "whole", "as_unusual", "ordinary_days"]
    found = [(r.name, r.value, -r.half, r.half, r.whole, r.k, r.n) for r in rows]
    return pd.DataFrame(found, columns=columns)


def _drawing(rows: Sequence[BandRow], width: int, label: str) -> Drawing:
    wide = width == WIDE
    ends = [v for r in rows for v in (r.value, r.half, -r.half, r.whole, 0.0) if isfinite(v)]
    low, high = min(ends, default=-0.01), max(ends, default=0.01)
    pad = (high - low) * 0.08 or 0.01
    left, right = (200, width - 170) if wide else (8, width - 8)
    x = Axis(low - pad, high + pad, left, right)
    row, bar = (38, 16) if wide else (66, 14)
    top = 10 if wide else 30
    bottom = top + row * len(rows) - (10 if wide else 22)
    parts = []
    for tick in x.ticks(5 if wide else 4):
        parts.append(line(x(tick), 4, x(tick), bottom, "rule"))
        parts.append(text(x(tick), bottom + 17, signed_percent(tick, _digits(x)), "s m"))
    for place, item in enumerate(rows):
        parts += _row(item, top + place * row, x, bar, width, wide=wide)
    return Drawing(width, int(bottom + 26), label, tuple(parts))


def _digits(x: Axis) -> int:
    return 0 if x.high - x.low > 0.03 else 1


def _row(item: BandRow, y: float, x: Axis, bar: float, width: int, *, wide: bool) -> list[str]:
    middle = y + bar / 2
    tally = f"{item.k} of {item.n}" if item.n else "no ordinary days"
    if wide:
        under = "ordinary days as unusual" if item.n else ""
        parts = [text(0, y + 8, item.name, "b"), text(0, y + 23, item.note, "s")]
        parts += [text(width - 150, y + 8, tally, "b"), text(width - 150, y + 23, under, "s")]
    else:
        parts = [text(0, y - 12, item.name, "b halo"), text(width, y - 12, tally, "s e halo")]
        parts.append(text(0, y + bar + 15, item.note, "s halo"))
    if isfinite(item.half):
        parts.append(rect(x(-item.half), y, x(item.half) - x(-item.half), bar, "band"))
    if isfinite(item.whole):
        parts.append(line(x(item.whole), y - 2, x(item.whole), y + bar + 2, "line"))
    if isfinite(item.value):
        kind = ("up" if item.value > 0 else "down") if item.stands_out else "open"
        parts.append(circle(x(item.value), middle, 5, kind))
        side = "s halo" if x(item.value) + 60 < x.end else "s e halo"
        shift = 9 if side == "s halo" else -9
        if not isfinite(item.whole):
            parts.append(text(x(item.value) + shift, middle + 4, signed_percent(item.value), side))
    return parts
