"""The figures of every sentence of the founding pages, derived from the CSV files beside a page.

It shares no code with ``analysis``. A rule names the sentences it covers and gives, in order, the
pieces that hold their figures; what is left of a sentence may hold none. A sentence without a rule
is a fault: it can be re-derived by nobody. ``python tests/restated_site.py SITE`` checks all pages
of a folder of reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import restated
from restated_pieces import (
    SEEDS,
    Rules,
    Tables,
    count,
    covered,
    day,
    listing,
    month,
    number,
    p_value,
    percent,
    seed,
    signed,
    size,
    span,
)

rule = Rules()


def check(tables: Tables, name: str, text: str) -> str:
    """Return what is wrong with a sentence; empty where every figure of it comes out again."""
    found = [function for pattern, function in rule if pattern.fullmatch(name)]
    if len(found) != 1:
        return f"{name}: {len(found)} rules cover it; {text!r}"
    return covered(tables, name, text, found[0](tables, name))


# -- all events ----------------------------------------------------------------------------------


def stars(rows: pd.DataFrame) -> str:
    marked = rows[rows.p_value <= 0.05]
    if marked.empty:
        return "no reaction stands out at the 5 %"
    up = int((marked.ar > 0).sum())
    verb = "stands" if len(marked) == 1 else "stand"
    return (
        f"{count(len(marked), 'reaction')} {verb} out ({up} up, {len(marked) - up} down) at the 5 %"
    )


def by_chance(n: int) -> str:
    return f"about {n * 0.05:.{0 if n >= 20 else 1}f}"


@rule("overview-count")
def _(t: Tables, name: str) -> list[str]:
    rows = t.one()
    return [f"{t.reactions.event_id.nunique()} events gave {len(rows)} distinct reactions",
            stars(rows), by_chance(len(rows)), size(rows.mde.median())]  # fmt: skip


@rule("stands-out-.*")
def _(t: Tables, name: str) -> list[str]:
    row = next(r for _, r in t.one().iterrows() if name == f"stands-out-{r.market}-{r.day0}")
    p = restated.place(t.folder, row.market, t.model, row.day0)["p"]
    return [f"{t.names[row.market]} on {day(row.day0)}", f"{percent(row.ar)} beyond",
            f"p = {p_value(p)} ({t.ways(row)} over"]  # fmt: skip


@rule("not-noticed-.*")
def _(t: Tables, name: str) -> list[str]:
    quiet, n, low, middle, high = restated.not_noticed(t.folder, t.model)[name[12:]]
    return [f"{number(quiet)} of {n} reactions cannot",
            f"{size(low)} to {size(high)} (median {size(middle)})",
            "four times in five"]  # fmt: skip


@rule("(ambiguous|shared)-count")
def _(t: Tables, name: str) -> list[str]:
    doubt, shared, n = restated.doubtful(t.folder)
    if name == "shared-count":
        return [f"{shared} pairs share their day 0"]
    return [f"In {doubt} of {n} event-market pairs", "day 0"]


@rule("confounded-count")
def _(t: Tables, name: str) -> list[str]:
    rows = t.reactions.drop_duplicates("event_id")
    return [f"{(rows.n_confounders > 0).sum()} of {count(len(rows), 'event')} have"]


@rule("omnibus-.*")
def _(t: Tables, name: str) -> list[str]:
    model = name[8:]
    row = t.omnibus.set_index(["scope", "market", "model"]).loc["all", "all", model]
    mean = restated.mean_size(t.folder, model)
    larger = "larger" if row.p_value <= 0.05 and mean > row.placebo_mean else "no larger"
    return [f"{len(t.one(model))} distinct reactions taken together were {larger} than",
            f"{mean:.2f} against {row.placebo_mean:.2f} (joint placebo p = {p_value(row.p_value)})"
            ]  # fmt: skip


@rule("family-.*")
def _(t: Tables, name: str) -> list[str]:
    model = name[7:]
    rows = t.family[t.family.model == model].drop_duplicates(["market", "day0"])
    first = rows.sort_values(["p_stepdown", "p_single"], kind="stable").iloc[0]
    found = t.one(model)
    ar = found[(found.market == first.market) & (found.day0 == first.day0)].ar.iloc[0]
    p = found.p_value.to_numpy()
    own = found[(found.market == first.market) & (found.day0 == first.day0)].p_value.iloc[0]
    raised = np.sort(p) * len(p) / np.arange(1, len(p) + 1)
    bh = min(1.0, raised[np.sort(p) >= own].min())
    return [f"all {len(found)} distinct reactions", "none is unusual at 5 %",
            f"{t.names[first.market]} on {day(first.day0)} ({percent(ar)})",
            f"p = {p_value(first.p_single)} alone and {p_value(first.p_stepdown)} as one of "
            f"{len(found)} (Benjamini-Hochberg {p_value(bh)})",
            f"about {rows.expected_beyond.iloc[0]:.0f} of them beyond their own 5 %"]  # fmt: skip


@rule("implied-.*")
def _(t: Tables, name: str) -> list[str]:
    model, _, kind = name[8:].partition("-")
    rows = t.main(model)
    rows = rows[rows.direction.isin(["up", "down"])]
    if kind:
        rows = rows[[t.events[i]["category"] == kind for i in rows.event_id]]
    by = rows.groupby(["market", "day0"])
    clear = by.direction.nunique() == 1
    moved = (by.ar.first() * np.where(by.direction.first() == "up", 1, -1))[clear]
    pooled = t.pooled[(t.pooled.market == "all") & (t.pooled["sample"] == "all")]
    scope = f"category:{kind}" if kind else "all"
    row = pooled[(pooled.scope == scope) & (pooled.model == model)].iloc[0]
    p = row.p_joint_two_sided
    pieces = ["no more than at placebo moments"]
    if p <= 0.05:
        pieces = ["more than at placebo moments" if moved.mean() > 0 else "less than"]
        if row.p_high_left_out > 0.05:
            pieces.append(f"but not without {day(row.date_left_out)}")
        elif row.p_high_month_out > 0.05:
            pieces.append(f"but not without {month(row.month_left_out)}")
    return [f"{percent(moved.mean())} on average over {count(len(moved), 'session')} of "
            f"{count(row.n_dates, 'date')}, {(moved > 0).sum()} of them", *pieces,
            f"(two-sided joint placebo p = {p_value(p)}",
            span(row.p_low_left_out, row.p_high_left_out),
            span(row.p_low_month_out, row.p_high_month_out)]  # fmt: skip


# -- one event, one article ----------------------------------------------------------------------


def of(t: Tables, name: str) -> pd.Series:
    """The row of a sentence named by event and market."""
    return next(r for _, r in t.main().iterrows() if name.endswith(f"-{r.event_id}-{r.market}"))


@rule("reaction-.*")
def _(t: Tables, name: str) -> list[str]:
    row = of(t, name)
    found = restated.place(t.folder, row.market, t.model, row.day0)
    p = f"p = {p_value(found['p'])}; {t.ways(row)} over"
    first = [f"moved {percent(row.ret)} on {day(row.day0)}, {percent(row.ar)} beyond",
             f"(standard error {size(row.se)})"]  # fmt: skip
    if found["p"] > 0.05:
        return [*first, "an ordinary day", p, f"Only {size(row.mde)} or", "four times in five"]
    verb = "was" if found["n_beyond"] == 1 else "were"
    return [*first, "it stands out",
            f"Of {found['n']} comparable days, {number(found['n_beyond'])} {verb}", p]  # fmt: skip


@rule("ambiguous-(?!count).*")
def _(t: Tables, name: str) -> list[str]:
    row, rows = of(t, name), t.placebo
    rows = rows[(rows.window == "[0,0]") & (rows.model == t.model) & (rows.market == row.market)]
    p = rows[rows.event_id == row.event_id].p_value
    days = t.reactions.set_index(["event_id", "market"]).candidates[row.event_id, row.market]
    same = (p.max() <= 0.05) == (row.p_value <= 0.05)
    listed = days.split(";")
    which = " or ".join(map(day, listed))
    if len(listed) > 3:
        which = f"{number(len(listed))} sessions from {day(listed[0])} to {day(listed[-1])}"
    return ["day 0", which, "is the same for each" if same else "depends on which",
            f"(largest p {p_value(p.max())}", percent(row.ar)]  # fmt: skip


@rule("shared-(?!count).*")
def _(t: Tables, name: str) -> list[str]:
    row = of(t, name)
    others = t.reactions.set_index(["event_id", "market"]).shared_with[row.event_id, row.market]
    return ["day 0", listing([t.events[i]["title"] for i in others.split(";")])]


@rule("overnight-.*")
def _(t: Tables, name: str) -> list[str]:
    row = next(r for _, r in t.overnight.iterrows()
               if name == f"overnight-{r.event_id}-{r.market}")  # fmt: skip
    within = (1 + row.ret) / (1 + row.overnight) - 1
    held = "only the second" if row.news_in == "intraday" else "is the first answer"
    return ["day 0", percent(row.overnight, 2), percent(within, 2), held]


@rule("headline-.*")
def _(t: Tables, name: str) -> list[str]:
    rows = t.main().set_index("market")
    rows = rows[rows.event_id == name[9:]]
    verdicts = {True: "stands out", False: "does not stand out"}
    return [f"{short} {percent(rows.ar[m])} on {day(rows.day0[m])} "
            f"({verdicts[rows.p_value[m] <= 0.05]}, p = {p_value(rows.p_value[m])})"
            for m, short in t.names.items() if m in rows.index]  # fmt: skip


@rule("article-count-.*")
def _(t: Tables, name: str) -> list[str]:
    ids = t.ids(name[14:])
    mine = t.main()
    mine = mine[mine.event_id.isin(ids)].drop_duplicates(["market", "day0"])
    return [f"{count(len(ids), 'event')}, which", count(len(mine), "distinct reaction"),
            stars(mine), by_chance(len(mine)), size(mine.mde.median())]  # fmt: skip


@rule("article-family-.*")
def _(t: Tables, name: str) -> list[str]:
    rows = t.family[(t.family.model == t.model) & t.family.event_id.isin(t.ids(name[15:]))]
    rows = rows.drop_duplicates(["market", "day0"])
    first = rows.sort_values(["p_stepdown", "p_single"], kind="stable").iloc[0]
    ar = t.main().set_index(["event_id", "market"]).ar[first.event_id, first.market]
    kept = int((rows.p_stepdown <= 0.05).sum())
    return [f"all {first.n_family} reactions", f"{number(kept, 'none')} of", f"{len(rows)} stays",
            f"{t.names[first.market]} on {day(first.day0)} ({percent(ar)}), "
            f"p = {p_value(first.p_stepdown)} family-wise"]  # fmt: skip


@rule("claims-.*")
def _(t: Tables, name: str) -> list[str]:
    rows = t.claims[t.claims.article == name[7:]]
    decided = rows[rows.code != "undecided"]
    words = [f"{number(n)} {code}" for code, n in decided.code.value_counts().items()]
    shown = [percent(f, 2) for f in decided.figure.dropna()]
    return [f"{count(len(rows), 'claim')} daily closes can decide {number(len(decided))}",
            listing(words), listing(shown, 4)]  # fmt: skip


@rule("confounders-.*|selection|chosen|minutes-shared|not-contagion")
def _(t: Tables, name: str) -> list[str]:
    """What was in the news, as the catalogue words it, and cautions: no statistic."""
    known = t.events.get(name[12:], {}).get("confounders", [])
    return ["; ".join(known)] if known else []


# -- together, in minutes, simulated -------------------------------------------------------------


KINDS = {"reaction": "", "reaction_total": restated.TOTAL}


def correlation(t: Tables, kind: str, group: pd.Series | None = None, without: object = 0) -> float:
    """Mean correlation of all pairs of markets, without the pairs of one date or month."""
    rows = t.reaction_pairs[t.reaction_pairs.model == (KINDS[kind] or t.model)]
    if group is not None:
        rows = rows[rows.event_ids.str.split(";").str[0].map(group) != without]
    by = rows.groupby(["market_a", "market_b"])
    return float(np.mean([part.sar_a.corr(part.sar_b) for _, part in by]))


def groups(t: Tables) -> tuple[pd.Series, pd.Series]:
    """By event: its date, runs of working days joined (weekends count as Monday), and its month."""
    day = pd.to_datetime(t.reactions.drop_duplicates("event_id").set_index("event_id").announced_at)
    day = day.dt.tz_localize(None).dt.normalize().sort_values(kind="stable")
    at = np.busday_offset(day.to_numpy().astype("datetime64[D]"), 0, roll="forward")
    apart = np.append(0, np.busday_count(at[:-1], at[1:]) > 1)
    months = at.astype("datetime64[M]").astype(str)
    return pd.Series(np.cumsum(apart), day.index), pd.Series(months, day.index)


@rule("moved-together")
def _(t: Tables, name: str) -> list[str]:
    rows = t.together.set_index("kind")
    pieces = []
    for kind in ("reaction_total", "reaction"):
        row, r = rows.loc[kind], correlation(t, kind)
        alike = "no more alike"
        if row.p_placebo <= 0.05:
            alike = "more alike" if r > row.placebo_median else "less alike"
        pieces.append(f"{alike} than at other moments")
        p = f"p = {p_value(row.p_placebo)})"
        if kind == "reaction_total":
            pairs = t.reaction_pairs.groupby(["market_a", "market_b"]).ngroups
            pieces += [f"of {number(pairs)} pairs of markets is {signed(r)}",
                       f"{signed(row.placebo_low)} to {signed(row.placebo_high)} ({p}"]  # fmt: skip
        else:
            pieces.append(f"({signed(r)}, {p}")
    return pieces


@rule("without-.*")
def _(t: Tables, name: str) -> list[str]:
    kind = name[8:]
    row = t.together.set_index("kind").loc[kind]
    used = t.reaction_pairs.event_ids.str.split(";").str[0].unique()
    pieces = [f"mean of {signed(correlation(t, kind))} is"]
    for group, left, worst in zip(groups(t), ("left", "month"),
                                  (day(row.date_left_out), month(row.month_left_out)),
                                  strict=True):  # fmt: skip
        found = [correlation(t, kind, group, one) for one in group[used].unique()]
        p = span(row[f"p_low_{left}_out"], row[f"p_high_{left}_out"])
        pieces += [f"{signed(min(found))} to {signed(max(found))}",
                   f"(p {p}, largest without {worst})"]  # fmt: skip
    return pieces


@rule("clock")
def _(t: Tables, name: str) -> list[str]:
    rows = t.correlations.set_index(["market_a", "market_b"])
    clock, same = (rows[rows.kind == f"normal_{k}"].pearson for k in ("clock", "same_date"))
    a, b = (clock - same).idxmax()
    return [f"between {t.names[a]} and {t.names[b]}",
            f"{signed(clock[a, b])}, paired by calendar date {signed(same[a, b])}"]  # fmt: skip


def minutes(t: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Distinct windows fixed beforehand, and distinct days, each against its own benchmark."""
    own = {m["symbol"]: next(iter(m.get("benchmarks") or [m.get("benchmark")]), None)
           for m in seed("markets")}  # fmt: skip
    rows = t.minutes[(t.minutes.kind != "none")]
    parts = []
    for series, mine in rows.groupby("series", sort=False):
        have = list(mine.benchmark.unique())
        wanted = own.get(series)
        lead = wanted if wanted in have else "total" if "total" in have else have[0]
        parts.append(mine[mine.benchmark == lead])
    rows = pd.concat(parts)
    key = ["series", "benchmark", "start", "end"]
    known = rows[rows.z.notna() & rows.p.notna()]
    return tuple(known[use].drop_duplicates(key) for use in (known.primary, known.kind == "day0"))


def moment(row: pd.Series) -> list[str]:
    """How far a series moved, and from when to when."""
    start, end = row.start, row.end
    until = f"{end[11:16]} UTC on {day(end[:10])}"
    since = start[11:16]
    if start[:10] != end[:10]:
        since, until = f"{since} UTC on {day(start[:10])}", f"{end[11:16]} on {day(end[:10])}"
    way = f"{'rose' if row.ret > 0 else 'fell'} {size(row.ret)}"
    if round(abs(row.ret) * 100, 1) == 0:
        way = "did not move"
    beyond = [] if row.benchmark == "total" else [f"({percent(row.ar)} beyond"]
    return [way, *beyond, f"from {since} to {until}"]


@rule("(minutes|days)-held")
def _(t: Tables, name: str) -> list[str]:
    rows = minutes(t)[name.startswith("days")]
    held = rows[rows.p_family <= 0.05]
    said = f"In minutes {count(len(held), 'reaction')} hold"
    if name.startswith("days"):
        said = f"{count(len(held), 'whole day')} hold"
    return [said, *(piece for _, row in held.iterrows() for piece in moment(row))]


@rule("minutes-apart")
def _(t: Tables, name: str) -> list[str]:
    windows, _ = minutes(t)
    key = ["event_id", "series", "benchmark"]
    whole = t.minutes[t.minutes.kind == "day0"].groupby(key).p.first()
    day = np.array([whole.get(tuple(row)) <= 0.05 for row in windows[key].to_numpy()])
    window = (windows.p <= 0.05).to_numpy()
    only, late, both = (int(k.sum()) for k in (window & ~day, day & ~window, window & day))
    return [f"Of {len(windows)} reactions", f"{number(only)} stand",
            f"{number(late)} only in days", f"{number(both)} in both"]  # fmt: skip


@rule("minutes-counts")
def _(t: Tables, name: str) -> list[str]:
    pieces = []
    for rows in minutes(t):
        pieces += [f"{number((rows.p <= 0.05).sum())} of {len(rows)}", f"{len(rows) * 0.05:.0f}"]
    return pieces


@rule(r"simulated-coverage-.*")
def _(t: Tables, name: str) -> list[str]:
    window = name[19:]
    found, rates = t.csv("estimates")[window], t.csv("rates")
    row = rates[(rates.kind == "coverage") & rates.name.str.endswith(window)].iloc[0]
    return [f"Window {window}", "+2.00 %", percent(found.mean(), 2), "95 %", size(row.rate),
            f"{size(row.low)} to {size(row.high)}"]  # fmt: skip


# -- the second look -----------------------------------------------------------------------------


@rule("variants")
def _(t: Tables, name: str) -> list[str]:
    rows = t.variants[t.variants.model == t.model].drop_duplicates(["market", "day0", "variant"])
    p = rows.groupby(["market", "day0"]).p_value.agg(["min", "max"]).sort_values("min")
    some = p[(p["min"] <= 0.05) & (p["max"] > 0.05)]
    ar = t.one().set_index(["market", "day0"]).ar
    told = [f"{t.names[at[0]]} on {day(at[1])} ({percent(ar[at])}, p = {span(*row)})"
            for at, row in some.iterrows()]  # fmt: skip
    return [f"Over {rows.variant.nunique()} reasonable",
            f"{number((p['max'] <= 0.05).sum(), 'none')} of {len(p)} reactions", "p ≤ 0.05",
            f"{number((p['min'] > 0.05).sum(), 'none')} never, {number(len(some), 'none')} in",
            listing(told, 4)]  # fmt: skip


@rule("minutes")
def _(t: Tables, name: str) -> list[str]:
    """Reactions in doubt from every candidate day 0, not from the table of doubts."""
    rows = t.placebo[(t.placebo.window == "[0,0]") & (t.placebo.model == t.model)]
    by = rows.groupby(["event_id", "market"])
    p, ar = (by[column].agg(["min", "max", "size"]) for column in ("p_value", "estimate"))
    p, ar = p[p["size"] > 1], ar[p["size"] > 1]
    depends = p[(p["min"] <= 0.05) & (p["max"] > 0.05)]
    told = [f"“{t.events[at[0]]['title']}” in {t.names[at[1]]} ({percent(ar['min'][at])} to "
            f"{percent(ar['max'][at])}, p = {span(p['min'][at], p['max'][at])})"
            for at in depends.index]  # fmt: skip
    return [f"Of {count(len(p), 'reaction')} whose day 0",
            f"{number(len(p) - len(depends), 'none')} keep their verdict at 5 %",
            listing(told, 4)]  # fmt: skip


def wildest_week(t: Tables) -> list[str]:
    """First and last of the seven days with the most movement, from the closes themselves."""
    closes = pd.read_csv(SEEDS.parent / "data" / "closes.csv", index_col="date")
    squares = [closes[m].dropna().pct_change() ** 2 for m in dict.fromkeys(t.reactions.market)]
    total = pd.concat([s / s.mean() for s in squares], axis=1, sort=True).sum(axis=1)
    end = int(np.nanargmax(total.rolling(7).sum()))
    return [f"({day(total.index[end - 6])} to {day(total.index[end])})"]


@rule("sizes")
def _(t: Tables, name: str) -> list[str]:
    rows = t.sizes[(t.sizes.model == t.model) & (t.sizes.window == "[0,0]")]
    rows = rows[(rows.level == 0.05) & (rows.n > 0)]
    rows = rows.assign(times=rows.rejected * rows.n).groupby(["test", "period"])[["times", "n"]]
    rate = rows.sum().pipe(lambda sums: sums.times / sums.n)
    every, calm, wild, shock = (
        [size(rate[test, period]) for test in ("ar_t", "ar_t_conditional")]
        for period in ("all", "calm", "turbulent", "shock_in_estimation")
    )
    return ["At 5 %", "one day", f"rejects on {every[0]} of quiet days", f"{calm[0]} in the calm",
            f"{wild[0]} in the turbulent one", f"{shock[0]} while", *wildest_week(t),
            f"{every[1]}, {calm[1]}, {wild[1]} and {shock[1]}"]  # fmt: skip


@rule("detectable")
def _(t: Tables, name: str) -> list[str]:
    rows = t.power[(t.power.model == t.model) & (t.power.test == "placebo_p")]
    rows = rows[rows.window == "[0,0]"].drop_duplicates("market")
    told = [
        f"{size(mde)} in {t.names[market]}"
        for market, mde in zip(rows.market, rows.mde, strict=True)
    ]
    return ["four times in five", "day 0", listing(told)]


def lagged(t: Tables, row: pd.Series) -> str:
    pair = f"{t.names[row.leader]} and {t.names[row.follower]}"
    lag = f"{row.lag:+.0f}".replace("-", "−") if row.lag else "0"
    return f"{pair} at lag {lag} ({signed(row.pearson)}"


@rule("lead-lag-quiet")
def _(t: Tables, name: str) -> list[str]:
    quiet = t.lead_lag[t.lead_lag.days == "quiet"]
    clear = quiet[(quiet.low > 0) | (quiet.high < 0)]
    same, other = clear[clear.lag == 0], clear[clear.lag != 0]
    pairs = quiet.groupby(["leader", "follower"]).ngroups
    told = [f"{t.names[r.leader]} and {t.names[r.follower]} {signed(r.pearson)}"
            for r in same.itertuples()]  # fmt: skip
    later = [f"{lagged(t, row)})" for _, row in other.iterrows()]
    return [f"{number(len(same), 'none')} of {count(pairs, 'pair')} co-move", f"({listing(told)})",
            listing(later, 4) or "none at any other lag"]  # fmt: skip


@rule("lead-lag-events")
def _(t: Tables, name: str) -> list[str]:
    rows = t.lead_lag[t.lead_lag.days == "events"]
    marked = rows[rows.p_placebo <= 0.05].sort_values("p_placebo", kind="stable")
    told = [f"{lagged(t, row)}, p = {p_value(row.p_placebo)})" for _, row in marked.iterrows()]
    return [f"{number(len(marked), 'none')} of {len(rows)} pairs", "5 %",
            f"about {len(rows) * 0.05:.0f}", listing(told, 4), "Lag 0", "day 0",
            "same two closes", "day 0", "day-0"
            ]  # fmt: skip


@rule("event-days-.*")
def _(t: Tables, name: str) -> list[str]:
    """Forbes and Rigobon (2002): the correlation at the variance of calm days."""
    row = next(r for _, r in t.contagion.iterrows()
               if name == f"event-days-{r.leader}-{r.follower}")  # fmt: skip
    more = row.variance_ratio - 1
    adjusted = row.rho_event / np.sqrt(1 + more * (1 - row.rho_event**2))
    return [f"{signed(row.rho_event)} on {row.n_event} event pairs, {signed(row.rho_calm)} on",
            f"{row.variance_ratio:.1f} times as large", signed(adjusted),
            f"{signed(adjusted - row.rho_calm)} ({signed(row.low_adjusted)} to "
            f"{signed(row.high_adjusted)})"]  # fmt: skip


@rule("spillover-.*")
def _(t: Tables, name: str) -> list[str]:
    rows = t.spillover[t.spillover.days == "events"]
    row = next(r for _, r in rows.iterrows() if name == f"spillover-{r['from']}-{r['to']}")
    verdict = "unusual" if row.p_placebo <= 0.05 else "not unusual"
    return [f"slope {signed(row.slope)} (t = {signed(row.slope / row.se, 1)}) over {row.n} event",
            f", {verdict} among", f"({signed(row.placebo_low)} to {signed(row.placebo_high)}, "
            f"p = {p_value(row.p_placebo)})"]  # fmt: skip


@rule("few-pairs")
def _(t: Tables, name: str) -> list[str]:
    rows = t.small[t.small.model == t.model]
    row = rows.loc[(rows.high_left_out - rows.low_left_out).idxmax()]
    return [f"there are {rows.n.min()} to {rows.n.max()} pairs", "one pair left out",
            f"{t.names[row.market_a]} and {t.names[row.market_b]}",
            f"{signed(row.low_left_out)} to {signed(row.high_left_out)}"]  # fmt: skip


@rule("curves-(total|beyond)")
def _(t: Tables, name: str) -> list[str]:
    rows = t.curve_tests
    rows = rows[(rows.window == "[0,0]") & ~rows.candidate & rows.estimand.str.startswith(name[7:])]
    rows = rows.drop_duplicates(["market", "day0"])
    p = rows[["p_median", "p_share", "p_mean"]].max(axis=1)
    marked = rows.assign(p=p)[p <= 0.05].sort_values("p", kind="stable")
    told = [f"{t.names[r.market]} on {day(r.day0)} ({percent(r.low)} to {percent(r.high)})"
            for r in marked.itertuples()]  # fmt: skip
    return [f"{number(len(marked), 'none')} of {count(len(rows), 'curve')} ", "three tests at 5 %",
            f"about {len(rows) * 0.05:.0f}", listing(told, 6)]  # fmt: skip


@rule("curve-.*")
def _(t: Tables, name: str) -> list[str]:
    _, market, what = name.split("-")
    rows = t.curve_tests
    rows = rows[(rows.window == "[0,0]") & ~rows.candidate & (rows.market == market)]
    rows = rows[(rows.event_id == t.parameter("event_id")) & rows.estimand.str.startswith(what)]
    row = rows.iloc[0]
    every = [row.p_median, row.p_share, row.p_mean]
    return [f"{percent(row.low)} to {percent(row.high)} over {row.n_specifications} spec",
            f"{size(row.share_sign, 0)} with", f"({percent(row['median'])})",
            f"{size(row.share_significant, 0)} significant",
            f"is {'unusual' if max(every) <= 0.05 else 'not unusual'} among",
            f"those of {row.n_placebo} placebo", f"(median {p_value(row.p_median)}, share "
            f"{p_value(row.p_share)}, mean {p_value(row.p_mean)})"]  # fmt: skip


@rule("overlaps")
def _(t: Tables, name: str) -> list[str]:
    rows = t.overlaps
    shared = rows.groupby(["market", "day0"]).event_id.transform("size") > 1
    return [f"Of {len(rows)} reactions {shared.sum()} share their day 0",
            f"{(rows.n_in_window > 0).sum()} have another day 0 inside [0,+1]",
            f"holds {rows.n_dates_in_estimation.median():.0f} other event dates, of the worst "
            f"{rows.n_dates_in_estimation.max()}."]  # fmt: skip


# -- a site --------------------------------------------------------------------------------------


def sentences(page: str) -> Iterator[tuple[str, str]]:
    """Names and texts of all sentences of a page, findings and remarks."""
    for name, text in re.findall(r'<p class="\w+" data-sentence="([^"]*)">(.*?)</p>', page, re.S):
        yield unescape(name), unescape(re.sub("<[^>]+>", "", text))


def faults(site: Path) -> list[str]:
    """Check every sentence of every page of a site."""
    out = []
    for file in sorted(site.glob("*/*.html")):
        page = file.read_text("utf-8")
        said = list(sentences(page))
        tables = Tables(file.parent / "data", page) if said else None
        out += [f"{file.stem}: {fault}" for one in said if (fault := check(tables, *one))]
    return out
