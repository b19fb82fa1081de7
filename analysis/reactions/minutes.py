"""Reactions from intraday bars: one row per event, series, benchmark and window.

Definitions: METHODS section 10. What the table holds is `COLUMNS`; times are UTC.
Arrays and ranks: ``analysis.engine.minutes``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine import minutes as engine
from analysis.engine.minutes import FamilyMember, Floats, Placebo
from analysis.reactions.minute_pairs import MinuteSeries, Pair, day0_flags, measured_against
from analysis.reactions.minute_windows import (
    SHARP_MINUTES,
    Clock,
    Moment,
    Placed,
    Window,
    event_windows,
)
from analysis.sessions.marks import MarkGrid
from analysis.wording import id_list

if TYPE_CHECKING:
    from analysis.seeds.events import Event

NONE = "none"
COLUMNS = (
    "event_id", "series", "benchmark", "kind", "start", "end", "ret", "bench_ret", "ar", "beta",
    "sigma", "z", "p", "n_placebo", "q95", "mde", "p_any_h", "p_family", "phase", "clock",
    "bounds_min", "primary", "others", "note",
)  # fmt: skip
NO_BARS = "no bars"
NO_MARK = "no mark at its start or end"
CONTRACTS = "across a change of contract"
FEW = "too few earlier sessions"
UNTESTED = "shown, not tested: the other market's clock differs"
SIZE = "starts at the previous close or in the first half hour, where size is known to miss"
_FIRST_MINUTES = np.timedelta64(30 * 60, "s")
MOST_OTHERS = 7
"""Other events of a window that are listed; more are counted."""


#: Answers of a pair at hand: windows of events that share a session are often the same.
MOST_ANSWERS = 4096
#: Rows made into one part of the table; bounds memory.
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """The figures of one window: the interval that answers, and what it is ranked among."""

    placed: Placed
    statistic: npt.NDArray[np.float64]
    row: int
    admissible: npt.NDArray[np.bool_]
    moves: npt.NDArray[np.bool_]
    rank: Placebo
    mde: float


@dataclass(frozen=True, slots=True, eq=False)
class _Catalogue:
    """The events of a market and their instants, searched all at once."""

    ids: tuple[str, ...]
    best: npt.NDArray[np.datetime64]

    @classmethod
    def of(cls, events: Sequence[Moment]) -> _Catalogue:
        best = np.array([event.best for event in events], dtype="datetime64[s]")
        return cls(tuple(event.id for event in events), best)

    def between(self, start: np.datetime64, end: np.datetime64) -> list[str]:
        """Return the events from one instant to before another, in their order."""
        return [self.ids[i] for i in np.flatnonzero((start <= self.best) & (self.best < end))]


def moments(events: Iterable[Event]) -> tuple[Moment, ...]:
    """Return events as instants in the order they were announced."""

    def instant(value: datetime) -> np.datetime64:
        return np.datetime64(value.astimezone(UTC).replace(tzinfo=None), "s")

    found = [
        Moment(e.id, instant(e.earliest), instant(e.announced_at), instant(e.latest), e.markets)
        for e in events
    ]
    return tuple(sorted(found, key=lambda m: (m.best, m.id)))


def minutes_table(events: Sequence[Moment], series: Sequence[MinuteSeries]) -> pd.DataFrame:
    """Compute every window of every event in every series, against every benchmark.

    Parameters
    ----------
    events
        All catalogued events: their day 0s are no ordinary sessions.
    series
        Series with marks; a benchmark must be among them.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, returns decimal; an event outside the bars of a pair has one row of kind
        ``none``.
    """
    found = [part for part in minute_tables(events, series) if len(part)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS))


def minute_tables(
    events: Sequence[Moment], series: Sequence[MinuteSeries]
) -> Iterator[pd.DataFrame]:
    """Yield `minutes_table` a pair of series and benchmark at a time; of no pair one without rows.

    Of thousands of events the windows of all pairs are more than fits beside a study.
    """
    grids = {one.symbol: one.grid for one in series}
    for one in series:
        clock, mine = Clock(one.grid), one.concerned(events)
        day0 = day0_flags(clock, mine)
        windows = {event.id: event_windows(one.grid, event) for event in mine}
        facts = {event.id: _facts(clock, event) for event in mine}
        for name in one.against:
            yield _pair_table(measured_against(one, name, grids, day0), mine, windows, facts)
    if not any(one.against for one in series):
        yield pd.DataFrame(columns=list(COLUMNS))


def _pair_table(
    pair: Pair,
    events: Sequence[Moment],
    windows: Mapping[str, tuple[Window, ...]],
    facts: Mapping[str, dict[str, object]],
) -> pd.DataFrame:
    answered = lru_cache(maxsize=MOST_ANSWERS)(partial(_answer, pair))
    every = _Catalogue.of(events)
    rows: list[dict[str, object]] = []
    parts: list[pd.DataFrame] = []  # a frame takes a tenth of the room of its rows
    done = 0
    members: dict[str, dict[tuple[Placed, ...], tuple[FamilyMember, list[int]]]] = {}
    for event in events:
        answers = {w.kind: answered(w.parts, w.scanned) for w in windows[event.id] if w.parts}
        any_h = _any_h(windows[event.id], answers)
        if not windows[event.id]:
            rows.append(_row(pair, event, NONE, note=NO_BARS, bounds=event.bounds_minutes))
        for window in windows[event.id]:
            answer = answers.get(window.kind)
            rows.append(_window_row(pair, event, window, answer, every) | facts[event.id])
            if window.kind in any_h:
                rows[-1]["p_any_h"] = any_h[window.kind]
            for family in _families(window) if answer else ():
                assert answer is not None
                member = _member(answer)
                known = members.setdefault(family, {}).setdefault(window.parts, (member, []))
                known[1].append(done + len(rows) - 1)
        if len(rows) >= _AT_ONCE or event is events[-1]:
            parts.append(pd.DataFrame(rows, columns=list(COLUMNS)))
            done, rows = done + len(rows), []
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    if not pair.tested:
        return found.assign(p=np.nan, p_any_h=np.nan)
    return found.assign(p_family=_family_values(len(found), members.values()))


def _families(window: Window) -> Iterator[str]:
    """Name the families a window belongs to."""
    if window.kind in ("day0", "to_close"):
        yield window.kind
    if window.primary:
        yield "primary"


def _member(answer: _Answer) -> FamilyMember:
    return FamilyMember(np.abs(answer.statistic), answer.admissible, answer.moves, answer.row)


def _family_values(
    rows: int,
    families: Iterable[Mapping[tuple[Placed, ...], tuple[FamilyMember, list[int]]]],
) -> Floats:
    values = np.full(rows, np.nan)
    for family in families:
        p_values = engine.family_p([member for member, _ in family.values()])
        for p, (_, places) in zip(p_values, family.values(), strict=True):
            values[places] = p
    return values


def _facts(clock: Clock, event: Moment) -> dict[str, object]:
    row = clock.session(event.best)
    trading = row is not None and clock.trading(event.best, row)
    minutes = clock.trading_minutes(event.earliest, event.latest)
    return {
        "phase": "in_session" if trading else "closed",
        "clock": "sharp" if minutes <= SHARP_MINUTES else "loose",
        "bounds_min": event.bounds_minutes,
    }


def _answer(pair: Pair, parts: tuple[Placed, ...], scanned: bool) -> _Answer:
    """Compute a window: its statistic at every session, and where the event stands."""
    last = max(part.row for part in parts)
    reach = max(last - part.row + part.interval.reach for part in parts)
    sizes = np.array(
        [
            np.abs(engine.shifted(pair.statistics(part.interval).z, last - part.row))
            for part in parts
        ]
    )
    statistic = sizes.max(axis=0)
    admissible = pair.admissible(reach)
    alike = np.ones(len(statistic), dtype=bool)
    alike = alike if scanned else pair.same_class(reach, last)
    moves = admissible & alike
    moves[last] = False
    rank = engine.placebo(statistic, moves, last)
    here = sizes[:, last]
    best = int(np.nanargmax(here)) if np.isfinite(here).all() else 0
    mde = _minimum_effect(pair, parts, scanned, statistic, moves, rank)
    return _Answer(parts[best], statistic, last, admissible, moves, rank, mde)


def _minimum_effect(
    pair: Pair,
    parts: tuple[Placed, ...],
    scanned: bool,
    statistic: npt.NDArray[np.float64],
    moves: npt.NDArray[np.bool_],
    rank: Placebo,
) -> float:
    if np.isnan(rank.q95):
        return np.nan
    sigma = np.array([pair.statistics(p.interval).sigma[p.row] for p in parts])
    if scanned:
        return engine.scan_effect(rank.q95, sigma)
    z = pair.statistics(parts[0].interval).z
    return float(sigma[0] * engine.minimum_effect(z[moves & np.isfinite(z)], rank.q95))


def _any_h(windows: Sequence[Window], answers: Mapping[str, _Answer]) -> dict[str, float]:
    """Rank the largest of all horizons on the same sessions; for the row of the shortest."""
    kinds = [w.kind for w in windows if w.kind.startswith("h")]
    found = [answers[kind] for kind in kinds if kind in answers]
    if not found or len(found) < len(kinds) or any(np.isnan(a.rank.q95) for a in found):
        return {}
    ratio = np.array([np.abs(a.statistic) / a.rank.q95 for a in found]).max(axis=0)
    moves = np.logical_and.reduce([a.moves for a in found])
    return {kinds[0]: engine.placebo(ratio, moves, found[0].row).p}


def _window_row(
    pair: Pair,
    event: Moment,
    window: Window,
    answer: _Answer | None,
    every: _Catalogue,
) -> dict[str, object]:
    row = _row(pair, event, window.kind, note=window.note, bounds=event.bounds_minutes)
    row |= {"primary": window.primary, "start": window.start, "end": window.end}
    if answer is None:
        return row
    part, clock = answer.placed, Clock(pair.series.grid)
    found = pair.statistics(part.interval)
    here = {
        "ret": found.ret[part.row],
        "bench_ret": found.bench[part.row],
        "ar": found.abnormal[part.row],
        "beta": found.beta[part.row],
        "sigma": found.sigma[part.row],
        "z": found.z[part.row],
    }
    if window.scanned and not np.isfinite(answer.statistic[answer.row]):
        return row | {"note": _note(pair, window, part, here["ret"])}
    start = clock.instant(part.row - part.interval.back, part.interval.start)
    end = clock.instant(part.row, part.interval.end)
    return row | {
        **here,
        "start": start,
        "end": end,
        "p": answer.rank.p,
        "n_placebo": answer.rank.n,
        "q95": answer.rank.q95,
        "mde": answer.mde,
        "others": id_list(
            [one for one in every.between(start, end) if one != event.id], most=MOST_OTHERS
        ),
        "note": _note(pair, window, part, here["ret"], z=here["z"]),
    }


def _note(pair: Pair, window: Window, part: Placed, ret: float, z: float = np.nan) -> str:
    """Say what a reader should know of a window."""
    notes = [window.note]
    if np.isnan(ret):
        notes.append(CONTRACTS if _changes_contract(pair.series.grid, part) else NO_MARK)
    elif np.isnan(z):
        notes.append(FEW)
    if not pair.tested:
        notes.append(UNTESTED)
    if pair.series.stock and _near_open(pair.series.grid, part):
        notes.append(SIZE)
    return "; ".join(filter(None, notes))


def _changes_contract(grid: MarkGrid, part: Placed) -> bool:
    row, column = part.row - part.interval.back, part.interval.start
    if column == engine.PREVIOUS:
        row, column = row - 1, len(grid.clock)
    whole = np.isfinite(grid.price[row, column]) and np.isfinite(
        grid.price[part.row, part.interval.end]
    )
    differ = grid.segment[row, column] != grid.segment[part.row, part.interval.end]
    return bool(row >= 0 and whole and differ)


def _near_open(grid: MarkGrid, part: Placed) -> bool:
    if part.interval.start == engine.PREVIOUS:
        return True
    row = part.row - part.interval.back
    return bool(grid.at[row, part.interval.start] <= grid.open_at[row] + _FIRST_MINUTES)


def _row(pair: Pair, event: Moment, kind: str, *, note: str, bounds: float) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(COLUMNS, np.nan)
    return row | {
        "event_id": event.id,
        "series": pair.series.symbol,
        "benchmark": pair.benchmark,
        "kind": kind,
        "start": np.datetime64("NaT", "s"),
        "end": np.datetime64("NaT", "s"),
        "phase": "",
        "clock": "",
        "bounds_min": bounds,
        "primary": False,
        "others": "",
        "note": note,
    }
