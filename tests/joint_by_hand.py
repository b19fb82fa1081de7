"""Joint placebo draws worked out again, draw by draw, from closes, instants and ordinary days.

It shares no code with ``analysis``. The rules are those of docs/methods.md, section 7, "Draws, to
the last digit": which weekday an instant goes to, which session it meets, how blocks are laid, and
how p is counted. ``python tests/joint_by_hand.py FOLDER`` prints the figures of a folder of data.
"""

from __future__ import annotations

import json
import sys
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from first_principles import MARKETS, ROOT, close_instants, read_closes

GAP, DRAWS = 5, 5000


class Catalogue:
    """What a folder of data says of one model: moments, ordinary days and distinct reactions."""

    def __init__(self, folder: Path, model: str) -> None:
        self.seed: int = json.loads((folder / "run.json").read_text("utf-8"))["run"]["study"][
            "seed"
        ]
        rows = pd.read_csv(folder / "reactions.csv")
        self.rows = rows[rows.day0.notna()]
        self.events = [e["id"] for e in yaml.safe_load((ROOT / "seeds/events.yaml").read_text())]
        at = rows.drop_duplicates("event_id").set_index("event_id").announced_at[self.events]
        self.moments = [monday(datetime.fromisoformat(text)) for text in at]
        days = pd.read_csv(folder / "placebo_days.csv")
        days = days[days.model == model]
        z = days.statistic / np.sqrt(days["span"].clip(lower=1))
        self.z = dict(zip(zip(days.market, days.session, strict=True), z, strict=True))
        free = days[~days.holds_event]
        self.free = set(zip(free.market, free.session, strict=True))
        self.cells = self._cells()
        self.calendar, self.closes = self._calendar()
        self.observed = np.array([self.z[market, day] for market, day, _ in self.cells])

    def _cells(self) -> list[tuple[str, str, list[int]]]:
        """Market, day 0 and events (by place in the catalogue) of every distinct reaction."""
        place = {name: i for i, name in enumerate(self.events)}
        out = []
        for market in MARKETS:
            mine = self.rows[self.rows.market == market]
            found: dict[str, list[int]] = {}
            for row in mine.iloc[np.argsort([place[e] for e in mine.event_id])].itertuples():
                if (market, row.day0) in self.z:
                    found.setdefault(row.day0, []).append(place[row.event_id])
            out += [(market, day, members) for day, members in found.items()]
        return out

    def _calendar(self) -> tuple[list[date], dict[str, tuple[list[str], list[datetime]]]]:
        """Weekdays from the first to the last session of any market, and closing instants."""
        prices = read_closes()
        closes = {m: (d := sorted(prices[m]), close_instants(code, d))
                  for m, code in MARKETS.items()}  # fmt: skip
        first = min(date.fromisoformat(d[0]) for d, _ in closes.values())
        last = max(date.fromisoformat(d[-1]) for d, _ in closes.values())
        every = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [day for day in every if day.weekday() < 5], closes

    def drawn(self) -> np.ndarray:
        """z of every reaction in every draw, NaN where the session it meets is not ordinary."""
        clocks = sorted({clock for _, clock in self.moments})
        met = {clock: [self._met(day, clock) for day in self.calendar] for clock in clocks}
        table = np.array([[row[MARKETS_AT[m]] for row in met[self.moments[ids[0]][1]]]
                          for m, _, ids in self.cells])  # fmt: skip
        first = [ids[0] for _, _, ids in self.cells]
        out = []
        for days in draws(self.positions(), len(self.calendar), np.isnan(table), first, self.seed):
            out.append([row[days[event]] for row, event in zip(table, first, strict=True)])
        return np.array(out)

    def positions(self) -> list[int]:
        """Weekday of every event, counted from the first one of 1970."""
        return [int(np.busday_count("1970-01-01", day)) for day, _ in self.moments]

    def _met(self, day: date, clock: time) -> list[float]:
        instant = datetime.combine(day, clock, UTC)
        out = []
        for market, (dates, closes) in self.closes.items():
            k = bisect_right(closes, instant)
            key = (market, dates[k]) if k < len(dates) else None
            out.append(self.z[key] if key in self.free else np.nan)
        return out


MARKETS_AT = {market: n for n, market in enumerate(MARKETS)}


def monday(at: datetime) -> tuple[date, time]:
    """Return the weekday and the UTC time of an instant; weekends count as Monday midnight."""
    at = at.astimezone(UTC)
    late = max(at.weekday() - 4, 0)
    return (at.date() + timedelta(days=3 - late), time()) if late else (at.date(), at.time())


def draws(
    position: list[int], n_days: int, blank: np.ndarray, first: list[int], seed: int
) -> Iterator[list[int]]:
    """Yield the day of every event in each draw; ``blank``: reactions x days without a figure."""
    order = sorted(range(len(position)), key=lambda i: position[i])
    block, start = {order[0]: 0}, [position[order[0]]]
    for before, event in pairwise(order):
        if position[event] - position[before] > GAP:
            start.append(position[event])
        block[event] = len(start) - 1
    length = [max(position[e] for e in order if block[e] == b) - s + 1
              for b, s in enumerate(start)]  # fmt: skip
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    offset = [position[e] - start[block[e]] for e in range(len(position))]

    def laid(count: int) -> list[list[int]]:
        """Blocks in random order, random gaps between them, the whole turned at random."""
        key = rng.random((count, len(start)))
        cut = np.sort(rng.integers(0, n_days - sum(length) + 1, (count, len(start))), axis=1)
        turn = rng.integers(0, n_days, count)
        out = []
        for k in range(count):
            begins, used = [0] * len(start), 0
            for place, b in enumerate(np.argsort(key[k])):
                begins[b] = (used + int(cut[k, place]) + int(turn[k])) % n_days
                used += length[b]
            out.append(begins)
        return out

    def days(begins: list[int]) -> list[int]:
        return [(begins[block[e]] + offset[e]) % n_days for e in range(len(position))]

    rows, events = np.arange(len(first)), np.array(first)
    found = laid(DRAWS)
    for _ in range(100):
        bad = [k for k, begins in enumerate(found)
               if blank[rows, np.array(days(begins))[events]].mean() > 0.5]  # fmt: skip
        if not bad:
            break
        for k, begins in zip(bad, laid(len(bad)), strict=True):
            found[k] = begins
    yield from (days(begins) for begins in found)


def share(observed: np.ndarray, drawn: np.ndarray) -> float:
    """(1 + draws at least as large on the same cells) / (draws + 1)."""
    return (1 + sum(d >= o - 1e-12 * abs(o) for o, d in zip(observed, drawn, strict=True))) / (
        len(drawn) + 1
    )


def mean_size(z: np.ndarray, drawn: np.ndarray) -> tuple[float, float, float]:
    """Mean |z|, its mean in the draws, and p: each draw against the cells it has."""
    pairs = []
    for draw in np.abs(drawn):
        there = ~np.isnan(draw)
        if there.any():
            pairs.append((np.abs(z[there]).mean(), draw[there].mean()))
    own, made = np.array(pairs).T
    return float(np.abs(z).mean()), float(made.mean()), share(own, made)


def signed_sum(z: np.ndarray, signs: np.ndarray, drawn: np.ndarray) -> float:
    """Two-sided p of the signed sum of some reactions."""
    pairs = []
    for draw in drawn:
        there = ~np.isnan(draw)
        if there.any():
            pairs.append((abs((z * signs)[there].sum()), abs((draw * signs)[there].sum())))
    return share(*np.array(pairs).T)


def step_down(z: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """p of each statistic alone and step-down, over the draws that have it."""
    size, null = np.abs(z), np.abs(drawn)
    single, joint = np.empty(len(z)), np.empty(len(z))
    worst = 0.0
    left = list(np.argsort(-size, kind="stable"))
    while left:
        i = left[0]
        here = null[~np.isnan(null[:, i])]
        single[i] = (1 + (here[:, i] >= size[i]).sum()) / (len(here) + 1)
        largest = np.nanmax(here[:, left], axis=1)
        worst = joint[i] = max(worst, (1 + (largest >= size[i]).sum()) / (len(here) + 1))
        left.pop(0)
    return single, joint


def yardstick(folder: Path, market: str, benchmark: str) -> dict[str, dict[str, float]]:
    """AR, scale, p and interval of every day 0 of a market beyond one benchmark; "": in total.

    At every session with a full window before it: the line of days -130 to -11, its forecast error,
    and h, the EWMA (.94) of its residuals and of days -10 to -1, begun at its s.d.
    """
    prices = read_closes()
    dates, other = sorted(prices[market]), sorted(prices[benchmark or "^GSPC"])
    theirs = close_instants("XNYS", other)
    index = [bisect_right(theirs, instant) for instant in close_instants(MARKETS[market], dates)]
    own = np.array([prices[market][d] for d in dates])
    level = np.array([prices[benchmark or "^GSPC"][other[k - 1]] if k else np.nan for k in index])
    y, x, span = own[1:] / own[:-1] - 1, level[1:] / level[:-1] - 1, np.diff(index)
    rows = pd.read_csv(folder / "reactions.csv")
    days0 = set(rows[rows.market == market].day0.dropna())
    found = []
    for t in range(130, len(y)):
        if benchmark and not np.isfinite(x[t - 130 : t + 1]).all():
            continue
        design = np.column_stack([np.ones(131), x[t - 130 : t + 1]])[:, : 2 if benchmark else 1]
        past, now = design[:120], design[-1]
        coefficients = np.linalg.lstsq(past, y[t - 130 : t - 10], rcond=None)[0]
        left = y[t - 130 : t + 1] - design @ coefficients
        variance = (left[:120] ** 2).sum() / (120 - past.shape[1])
        for size in left[:130]:
            variance = 0.94 * variance + 0.06 * size**2
        error = 1 + now @ np.linalg.solve(past.T @ past, now)
        scale = float(np.sqrt(variance * error))
        found.append((dates[t + 1], int(span[t]), float(left[-1]), scale))
    return {day: _placed(day, gap, ar, scale, found, days0)
            for day, gap, ar, scale in found if day in days0}  # fmt: skip


def _placed(
    day: str, gap: int, ar: float, scale: float, every: list[tuple[str, int, float, float]],
    days0: set[str],
) -> dict[str, float]:  # fmt: skip
    quiet = [(s, abs(a) / c) for d, s, a, c in every if d not in days0]
    same, root = [z for s, z in quiet if s == gap], 1.0
    if gap != 1 and len(same) < 19:
        same, root = [z / np.sqrt(max(s, 1)) for s, z in quiet], np.sqrt(max(gap, 1))
    z, n = abs(ar) / scale / root, len(same)
    q = sorted(same)[-((n + 1) // 20)]
    p = (1 + sum(other >= z for other in same)) / (n + 1)
    return {"ar": ar, "scale": scale * root, "p": p, "low": ar - scale * root * q,
            "high": ar + scale * root * q}  # fmt: skip


def main(folder: str) -> None:
    """Print what joint draws say of a folder of data."""
    for model in ("market_model", "constant_mean"):
        found = Catalogue(Path(folder), model)
        drawn = found.drawn()
        single, joint = step_down(found.observed, drawn)
        mean, usual, p = mean_size(found.observed, drawn)
        print(f"{model}: {mean:.4f} against {usual:.4f}, p {p:.4f}; smallest p alone "
              f"{single.min():.4f}, of all {joint.min():.4f}")  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
