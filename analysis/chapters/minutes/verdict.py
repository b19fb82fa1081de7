"""The answer of the page on minutes, said first: what they show that whole days do not."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from analysis.chapters.minutes.words import (
    NO_BARS,
    distinct,
    found_words,
    k_of_n,
    short_names,
    told_rows,
)
from analysis.chapters.shared.block import Block
from analysis.chapters.shared.fewer import MOST_PAGES
from analysis.chapters.shared.rows import records
from analysis.chapters.shared.sentences import Sentence
from analysis.chapters.shared.table import Link, Table
from analysis.chapters.shared.voice import STANDS, SURVIVES, Term, Words
from analysis.engine import LEVEL
from analysis.wording import count, number, sentence_case, tie

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_SPECIMENS, _SHOWN = 2, 12
_EVENTS = "../events"
"""Where the pages of events lie, from a report."""

WORDS = Words(
    (
        Term("ordinary", "Ordinary stretches",
             "The same clock time, or the same hours, on sessions that no event of this catalogue "
             "met.", r"ordinary (?:stretches|sessions|either way)"),
        Term("standout", "Stands out",
             "At most one ordinary stretch in twenty was as unusual.", r"stands? out"),
        Term("together", "Judged together",
             "The best of many tries is unusual by design. This asks how often the best of all "
             "windows of a series would look as unusual on ordinary dates.", r"judged together"),
        Term("chance", "Chance",
             "If the news did nothing at all, one window in twenty would still stand out alone.",
             r"chance"),
    )
)  # fmt: skip
"""Terms of the page."""


def windows_beside_days(store: StudyStore, seeds: Seeds) -> pd.DataFrame:
    """Return every distinct window fixed beforehand, with the p-values of its whole day."""
    rows = told_rows(store, seeds)
    windows = distinct(rows[rows["primary"].astype(bool)])
    key = ["event_id", "series", "benchmark"]
    days = rows[rows["kind"] == "day0"][[*key, "p", "p_family"]]
    return windows.merge(days, on=key, how="left", suffixes=("", "_day"))


def headline(store: StudyStore, seeds: Seeds) -> str:
    """Answer in one sentence: how many hold in minutes, and how many of these by their day."""
    found = windows_beside_days(store, seeds)
    if found.empty:
        return "Minutes show nothing here: there are no intraday bars"
    held = found[found["p_family"] <= LEVEL]
    if held.empty:
        by_day = int((found["p_family_day"] <= LEVEL).sum())
        none = f"none of {count(len(found), 'reaction')} holds when all are judged together"
        if not by_day:
            return f"Minutes show no more than days: {none}"
        verb = "does" if by_day == 1 else "do"
        return (
            f"Minutes show less than days: {none}, while by the whole day {number(by_day)} {verb}"
        )
    n, as_well = len(held), int((held["p_family_day"] <= LEVEL).sum())
    first = f"In minutes {count(n, 'reaction')} {'holds' if n == 1 else 'hold'}"
    return f"{first} when all are judged together; by the whole day {_as_well(n, as_well)}"


def _as_well(n: int, k: int) -> str:
    if n == 1:
        return "it does as well" if k else "it does not"
    if k in (0, n):
        none, every = ("neither does", "both do") if n == 2 else ("none of them does", "all do")
        return f"{every} as well" if k else none
    return f"{number(k)} of them {'does' if k == 1 else 'do'} as well"


def verdict_block(store: StudyStore, seeds: Seeds) -> Block:
    """Show the answer as the headline of the page, what it rests on, and the counts."""
    found, names = windows_beside_days(store, seeds), short_names(seeds)
    if found.empty:
        deck, marks = NO_BARS, ""
    else:
        deck = " ".join((*_specimens(found, names), _unchanged(found)))
        marks = _counts(store, seeds, found)
    head = escape(tie(headline(store, seeds)))
    line = f'<p class="by">{WORDS.mark(marks)}</p>' if marks else ""
    return Block(f'<h1 class="verdict">{head}</h1><p class="deck">{WORDS.mark(deck)}</p>{line}')


def _specimens(found: pd.DataFrame, names: dict[str, str]) -> list[str]:
    held = found[found["p_family"] <= LEVEL].sort_values("p_family", kind="stable")
    if len(held):
        return [f"{sentence_case(found_words(r, names))}." for r in records(held[:_SPECIMENS])]
    (best,) = records(found.sort_values(["p_family", "p"], kind="stable")[:1])
    return [f"The most unusual: {found_words(best, names)}; {k_of_n(best)}."]


def _unchanged(found: pd.DataFrame) -> str:
    same = int(((found["p"] > LEVEL) & ~(found["p_day"] <= LEVEL)).sum())
    share = f"{same} of {count(len(found), 'reaction')} {'is' if same == 1 else 'are'} ordinary"
    lead = "For most news minutes change nothing: " if 2 * same > len(found) else ""
    return f"{lead}{share} either way."


def _counts(store: StudyStore, seeds: Seeds, found: pd.DataFrame) -> str:
    rows = told_rows(store, seeds)
    days = distinct(rows[rows["kind"] == "day0"])
    alone, by_day = (int((t["p"] <= LEVEL).sum()) for t in (found, days))
    parts = (
        f"{SURVIVES} still stands out when all of its series are judged together"
        if (found["p_family"] <= LEVEL).any() else "",
        f"{number(alone, none='none')} of {len(found)} stand out alone in minutes, where chance "
        f"gives about {len(found) * LEVEL:.0f}",
        f"{number(by_day, none='none')} of {len(days)} in days, where it gives "
        f"{len(days) * LEVEL:.0f}",
        "series share their news",
    )  # fmt: skip
    return " · ".join(filter(None, parts))


def apart(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Say how many stand out only in minutes, only in days, and in both."""
    found = windows_beside_days(store, seeds)
    if found.empty:
        return ()
    minutes, days = found["p"] <= LEVEL, found["p_day"] <= LEVEL
    only, late, both = (int(k.sum()) for k in (minutes & ~days, days & ~minutes, minutes & days))
    verb = "stands" if only == 1 else "stand"
    text = (
        f"Of {count(len(found), 'reaction')} {number(only, none='none')} {verb} out only in "
        f"minutes, {number(late, none='none')} only in days, {number(both, none='none')} in both."
    )
    return (Sentence("minutes-apart", text),)


def standing_out(store: StudyStore, seeds: Seeds) -> Table | Block:
    """Return the most unusual windows as counts of ordinary stretches, each beside its day."""
    found, names = windows_beside_days(store, seeds), short_names(seeds)
    alone = found[found["p"] <= LEVEL].sort_values(["p_family", "p"], kind="stable")
    if alone.empty:
        return Block("<p>No window stands out.</p>" if len(found) else "")
    rows = records(alone[:_SHOWN])
    of = f"The {len(rows)} most unusual of {len(alone)}" if len(rows) < len(alone) else "Windows"
    return Table(
        caption=f"{of} that stand out alone, by what they did",
        columns=("News", "What happened", "As unusual", "By the whole day"),
        rows=tuple(
            (
                _news(store, seeds, str(r["event_id"])),
                sentence_case(found_words(r, names)),
                f"{SURVIVES if r['p_family'] <= LEVEL else STANDS} {k_of_n(r, short=True)}",
                _of_day(r["p_day"], r["p_family_day"]),
            )
            for r in rows
        ),
        note=f"{STANDS} stands out alone. {SURVIVES} still does when all of its series are judged "
        "together. As unusual: ordinary stretches of the same hours.",
    )


def _news(store: StudyStore, seeds: Seeds, event_id: str) -> str | Link:
    """Return the title of an event, leading to its page where every event has one."""
    title = seeds.event(event_id).title
    every = store.minutes["event_id"].nunique() <= MOST_PAGES
    return Link(title, f"{_EVENTS}/{event_id}.html") if every else title


def _of_day(alone: float, together: float) -> str:
    if together <= LEVEL:
        return f"{SURVIVES} stands out"
    return f"{STANDS} stands out" if alone <= LEVEL else "ordinary" if alone == alone else "–"


def words_block() -> Block:
    """Show the words of the page."""
    return Block(WORDS.html())
