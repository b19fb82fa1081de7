"""A timeline of the events as one inline SVG, drawn by arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

from analysis.files import csv_link
from analysis.report.grid import GridRow
from analysis.report.render import MONTHS, day_text

_LEFT, _WIDTH, _LANE, _TOP = 132, 860, 30, 26
_NEAR = 9.0
"""Two dots closer than this (px) in a lane are drawn above each other."""


def timeline_link(rows: Sequence[GridRow]) -> str:
    """Return HTML of the link that saves what the timeline shows; empty for no events."""
    import pandas as pd

    columns = ["event_id", "date", "category", "role"]
    drawn = [(row.event_id, str(row.day), row.category, row.role) for row in rows]
    table = pd.DataFrame(drawn, columns=columns)
    return csv_link(table, name="timeline", title="When it happened")


def draw_timeline(rows: Sequence[GridRow]) -> str:
    """Return the SVG: one lane per category, one linked dot per event; empty for no events.

    Headline events are filled dots, the others rings; colour and font come from the page's style
    sheet.
    """
    if not rows:
        return ""
    first, last = min(row.day for row in rows), max(row.day for row in rows)
    start = first.replace(day=1)
    end = (last.replace(day=1) + timedelta(days=32)).replace(day=1)
    lanes = list(dict.fromkeys(row.category for row in rows))
    height = _TOP + _LANE * len(lanes) + 26
    words = (
        f"Timeline of {len(rows)} events from {day_text(first)} to {day_text(last)}, "
        f"in {len(lanes)} categories. The table below lists them all."
    )
    parts = [
        f'<svg class="timeline" viewBox="0 0 {_LEFT + _WIDTH + 36} {height}" role="group" '
        f'aria-label="{escape(words)}" xmlns="http://www.w3.org/2000/svg">'
    ]
    parts += _axis(start, end, height)
    parts += [_lane(name, number) for number, name in enumerate(lanes)]
    parts += _dots(rows, lanes, start, end)
    return "\n".join([*parts, "</svg>"])


def _x(day: date, start: date, end: date) -> float:
    return _LEFT + _WIDTH * (day - start).days / max((end - start).days, 1)


def _axis(start: date, end: date, height: int) -> list[str]:
    months = (end.year - start.year) * 12 + end.month - start.month
    every = 1 if months <= 8 else 3 if months <= 30 else 6
    parts, day = [], start
    while day <= end:
        if (day.month - 1) % every == 0:
            x = _x(day, start, end)
            year = f" {day.year}" if every > 1 or day.month == 1 or day == start else ""
            ends = f'y1="{_TOP - 6}" y2="{height - 22}"'
            parts.append(f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" {ends}/>')
            label = MONTHS[day.month - 1] + year
            parts.append(f'<text class="axis" x="{x:.1f}" y="{height - 6}">{label}</text>')
        day = (day + timedelta(days=32)).replace(day=1)
    return parts


def _lane(name: str, number: int) -> str:
    y = _TOP + _LANE * number + _LANE / 2
    return (
        f'<line class="lane" x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y}" y2="{y}"/>'
        f'<text class="lane-name" x="{_LEFT - 12}" y="{y + 4}">{escape(name)}</text>'
    )


def _dots(rows: Sequence[GridRow], lanes: list[str], start: date, end: date) -> list[str]:
    parts = []
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in lanes}
    for row in rows:
        x = _x(row.day, start, end)
        near = sum(abs(x - other) < _NEAR for other, _ in taken[row.category])
        shift = (0, -7, 7, -12, 12)[near % 5]
        taken[row.category].append((x, shift))
        y = _TOP + _LANE * lanes.index(row.category) + _LANE / 2 + shift
        words = escape(f"{day_text(row.day)}: {row.title}")
        parts.append(
            f'<a href="#{escape(row.event_id)}" aria-label="{words}"><title>{words}</title>'
            f'<circle class="dot {escape(row.role)}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/></a>'
        )
    return parts
