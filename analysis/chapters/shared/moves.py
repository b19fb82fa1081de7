"""Moves as a reader meets them: whole, expected, beyond, and how many ordinary days match them.

A `Move` is one market on the session that first met one piece of news. Its count of ordinary days
and its verdict are the same number on every page: of ``n`` days ``k`` were as unusual, and it
stands out if 20 (k + 1) <= n + 1 (METHODS section 7).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.chapters.shared.counts import ONE_IN, UNKNOWN, Count
from analysis.chapters.shared.figures import reaction_figures
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.yardstick import Yardstick, with_article, yardstick
from analysis.engine.models import TOTAL_REACTION
from analysis.reactions.study_tables import USABLE

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds


_OF_WHOLE = ["event_id", "market", "p_value", "n_beyond", "n_placebo", "scale", "q", "mde",
             "statistic"]  # fmt: skip
_TEXTS = ("day0", "prev_session", "candidates", "shared_with", "phase", "status", "reason")


@dataclass(frozen=True, slots=True)
class Measured:
    """A move by another benchmark than that of the study.

    Attributes
    ----------
    yardstick
        What is taken out.
    beyond
        What is left, decimal.
    count
        How unusual that is.
    """

    yardstick: Yardstick
    beyond: float
    count: Count


@dataclass(frozen=True, slots=True)
class Move:
    """One market on the first session that closed after one piece of news.

    Attributes
    ----------
    event_id, market, short
        Which news, which market, and the market's name.
    day0, before
        The session and the one before it, ``YYYY-MM-DD``.
    ret, expected, beyond
        The move, what was expected of it and what is left; decimal.
    benchmark_ret, alpha, beta
        What the expected move is made of; NaN where the model has none.
    count, whole
        How unusual what is left is, and how unusual the whole move is; None if that is unknown.
    ambiguous, candidates, depends
        Whether another session may be the right one, all of these, and whether the verdict
        depends on which.
    shared
        Ids of the other events that met the same session.
    yardsticks
        What is left by every other benchmark of the market.
    phase, benchmark_had_news
        When in the trading day the news came, and whether the benchmark closed after it and no
        later than the market on that session.
    status, reason
        ``ok``, or why there is no figure.
    """

    event_id: str
    market: str
    short: str
    yardstick: Yardstick
    day0: str = ""
    before: str = ""
    ret: float = UNKNOWN
    expected: float = UNKNOWN
    beyond: float = UNKNOWN
    benchmark_ret: float = UNKNOWN
    alpha: float = UNKNOWN
    beta: float = UNKNOWN
    count: Count | None = None
    whole: Count | None = None
    ambiguous: bool = False
    candidates: tuple[str, ...] = ()
    depends: bool = False
    shared: tuple[str, ...] = ()
    phase: str = ""
    benchmark_had_news: bool = False
    span: int = 1
    yardsticks: tuple[Measured, ...] = ()
    status: str = "ok"
    reason: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a figure and days to hold it against."""
        return self.status in USABLE and self.count is not None and bool(np.isfinite(self.beyond))

    @property
    def why(self) -> str:
        """Why there is no verdict; empty where there is one."""
        if self.known:
            return ""
        if self.status in USABLE and isfinite(self.beyond):
            return "no ordinary day is left to compare with"
        return self.reason or self.status.replace("_", " ")

    @property
    def decided(self) -> bool:
        """Whether there are enough ordinary days for a verdict."""
        return self.known and self.count is not None and self.count.enough

    @property
    def stands_out(self) -> bool:
        """Whether what is left beyond the expected stands out."""
        return self.known and self.count is not None and self.count.stands_out

    @property
    def survives(self) -> bool:
        """Whether it does when all are judged together."""
        return self.known and self.count is not None and self.count.survives

    @property
    def share(self) -> float:
        """Share of ordinary days as unusual; 2 where that is unknown, for sorting."""
        return self.count.share if self.known and self.count else 2.0

    @property
    def statistic(self) -> float:
        """Distance from what was expected, in usual swings; NaN where that is unknown."""
        return self.count.statistic if self.count else UNKNOWN

    def changing(self) -> list[str]:
        """Return the names of the other yardsticks by which the verdict is another one."""
        if not self.known:
            return []
        return [m.yardstick.name for m in self.yardsticks if m.count.stands_out != self.stands_out]

    def tally(self, *, whole: bool = False) -> Count | None:
        """Return one of the two counts."""
        return self.whole if whole else self.count


@dataclass(frozen=True, eq=False, repr=False)
class Moves:
    """All moves of a study.

    Attributes
    ----------
    cells
        By event and market.
    markets
        Symbols in the order of the seeds.
    """

    cells: Mapping[tuple[str, str], Move]
    markets: tuple[str, ...]

    def of(self, event_id: str) -> list[Move]:
        """Return the moves of one event, market by market."""
        return [self.cells[event_id, m] for m in self.markets if (event_id, m) in self.cells]

    def distinct(self) -> list[Move]:
        """Return one move for every session that news met in a market, by market and day."""
        return self._first_of(move for move in self.cells.values() if move.known)

    def without_days(self) -> list[Move]:
        """Return those that have a figure and no ordinary day to hold it against."""
        return self._first_of(
            move
            for move in self.cells.values()
            if move.status in USABLE and move.count is None and isfinite(move.beyond)
        )

    def _first_of(self, moves: Iterable[Move]) -> list[Move]:
        found: dict[tuple[str, str], Move] = {}
        for move in moves:
            found.setdefault((move.market, move.day0), move)
        order = {market: place for place, market in enumerate(self.markets)}
        return sorted(found.values(), key=lambda move: (order[move.market], move.day0))


@lru_cache(maxsize=4)
def all_moves(store: StudyStore, seeds: Seeds) -> Moves:
    """Return every move of a study, in the order of the catalogue."""
    model = store.spec.study.model
    own, whole = reaction_figures(store, model), reaction_figures(store, TOTAL_REACTION)
    parts = _parts(store, model)
    together = {name: _together(store, name) for name in (model, TOTAL_REACTION)}
    total = {(r["event_id"], r["market"]): r for r in records(whole[_OF_WHOLE])}
    measured = _measured(store, seeds)
    present = set(own["market"])
    markets = tuple(m.symbol for m in seeds.markets if m.symbol in present)
    steady = {m: yardstick(store, seeds, m) for m in markets}
    place = {event.id: n for n, event in enumerate(sorted(seeds.events, key=_instant))}
    cells = {}
    own = own.assign(_place=own["event_id"].map(place)).sort_values(["_place", "market"])
    for row in _in_turn(own):
        key = (row["event_id"], row["market"])
        cells[key] = Move(
            event_id=key[0],
            market=key[1],
            short=seeds.market(key[1]).short,
            yardstick=steady[key[1]],
            count=_count(row, together[model]),
            whole=_count(total[key], together[TOTAL_REACTION]),
            yardsticks=measured.get(key, ()),
            **_figures(row, parts.get(key)),
        )
    return Moves(cells=cells, markets=markets)


def _instant(event: Any) -> tuple[Any, str]:
    return (event.announced_at, event.id)


def _parts(store: StudyStore, model: str) -> dict[tuple[str, str], Row]:
    """Return what the expected move of day 0 is made of, by event and market."""
    days = store.abnormal_returns
    days = days[(days["model"] == model) & (days["event_day"] == 0) & ~days["candidate"]]
    key = ["event_id", "market", "model", "day0"]
    both = days.merge(store.fits, on=key, how="left", validate="one_to_one")
    names = ["event_id", "market", "normal_ret", "alpha", "beta"]
    return {(row["event_id"], row["market"]): row for row in records(both[names])}


def _in_turn(frame: pd.DataFrame, at_once: int = 1000) -> Iterator[Row]:
    """Return the rows of a frame, a part at a time: of many, few are held."""
    for start in range(0, len(frame), at_once):
        yield from records(frame.iloc[start : start + at_once])


def _measured(store: StudyStore, seeds: Seeds) -> dict[tuple[str, str], tuple[Measured, ...]]:
    """Return what is left of every move by benchmarks other than that of the study."""
    found: dict[tuple[str, str], tuple[Measured, ...]] = {}
    for row in records(store.table("yardsticks")):
        symbol = row["benchmark"]
        own = store.spec.benchmark or seeds.market(row["market"]).benchmark
        if not isinstance(symbol, str) or symbol in ("", own) or not isfinite(float(row["p"])):
            continue
        key = (row["event_id"], row["market"])
        count = Count(
            k=int(row["n_beyond"]), n=int(row["n"]), scale=float(row["scale"]),
            reach=float(row["q"]), statistic=float(row["statistic"]),
        )  # fmt: skip
        stick = Yardstick(with_article(seeds.market(symbol)), symbol)
        found[key] = (*found.get(key, ()), Measured(stick, float(row["ar"]), count))
    return found


def _together(store: StudyStore, model: str) -> dict[tuple[str, str], float]:
    rows = store.family[store.family["model"] == model]
    return dict(zip(zip(rows["event_id"], rows["market"], strict=True), rows["p_stepdown"],
                    strict=True))  # fmt: skip


def _figures(row: Row, parts: Row | None) -> dict[str, Any]:
    """Return the fields of a move that stand in the tables as they are."""
    text = {name: "" if pd.isna(row[name]) else str(row[name]) for name in _TEXTS}
    made: Row = {} if parts is None else parts
    ambiguous = row["ambiguous"] is True
    largest, own = row["p_largest"], row["p_value"]
    return {
        "day0": text["day0"],
        "before": text["prev_session"],
        "ret": float(row["ret"]),
        "expected": float(made.get("normal_ret", UNKNOWN)),
        "beyond": float(row["ar"]),
        "benchmark_ret": float(row["benchmark_ret"]),
        "alpha": float(made.get("alpha", UNKNOWN)),
        "beta": float(made.get("beta", UNKNOWN)),
        "ambiguous": ambiguous,
        "candidates": tuple(filter(None, text["candidates"].split(";"))),
        "depends": ambiguous and (own <= 1 / ONE_IN) != (largest <= 1 / ONE_IN),
        "shared": tuple(filter(None, text["shared_with"].split(";"))),
        "phase": text["phase"],
        "benchmark_had_news": row["benchmark_contains_news"] is True,
        "span": int(row["span"]) if isfinite(float(row["span"])) else 1,
        "status": text["status"],
        "reason": text["reason"],
    }


def _count(row: Row, together: Mapping[tuple[str, str], float]) -> Count | None:
    if not isfinite(float(row["p_value"])):
        return None
    return Count(
        k=int(row["n_beyond"]),
        n=int(row["n_placebo"]),
        scale=float(row["scale"]),
        reach=float(row["q"]),
        together=float(together.get((row["event_id"], row["market"]), UNKNOWN)),
        mde=float(row["mde"]),
        statistic=float(row["statistic"]),
    )
