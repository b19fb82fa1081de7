"""Figures and verdicts of the page of one event, derived from the CSV files of the run.

It shares no code with ``analysis``. A rule covers the blocks of one kind (`restated_blocks`); a
block with a figure and no rule is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, cached_property
from math import prod
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import restated
from restated_blocks import blocks
from restated_sentences import (
    Tables,
    count,
    covered,
    day,
    listing,
    moment,
    number,
    percent,
    seed,
    size,
)

Rule = Callable[["EventPage", str], list[str]]
RULES: list[tuple[re.Pattern[str], Rule]] = []
#: Words with a number in them that state no figure.
PHRASES = ("led one to expect", "last two columns", "A market has one line")


def rule(pattern: str) -> Callable[[Rule], Rule]:
    """Register what derives the blocks of one kind."""

    def add(function: Rule) -> Rule:
        RULES.append((re.compile(pattern), function))
        return function

    return add


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
            used = [f for pattern, f in RULES if pattern.fullmatch(name)]
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


# -- the pictures --------------------------------------------------------------------------------


def after(e: EventPage, c: SimpleNamespace) -> pd.DataFrame:
    """Sessions of the week after day 0, with the lead: what went beyond since day 0."""
    rows = e.rows("abnormal_returns", c.market)
    rows = rows[~rows.candidate & (rows.event_day >= 0) & (rows.event_day <= 5)]
    rows = rows.sort_values("event_day")
    return rows.assign(lead=rows.ar.cumsum())[lambda r: (r.event_day > 0) & r.lead.notna()]


def gone(e: EventPage, c: SimpleNamespace) -> str:
    rows = after(e, c)
    rows = rows[rows.lead.abs() <= 0.25 * c.scale]
    return rows.session.iloc[0] if len(rows) else ""


@rule("path/ft")
def _(e: EventPage, text: str) -> list[str]:
    c = e.lead
    if not c.out:
        return [f"{c.short} stayed within the range of ordinary days"]
    side = "jumped clear of" if c.ar > 0 else "dropped below"
    at = gone(e, c)
    what = "lead" if c.ar > 0 else "gap"
    return [f"{c.short} {side} what", f"; by {short_day(at)} the {what} was gone" if at else ""]


@rule("path/fs")
def _(e: EventPage, text: str) -> list[str]:
    before = e.rows("reactions", e.lead.market).prev_session.iloc[0]
    return [f"{e.lead.short}’s close, and where", f"from {short_day(before)} on",
            "19 of 20 ordinary stretches"]  # fmt: skip


@rule("path/p")
def _(e: EventPage, text: str) -> list[str]:
    rows = after(e, e.lead)
    at, lead = rows.session.iloc[-1], rows.lead.iloc[-1]
    assert not (e.lead.out and gone(e, e.lead))
    return [f"By {short_day(at)} it stood {points(lead)} {'above' if lead >= 0 else 'below'} what"]


@rule("sum/f[ts]")
def _(e: EventPage, text: str) -> list[str]:
    if text.startswith("How "):
        return [f"How {e.lead.short}’s move of {day(e.lead.day0)} divides."]
    whole, expected, beyond = summed(e.lead)
    sign = "−" if beyond.startswith("−") else "+"
    return [f"{whole} = {expected} expected {sign} {beyond.lstrip('+−')} beyond"]


@rule("ordinary/f[ts]")
def _(e: EventPage, text: str) -> list[str]:
    c = e.lead
    if text.startswith("Each grey"):
        last = "Strong: those as unusual." if c.k else "None lies as far out."
        return [f"Each grey dot is one ordinary day of {c.short}", last]
    verb = "was" if c.k <= 1 else "were"
    return [capital(f"{number(c.k, 'none')} of {c.n} ordinary days {verb} as unusual")]


@rule("yardstick/f[ts]")
def _(e: EventPage, text: str) -> list[str]:
    c = e.lead
    whole = [] if e.t.model == restated.TOTAL else [e.run.total[c.market, c.day0] <= 0.05]
    verdicts = [c.out, *whole, *c.sticks.values()]
    if not text.startswith(c.short):
        return ["depends on the yardstick" if len(set(verdicts)) > 1 else "is the same by every"]
    return [f"{c.short} on {day(c.day0)}, with {count(len(verdicts), 'thing')} taken out.",
            "19 of 20 ordinary days"]  # fmt: skip


@rule("markets/f[ts]")
def _(e: EventPage, text: str) -> list[str]:
    if text.startswith("Change from"):
        return ["19 of 20 ordinary stretches"]
    known = [c for c in e.cells if c.p is not None]
    out = [c.short for c in known if c.out]
    if not out or len(out) == len(known):
        return [f"On the day {'every' if out else 'no'} market left the range of ordinary days"]
    if len(out) > 3:
        return [f"{number(len(out))} of {len(known)} markets"]
    return [f"{'only ' if len(out) == 1 else ''}{listing(out)} left the range of ordinary days"]


# -- in minutes ----------------------------------------------------------------------------------


@cache
def spoken_of(e: EventPage) -> list[pd.Series]:
    """The windows fixed beforehand, each series against its own benchmark, most unusual first."""
    rows = e.rows("minutes")
    rows = rows[rows.kind != "none"]
    own = {m["symbol"]: e.benchmark(m["symbol"]) for m in seed("markets")}
    parts = []
    for series, mine in rows.groupby("series", sort=False):
        have = list(mine.benchmark.unique())
        wanted = [b for b in (own.get(series), "total", *have) if b in have]
        parts.append(mine[mine.benchmark == wanted[0]])
    known = pd.concat(parts)
    known = known[known.primary & known.p.notna()].sort_values("p", kind="stable")
    return [row for _, row in known.iterrows()]


def of_kind(e: EventPage, row: pd.Series) -> dict[str, pd.Series]:
    rows = e.rows("minutes")
    rows = rows[(rows.series == row.series) & (rows.benchmark == row.benchmark)]
    return {r["kind"]: r for _, r in rows.iterrows()}


#: The clocks of the series of intraday bars, by where they trade.
ZONES = {"^N225": ("Asia/Tokyo", "Tokyo"), "^TWII": ("Asia/Taipei", "Taipei")}


@rule("minute-split/p|minute-path/p")
def _(e: EventPage, text: str) -> list[str]:
    """When the windows were where their series trade, from their instants."""
    told = []
    for row in spoken_of(e)[:2]:
        zone, place = ZONES.get(row.series, ("America/New_York", "New York"))
        start, end = (pd.Timestamp(at).tz_convert(zone) for at in (row.start, row.end))
        told.append(f"{start:%H:%M} to {end:%H:%M} in {place}")
    return ["On the clocks there:", listing(list(dict.fromkeys(told)))]


@rule("minutes/p")
def _(e: EventPage, text: str) -> list[str]:
    pieces, rows = [], spoken_of(e)
    for row in rows[:2]:
        first = (
            "Yes:" if row.p_family <= 0.05 else "Unusual alone:" if row.p <= 0.05 else "Ordinary:"
        )
        k = round(row.p * (row.n_placebo + 1)) - 1
        scan = row["kind"].startswith("scan")
        where = "stretches of the same hours" if scan else "sessions"
        pieces += [first, *moment(row), f"; {number(k, 'none')} of {row.n_placebo:.0f} ordinary "
                   f"{where} {'was' if k == 1 else 'were'} as unusual"]  # fmt: skip
        if first == "Ordinary:":
            pieces.append(f"A move had to reach {percent(row.mde)[1:]} to be noticed.")
    of_day = of_kind(e, rows[0]).get("day0")
    if of_day is not None and pd.notna(of_day.p) and (of_day.p <= 0.05) != (rows[0].p <= 0.05):
        pieces.append("The whole day of" if of_day.p <= 0.05 else "By the whole day")
    return pieces


@rule("minute-path/f[ts]")
def _(e: EventPage, text: str) -> list[str]:
    row = spoken_of(e)[0]
    if " in per cent of " not in text:
        first = "Unusual alone" if row.p <= 0.05 else "Ordinary"
        first = "Unusual even among all" if row.p_family <= 0.05 else first
        told = moment(row)
        return [f"{first}:", told[0], told[-1]]
    best, early, late = (pd.Timestamp(e.event["announced"][k]).tz_convert("UTC")
                         for k in ("best", "earliest", "latest"))  # fmt: skip
    since = pd.Timestamp(of_kind(e, row)["first_hour"].start)
    return [f"{since:%H:%M} UTC on {since:%-d %B %Y}", "19 of 20 ordinary",
            f"{best:%H:%M} UTC on {best:%-d %B %Y}", between(early, late) if early < late else ""
            ]  # fmt: skip


def between(start: pd.Timestamp, end: pd.Timestamp) -> str:
    if start.date() == end.date():
        return f"{start:%H:%M} to {end:%H:%M} UTC on {end:%-d %B %Y}"
    return f"{start:%H:%M} UTC on {start:%-d %B %Y} to {end:%H:%M} on {end:%-d %B %Y}"


@rule("minute-split/f[ts]")
def _(e: EventPage, text: str) -> list[str]:
    kinds = of_kind(e, spoken_of(e)[0])
    whole = kinds["day0"]
    if text.startswith("How the day"):
        return moment(whole)[-1].removeprefix("from ").split(" to ")
    rets = [kinds[k].ret for k in ("before", "first_hour", "rest")
            if k in kinds and pd.notna(kinds[k].ret)]  # fmt: skip
    assert abs(prod(1 + r for r in rets) - 1 - whole.ret) < 1e-9
    steps = np.diff(np.cumprod([1.0, *(1 + r for r in rets)]))
    shown = [signed(whole.ret, 2 if re.search(r"\.\d\d %", text) else 1)]
    assert text.startswith(f"{shown[0]} = "), (text, shown)
    printed = re.findall(r"[+−]? ?[\d.]+ %", text)
    parts = [float(x[:-2].replace("−", "-").replace(" ", "")) for x in printed]
    last = 0.0151 if re.search(r"\.\d\d %", text) else 0.151  # rounding, and one part gives way
    assert all(abs(a - b * 100) < last for a, b in zip(parts[1:], steps, strict=True)), text
    assert abs(parts[0] - sum(parts[1:])) < 1e-9, text
    return printed


# -- doubts and statistics -----------------------------------------------------------------------


@rule("doubt/li")
def _(e: EventPage, text: str) -> list[str]:
    if text.rstrip(".") in {d.rstrip(".") for d in e.event.get("doubts", [])}:
        return [text]  # the catalogue's own words
    for c in e.cells:
        if c.p is not None and c.doubt and text.startswith(f"{c.short}: the day may be"):
            same = "depends on which" if c.depends else "is the same for each"
            return [f"the day may be {which(c.days)}; the verdict {same}."]
    if text.startswith("Daily closes"):
        n = len(e.event["confounders"])
        return [f"from the {number(n)} other{'s' if n > 1 else ''} of that day."]
    if text.startswith("Smaller"):
        return [f"A move had to reach {size(e.lead.mde)} beyond", "four times in five."]
    return []


@rule("statistics/p")
def _(e: EventPage, text: str) -> list[str]:
    if text.startswith("These are"):
        rows = e.rows("placebo")
        here = int(((rows.window != "[0,0]") & ~rows.candidate).sum())
        return [f"These are {here} looks of {e.run.longer} beyond day 0 in the catalogue",
                f"at most 0.05 in about {chance(here)} of those here and {chance(e.run.longer)} of"
                ]  # fmt: skip
    if " expected (" not in text:
        return [c.row.reason for c in e.cells if isinstance(c.row.reason, str)]
    c = e.lead
    whole, expected, beyond = summed(c)
    fits, days = e.rows("fits", c.market), e.rows("abnormal_returns", c.market)
    fit = fits[fits.day0 == c.day0].iloc[0]
    bench = days[(days.event_day == 0) & ~days.candidate].benchmark_ret.iloc[0]
    return [f"{whole} = {expected} expected ({signed(fit.alpha, 2)} usual drift, {fit.beta:.1f} ×",
            f"’s {signed(bench, 2)}) and {beyond} beyond."]  # fmt: skip


def chance(n: int) -> str:
    return f"{n / 20:.0f}" if n / 20 >= 1 else f"{n / 20:.1f}"


@rule("(clock/(li|summary|f[ts])|news/.*|moment/.*)")
def _(e: EventPage, text: str) -> list[str]:
    """The catalogue's own words: what else was in the news, and how the moment is known."""
    return [text]
