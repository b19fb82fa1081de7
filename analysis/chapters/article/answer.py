"""The answer to one article: what prices did on its story, and how its claims fare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.chapters.event.words import by_unusual, disagreement, explained, leading
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.voice import about, luck, moved, one_in, unusual_words
from analysis.reactions.claim_codes import UNDECIDED, UNDISTINGUISHED
from analysis.seeds.verdicts import (
    CONTRADICTED,
    NOT_CHECKABLE,
    ORDINARY,
    OTHER_SIZE,
    PARTLY,
    SUPPORTED,
)
from analysis.wording import count, day, listing, number, sentence_case

if TYPE_CHECKING:
    from analysis.chapters.shared.telling import Telling
    from analysis.seeds.events import Event

CODES = {
    SUPPORTED: ("✓", "holds"),
    UNDISTINGUISHED: ("≈", "direction right, an ordinary day"),
    CONTRADICTED: ("✗", "does not hold"),
    UNDECIDED: ("–", "left open: no ordinary days to hold it against"),
}
"""Mark and words of every code of a claim."""

_CLOSER = {
    (SUPPORTED, ORDINARY): "holds, ordinary in size",
    (UNDECIDED, OTHER_SIZE): "left open: direction right, size other",
    (UNDECIDED, PARTLY): "left open: holds in part",
    (UNDECIDED, NOT_CHECKABLE): "cannot be checked with prices",
}
"""What a code and the figure behind it say together, where the code alone says less."""


@dataclass(frozen=True, slots=True)
class ArticleAnswer:
    """What a page on an article says first.

    Attributes
    ----------
    answer
        One sentence.
    rest
        What it rests on, a sentence or two.
    counts
        Events, reactions, how many stand out, with what chance gives.
    claims
        How many claims prices decide, and how.
    """

    answer: str
    rest: tuple[str, ...]
    counts: str
    claims: str


def article_answer(told: Telling, file: str) -> ArticleAnswer:
    """Answer one article from prices."""
    headline = told.seeds.article(file).headline_event
    moves = [m for m in told.moves.of(headline) if m.known]
    return ArticleAnswer(
        answer=_answer(moves),
        rest=tuple(filter(None, _rest(told, moves, headline))),
        counts=_counts(told, file),
        claims=claims_line(told, file),
    )


def _answer(moves: Sequence[Move]) -> str:
    if not moves:
        return "Prices cannot tell: no market has a figure for its story."
    if not any(m.decided for m in moves):
        return "Prices cannot tell: there are too few ordinary days to hold its story against."
    out = [m for m in moves if m.stands_out]
    when = day(moves[0].day0).rsplit(" ", 1)[0]
    if not out:
        if len(moves) == 1:
            return f"{moves[0].short} {moved(moves[0].ret)}, no more than an ordinary day brings."
        return "No market moved by more than an ordinary day brings."
    kept = [m for m in out if m.survives]
    out = spoken_of(moves)
    names = listing([f"{m.short} ({moved(m.ret)})" for m in out], most=3)
    verb = "stands" if len(out) == 1 else "stand"
    same = f" on {when}" if len({m.day0 for m in out}) == 1 and out[0].day0 == moves[0].day0 else ""
    if kept:
        who = "" if len(kept) == len(out) else f"{listing([m.short for m in kept], most=3)} "
        return f"{names} {verb} out{same}, {who}also when all reactions are judged together."
    return f"{names} {verb} out{same}, but not when all reactions are judged together."


def spoken_of(moves: Sequence[Move], event: Event | None = None) -> list[Move]:
    """Return the moves an answer tells: those that stand out, the most unusual first, or one.

    Where none stands out, that is the most unusual of the markets the story implies a direction of.
    """
    known = sorted((m for m in moves if m.known), key=by_unusual)
    return [m for m in known if m.stands_out] or (_meant(known, event) or known)[:1]


def _meant(moves: Sequence[Move], event: Event | None) -> list[Move]:
    """Return the moves of the markets a story implies a direction of."""
    implied = event.expected_direction if event else {}
    return [m for m in moves if implied.get(m.market) in ("up", "down")]


def _rest(told: Telling, moves: Sequence[Move], headline: str) -> tuple[str, ...]:
    event = told.seeds.event(headline)
    lead = next(iter(spoken_of(moves, event)), None)
    if lead is None or lead.count is None:
        return ()
    other = len(event.confounders) + len(lead.shared)
    confounded = (
        f"Prices cannot tell the story from {count(other, 'other news item')} of those hours."
        if other
        else ""
    )
    other_sticks = lead.changing()
    split = f"{lead.short} {disagreement(lead, other_sticks)}." if other_sticks else ""
    if lead.stands_out:
        words = luck(lead.count.together, told.n)
        tries = f"But {words}." if words and not lead.survives else ""
        return (split, f"{unusual_words(lead.count)}.", tries, explained(lead), confounded)
    return (split, _told(lead, moves, event), explained(lead), confounded)


def _told(lead: Move, moves: Sequence[Move], event: Event) -> str:
    """Say what the market an article is about did, and how usual that is."""
    often, meant = one_in(lead.count) if lead.count else "", _meant(moves, event)
    if len(moves) == 1:
        return f"{sentence_case(often)}."
    if len(meant) == 1:
        way = "rise" if event.expected_direction[lead.market] == "up" else "fall"
        return f"{lead.short}, of which it implied a {way}, {moved(lead.ret)}; {often}."
    of = "" if lead is leading(moves) else "of those it speaks of "
    return f"The most unusual {of}was {lead.short}, which {moved(lead.ret)}; {often}."


def article_moves(told: Telling, file: str) -> list[Move]:
    """Return the distinct reactions to the events an article reports."""
    ids = {e.id for e in told.seeds.events if any(m.file == file for m in e.articles)}
    keys = {(m.market, m.day0) for m in told.moves.cells.values() if m.event_id in ids}
    return [m for m in told.moves.distinct() if (m.market, m.day0) in keys]


def _counts(told: Telling, file: str) -> str:
    mine = article_moves(told, file)
    events = sum(any(m.file == file for m in e.articles) for e in told.seeds.events)
    out = [m for m in mine if m.stands_out]
    verb = "stands" if len(out) == 1 else "stand"
    which = f" ({listing([f'{m.short} on {day(m.day0)}' for m in out], most=3)})" if out else ""
    text = (
        f"{sentence_case(count(events, 'event'))}, {count(len(mine), 'reaction')}; "
        f"{number(len(out), none='none')} {verb} out{which}, where chance gives about "
        f"{about(len(mine) / 20)}."
    )
    if out and not any(m.survives for m in out):
        text += " None does when all are judged together."
    return text


def claim_words(code: str, verdict: str) -> tuple[str, str]:
    """Return the mark and the words of a claim: its code, and why it is left open if it is."""
    sign, words = CODES[code]
    return sign, _CLOSER.get((code, verdict), words)


def claims_line(told: Telling, file: str) -> str:
    """Say how many claims prices decide, and how they fare."""
    claims = told.store.claims[told.store.claims["article"] == file]
    if claims.empty:
        return "No claim of it is catalogued."
    total = count(len(claims), "claim")
    counts = claims["code"].value_counts()
    decided = {c: int(counts[c]) for c in CODES if c in counts and c != UNDECIDED}
    half = int(((claims["code"] == UNDECIDED) & (claims["verdict"] != NOT_CHECKABLE)).sum())
    n = sum(decided.values())
    verb = "is" if half == 1 else "are"
    left = f" {sentence_case(number(half))} {verb} left open by the figure." if half else ""
    if not n:
        return f"Of {total} prices decide none.{left}"
    words = {
        SUPPORTED: lambda k: f"{number(k)} {'holds' if k == 1 else 'hold'}",
        UNDISTINGUISHED: lambda k: f"{number(k)} in direction only, on an ordinary day",
        CONTRADICTED: lambda k: f"{number(k)} {'does' if k == 1 else 'do'} not hold",
    }
    said = listing([words[code](k) for code, k in decided.items()])
    return f"Of {total} prices decide {number(n)}: {said}.{left}"
