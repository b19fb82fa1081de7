"""Figures of the answer on the page of an article, and of titles of pictures, derived again.

It shares no code with ``analysis``. What notebooks mark as sentences has its rules in
`restated_sentences`; here are the blocks around them. A block with a figure needs a rule.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import restated
from restated_blocks import blocks
from restated_events import PHRASES as MORE
from restated_events import EventPage, Run, capital, explained
from restated_front import claims, spoken
from restated_pieces import Rules, Tables, count, covered, day, listing, number, seed, size
from restated_sentences import sentences

rule = Rules()
NOTEBOOKS = Path(restated.__file__).parents[1] / "notebooks"
PHRASES = (*MORE, "no more than", "None does", "the two after", "the last two")
#: Constants, which say how a picture or table is made and state no result.
SET = re.compile(
    r"[Dd]ay[ -]0s?|(?<![\d.])(?:95|5) %|19 of 20|95 of 100|95 times in 100|"
    r"(?<=at most )0\.0[15]|p ≤ 0\.05|[Oo]ne dot|two dots|one pair|those of one night|one date|"
    r"two standard errors|(?<=share )one (?:cell|reaction)|are one reaction|one market alone|"
    r"cDCC\(1,1\)|each date counted once|four times in five|two-sided|one in twenty|one half|"
    r"fewer than (?:5 dates|three sessions)|two of them point|one per distinct|of one kind|"
    r"all three joint|of three joint|one in 20|market's|After one market|decay 0\.94|Lag 0|"
    r"up to 8 pairs, 1,999 random ones|p as one of all|two programs|than one session|each of two|"
    r"none holds an event|at least one market|with two sessions|every one\.|"
    r"moved as one|pairs two sessions, not where two"
)


class Page:
    """A page of a notebook: its tables, the article or event it is about, what is fixed on it."""

    def __init__(self, tables: Tables, text: str, article: str = "", event: str = "") -> None:
        self.t, self.text, self.article = tables, text, article
        titles = [study[key] for study in seed("studies") for key in ("title", "question")]
        tables.aside = [*titles, *tables.aside, *PHRASES]
        self.run = Run(tables)
        self.articles = seed("articles")
        headline = [a["headline_event"] for a in self.articles if a["file"] == article]
        self.event = EventPage(self.run, (headline or [event or next(iter(tables.events))])[0])
        self.words = set().union(*(catalogued(event) for event in tables.events.values()))
        self.said = {" ".join(words.split()) for _, words in sentences(text)}

    @classmethod
    def of(cls, file: Path) -> Page:
        """Read the page of a site."""
        text = file.read_text("utf-8")
        names = (found_in(text, name) for name in ("article", "event_id"))
        return cls(Tables(file.parent / "data", text), text, *names)

    def faults(self, told: set[str]) -> list[str]:
        """Check the blocks of the page that are not told elsewhere."""
        out, told = [], told | self.said | self.words
        for name, text in blocks(self.text):
            parts = text.split(" On the clocks there")  # two blocks of an event's page in one here
            if all(part.rstrip(".") in told or part in told for part in parts[:1]) and (
                len(parts) < 2 or any(f"On the clocks there{parts[1]}" in known for known in told)
            ):
                continue
            used = [f for pattern, f in rule if pattern.match(text)]
            assert len(used) <= 1, text
            derived = used[0](self, text) if used else []
            if fault := covered(self.t, name, text if used else SET.sub("", text), derived):
                out.append(fault)
        return out

    @property
    def mine(self) -> list[SimpleNamespace]:
        """Distinct reactions of the events the article reports."""
        rows = self.t.main()
        rows = rows[rows.event_id.isin(self.t.ids(self.article))]
        rows = rows.drop_duplicates(["market", "day0"])
        order = {m: n for n, m in enumerate(self.t.names)}
        rows = rows.sort_values("day0").sort_values("market", key=lambda s: s.map(order),
                                                    kind="stable")  # fmt: skip
        return list(rows.itertuples())


def elsewhere(site: Path, page: Page) -> set[str]:
    """Blocks that stand on the pages of the events it shows as well, where their rules are."""
    shown = {page.event.id, *re.findall(r'id="minute-(?:path|split)-([\w-]+)"', page.text)}
    files = [site / "events" / f"{name}.html" for name in shown]
    return {text.rstrip(".") for f in files if f.is_file() for _, text in blocks(f)}


def found_in(text: str, name: str) -> str:
    found = re.findall(rf'{name} = (?:"|&quot;)([^"&]+)', re.sub("<[^>]+>", "", text))
    return found[-1] if found else ""


def catalogued(event: dict) -> set[str]:
    """What the catalogue says of an event, in its own words."""
    own = [*event.get("confounders", []), *event.get("doubts", [])]
    return {" ".join(words.split()).rstrip(".") for words in own}


@rule(
    "(Our best guess is|Reported by: |[\\w.-]+\\.[a-z]{2,}: |[A-Z]\\w+ (more|sources?)$|Source: )"
)
def _(p: Page, text: str) -> list[str]:
    """How the moment is known, in the words of the catalogue and its sources."""
    return [text]


def fixed() -> set[str]:
    """Paragraphs of the notebooks, which state no result of a run."""
    out = set()
    for file in NOTEBOOKS.glob("*.ipynb"):
        for cell in json.loads(file.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                parts = "".join(cell["source"]).split("\n\n")
                out |= {" ".join(part.lstrip("# ").split()) for part in parts}
    return out


def faults(site: Path, pages: str = "*") -> list[str]:
    """Check the blocks around the sentences of every notebook's page of a site."""
    out, still = [], fixed()
    for file in sorted(site.glob(f"{pages}/*.html")):
        if file.parent.name != "events":
            page = Page.of(file)
            found = page.faults(still | elsewhere(site, page))
            out += [f"{file.stem}: {fault}" for fault in found]
    return out


# -- the answer of an article --------------------------------------------------------------------


@rule("No market moved by more than")
def _(p: Page, text: str) -> list[str]:
    e = p.event
    c, told = spoken(e)
    assert not any(cell.out for cell in e.cells if cell.p is not None)
    others = len(e.event.get("confounders", [])) + len(c.shared)
    return [told, explained(e, c),
            f"from {count(others, 'other news item')} of those hours." if others else ""
            ]  # fmt: skip


@rule(r".* events, .* reactions; ")
def _(p: Page, text: str) -> list[str]:
    mine, ids = p.mine, p.t.ids(p.article)
    out = [r for r in mine if r.p_value <= 0.05]
    named = listing([f"{p.t.names[r.market]} on {day(r.day0)}" for r in out], 3)
    n = len(mine) / 20
    chance = number(round(n)) if n >= 0.75 else "none" if n < 0.25 else "one half"
    said = next(c for a, (_, c) in zip(p.articles, claims(p), strict=True)
                if a["file"] == p.article)  # fmt: skip
    return [f"{capital(count(len(ids), 'event'))}, {count(len(mine), 'reaction')}; "
            f"{number(len(out), 'none')} {'stands' if len(out) == 1 else 'stand'} out",
            f"({named})" if out else "", f"about {chance}.", said]  # fmt: skip


@rule("(A move in the right direction|.* claims? cannot be checked)")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.claims[p.t.claims.article == p.article]
    n = int((rows.verdict == "not checkable").sum())
    return [capital(number(n)) if n else ""]


@rule(".* had to reach .* to be caught")
def _(p: Page, text: str) -> list[str]:
    known = sorted((c.mde, c.short) for c in p.event.cells if c.p is not None)
    (low, first), (high, last) = known[0], known[-1]
    return [f"{size(low)} ({first}) to {size(high)} ({last}) beyond", "four times in five"]


@rule("(It|\\d+ \\w+) was an ordinary day in")
def _(p: Page, text: str) -> list[str]:
    known = [c for c in p.event.cells if c.p is not None]
    assert not any(c.out for c in known)
    days = {c.day0 for c in known}
    when = day(days.pop())[:-5] if len(days) == 1 else "It"
    return [f"{when} was an ordinary day in all {number(len(known))} markets"]


@rule("Line: what the market did")
def _(p: Page, text: str) -> list[str]:
    return ["19 of 20 ordinary days"]


@rule(".* more events? met the same sessions")
def _(p: Page, text: str) -> list[str]:
    rows = p.t.reactions.pivot(index="event_id", columns="market", values="day0")
    same = (rows == rows.loc[p.event.id]).all(axis=1)
    ids = [e for e in rows.index[same] if e != p.event.id and e in p.t.ids(p.article)]
    return [f"{capital(number(len(ids)))} more event"]
