"""One event in minutes, as pictures: the path around the instant, and how its day divides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, prod
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.minutes.tables import table_names
from analysis.chapters.minutes.words import (
    TOTAL,
    clock,
    primary_rows,
    rows_beside,
    short_names,
)
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.svg import (
    Axis,
    Drawing,
    area,
    circle,
    label_width,
    line,
    path,
    rect,
    text,
)
from analysis.chapters.shared.voice import moved
from analysis.engine import LEVEL
from analysis.wording import day, sentence_case, signed_percent

if TYPE_CHECKING:
    from analysis.reactions.minute_paths import MinutePath, MinutePaths
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_WIDE, _NARROW = 760, 358
_SPLIT = ("before", "first_hour", "rest")
_EXACT = 1e-9


def minute_charts(
    store: StudyStore, seeds: Seeds, event_id: str, paths: MinutePaths | None
) -> tuple[Chart, ...]:
    """Return the pictures of the series the words speak of first; none without its bars."""
    known = records(primary_rows(store, seeds, event_id))
    if not known:
        return ()
    row = known[0]
    found = paths.path(event_id, row["series"], row["benchmark"]) if paths else None
    drawn = path_chart(found, row, seeds) if found else None
    return tuple(filter(None, (drawn, split_chart(store, row, seeds))))


# -- path -----------------------------------------------------------------------------------------


def path_chart(found: MinutePath, row: Row, seeds: Seeds) -> Chart:
    """Draw marks around the instant, where ordinary sessions lie, and the bounds of the news."""
    names = short_names(seeds)
    name = names.get(row["series"], str(row["series"]))
    title = f"{_verdict(row)}: {name} {moved(row['ret'])} from {clock(row['start'], row['end'])}"
    since = _time(found.at[found.start])
    dashed = (
        "" if row["benchmark"] == TOTAL
        else f" Dashed: what {names.get(row['benchmark'], row['benchmark'])} explains."
    )  # fmt: skip
    reading = (
        f"{sentence_case(name)}, in per cent of {'the close' if found.shut else 'its level'} at "
        f"{since} UTC on {day(str(found.at[found.start])[:10])}. Grey: where 19 of 20 ordinary "
        f"sessions lie at each mark, counted from there.{dashed} {_news(found)}"
    )
    label = f"{title}. {_news(found)}"
    return Chart(
        name="minute-path",
        title=title,
        reading=reading,
        drawings=tuple(_path_drawing(found, row, width, label) for width in (_WIDE, _NARROW)),
        source=_source(row),
        table=found.table(),
    )


def _verdict(row: Row) -> str:
    if row["p_family"] <= LEVEL:
        return "Unusual even among all"
    return "Unusual alone" if row["p"] <= LEVEL else "Ordinary"


def _news(found: MinutePath) -> str:
    """Say when the news came, and between which bounds it is known."""
    moment = found.moment
    best = f"{_time(moment.best)} UTC on {day(str(moment.best)[:10])}"
    if moment.earliest == moment.latest:
        return f"Blue line: the news, {best}."
    bounds = clock(str(moment.earliest), str(moment.latest))
    return f"Blue line: the best guess of the news, {best}; shaded: its bounds, {bounds}."


def _source(row: Row) -> str:
    return f"Source: Market reaction; intraday bars to {day(row['end'][:10])}."


def _time(at: np.datetime64) -> str:
    return str(np.datetime_as_string(at, unit="m"))[11:]


def _path_drawing(found: MinutePath, row: Row, width: int, label: str) -> Drawing:
    wide = width == _WIDE
    height, left = (320, 56) if wide else (270, 50)
    right, top, bottom = width - (76 if wide else 54), 24.0, height - 30.0
    places = _places(found, left, right)
    low, high = found.expected - found.half, found.expected + found.half
    values = np.concatenate([found.ret, low, high])
    values = values[np.isfinite(values)]
    pad = (values.max() - values.min()) * 0.08 or 0.001
    y = Axis(values.min() - pad, values.max() + pad, bottom, top)
    parts = [*_bounds(found, places, top, bottom), *_levels(y, left, right)]
    parts.append(area(_line(places, high, y), _line(places, low, y), "band"))
    parts += _instant(found, places, top, bottom)
    if row["benchmark"] != TOTAL:
        known = np.isfinite(found.expected)
        parts.append(path(_line(places[known], found.expected[known], y), "dash"))
    traded = [slice(0, found.start + 1), slice(found.start + 1, None)]
    points = _line(places, found.ret, y)
    for part in traded if found.shut else [slice(None)]:
        parts.append(path(points[part], "line"))
    if found.shut:
        parts.append(path(points[found.start : found.start + 2], "thin"))
    parts += [*_window(found, row, points, left, wide=wide), *_end(found, points)]
    parts += _times(found, places, bottom, wide=wide)
    return Drawing(width, height, label, tuple(p for p in parts if p))


def _places(found: MinutePath, left: float, right: float) -> np.ndarray:
    """Return where marks lie: evenly, with room for the hours a market is shut."""
    at = np.arange(len(found.at), dtype=float)
    if found.shut:
        at[found.start + 1 :] += len(at) * 0.12
    return np.asarray(left + at / max(at[-1], 1.0) * (right - left))


def _line(places: np.ndarray, values: np.ndarray, y: Axis) -> list[tuple[float, float]]:
    return [
        (float(x), y(v) if isfinite(v) else float("nan"))
        for x, v in zip(places, values, strict=True)
    ]


def _across(found: MinutePath, places: np.ndarray, at: np.datetime64) -> float:
    """Return where an instant lies; one beyond the marks at their end."""
    seconds = found.at.astype("datetime64[s]").astype(float)
    return float(np.interp(at.astype("datetime64[s]").astype(float), seconds, places))


def _bounds(found: MinutePath, places: np.ndarray, top: float, bottom: float) -> list[str]:
    first, last = (
        _across(found, places, at) for at in (found.moment.earliest, found.moment.latest)
    )
    return [rect(first, top, last - first, bottom - top, "news")] if last - first > 1 else []


def _instant(found: MinutePath, places: np.ndarray, top: float, bottom: float) -> list[str]:
    x = _across(found, places, found.moment.best)
    words = f"the news: {_time(found.moment.best)}"
    half = label_width(words) / 2
    middle = min(max(x, places[0] + half), places[-1] - half)
    return [line(x, top, x, bottom, "ups"), text(middle, top - 8, words, "s m")]


def _levels(y: Axis, left: float, right: float) -> list[str]:
    parts, ticks = [], y.ticks(5)
    fine = len(ticks) > 1 and ticks[1] - ticks[0] < 0.0095
    for tick in ticks:
        kind = "axis" if abs(tick) < _EXACT else "rule"
        parts.append(line(left, y(tick), right, y(tick), kind))
        parts.append(text(left - 6, y(tick) + 4, signed_percent(tick, 1 if fine else 0), "s e"))
    return parts


def _window(
    found: MinutePath, row: Row, points: Sequence[tuple[float, float]], left: float, *, wide: bool
) -> list[str]:
    """Mark the window the verdict is on: coloured where it stands out, with a dot at its end."""
    times = [f"{at}Z" for at in np.datetime_as_string(found.at, unit="s")]
    if row["start"] not in times or row["end"] not in times:
        return []
    first, last = times.index(row["start"]), times.index(row["end"])
    if found.shut and first == found.start:
        first += 1  # no line where nothing traded
    x, y = points[last]
    if not isfinite(y):
        return []
    kind = ("up" if row["ret"] > 0 else "down") if row["p"] <= LEVEL else "ink"
    words = (
        f"{signed_percent(row['ret'])} by {row['end'][11:16]}"
        if wide
        else signed_percent(row["ret"])
    )
    before = x - 10 - label_width(words) > left
    place = text(x + (-10 if before else 10), y + (18 if row["ret"] < 0 else -10), words,
                 "b halo e" if before else "b halo")  # fmt: skip
    drawn = path(points[first : last + 1], f"{kind}s") if kind != "ink" else ""
    return [drawn, circle(x, y, 4.5, kind), place if last < len(times) - 1 else ""]


def _end(found: MinutePath, points: Sequence[tuple[float, float]]) -> list[str]:
    """Write where the price stood at the end."""
    x, y = points[-1]
    words = signed_percent(float(found.ret[-1]))
    return [text(x + 8, y + 4, words, "b halo")] if isfinite(y) else []


def _times(found: MinutePath, places: np.ndarray, bottom: float, *, wide: bool) -> list[str]:
    """Label the first mark, those between and the last, with the day where it changes."""
    last, first = len(places) - 1, found.start + 1 if found.shut else 0
    inner = (
        first + np.array([1, 2] if wide else [1]) * (last - first) // (3 if wide else 2)
    ).tolist()
    chosen = [*([0, found.start] if found.shut else []), first, *inner, last]
    parts, edge = [], -1.0
    for n in dict.fromkeys(chosen):
        words = _time(found.at[n])
        half = label_width(words) / 2
        if places[n] - half < edge + 8:
            continue
        parts.append(text(places[n], bottom + 16, words, "s m"))
        edge = places[n] + half
    if found.shut:
        middle = (places[found.start] + places[first]) / 2
        parts.append(text(middle, bottom - 6, "shut", "s m halo"))
    return parts


# -- split ----------------------------------------------------------------------------------------


def split_chart(store: StudyStore, row: Row, seeds: Seeds) -> Chart | None:
    """Draw how day 0 divides at the instant; None unless the parts multiply back to the day."""
    kinds = rows_beside(store, row)
    of_day = kinds.get("day0")
    parts = [kinds[k] for k in _SPLIT if k in kinds and isfinite(kinds[k]["ret"])]
    if of_day is None or len(parts) < 2:
        return None
    levels = np.cumprod([1.0, *(1.0 + part["ret"] for part in parts)]) - 1.0
    if not abs(prod(1.0 + part["ret"] for part in parts) - 1.0 - of_day["ret"]) < _EXACT:
        return None
    steps = np.diff(levels)
    shown = _adding(steps, float(of_day["ret"]))
    heads = [_head(part, kinds) for part in parts]
    signs = [f"{s[0]} {s[1:]}" if s[0] in "+−" else f"+ {s}" for s in shown[1:-1]]
    title = f"{shown[-1]} = {shown[0]} {heads[0]} " + " ".join(
        f"{sign} {head}" for sign, head in zip(signs, heads[1:], strict=True)
    )
    name = table_names(seeds).get(row["series"], str(row["series"]))
    loose = " It holds if the best guess of the moment does." if "best" in parts[-1]["note"] else ""
    whole = clock(of_day["start"], of_day["end"])
    rows = [
        *((sentence_case(h), _span(p), s, a, b)
          for h, p, s, a, b in zip(heads, parts, shown, levels, levels[1:], strict=False)),
        ("The day", "close to close", f"= {shown[-1]}", 0.0, float(of_day["ret"])),
    ]  # fmt: skip
    return Chart(
        name="minute-split",
        title=title,
        reading=f"How the day of {name} divides, {whole}, in per cent of the close before.{loose}",
        drawings=tuple(_split_drawing(rows, width, title) for width in (_WIDE, _NARROW)),
        source=_source(of_day),
        table=pd.DataFrame(
            {
                "part": [*(p["kind"] for p in parts), "day0"],
                "return": [*(p["ret"] for p in parts), of_day["ret"]],
                "points": [*steps, of_day["ret"]],
            }
        ),
    )


def _span(part: Row) -> str:
    """Write from when to when: ``9 October, 20:00 to 14:55 UTC``."""
    start, end = part["start"], part["end"]
    since = "" if start[:10] == end[:10] else f"{day(start[:10]).rsplit(' ', 1)[0]}, "
    return f"{since}{start[11:16]} to {end[11:16]} UTC"


def _head(part: Row, kinds: Mapping[str, Row]) -> str:
    """Name a part of the day; without anything before the news the first holds the night."""
    whole = not isfinite(kinds["before"]["ret"]) if "before" in kinds else True
    if part["kind"] == "before":
        return "before the news"
    if part["kind"] == "first_hour":
        return "overnight and in the first hour" if whole else "in the first hour after it"
    return "after that"


def _adding(steps: np.ndarray, whole: float) -> list[str]:
    """Write steps and their sum so that they add up as printed; the largest gives way."""
    for digits in (1, 2):
        shown = np.round(steps * 100, digits)
        total = round(whole * 100, digits)
        if abs(shown.sum() - total) < 10.0**-digits / 2:
            break
    else:
        shown[int(np.argmax(np.abs(shown)))] += total - shown.sum()
    return [signed_percent(float(v) / 100, digits) for v in (*shown, total)]


def _split_drawing(
    rows: Sequence[tuple[str, str, str, float, float]], width: int, label: str
) -> Drawing:
    wide = width == _WIDE
    left, row, bar, top = (310.0, 44.0, 20.0, 8.0) if wide else (8.0, 64.0, 18.0, 26.0)
    ends = [end for *_, first, last in rows for end in (first, last)]
    room = max(max(ends) - min(ends), 0.002)
    pad = room * (0.25 if wide else 0.35)  # for the labels
    x = Axis(min(ends) - pad, max(ends) + pad, left, width - 12.0)
    bottom = top + len(rows) * row - (6 if wide else 22)
    parts = []
    for tick in x.ticks(5 if wide else 4):
        parts.append(line(x(tick), top - 4, x(tick), bottom, "rule"))
        parts.append(
            text(x(tick), bottom + 16, signed_percent(tick, 0 if room > 0.03 else 1), "s m")
        )
    for n, (head, sub, words, first, last) in enumerate(rows):
        y = top + n * row
        if wide:
            parts += [text(0, y + 9, head, "b"), text(0, y + 25, sub, "s")]
        else:
            parts += [text(0, y - 10, head, "b"), text(0, y + bar + 14, sub, "s")]
        kind = "ink" if n == len(rows) - 1 else "mid"
        parts.append(rect(x(first), y, x(last) - x(first), bar, kind))
        rose = last >= first
        parts.append(text(x(last) + (6 if rose else -6), y + 15, words,
                          "b halo" if rose else "b e halo"))  # fmt: skip
    return Drawing(width, round(bottom) + 24, label, tuple(parts))
