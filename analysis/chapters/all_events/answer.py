"""The answer of a whole study in plain words: whether markets moved with the news, and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from analysis.chapters.all_events.cards import CARDS, Card, card, cards_title
from analysis.chapters.shared.counts import ONE_IN
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.voice import (
    Rows,
    about,
    moved,
)
from analysis.chapters.shared.words import implied_by
from analysis.engine.models import TOTAL_REACTION
from analysis.wording import count, day, listing, number, sentence_case, short_day, size

if TYPE_CHECKING:
    from analysis.chapters.shared.telling import Telling

ROW_ALONE, ROW_TOGETHER = "#statistics.alone", "#statistics.together"
ROW_STORIES, ROW_IMPLIED, ROW_REACH = (
    "#statistics.stories", "#statistics.implied", "#statistics.reach",
)  # fmt: skip
"""Rows of the table of statistics, to which figures lead."""


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure worth its own line: the figure, what it is of, and the rows these come from."""

    figure: str
    words: str
    rows: Rows = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the front page says before and beside its picture.

    Attributes
    ----------
    headline
        The answer, without a full stop at its end.
    deck
        Short sentences under it.
    keys
        Three figures.
    cards, cards_title
        The reactions that stand out, the most unusual first, and the line above them.
    sure
        How sure one can be, in sentences.
    rows
        Figures of the deck with the rows they come from.
    """

    headline: str
    deck: tuple[str, ...]
    keys: tuple[KeyFigure, ...]
    cards: tuple[Card, ...]
    cards_title: str
    sure: tuple[str, ...]
    rows: Rows = ()


def answer(told: Telling) -> Answer:
    """Answer whether reactions were larger than on ordinary days."""
    found = told.moves.distinct()
    out = sorted(
        (m for m in found if m.stands_out),
        key=lambda m: (not m.survives, m.share, m.market, m.day0),
    )
    return Answer(
        headline=headline(told, found),
        deck=_deck(told, found),
        keys=_keys(told, found),
        cards=tuple(card(told, move) for move in out[:CARDS]),
        cards_title=cards_title(len(out)),
        sure=_sure(told, found),
        rows=((number(len(out), none="none"), ROW_ALONE),) if found else (),
    )


# -- the headline ---------------------------------------------------------------------------------


def larger(told: Telling) -> bool | None:
    """Tell whether all reactions together were larger than on ordinary days; None if unknown."""
    row = omnibus(told, told.store.spec.study.model)
    if row is None or not isfinite(row["p_value"]):
        return None
    return bool(row["p_value"] <= 1 / ONE_IN and row["statistic"] > row["placebo_mean"])


def omnibus(told: Telling, model: str, scope: str = "all") -> Row | None:
    """Return the test of all reactions at once; of an article with ``scope`` ``article:FILE``."""
    rows = told.store.table("omnibus")
    rows = rows[(rows["scope"] == scope) & (rows["market"] == "all") & (rows["model"] == model)]
    return records(rows)[0] if len(rows) else None


def headline(told: Telling, found: Sequence[Move]) -> str:
    """Say yes or no in one sentence, all reactions at once first."""
    n, out = len(found), sum(m.stands_out for m in found)
    kept = sum(m.survives for m in found)
    if not n:
        bare = bool(told.moves.without_days())
        why = "no ordinary day is left to compare with" if bare else "no reaction could be measured"
        return f"No answer: {why}"
    if not any(m.count and m.count.enough for m in found):
        return "No answer: there are too few ordinary days to tell"
    if n == 1:
        return _single(found[0])
    together = larger(told)
    all_ = f"taken together, the {n} reactions were"
    if together:
        return f"Yes: {all_} larger than on ordinary days"
    if kept:
        verb = "stands" if kept == 1 else "stand"
        many = f"{number(kept)} of {n} moves still {verb} out when all are judged together"
        rest = f"; {all_} no larger than on ordinary days" if together is False else ""
        return f"{'Yes' if 2 * kept > n else 'Rarely'}: {many}{rest}"
    if together is False:
        return f"{'Mostly no' if out else 'No'}: {all_} no larger than on ordinary days"
    if not out:
        return f"No: none of {n} moves can be told from ordinary days"
    if out <= n / ONE_IN + 1:
        return f"Mostly no: {n - out} of {n} moves cannot be told from ordinary days"
    return f"Not proven: {out} of {n} moves stand out alone, none when all are judged together"


def _single(move: Move) -> str:
    what = f"{move.short} {moved(move.ret)} on {short_day(move.day0)}"
    return f"Yes: {what}, which stands out" if move.stands_out else f"No: {what}, an ordinary day"


def _deck(told: Telling, found: Sequence[Move]) -> tuple[str, ...]:
    n, out = len(found), sum(m.stands_out for m in found)
    names = [told.seeds.market(m).short for m in told.moves.markets]
    events = count(len(told.ordered()), "news item")
    where = listing(names, most=4)
    articles = len(told.seeds.articles)
    first = f"We measured {events} in {where}."
    if articles:
        first = (
            f"{sentence_case(count(articles, 'article'))} {'ties' if articles == 1 else 'tie'} "
            f"shares to the news. "
            f"We measured {events} in {where}."
        )
    bare = _without_days(told)
    if not n and bare:
        return (first, *bare)
    if not n:
        reasons = {m.reason for m in told.moves.cells.values() if m.reason}
        return (first, *(f"{sentence_case(r).rstrip('.')}." for r in sorted(reasons)[:1]))
    return (first, stand_out_words(told, out, n), *_together_words(found), *bare)


def _without_days(told: Telling) -> tuple[str, ...]:
    """Say of reactions without a p that there is no ordinary day to hold them against."""
    bare = told.moves.without_days()
    if not bare:
        return ()
    names = listing(list(dict.fromkeys(move.short for move in bare)), most=4)
    verb = "has" if len(bare) == 1 else "have"
    return (
        f"{sentence_case(count(len(bare), 'reaction'))} in {names} {verb} no p: news met every "
        "session there, so that no ordinary day is left to compare with.",
    )


def stand_out_words(told: Telling, out: int, n: int) -> str:
    """Say how many stand out, with what chance gives."""
    base = f"Beyond what {told.stick.explains}" if told.stick.symbol else "Beyond the usual day"
    many = f"{number(out, none='none')} of {count(n, 'reaction')}"
    verb = "stands" if out <= 1 else "stand"
    return f"{base}, {many} {verb} out; chance alone would give about {about(n / ONE_IN)}."


def _together_words(found: Sequence[Move]) -> tuple[str, ...]:
    out = sum(m.stands_out for m in found)
    known = [m for m in found if m.count and isfinite(m.count.together)]
    if not out or len(known) < 2:
        return ()
    kept = sum(m.survives for m in found)
    if not kept:
        return ("None is still unusual once all are judged together.",)
    verb = "is" if kept == 1 else "are"
    return (f"{sentence_case(number(kept))} {verb} still unusual once all are judged together.",)


# -- key figures ----------------------------------------------------------------------------------


def _keys(told: Telling, found: Sequence[Move]) -> tuple[KeyFigure, ...]:
    if not found:
        return ()
    kept = sum(m.survives for m in found)
    last = _implied(told) or _typical(found)
    judged = KeyFigure(
        figure := f"{kept} of {len(found)}",
        "are still unusual once all are judged together.",
        ((figure, ROW_TOGETHER),),
    )
    return tuple(filter(None, (_headlines(told, found), judged, last)))


def _headlines(told: Telling, found: Sequence[Move]) -> KeyFigure:
    """Count moves on the articles' own headline stories; all moves where there are no articles."""
    ids, mine = story_moves(told)
    if not mine:
        out = sum(m.stands_out for m in found)
        chance = about(len(found) / ONE_IN)
        words = f"moves stand out alone, where chance gives about {chance}."
        return KeyFigure(figure := f"{out} of {len(found)}", words, ((figure, ROW_ALONE),))
    out = sum(m.stands_out for m in mine)
    many = f"own {number(len(ids))} headline stories" if len(ids) > 1 else "own headline story"
    who = "articles’" if len(told.seeds.articles) > 1 else "article’s"
    verb = "stands" if out == 1 else "stand"
    figure = f"{out} of {len(mine)}"
    return KeyFigure(figure, f"moves on the {who} {many} {verb} out.", ((figure, ROW_STORIES),))


def story_moves(told: Telling) -> tuple[set[str], list[Move]]:
    """Return the headline stories of the articles, and the distinct reactions to them."""
    ids = {e for e, _ in told.moves.cells} & {a.headline_event for a in told.seeds.articles}
    keys = {(m.market, m.day0) for m in told.moves.cells.values() if m.event_id in ids and m.known}
    return ids, [m for m in told.moves.distinct() if (m.market, m.day0) in keys]


def implied_rows(told: Telling) -> list[Row]:
    """Return the pooled rows of all events and markets: whole moves first, then what is left."""
    pooled = told.store.pooled
    if pooled.empty:
        return []
    rows = pooled[
        (pooled["scope"] == "all") & (pooled["market"] == "all") & (pooled["sample"] == "all")
    ]
    by_model = {row["model"]: row for row in records(rows)}
    models = dict.fromkeys([TOTAL_REACTION, told.store.spec.study.model])
    return [by_model[m] for m in models if m in by_model and by_model[m]["n_sessions"] >= 2]


def _implied(told: Telling) -> KeyFigure | None:
    rows = implied_rows(told)
    if not rows:
        return None
    whole, last = rows[0], rows[-1]
    figure = f"{whole['n_as_implied']:.0f} of {whole['n_sessions']}"
    words = f"whole moves went the way {implied_by(told.seeds)}, {_luck(whole)}."
    if len(rows) > 1:
        base = sentence_case(told.stick.beyond)
        words += f" {base} it is {last['n_as_implied']:.0f}, {_luck(last)}."
    shown = (figure, f"{last['n_as_implied']:.0f}")[: len(rows)]
    return KeyFigure(figure, words, tuple((s, ROW_IMPLIED) for s in shown))


def _luck(row: Row) -> str:
    """Say whether the mean that way is more than luck brings, two-sided."""
    p = row["p_joint_two_sided"]
    if not isfinite(p):
        return "too few to tell"
    if p > 1 / ONE_IN:
        return "which may be luck"
    return "more than luck brings" if row["estimate"] > 0 else "fewer than luck brings"


def typical_reach(found: Sequence[Move]) -> float:
    """Return how far a typical move had to go to be caught four times in five; NaN if unknown."""
    known = sorted(m.count.mde for m in found if m.count and isfinite(m.count.mde))
    return known[len(known) // 2] if known else float("nan")


def _typical(found: Sequence[Move]) -> KeyFigure | None:
    middle = typical_reach(found)
    if not isfinite(middle):
        return None
    words = "a typical move had to reach to be caught four times in five."
    return KeyFigure(size(middle), words, ((size(middle), ROW_REACH),))


# -- cards ----------------------------------------------------------------------------------------


# -- how sure -------------------------------------------------------------------------------------


def _sure(told: Telling, found: Sequence[Move]) -> tuple[str, ...]:
    typical = _typical(found)
    out = []
    if typical:
        out.append(
            "A quiet result is not a proof of no effect: a typical move had to reach "
            f"{typical.figure} {told.stick.beyond} to be caught four times in five."
        )
    if told.seeds.articles:
        out.append(
            "Articles are written about days that moved. So these events were chosen partly for "
            "their outcome."
        )
    return tuple(out)


def method_lines(told: Telling) -> tuple[str, ...]:
    """Say in five lines how we know."""
    start, end = told.store.spec.study.estimation_window
    sizes = [m.count.n for m in told.moves.distinct() if m.count]
    typical = sorted(sizes)[len(sizes) // 2] if sizes else 0
    taken = (
        f"We take out what {told.stick.explains} over the same hours."
        if told.stick.symbol and not told.stick.fitted
        else f"We take out what {told.stick.explains}, from {end - start + 1} earlier sessions."
        if told.stick.symbol
        else f"We take out the market’s own average of {end - start + 1} earlier sessions."
    )
    return (
        "Each news item gets the minute it became public, with the earliest and the latest minute "
        "possible.",
        "In each market we take the first session that closed after it, by that exchange’s own "
        "calendar.",
        taken,
        f"We do the same for some {round(typical, -1) if typical > 20 else typical} ordinary days "
        "per market, and count how many were as unusual.",
        f"With {told.n} tries some stand out by luck, so we also judge all of them together.",
    )


def together_sentence(told: Telling) -> str:
    """Say whether the markets moved together, all pairs taken as one, without a coefficient."""
    if len(told.moves.markets) < 2:
        return "One market alone cannot move together with others."
    model = told.store.spec.study.model
    rows = {(row["kind"], row["model"]): row for row in records(told.store.table("together"))}
    total = rows.get(("reaction_total", TOTAL_REACTION))
    if total is None or not isfinite(total["p_placebo"]):
        return "Did they move together? Too few sessions are shared to say."
    more = _alike(total)
    whole = (
        "whole moves went together more closely than at ordinary moments"
        if more
        else "whole moves went together no more closely than at ordinary moments"
    )
    text = f"Did they move together? {'Yes' if more else 'No more than usual'}: {whole}"
    if more and total["p_high_month_out"] > 1 / ONE_IN:
        text += f", though not without {_month(str(total['month_left_out']))}"
    own = rows.get(("reaction", model))
    if own is None or not told.stick.symbol or not isfinite(own["p_placebo"]):
        return f"{text}."
    rest = "they did" if _alike(own) else "they did not"
    return f"{text}; {told.stick.beyond} {rest}."


def _alike(row: Row) -> bool:
    """Tell whether reactions were more alike than at ordinary moments."""
    middle = row["placebo_median"]
    return bool(
        row["p_placebo"] <= 1 / ONE_IN
        and row["mean_correlation"] > (middle if isfinite(middle) else 0.0)
    )


def _month(date: str) -> str:
    return day(f"{date[:7]}-01").split(" ", 1)[1]
