"""Figures and verdicts of the page of one event, derived from the CSV files of the run.

It shares no code with ``analysis``. A rule covers the blocks of one kind (`restated_blocks`); a
block with a figure and no rule is a fault.
"""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import restated
from restated_blocks import blocks
from restated_pieces import Rules, Tables, count, covered, day, listing, number, seed

rule = Rules()
#: Words with a number in them that state no figure.
PHRASES = ("led one to expect", "last two columns", "A market has one line")


def moved(value: float) -> str:
    if round(abs(value) * 100, 1) == 0:
        return "did not move"
    return f"{'rose' if value > 0 else 'fell'} {abs(value) * 100:.1f} %"


def points(value: float) -> str:
    shown = f"{abs(value) * 100:.1f}"
    return f"{shown} point{'' if float(shown) == 1 else 's'}"


def short_day(at: str) -> str:
    return f"{pd.Timestamp(at):%-d %b}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def signed(value: float, digits: int = 1) -> str:
    shown = f"{abs(value) * 100:.{digits}f}"
    sign = "" if float(shown) == 0 else "+" if value > 0 else "−"
    return f"{sign}{shown} %"


placed = cache(restated.place)


class Run:
    """The tables of a run, cut by event once."""

    def __init__(self, tables: Tables) -> None:
        self.t = tables
        self._cut: dict[str, dict[str, pd.DataFrame]] = {}
        self.n = len(tables.one())

    def of(self, name: str, event_id: str) -> pd.DataFrame:
        """Rows of one table on one event, of the model of the run where there are models."""
        if name not in self._cut:
            rows = self.t.main() if name == "main" else getattr(self.t, name)
            rows = rows[rows.model == self.t.model] if "model" in rows else rows
            self._cut[name] = dict(list(rows.groupby("event_id")))
            self._cut[name][""] = rows[:0]
        return self._cut[name].get(event_id, self._cut[name][""])

    @cached_property
    def total(self) -> pd.Series:
        """p of whole moves by market and day 0."""
        return self.t.one(restated.TOTAL).set_index(["market", "day0"]).p_value

    @cached_property
    def longer(self) -> int:
        """Distinct looks beyond day 0."""
        rows = self.t.placebo
        rows = rows[(rows.window != "[0,0]") & (rows.model == self.t.model) & ~rows.candidate]
        return len(rows.drop_duplicates(["market", "day0", "window"]))


class EventPage:
    """The reactions of one event, market by market, with all a verdict rests on."""

    def __init__(self, run: Run, event_id: str) -> None:
        self.run, self.t, self.id = run, run.t, event_id
        self.event, self.n = run.t.events[event_id], run.n
        known = [c for c in self.cells if c.p is not None]
        best = min(known, key=lambda c: (not c.survives, c.p, -abs(c.ar)), default=None)
        self.lead: SimpleNamespace = best

    def rows(self, name: str, market: str = "") -> pd.DataFrame:
        """Rows of a table on this event, of one market if it is named."""
        rows = self.run.of(name, self.id)
        return rows[rows.market == market] if market else rows

    @cached_property
    def cells(self) -> list[SimpleNamespace]:
        there = set(self.rows("reactions").market)
        return [self._cell(market) for market in self.t.names if market in there]

    def _cell(self, market: str) -> SimpleNamespace:
        row = self.rows("reactions", market).iloc[0]
        c = SimpleNamespace(market=market, short=self.t.names[market], p=None, row=row)
        found = self.rows("main", market)
        if found.empty:
            return c
        main = found.iloc[0]
        place = placed(self.t.folder, market, self.t.model, main.day0)
        c.day0, c.ret, c.ar, c.mde = main.day0, main.ret, main.ar, main.mde
        c.k, c.n, c.p, c.half = place["n_beyond"], place["n"], place["p"], place["high"] - main.ar
        c.scale = c.half / place["q"]
        c.out = 20 * (c.k + 1) <= c.n + 1
        c.together = self.rows("family", market).p_stepdown.iloc[0]
        c.survives = c.out and c.together <= 0.05
        c.shared = [] if pd.isna(row.shared_with) else row.shared_with.split(";")
        c.days = [] if pd.isna(row.candidates) else row.candidates.split(";")
        days = self.rows("placebo", market)
        c.doubt = bool(row.ambiguous)
        worst = days[days.window == "[0,0]"].p_value.max()
        c.depends = c.doubt and (worst <= 0.05) != c.out
        other = self.rows("yardsticks", market)
        other = other[(other.benchmark != self.benchmark(market)) & other.benchmark.notna()]
        c.sticks = dict(zip(other.benchmark, other.p <= 0.05, strict=True))
        return c

    def benchmark(self, market: str) -> str:
        """First benchmark of a market."""
        record = next(m for m in seed("markets") if m["symbol"] == market)
        return next(iter(record.get("benchmarks") or [record.get("benchmark")]))


def summed(c: SimpleNamespace) -> tuple[str, str, str]:
    """Move, expected and beyond as they add up in print."""
    for digits in (1, 2):
        whole, beyond = round(c.ret * 100, digits), round(c.ar * 100, digits)
        expected = round((c.ret - c.ar) * 100, digits)
        if digits == 2 or abs(whole - expected - beyond) <= 0.05:
            parts = (whole, whole - beyond, beyond)
            first, second, third = (signed(value / 100, digits) for value in parts)
            return first, second, third
    raise AssertionError


def faults(site: Path) -> list[str]:
    """Check every block of the pages of events of a site."""
    out = []
    tables = Tables(next(site.glob("all-events/data")))
    tables.aside += PHRASES
    run = Run(tables)
    for file in sorted((site / "events").glob("*.html")):
        page = EventPage(run, file.stem)
        for name, text in blocks(file):
            used = [f for pattern, f in rule if pattern.fullmatch(name)]
            assert len(used) <= 1, name
            derived = used[0](page, text) if used else []
            if fault := covered(tables, name, text, derived):
                out.append(f"{file.stem}: {fault}")
    return out


# -- the verdict ---------------------------------------------------------------------------------


@rule("/h1")
def _(e: EventPage, text: str) -> list[str]:
    c = e.lead
    what = f"{c.short} {moved(c.ret)} on {day(c.day0)[:-5]}"
    other = [m for m, out in c.sticks.items() if out != c.out]
    if c.n + 1 < 20:
        return ["Too few ordinary days to tell: ", what]
    if other:
        stick, rest = e.benchmark(c.market), other[0]
        named = [m["short"] for b in (stick, rest) for m in seed("markets") if m["symbol"] == b]
        named = named if c.out else named[::-1]
        doubt = ", and the day is in doubt" if c.depends else ""
        return [f"It depends on the yardstick{doubt}: {what}, which stands out beyond the",
                f"{named[0]} but not beyond the {named[1]}"]  # fmt: skip
    if not c.out:
        return [f"An ordinary day: {c.short} {moved(c.ret)}; {one_in(c.k, c.n)}"]
    if c.depends:
        return [f"Weak, since the day is in doubt: {what}"]
    if c.survives:
        return [f"Yes: {what}, and it still stands out when all are judged together"]
    also = [o for o in e.cells if o is not c and o.p is not None and o.out]
    more = listing([f"{o.short} {moved(o.ret)}" for o in also]) if len(also) <= 2 else ""
    count_ = f"and {number(len(also))} others stand out" if len(also) > 2 else ""
    return [f"Unusual that day, but not proven: {what}", more, count_]


def one_in(k: int, n: int) -> str:
    share = k / n
    if k == 0:
        return "no ordinary day was as unusual"
    for least, words in ((0.95, "nearly every ordinary day was"), (0.55, "most ordinary days were"),
                         (0.45, "half of the ordinary days were")):  # fmt: skip
        if share > least or (share == least == 0.95):
            return f"{words} as unusual"
    return f"one ordinary day in {number(max(round(1 / share), 2))} was as unusual"


@rule("/deck")
def _(e: EventPage, text: str) -> list[str]:
    c = e.lead
    pieces = [explained(e, c)]
    if c.out:
        verb = "was" if c.k <= 1 else "were"
        many = f"only {number(c.k)}" if c.k else "none"
        pieces.append(capital(f"{many} of {c.n} ordinary days {verb} as unusual."))
        pieces.append(luck(c, e.n))
    others = [o for o in e.cells if o is not c and o.p is not None]
    stand = [f"{o.short} ({moved(o.ret)})" for o in others if o.out]
    quiet = [o.short for o in others if not o.out]
    if stand:
        pieces.append(f"{listing(stand)} {'stands' if len(stand) == 1 else 'stand'} out as well")
    pieces.append(f"{listing(quiet)} had an ordinary day." if quiet else "")
    if c.shared:
        pieces.append(capital(count(len(c.shared), "other news item")) + " met the same session")
    return pieces


def luck(c: SimpleNamespace, n: int) -> str:
    if c.survives:
        return f"It still stands out when all {n} reactions are judged together."
    often = f"about one time in {number(max(round(1 / c.together), 2))}"
    if c.together > 0.4:
        often = "more often than not" if c.together > 0.5 else "nearly every other time"
    return f"But the best of {n} reactions looks this unusual by luck {often}."


def explained(e: EventPage, c: SimpleNamespace) -> str:
    expected = c.ret - c.ar
    if e.t.model == restated.TOTAL:
        return f"{points(c.ar)} {'above' if c.ar >= 0 else 'below'} its own average day"
    if round(abs(c.ret) * 100, 1) == 0:
        flat = round(abs(expected) * 100, 1) == 0
        noun = f"a {'rise' if expected > 0 else 'fall'} of {abs(expected) * 100:.1f} %"
        return f"would have led one to expect {'no move' if flat else noun}."
    if c.ret * c.ar < 0:
        return f"That is less of a {'rise' if c.ret > 0 else 'fall'} than"
    if c.ret * expected <= 0 or round(abs(expected) * 100, 1) == 0:
        return "explains none of it."
    if abs(c.ar) < 0.35 * abs(c.ret):
        return f"All but {points(c.ar)} of it went with"
    return f"explains {points(expected)} of it."


@rule("/by")
def _(e: EventPage, text: str) -> list[str]:
    c = e.lead
    first = "does not stand out" if c.n + 1 >= 20 else "too few ordinary days to tell"
    if c.out:
        first = "○ stands out alone, not when all are judged together"
    if c.survives:
        first = "● stands out, also when all are judged together"
    doubt = f"? the day is in doubt: {which(c.days)}" if c.doubt else "the day is not in doubt"
    n = len(e.event.get("confounders", []))
    return [first, doubt, f"{count(n, 'other news item')} known for that day"
            if n else "we know of no other news that day"]  # fmt: skip


def which(days: list[str]) -> str:
    if len(days) > 3:
        return f"any of {number(len(days))} sessions from {day(days[0])} to {day(days[-1])}"
    return " or ".join(map(day, days))
