"""Pictures, minutes, doubts and statistics on the page of one event, derived again.

It shares no code with ``analysis``. Import it to register its rules with `restated_events`.
"""

from __future__ import annotations

import re
from functools import cache
from math import prod
from types import SimpleNamespace

import numpy as np
import pandas as pd
import restated
from restated_events import (
    EventPage,
    capital,
    points,
    rule,
    short_day,
    signed,
    summed,
    which,
)
from restated_pieces import count, day, listing, number, percent, seed, size
from restated_sentences import moment

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
