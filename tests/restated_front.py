"""Figures of the front page and of the one-page summary, derived from the CSV files of the run.

It shares no code with ``analysis``. A rule is known by how a block begins; a block with a figure
and no rule is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import restated
from restated_blocks import blocks
from restated_events import PHRASES as MORE
from restated_events import EventPage, Run, capital, moved, one_in, points, short_day, summed
from restated_pieces import Rules, Tables, count, covered, listing, month, number, seed
from restated_pieces import size as percent
from restated_sentences import minutes

rule = Rules()
PHRASES = (*MORE, "the right one", "on one sheet", "all on one scale", "A dot is one",
           "None is still unusual")  # fmt: skip


class Front:
    """What the front page tells: all distinct reactions, and those on headline stories."""

    def __init__(self, site: Path) -> None:
        self.t = Tables(next(site.glob("all-events/data")))
        titles = [study[key] for study in seed("studies") for key in ("title", "question")]
        self.t.aside = [*titles, *self.t.aside, *PHRASES]
        self.run = Run(self.t)
        self.articles = seed("articles")
        self.end = f"{pd.Timestamp(self.t.placebo_days.session.max()):%-d %b %Y}"
        studied = set(self.t.reactions.market)
        self.markets = {m: short for m, short in self.t.names.items() if m in studied}
        self.pages = {e: EventPage(self.run, e) for e in self.t.events
                      if len(self.run.of("reactions", e))}  # fmt: skip
        every = {}
        for page in sorted(self.pages.values(), key=lambda p: (p.event["announced"]["best"], p.id)):
            for c in page.cells:
                if c.p is not None:
                    every.setdefault((c.market, c.day0), c)
        self.every: list[SimpleNamespace] = list(every.values())
        self.out = [c for c in self.every if c.out]

    def met(self, c: SimpleNamespace) -> list[str]:
        """Ids of the events that met one session."""
        rows = self.t.reactions
        return list(rows[(rows.market == c.market) & (rows.day0 == c.day0)].event_id)

    def pooled(self, model: str) -> pd.Series:
        rows = self.t.pooled
        rows = rows[(rows.scope == "all") & (rows.market == "all") & (rows["sample"] == "all")]
        return rows[rows.model == model].iloc[0]


def faults(site: Path) -> list[str]:
    """Check the front page and the summary of a site."""
    front, out = Front(site), []
    for name in ("index", "summary"):
        for block, text in blocks(site / f"{name}.html"):
            used = [f for pattern, f in rule if pattern.match(text)]
            assert len(used) <= 1, text
            derived = used[0](front, text) if used else []
            if fault := covered(front.t, block, text, derived):
                out.append(f"{name}: {fault}")
    return out


@rule("(Mostly no|No|Yes|Rarely|Not proven): ")
def _(f: Front, text: str) -> list[str]:
    row = f.t.omnibus.set_index(["scope", "market", "model"]).loc["all", "all", f.t.model]
    larger = row.p_value <= 0.05 and restated.mean_size(f.t.folder, f.t.model) > row.placebo_mean
    assert not larger
    assert not any(c.survives for c in f.every)
    first = "Mostly no" if f.out else "No"
    return [f"{first}: taken together, the {len(f.every)} reactions were no larger than on"]


@rule(".*tie shares to the news|We measured")
def _(f: Front, text: str) -> list[str]:
    n, out = len(f.every), len(f.out)
    tied = capital(count(len(f.articles), "article")) + " tie" if f.articles else ""
    return [tied, f"We measured {len(f.pages)} news items in {listing(list(f.markets.values()))}.",
            f"{number(out, 'none')} of {count(n, 'reaction')} {'stands' if out == 1 else 'stand'} "
            f"out; chance alone would give about {number(round(n / 20))}."]  # fmt: skip


@rule("A dot is one reaction")
def _(f: Front, text: str) -> list[str]:
    return [f"how {len(f.every)} ordinary days would fall"]


@rule(r".+, \d+ \w{3} [+−]")
def _(f: Front, text: str) -> list[str]:
    """A dot of the picture: a market, its day, and how far it moved."""
    found = [c for c in f.every if text.startswith(f"{c.short}, {short_day(c.day0)} ")]
    shown = [f"{c.short}, {short_day(c.day0)} {'+' if c.ret > 0 else '−'}{percent(c.ret)}"
             for c in found]  # fmt: skip
    return [one for one in shown if one == text] or shown


def stories(f: Front) -> list[SimpleNamespace]:
    ids = {a["headline_event"] for a in f.articles}
    return [c for c in f.every if ids & set(f.met(c))]


@rule(r"\d+ of \d+$")
def _(f: Front, text: str) -> list[str]:
    """The three key figures: on headline stories, among all, and the way implied."""
    total = restated.signed_mean(f.t.folder, restated.TOTAL)
    mine = stories(f)
    figures = [f"{sum(c.out for c in mine)} of {len(mine)}", f"0 of {len(f.every)}",
               f"{total[2]} of {total[1]}"]  # fmt: skip
    return [one for one in figures if one == text]


@rule("moves on the articles’ own")
def _(f: Front, text: str) -> list[str]:
    return [f"own {number(len({a['headline_event'] for a in f.articles}))} headline stories"]


@rule("whole moves went the way")
def _(f: Front, text: str) -> list[str]:
    said = []
    for model in (restated.TOTAL, f.t.model):
        row, found = f.pooled(model), restated.signed_mean(f.t.folder, model)
        luck = "which may be luck"
        if row.p_joint_two_sided <= 0.05:
            luck = "more than luck brings" if found[0] > 0 else "fewer than luck brings"
        said += [f"it is {found[2]}, {luck}" if model == f.t.model else luck]
    return said


@rule("Did they move together")
def _(f: Front, text: str) -> list[str]:
    rows = f.t.together.set_index("kind")
    total = rows.loc["reaction_total"]
    more = total.p_placebo <= 0.05 and total.mean_correlation > total.placebo_median
    own = rows.loc["reaction"]
    same = own.p_placebo <= 0.05 and own.mean_correlation > own.placebo_median
    hangs = more and total.p_high_month_out > 0.05
    return ["Yes" if more else "No more", "more closely" if more else "no more closely",
            f"though not without {month(total.month_left_out)}" if hangs else "",
            "they did." if same else "they did not"]  # fmt: skip


@rule("In minutes .* when all of a series")
def _(f: Front, text: str) -> list[str]:
    held = minutes(f.t)[0]
    held = held[held.p_family <= 0.05]
    said = "holds" if len(held) == 1 else "hold"
    return [f"In minutes {count(len(held), 'reaction')} {said} when all of a series"]


# -- the ones that stand out ---------------------------------------------------------------------


@rule("The .* that stands? out")
def _(f: Front, text: str) -> list[str]:
    n = len(f.out)
    return ["The one that stands out" if n == 1 else f"The {number(n)} that stand out",
            f", the {number(6)} most unusual" if n > 6 else ""]  # fmt: skip


def card(f: Front, text: str) -> SimpleNamespace:
    heads = {f"{c.short} {moved(c.ret)} on {short_day(c.day0)}: ": c for c in f.out}
    return next(c for head, c in heads.items() if text.startswith(head))


@rule(r".+ (rose|fell) [\d.]+ % on \d+ \w{3}: ")
def _(f: Front, text: str) -> list[str]:
    c = card(f, text)
    pieces = [f"{c.short} {moved(c.ret)} on {short_day(c.day0)}: "]
    return [*pieces, *left(c), f"({divided(c)}.)"] if " ordinary days " in text else pieces


def left(c: SimpleNamespace) -> list[str]:
    """How far a move went beyond what was expected, and how many days match it."""
    verb = "was" if c.k <= 1 else "were"
    many = f"Only {number(c.k)}" if c.k else "None"
    return [f"{points(c.ar)} {'above' if c.ar > 0 else 'below'} what",
            f"{many} of {c.n} ordinary days {verb} as unusual."]  # fmt: skip


def divided(c: SimpleNamespace) -> str:
    """How a move divides, as it adds up in print."""
    whole, expected, beyond = summed(c)
    sign = "−" if beyond.startswith("−") else "+"
    return f"{whole} = {expected} expected {sign} {beyond.lstrip('+−')} beyond"


@rule(r"[+−][\d.]+ % = .* expected .* beyond$")
def _(f: Front, text: str) -> list[str]:
    told = [divided(c) for c in f.out]
    return [one for one in told if one == text] or told


@rule("(It stands out beyond|That is .* points)")
def _(f: Front, text: str) -> list[str]:
    fits = [left(c) for c in f.out if all(piece in text for piece in left(c))]
    assert len(fits) == 1, text
    return fits[0]


@rule("[○●]\\??( |$)")
def _(f: Front, text: str) -> list[str]:
    if "alone" in text:
        return []
    told = []
    for c in f.out:
        first = min(f.met(c), key=lambda e: (f.t.events[e]["role"] != "headline",
                                             f.t.events[e]["role"] != "mentioned"))  # fmt: skip
        others = len(f.t.events[first].get("confounders", []))
        if c.doubt:
            told.append(f"Weak: the day is in doubt; any of {number(len(c.days))} sessions may")
        elif c.shared:
            told.append(f"Suggestive: {count(len(c.shared), 'other news item')} met the same")
        elif others:
            told.append(f"Suggestive: {count(others, 'other news item')} that day.")
    return [one for one in told if one in text][:1] or told


# -- the year, the articles, how we know ---------------------------------------------------------


@rule(".* markets? (rose|fell) between ")
def _(f: Front, text: str) -> list[str]:
    """Closes of the first and the last day that is shown."""
    first, last = re.findall(r"\d+ \w+ \d{4}", text)
    closes = pd.read_csv(Path(restated.__file__).parents[1] / "data" / "closes.csv",
                         index_col="date", parse_dates=True)  # fmt: skip
    span = closes.loc[pd.Timestamp(first) : pd.Timestamp(last), list(f.markets)].ffill().bfill()
    up = int((span.iloc[-1] > span.iloc[0]).sum())
    assert up == len(f.markets)
    return [f"All {number(up)} markets rose between {first} and {last}"]


@rule("Price, ")
def _(f: Front, text: str) -> list[str]:
    return [re.findall(r"\d+ \w+ \d{4} = 100", text)[0], f"the {len(f.pages)} news items"]


def spoken(page: EventPage) -> tuple[SimpleNamespace, str]:
    """The market an answer tells: the most unusual one of those its story implies a way for."""
    implied = page.event.get("implied_direction") or {}
    known = [c for c in page.cells if c.p is not None]
    meant = [c for c in known if implied.get(c.market) in ("up", "down")]
    c = min(meant or known, key=lambda c: (not c.survives, c.p, -abs(c.ar)))
    often = f"{moved(c.ret)}; {one_in(c.k, c.n)}."
    if len(meant) == 1:
        way = "rise" if implied[c.market] == "up" else "fall"
        return c, f"{c.short}, of which it implied a {way}, {often}"
    of = "" if c is page.lead else "of those it speaks of "
    return c, f"The most unusual {of}was {c.short}, which {often}"


@rule("No market moved")
def _(f: Front, text: str) -> list[str]:
    told = []
    for article in f.articles:
        page = f.pages[article["headline_event"]]
        assert not any(cell.out for cell in page.cells if cell.p is not None)
        told.append(spoken(page)[1])
    return [one for one in told if one in text] or told


@rule(r"\d+ \w{3} \d{4} · Of ")
def _(f: Front, text: str) -> list[str]:
    told = [" · ".join(parts) for parts in claims(f)]
    return [one for one in told if one == text] or told


def claims(f: Front) -> Iterator[tuple[str, str]]:
    """Of every article its date and what prices decide of its claims."""
    words = {"supported": ("holds", "hold"), "contradicted": ("does not hold", "do not hold"),
             "undistinguished": ("in direction only, on an ordinary day",) * 2}  # fmt: skip
    order = ["supported", "undistinguished", "contradicted"]
    for article in f.articles:
        rows = f.t.claims[f.t.claims.article == article["file"]]
        codes = rows.code.value_counts()
        here = [c for c in order if c in codes]
        said = listing([f"{number(codes[c])} {words[c][int(codes[c] > 1)]}" for c in here])
        half = int(((rows.code == "undecided") & (rows.verdict != "not checkable")).sum())
        rest = f" {capital(number(half))} {'is' if half == 1 else 'are'} left open by the figure."
        decided = int(sum(codes[c] for c in here))
        when = pd.Timestamp(str(article["published"]["best"])[:10])
        yield (f"{when:%-d %b %Y}", f"Of {count(len(rows), 'claim')} prices decide "
               f"{number(decided, 'none')}{': ' if said else ''}{said}.{rest * (half > 0)}"
               )  # fmt: skip


@rule("We take out")
def _(f: Front, text: str) -> list[str]:
    return ["from 120 earlier sessions"]


@rule("We do the same for some")
def _(f: Front, text: str) -> list[str]:
    sizes = sorted(c.n for c in f.every)
    return [f"for some {round(sizes[len(sizes) // 2], -1)} ordinary days per market"]


@rule(r"With \d+ tries")
def _(f: Front, text: str) -> list[str]:
    return [f"With {len(f.every)} tries"]


@rule("A quiet result")
def _(f: Front, text: str) -> list[str]:
    sizes = sorted(c.mde for c in f.every)
    return [f"had to reach {percent(sizes[len(sizes) // 2])} beyond", "four times in five"]


@rule("To cite: ")
def _(f: Front, text: str) -> list[str]:
    return [f"the {len(f.every)} reactions", "version 0.1.0", f"prices to {f.end}"]
