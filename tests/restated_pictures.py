"""Figures in the titles of pictures of notebooks' pages, derived from the CSV files again.

It shares no code with ``analysis``. Where a title sums up what its own picture holds and no table
beside the page does, the CSV of the picture is read.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import restated
from restated_articles import Page, rule
from restated_events import capital
from restated_pieces import count, day, listing, number, p_value, percent, signed, size
from restated_sentences import minutes, moment

DATA = Path(restated.__file__).parents[1] / "data"


@rule(r"\d+ events, \d+ distinct reactions: ")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.one()
    out = (rows.p_value <= 0.05).sum()
    return [f"{p.t.reactions.event_id.nunique()} events, {len(rows)} distinct reactions: "
            f"{number(out)} mark", f"about {len(rows) * 0.05:.0f}"]  # fmt: skip


@rule("Most unusual for its market")
def _(p: Page, text: str) -> list[str]:
    row = p.t.one().iloc[0]
    return [f"{p.t.names[row.market]} on {day(row.day0)}, {percent(row.ar)} beyond normal "
            f"(placebo p = {p_value(row.p_value)})"]  # fmt: skip


@rule("Ordered by placebo p")
def _(p: Page, text: str) -> list[str]:
    table = p.t.csv("most-unusual")
    small = int((table.ar.abs() < table.mde).sum()) if "mde" in table else 0
    return ["most 0.05", "four times in five", f"; {number(small, 'none')} of these"]


@rule(".* reactions? of \\d+ with p at most")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.one()
    out, n = int((rows.p_value <= 0.05).sum()), len(rows) * 0.05
    return [f"{capital(count(out, 'reaction'))} of {len(rows)} with p at most 0.05, "
            f"{'more' if out > n else 'fewer'} than the {n:.1f} expected"]  # fmt: skip


@rule("Holm and the two after it")
def _(p: Page, text: str) -> list[str]:
    """The floor of p, and how many reactions at it the adjustments need."""
    rows = p.t.placebo[(p.t.placebo.window == "[0,0]") & ~p.t.placebo.candidate]
    n = int(p.t.family.n_family.iloc[0])
    floor = rows[rows.model == p.t.model].floor.min()
    harmonic = (1 / np.arange(1, n + 1)).sum()
    bh, by = (int(np.ceil(n * floor * k / 0.05 - 1e-9)) for k in (1, harmonic))
    return ["chance of one false", "Holm cannot reject at 5%: ", f"{n} p-values with a floor of "
            f"{floor:.2g} give {n * floor:.2g} at the least", f"only when {bh} of them",
            f"only when {by} of them"]  # fmt: skip


@rule("Of .* kinds of news")
def _(p: Page, text: str) -> list[str]:
    """Kinds whose mean path ends outside its band, from the table of the picture."""
    table = p.t.csv("average-path")
    kinds = table[table.columns[0]].unique()
    return [f"Of {number(len(kinds))} kinds of news"]


@rule("By category, ")
def _(p: Page, text: str) -> list[str]:
    table = p.t.csv("categories")
    clear = table[(table.low > 0) | (table.high < 0)]
    told = [f"{r.scope.removeprefix('category:').replace('-', ' ')}, {p.t.names[r.market]} "
            f"{percent(r.estimate)}" for r in clear.itertuples()]  # fmt: skip
    if not told:
        return [f"none of {count(len(table), 'mean')} can"]
    return [f"{number(len(told))} of {count(len(table), 'mean')} can", listing(told, 4)]


@rule("(Mean correlation: |Total reactions? to the events: )")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.together.set_index("kind")
    total, own = (rows.mean_correlation[k] for k in ("reaction_total", "reaction"))
    if text.startswith("Total"):
        told = [f"{signed(r)} on average, p = {p_value(rows.p_placebo[k])}"
                for r, k in ((total, "reaction_total"), (own, "reaction"))]  # fmt: skip
        return told
    normal = p.t.correlations
    clock, same = (normal[normal.kind == f"normal_{k}"].pearson.mean()
                   for k in ("clock", "same_date"))  # fmt: skip
    return [f"{signed(total)} in total reactions, {signed(own)} beyond the benchmark",
            f"{signed(clock)} by the clock, {signed(same)} by date"]  # fmt: skip


@rule("Most often the same way")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.reaction_pairs[p.t.reaction_pairs.model == restated.TOTAL]
    same = (np.sign(rows.ar_a) == np.sign(rows.ar_b)).groupby([rows.market_a, rows.market_b])
    share, n = same.mean(), same.size()
    a, b = share.idxmax()
    return [f"{p.t.names[a]} and {p.t.names[b]}, in {round(share[a, b] * n[a, b])} of {n[a, b]}"]


@rule("The clock changes most")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.correlations.set_index(["market_a", "market_b"])
    clock, same = (rows[rows.kind == f"normal_{k}"].pearson for k in ("clock", "same_date"))
    a, b = (clock - same).abs().idxmax()
    return [f"{p.t.names[a]} and {p.t.names[b]}: correlation {signed(clock[a, b])}, against "
            f"{signed(same[a, b])} by"]  # fmt: skip


def beside_days(p: Page) -> pd.DataFrame:
    """Distinct windows fixed beforehand, with p of their whole day."""
    windows, _ = minutes(p.t)
    key = ["event_id", "series", "benchmark"]
    days = p.t.minutes[p.t.minutes.kind == "day0"][[*key, "p", "p_family", "z", "q95"]]
    return windows.merge(days, on=key, how="left", suffixes=("", "_day"))


@rule("In minutes .* hold when all are judged together; by the whole day")
def _(p: Page, text: str) -> list[str]:
    found = beside_days(p)
    held = found[found.p_family <= 0.05]
    n, k = len(held), int((held.p_family_day <= 0.05).sum())
    some = f"{number(k)} of them {'does' if k == 1 else 'do'} as well"
    if k in (0, n):
        none, every = ("neither does", "both do") if n == 2 else ("none of them does", "all do")
        some = f"{every} as well" if k else none
    return [f"In minutes {count(n, 'reaction')} hold", some]


@rule(r".*either way\.$")
def _(p: Page, text: str) -> list[str]:
    found = beside_days(p)
    held = found[found.p_family <= 0.05].sort_values("p_family", kind="stable")
    told = [piece for _, row in held.head(2).iterrows() for piece in moment(row)]
    same = int(((found.p > 0.05) & ~(found.p_day <= 0.05)).sum())
    assert 2 * same > len(found)
    return [*told, f"{same} of {len(found)} reactions are ordinary either way."]


@rule("● still stands out when all of its series")
def _(p: Page, text: str) -> list[str]:
    pieces = []
    for rows in minutes(p.t):
        pieces += [f"{(rows.p <= 0.05).sum()} of {len(rows)}", f"{len(rows) * 0.05:.0f}"]
    return pieces


@rule(".* reactions? stands? out only in minutes, and")
def _(p: Page, text: str) -> list[str]:
    found = beside_days(p)
    found = found[found.z_day.notna() & found.q95_day.notna() & found.q95.notna()]
    more = int(((found.p <= 0.05) & ~(found.p_day <= 0.05)).sum())
    held = int((found.p_family <= 0.05).sum())
    return [f"{capital(count(more, 'reaction'))} stand out only in", f"{number(held, 'none')} hold"]


@rule(".*: a whole day notices")
def _(p: Page, text: str) -> list[str]:
    row = p.t.csv("noticed").iloc[0]
    return [f"a whole day notices {size(row.day)}, {row.minutes} minutes in trading",
            f"{size(row.least)} to {size(row.most)}"]  # fmt: skip


@rule("The smallest move that would be noticed")
def _(p: Page, text: str) -> list[str]:
    lengths = sorted(p.t.csv("noticed").minutes.unique())
    return ["four times in five", f"windows of {' or '.join(map(str, lengths))} minutes"]


@rule("(No bars for|None for|Every series has bars)")
def _(p: Page, text: str) -> list[str]:
    """Stretches of bars against the first and the last news."""
    table = p.t.csv("coverage")
    news = sorted(e["announced"]["best"][:10] for e in p.t.events.values())
    bare = list(table[table.first_day.isna()].series)
    said = [f"no bars for {listing(bare)}"] if bare else []
    for name, part in table.dropna().groupby("series", sort=False):
        if part.first_day.min() > news[0]:
            said.append(f"none for {name} before {day(part.first_day.min())}")
        if part.last_day.max() < news[-1]:
            said.append(f"none for {name} after {day(part.last_day.max())}")
        if len(part) > 1:
            said.append(f"{count(len(part) - 1, 'gap')} in those for {name}")
    return [capital(listing(said)) or "Every series has bars"]


@rule("Days with bars, by series")
def _(p: Page, text: str) -> list[str]:
    return [f"the news, {len(p.t.events)} events."]


@rule(r"\d+ \w+ \d{4}: ")
def _(p: Page, text: str) -> list[str]:
    """The head of an event that is shown: its day and title."""
    heads = {f"{day(e['announced']['best'][:10])}: {e['title']}" for e in p.t.events.values()}
    return [text] if text in heads else ["a day and a title"]


@rule("Each dot is one reaction")
def _(p: Page, text: str) -> list[str]:
    return ["Each dot is one reaction.", "1× is what 19 of 20 ordinary sessions stay within"]


# -- data and events -----------------------------------------------------------------------------


def closes() -> pd.DataFrame:
    return pd.read_csv(DATA / "closes.csv", index_col="date")


@rule("From .* to .*: .* %")
def _(p: Page, text: str) -> list[str]:
    rows = closes()[list(dict.fromkeys(p.t.reactions.market))].ffill().dropna()
    grown = rows.iloc[-1] / rows.iloc[0] - 1
    shown = {m: f"{p.t.names[m]} {'+' if g > 0 else '−'}{abs(g) * 100:.0f} %"
             for m, g in grown.items()}  # fmt: skip
    return [f"From {day(rows.index[0])} to {day(rows.index[-1])}:",
            listing([shown[m] for m in p.t.names if m in shown])]  # fmt: skip


@rule("Sessions with a close: ")
def _(p: Page, text: str) -> list[str]:
    """Closes of the studied markets, and the closures nobody announced."""
    rows = closes()[list(dict.fromkeys(p.t.reactions.market))]
    counts = sorted(rows.notna().sum())
    shown = [int(n) for n in re.findall(r" (\d+)(?=,| and|;)", text)]
    assert sorted(shown) == counts
    table = p.t.csv("sessions")
    lost = int((table.drop(columns="date") == "lost").sum().sum())
    return [*map(str, shown), f"{number(lost)} days lost"] if lost else list(map(str, shown))


@rule("Blue: sessions with a close")
def _(p: Page, text: str) -> list[str]:
    return re.findall(r"\(.*\)", text)


@rule(r".*: day 0 is \d")
def _(p: Page, text: str) -> list[str]:
    title = text.split(": day 0 is ")[0]
    event = next(e for e in p.t.events.values() if e["title"] == title)
    rows = p.t.reactions[p.t.reactions.event_id == event["id"]].set_index("market").day0
    days: dict[str, list[str]] = {}
    for market, short in p.t.names.items():
        if market in rows.index:
            days.setdefault(rows[market], []).append(short)
    return ["day 0 is ", "; ".join(f"{day(d)} in {listing(m)}" for d, m in days.items())]


@rule(r"Half of the \d+ events")
def _(p: Page, text: str) -> list[str]:
    told = p.t.events.values()
    width = [pd.Timestamp(e["announced"]["latest"]) - pd.Timestamp(e["announced"]["earliest"])
             for e in told]  # fmt: skip
    hours = pd.Series(width).median() / pd.Timedelta(hours=1)
    rows = p.t.csv("hours").dropna(subset=["event_id"]).groupby("event_id").ambiguous.any()
    return [f"Half of the {len(told)} events", f"within {hours:.0f} hour", f"{rows.sum()} leave",
            "day 0"]  # fmt: skip


# -- one event -----------------------------------------------------------------------------------


@rule("Beyond normal on day 0: ")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.main()
    rows = rows[rows.event_id == p.event.id].set_index("market")
    told = [f"{short} {percent(rows.ar[m])}" for m, short in p.t.names.items() if m in rows.index]
    days = p.t.csv(f"days-{p.event.id}")
    days = days[days.event_day == 0]
    out = int(((days.ar < days.low) | (days.ar > days.high)).sum())
    return ["day 0", listing(told), f"{number(out, 'none')} outside", "95 %"]


@rule("Day 0 was unusual in ")
def _(p: Page, text: str) -> list[str]:
    known = [c for c in p.event.cells if c.p is not None]
    out = [f"{c.short} (p = {p_value(c.p)})" for c in known if c.out]
    rest = len(known) - len(out)
    return ["Day 0", f"unusual in {listing(out)}",
            f"the other {number(rest)} markets" if rest > 1 else ""]  # fmt: skip
