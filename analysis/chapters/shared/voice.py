"""How pages speak: moves, counts of ordinary days, marks, and words explained where they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite

from analysis.chapters.shared.counts import Count
from analysis.chapters.shared.moves import Move
from analysis.wording import count, number, sentence_case, signed_percent, size, tie

STANDS, SURVIVES, DOUBT, SHARED = "○", "●", "?", "″"
"""Marks: stands out alone, still does when all are judged together, day in doubt, one reaction."""


def moved(value: float, digits: int = 1) -> str:
    """Say how far something moved: ``rose 4.0 %``, ``did not move``."""
    if not isfinite(value):
        return "has no figure"
    if round(abs(value) * 100, digits) == 0:
        return "did not move"
    return f"{'rose' if value > 0 else 'fell'} {plain(value, digits)}"


def plain(value: float, digits: int = 1) -> str:
    """Write the size of a move with fixed decimals: ``4.0 %``."""
    return f"{abs(value) * 100:.{digits}f} %"


def points(value: float, digits: int = 1) -> str:
    """Write a difference of moves: ``0.5 points``."""
    shown = f"{abs(value) * 100:.{digits}f}"
    return f"{shown} point{'' if float(shown) == 1 else 's'}"


def summed(move: Move) -> tuple[str, str, str]:
    """Write move, expected and beyond so that they add up as printed.

    With one decimal where that adds up, else with two; should these miss by one in the last, the
    expected part gives way, since the other two stand elsewhere as well.
    """
    parts = (move.ret, move.expected, move.beyond)
    whole, expected, beyond = (round(value * 100, 1) for value in parts)
    digits = 1
    if abs(whole - expected - beyond) > 0.05:
        whole, beyond, digits = round(move.ret * 100, 2), round(move.beyond * 100, 2), 2
    shown = (whole, whole - beyond, beyond)
    first, second, third = (signed_percent(value / 100, digits) for value in shown)
    return first, second, third


def sum_words(move: Move) -> str:
    """Write how a move divides: ``+4.0 % = −0.7 % expected + 4.7 % beyond``."""
    whole, expected, beyond = summed(move)
    minus = beyond.startswith("−")
    joined = f"− {beyond[1:]}" if minus else f"+ {beyond.lstrip('+')}"
    return f"{whole} = {expected} expected {joined} beyond"


def as_unusual(found: Count) -> str:
    """Say how many ordinary days were as unusual: ``2 of 336 ordinary days``."""
    return f"{found.k} of {found.n} ordinary days"


def unusual_words(found: Count) -> str:
    """Say it in a sentence: ``Only two of 336 ordinary days were as unusual``."""
    only = "Only " if found.stands_out and found.k else ""
    if found.n == 0:
        return "There is no ordinary day to hold it against"
    if found.k == 0:
        return f"None of {found.n} ordinary days was as unusual"
    verb = "was" if found.k == 1 else "were"
    return sentence_case(f"{only}{number(found.k)} of {found.n} ordinary days {verb} as unusual")


def one_in(found: Count) -> str:
    """Say roughly how common a day as unusual is: ``one ordinary day in three was as unusual``."""
    if not found.enough:
        return f"{count(found.n, 'ordinary day')} {'is' if found.n == 1 else 'are'} too few to tell"
    if found.k == 0:
        return "no ordinary day was as unusual"
    share = found.k / found.n
    if share >= 0.95:
        return "nearly every ordinary day was as unusual"
    if share > 0.55:
        return "most ordinary days were as unusual"
    if share > 0.45:
        return "half of the ordinary days were as unusual"
    return f"one ordinary day in {number(max(round(1 / share), 2))} was as unusual"


def luck(together: float, n: int) -> str:
    """Say how often the best of n ordinary moments looks as unusual as this one."""
    if not isfinite(together):
        return ""
    if together > 0.5:
        often = "more often than not"
    elif together > 0.4:
        often = "nearly every other time"
    else:
        often = f"about one time in {number(max(round(1 / together), 2))}"
    return f"the best of {n} reactions looks this unusual by luck {often}"


def mark(move: Move, *, whole: bool = False) -> str:
    """Return the mark of a move: stands out alone, also together, or none."""
    found = move.tally(whole=whole)
    if found is None or not found.stands_out:
        return ""
    return SURVIVES if found.survives else STANDS


def detectable(moves: Sequence[Move]) -> str:
    """Say how far markets had to move to be caught; empty if no move can be."""
    known = [(m.count.mde, m.short, m.yardstick) for m in moves if m.known and m.count]
    known = sorted((k for k in known if isfinite(k[0])), key=lambda k: k[0])
    if not known:
        return ""
    (low, first, stick), (high, last, other) = known[0], known[-1]
    beyond = stick.beyond if stick == other else "beyond the expected"
    if first == last:
        return f"A move had to reach {size(low)} {beyond} to be caught four times in five."
    return (
        f"A move had to reach {size(low)} ({first}) to {size(high)} ({last}) {beyond} to be caught "
        "four times in five."
    )


def about(value: float) -> str:
    """Write an expected count roughly: a word."""
    if value < 0.75:
        return "none" if value < 0.25 else "one half"
    return number(round(value))


# -- words explained where they stand --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a page, explained.

    Attributes
    ----------
    key
        Anchor of its entry among the words of the page, after ``g-``.
    word
        The entry.
    meaning
        One or two sentences.
    pattern
        What is marked in the text; the entry itself if empty.
    """

    key: str
    word: str
    meaning: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a page that are explained."""

    terms: tuple[Term, ...]

    def mark(self, text: str) -> str:
        """Return text as HTML in which the first use of every word leads to its meaning."""
        shown, used = escape(tie(text)), []
        for number_, term in enumerate(self.terms):
            pattern = term.pattern or re.escape(escape(term.word.lower()))
            found = re.search(rf"(?<![\w\x00]){pattern}(?!\w)", shown, re.IGNORECASE)
            if found:
                used.append((term, found[0]))
                shown = f"{shown[: found.start()]}\x00{number_}\x00{shown[found.end() :]}"
        for term, words in used:
            place = f"\x00{self.terms.index(term)}\x00"
            shown = shown.replace(place, _link(term, words))
        return shown

    def without(self, *keys: str) -> Words:
        """Return the words less some whose meaning is another where they are used."""
        return Words(tuple(t for t in self.terms if t.key not in keys))

    def only(self, html: str) -> Words:
        """Return the words that a page uses."""
        return Words(tuple(t for t in self.terms if f'href="#g-{t.key}"' in html))

    def html(self) -> str:
        """Return the list of words; empty for none."""
        if not self.terms:
            return ""
        rows = "".join(
            f'<div><dt>{escape(tie(t.word))}</dt><dd id="g-{t.key}">{escape(tie(t.meaning))}</dd>'
            "</div>"
            for t in self.terms
        )
        return f'<dl class="gloss">{rows}</dl>'


Rows = tuple[tuple[str, str], ...]
"""Figures of a sentence as they are printed, each with the address of the row it comes from."""
_TAGS = re.compile(r'(<span class="def".*?</span>|<[^>]+>)', re.DOTALL)


def with_rows(html: str, rows: Rows) -> str:
    """Return HTML whose figures lead, quietly, to the rows they come from; each one once."""
    parts = _TAGS.split(html)  # words stand at the even places
    for figure, address in rows:
        pattern = re.compile(rf"(?<![\w.,−+-]){re.escape(escape(tie(figure)))}(?![\w.]*\d)")
        for n in range(0, len(parts), 2):
            found = pattern.search(parts[n])
            if found:
                head, tail = parts[n][: found.start()], parts[n][found.end() :]
                link = f'<a class="row" href="{escape(address)}">{found[0]}</a>'
                parts[n : n + 1] = [head, link, tail]
                break
    return "".join(parts)


def _link(term: Term, words: str) -> str:
    return (
        f'<a class="word" href="#g-{term.key}" aria-describedby="g-{term.key}">{words}'
        f'<span class="def" aria-hidden="true">{escape(tie(term.meaning))}</span></a>'
    )


def _either(*words: str) -> str:
    return "(?:" + "|".join(re.escape(escape(word)) for word in words) + ")"


def page_words(facts: Mapping[str, str]) -> Words:
    """Return the words that pages explain.

    Parameters
    ----------
    facts
        ``yardstick`` (what moves are measured against), ``n`` (reactions), ``chance`` (how many
        stand out by chance), ``span`` (from when to when there are ordinary days), ``length``
        (sessions the usual relation is taken from, empty where no relation is fitted).
    """
    stick, n = facts["yardstick"], facts["n"]
    own = stick == "its own average"
    expected = (
        "What the market’s own average over the sessions before would have brought."
        if own
        else f"The move of {stick} over the same hours."
        if not facts["length"]
        else f"What the move of {stick} that day, and the market’s usual relation to it, would "
        "have led one to expect."
    )
    left = (
        f"What is left of a move once the market’s own average over the {facts['length']} sessions "
        "before is taken out. Economists say: abnormal return."
        if own
        else f"What is left of a move once that of {stick} over the same hours is taken out. "
        "Economists say: abnormal return."
        if not facts["length"]
        else f"What is left of a move once the market’s usual relation to {stick} over the "
        f"{facts['length']} sessions before is taken out. Economists say: abnormal return."
    )
    return Words(
        (
            Term("beyond", sentence_case(f"beyond {stick}"), left,
                 _either(f"{stick} explains", f"what {stick} did", f"beyond {stick}")),
            Term("ordinary", "Ordinary days",
                 f"Sessions of the same market, {facts['span']}, on which no event of this "
                 "catalogue met it, each measured in the same way.",
                 r"ordinary (?:days?|sessions?|stretches)"),
            Term("reaction", "Reaction",
                 "One market’s move on the first session that closed after the news. Events that "
                 "met the same session share one reaction.", r"reactions?"),
            Term("standout", "Stands out", "At most one ordinary day in twenty was as unusual.",
                 r"stands? out"),
            Term("chance", "By chance",
                 "If the news did nothing at all, one reaction in twenty would still pass the "
                 f"mark: about {facts['chance']} of {n}.", r"chance alone|by luck"),
            Term("expected", "Expected", expected,
                 r"(?<!catalogue )expect(?:ed)?"),  # that is a direction
            Term("swing", "Usual swing",
                 "The size of a typical day’s move of that market just before the day in question. "
                 "Calm weeks have small swings, wild ones large.", r"usual swings?"),
            Term("together", "Judged together",
                 f"The best of {n} tries is unusual by design. This asks how often the best of {n} "
                 "ordinary moments looks as unusual.", r"judged together"),
            Term("doubt", "Day in doubt",
                 "The minute of the news is not known well enough to be sure which session met it "
                 "first.", r"day (?:is )?in doubt"),
        )
    )  # fmt: skip
