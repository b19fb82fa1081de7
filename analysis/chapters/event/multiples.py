"""Every market around one piece of news, side by side on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np
import pandas as pd

from analysis.chapters.event.paths import PricePath
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.svg import Axis, Drawing, area, circle, line, path, text
from analysis.wording import day, listing, number, sentence_case, signed_percent

WIDE, NARROW = 760, 358
_PANEL = 168
_MOST = 8
"""Panels that are drawn: a page of twenty markets shows the most unusual and says so."""


def markets_chart(found: Sequence[PricePath], source: str, *, base: str) -> Chart | None:
    """Draw each market as change from the last close before the news; None for one market."""
    if len(found) < 2:
        return None
    shown = found if len(found) <= _MOST else sorted(found, key=lambda p: p.move.share)[:_MOST]
    out = [p.move.short for p in found if p.move.stands_out]
    decided = any(p.move.decided for p in found)
    title = _title(out, len(found)) if decided else "Every market around the news"
    rest = (
        f" Of {len(found)} markets the {len(shown)} most unusual."
        if len(shown) < len(found)
        else ""
    )
    label = f"{title}: {len(shown)} small charts of price against what was expected."
    return Chart(
        name="markets",
        title=title,
        reading="Change from the last close before the news. Line: the market. Dashed: what "
        f"{base}. Grey: 19 of 20 ordinary stretches.{rest}",
        drawings=tuple(_drawing(shown, width, label) for width in (WIDE, NARROW)),
        source=source,
        table=pd.concat([p.table() for p in shown], ignore_index=True),
    )


def _title(out: list[str], total: int) -> str:
    if not out:
        return "On the day no market left the range of ordinary days"
    if len(out) == total:
        return "On the day every market left the range of ordinary days"
    if len(out) > 3:
        return sentence_case(
            f"{number(len(out))} of {total} markets left the range of ordinary days"
        )
    verb = "Only " if len(out) == 1 else ""
    return sentence_case(f"on the day {verb.lower()}{listing(out)} left the range of ordinary days")


def _drawing(found: Sequence[PricePath], width: int, label: str) -> Drawing:
    columns = 2 if width == WIDE else 1
    rows = -(-len(found) // columns)
    changes = [p.relative() for p in found]
    values = np.concatenate([np.concatenate(parts) for parts in changes])
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    pad = (high - low) * 0.05 or 0.01
    parts: list[str] = []
    panel = (width - 30) / columns if columns > 1 else width
    for place, (one, lines) in enumerate(zip(found, changes, strict=True)):
        column, row = place % columns, place // columns
        left = column * (panel + 30) + 44
        right = column * (panel + 30) + panel - 6
        top = row * _PANEL + 28
        y = Axis(low - pad, high + pad, top + _PANEL - 68, top)
        parts += _panel(one, lines, y, (left, right))
    return Drawing(width, rows * _PANEL, label, tuple(parts))


def _panel(
    one: PricePath,
    lines: Sequence[np.ndarray],
    y: Axis,
    sides: tuple[float, float],
) -> list[str]:
    price, expected, low, high = lines
    x = Axis(0, max(len(one.day) - 1, 1), *sides)
    move = one.move
    left, right = sides
    parts = [
        text(left - 44, y.end - 10, f"{move.short}", "b"),
        text(
            right,
            y.end - 10,
            f"{signed_percent(move.ret)}, beyond {signed_percent(move.beyond)}",
            "s e",
        ),
    ]
    digits = 0 if y.high - y.low > 0.02 else 1
    for tick in y.ticks(3):
        parts.append(line(left, y(tick), right, y(tick), "rule"))
        parts.append(text(left - 6, y(tick) + 4, signed_percent(tick, digits), "s e"))
    at = [x(n) for n in range(len(one.day))]
    spots = [
        [(px, y(v) if isfinite(v) else float("nan")) for px, v in zip(at, values, strict=True)]
        for values in (price, expected, low, high)
    ]
    parts += [area(spots[3], spots[2], "band"), path(spots[1], "dash"), path(spots[0], "line")]
    zero = int(np.flatnonzero(one.day == 0)[0])
    kind = ("up" if move.beyond > 0 else "down") if move.stands_out else "open"
    parts.append(circle(at[zero], spots[0][zero][1], 4.5, kind))
    parts.append(text(at[zero], y.start + 18, day(move.day0).rsplit(" ", 1)[0][:16], "s m"))
    return [part for part in parts if part]
