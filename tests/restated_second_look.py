"""Figures in the titles of pictures of the full tier's pages, derived from the CSV files again.

It shares no code with ``analysis``. Import it to register its rules with `restated_articles`.
"""

from __future__ import annotations

import re

import numpy as np
from restated_articles import Page, rule
from restated_pieces import count, day, listing, number, p_value, percent, signed, size, span

# -- the second look -----------------------------------------------------------------------------


@rule("No reaction is unusual as the largest of")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.family[p.t.family.model == p.t.model].drop_duplicates(["market", "day0"])
    first = rows.sort_values(["p_stepdown", "p_single"], kind="stable").iloc[0]
    ar = p.t.one().set_index(["market", "day0"]).ar[first.market, first.day0]
    assert (p.t.family.p_stepdown > 0.05).all()
    name = f"{p.t.names[first.market]} on {day(first.day0)}"
    return [f"the largest of {first.n_family}: {name} ({percent(ar)}) goes from p = ",
            f"{p_value(first.p_single)} to {p_value(first.p_stepdown)}"]  # fmt: skip


@rule("The t-test rejects on")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.sizes[(p.t.sizes.model == p.t.model) & (p.t.sizes.window == "[0,0]")]
    rows = rows[(rows.level == 0.05) & (rows.n > 0)]
    rows = rows.assign(times=rows.rejected * rows.n).groupby(["test", "period"])[["times", "n"]]
    rate = rows.sum().pipe(lambda sums: sums.times / sums.n)
    shown = [size(rate[test, period]) for test in ("ar_t", "ar_t_conditional")
             for period in ("calm", "turbulent")]  # fmt: skip
    return [f"on {shown[0]} of calm", shown[1], shown[2], shown[3]]


@rule("Found four times in five: ")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.power[(p.t.power.model == p.t.model) & (p.t.power.test == "placebo_p")]
    rows = rows[rows.window == "[0,0]"].drop_duplicates("market").set_index("market").mde
    told = [f"{size(rows[m])} in {short}" for m, short in p.t.names.items() if m in rows.index]
    return ["four times in five", listing(told)]


@rule("With the other variance of event days")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.contagion
    apart = int(((rows.low_adjusted > 0) | (rows.high_adjusted < 0)).sum())
    return [f"{number(apart, 'none')} of {count(len(rows), 'pair')} still"]


@rule("After one market's reaction")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.spillover[p.t.spillover.days == "events"]
    marked = int((rows.p_placebo <= 0.05).sum())
    return ["After one market", f"in {number(marked, 'none')} of {count(len(rows), 'direction')}",
            f"about {len(rows) * 0.05:.1f}"]  # fmt: skip


@rule("Conditional correlation was highest")
def _(p: Page, text: str) -> list[str]:
    table = p.t.csv("paths-of-correlation").set_index("session")
    paths = table[[c for c in table if c.endswith(" cdcc")]]
    name, session = paths.stack().idxmax()[::-1]
    a, b = (p.t.names[m] for m in name.split()[:2])
    return [f"between {a} and {b}, {signed(paths[name].max())} on {day(session)}"]


@rule("Pairs of distinct day 0s, ")
def _(p: Page, text: str) -> list[str]:
    n = p.t.small.n
    return ["day 0s", f"{n.min()} to {n.max()}.", "up to 8 pairs", "1,999 random ones"]


@rule(r"\d+ curves? of \d+ unusual")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.curve_tests
    rows = rows[(rows.window == "[0,0]") & ~rows.candidate]
    rows = rows.drop_duplicates(["market", "day0", "estimand"])
    marked = int((rows[["p_median", "p_share", "p_mean"]].max(axis=1) <= 0.05).sum())
    return [f"{count(marked, 'curve')} of {len(rows)} unusual",
            f"about {len(rows) * 0.05:.0f}"]  # fmt: skip


@rule(r".*, (beyond the benchmark|total reaction): [+−]")
def _(p: Page, text: str) -> list[str]:
    short, what = text.split(": ")[0].split(", ")
    market = next(m for m, name in p.t.names.items() if name == short)
    rows = p.t.curve_tests
    rows = rows[(rows.window == "[0,0]") & ~rows.candidate & (rows.market == market)]
    row = rows[(rows.event_id == p.event.id) & (rows.estimand == what)].iloc[0]
    worst = max(row.p_median, row.p_share, row.p_mean)
    return [f"{percent(row.low)} to {percent(row.high)}, {size(row.share_significant, 0)} of "
            f"{row.n_specifications} specifications at p ≤ 0.05; the whole curve: p = "
            f"{p_value(worst)}"]  # fmt: skip


@rule(".*: the estimation window of .* holds")
def _(p: Page, text: str) -> list[str]:
    short = text.split(": ")[0]
    market = next(m for m, name in p.t.names.items() if name == short)
    rows = p.t.overlaps[p.t.overlaps.market == market]
    row = rows.loc[rows.n_dates_in_estimation.idxmax()]
    return [f"window of {day(row.day0)} holds {row.n_dates_in_estimation} other"]


# -- simulated markets, tests, studies by others -------------------------------------------------


@rule(r"Over \d+ simulated markets")
def _(p: Page, text: str) -> list[str]:
    table = p.t.csv("estimates")
    told = [f"{percent(table[w].mean(), 2)} on event days {w} (truth +2.00 %)"
            for w in table.columns[1:]]  # fmt: skip
    return [f"Over {len(table)} simulated markets", *told]


@rule(r"(All \d+|\d+ of \d+|.*) rates agree")
def _(p: Page, text: str) -> list[str]:
    rates, n = p.t.csv("rates"), len(p.t.csv("estimates"))
    assert ((rates.low <= rates.target) & (rates.target <= rates.high)).all()
    return [f"All {len(rates)} rates agree", f"as far as {n} markets"]


@rule("Dots: shares over")
def _(p: Page, text: str) -> list[str]:
    name = "size-of-tests" if "cries wolf" in text else "estimates"
    table = p.t.csv(name)
    n = int(table.n_panels.max()) if "n_panels" in table else len(table)
    return [f"Dots: shares over {n} ", "95 % Monte-Carlo"]


@rule(r"\d+ of \d+ rates cannot be")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.csv("size-of-tests")
    rows = rows[np.isclose(rows.level, 0.05) & rows.rate.notna()]
    off = int(((rows.low > 0.05) | (rows.high < 0.05)).sum())
    return [f"{off} of {len(rows)} rates", "5 %"]


@rule(r"\d+ markets (each|per point)")
def _(p: Page, text: str) -> list[str]:
    return [f"{int(p.t.csv('size-of-tests').n_panels.max())} markets"]


@rule("The tests answer alike")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.csv("p-values-of-tests").dropna().groupby("window", sort=False).p_value
    return [f"{span(part.min(), part.max())} on {window}" for window, part in rows]


@rule(r"\d+ of \d+ printed figures|\d+ further figures")
def _(p: Page, text: str) -> list[str]:
    table = p.t.csv("printed-figures-by-study")
    every = int(table.iloc[:, 1:].sum().sum())
    out = every - int(table["not"].sum())
    if "further" in text:
        return [re.findall(r"\d+", text)[0]]  # how many the page's own table leaves out
    return [f"{out} of {every} printed figures"]
