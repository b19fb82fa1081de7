"""The cards of the front page: the moves that stand out, one each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.chapters.event.words import disagreement
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.voice import (
    Rows,
    mark,
    moved,
    points,
    sum_words,
    unusual_words,
)
from analysis.chapters.shared.words import by_role
from analysis.wording import count, number, short_day

if TYPE_CHECKING:
    from analysis.chapters.shared.telling import Telling

CARDS = 6
"""Reactions that get a card; the grid shows the others."""


@dataclass(frozen=True, slots=True)
class Card:
    """One reaction that stands out, told in words; leads to the page of its event.

    ``rows`` are its figures with where they come from, on the front page or that page (``{page}``);
    ``parts`` say how the move divides into what was expected and what is left.
    """

    event_id: str
    title: str
    text: str
    note: str
    rows: Rows = ()
    parts: str = ""


def cards_title(out: int) -> str:
    """Return the heading over the cards of so many reactions that stand out; empty for none."""
    if not out:
        return ""
    if out == 1:
        return "The one that stands out"
    shown = f", the {number(CARDS)} most unusual" if out > CARDS else ""
    return f"The {number(out)} that stand out{shown}"


def card(told: Telling, move: Move) -> Card:
    """Return the card of a reaction that stands out."""
    event = told.seeds.event(_first_of(told, move))
    tally = f"{unusual_words(move.count)}." if move.count else ""
    side = "above" if move.beyond > 0 else "below"
    other = move.changing()
    first = f"It {disagreement(move, other)}." if other else ""
    it = "It is" if other else "That is"
    left = f"{it} {points(move.beyond)} {side} what {move.yardstick.explains}."
    rows = [(points(move.beyond).split()[0], f"#{move.event_id}.{move.market}")]
    if move.count and len(told.moves.of(event.id)) > 1:
        share = unusual_words(move.count).removeprefix("Only ").split(" ordinary")[0]
        rows.append((share, f"{{page}}#market.{move.market}"))
    return Card(
        event_id=event.id,
        title=f"{move.short} {moved(move.ret)} on {short_day(move.day0)}: {event.title}",
        text=" ".join(filter(None, (first, left, tally))),
        note=f"{mark(move)}{'?' if move.ambiguous else ''} {_caution(move, event.confounders)}",
        rows=tuple(rows),
        parts=sum_words(move),
    )


def _first_of(told: Telling, move: Move) -> str:
    """Return the event a reaction is told by: a headline story if one met it, else the earliest."""
    return by_role([move.event_id, *move.shared], told.seeds)[0].id


def _caution(move: Move, confounders: Sequence[str]) -> str:
    if move.survives:
        return "It still stands out when all are judged together."
    if move.ambiguous:
        which = "the verdict depends on which" if move.depends else "each gives the same verdict"
        many = number(len(move.candidates))
        return f"Weak: the day is in doubt; any of {many} sessions may be the right one, {which}."
    if move.shared:
        many = f"{count(len(move.shared), 'other news item')} met the same session"
    elif confounders:
        many = f"{count(len(confounders), 'other news item')} that day"
    else:
        many = "not when all are judged together"
    return f"Suggestive: {many}."
