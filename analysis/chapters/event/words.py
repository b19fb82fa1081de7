"""What one event did in every market: the verdict in a line, the sentences, the statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from analysis.chapters.shared import rows
from analysis.chapters.shared.figures import (
    STANDS_OUT,
    in_market_order,
    reaction_figures,
    variants,
)
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.sentences import Cite, Sentence
from analysis.chapters.shared.voice import (
    detectable,
    luck,
    moved,
    one_in,
    plain,
    points,
    unusual_words,
)
from analysis.chapters.shared.words import normal_words
from analysis.reactions.overnight import overnight_text
from analysis.reactions.study_tables import USABLE
from analysis.wording import (
    count,
    day,
    days,
    listing,
    number,
    p_range,
    p_value,
    percent,
    sentence_case,
    size,
)

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.events import Event

_TITLES = 8
"""Events of the same session that are named; more are counted."""
_NAMED = 2
"""Further markets a headline names; more are counted."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a page says first.

    Attributes
    ----------
    headline
        The verdict, a plain sentence without a full stop at its end.
    deck
        What it rests on, a few short sentences.
    marks
        The same in a line of marks and counts.
    """

    headline: str
    deck: tuple[str, ...]
    marks: tuple[str, ...]


def leading(moves: Sequence[Move]) -> Move | None:
    """Return the market a page on one event speaks of first: the most unusual one.

    What still stands out when all are judged together comes before what does so alone.
    """
    known = [move for move in moves if move.known]
    return min(known, key=by_unusual) if known else None


def by_unusual(move: Move) -> tuple[bool, float, float]:
    """Return what moves are put in order by, the most unusual first."""
    return (not move.survives, move.share, -abs(move.beyond))


def verdict(
    moves: Sequence[Move], event: Event, total: int, yardsticks: Sequence[str] = ()
) -> Verdict:
    """Say how one event ended.

    Parameters
    ----------
    moves
        Its moves, market by market.
    event
        What happened.
    total
        Distinct reactions of the whole catalogue.
    yardsticks
        Names of other yardsticks that change the verdict of the leading market.
    """
    lead = leading(moves)
    if lead is None or lead.count is None:
        reasons = list(dict.fromkeys(move.why for move in moves if move.why))
        deck = tuple(f"{sentence_case(reason).rstrip('.')}." for reason in reasons[:2])
        bare = next((m for m in moves if m.status in USABLE and isfinite(m.beyond)), None)
        if bare is None:
            return Verdict("No market has a figure for this news", deck, ())
        what = f"{bare.short} {moved(bare.ret)} on {day(bare.day0).rsplit(' ', 1)[0]}"
        return Verdict(f"No ordinary day is left to tell: {what}", deck, ())
    others = [m for m in moves if m is not lead and m.known and m.count and m.count.enough]
    sentences = [
        explained(lead),
        f"{unusual_words(lead.count)}." if lead.stands_out else "",
        _many_tries(lead, total),
        _others(others),
        _same_session(lead),
    ]
    return Verdict(
        _headline(lead, moves, yardsticks), tuple(s for s in sentences if s), _marks(lead, event)
    )


def _headline(lead: Move, moves: Sequence[Move], yardsticks: Sequence[str]) -> str:
    what = f"{lead.short} {moved(lead.ret)} on {day(lead.day0).rsplit(' ', 1)[0]}"
    if lead.count is None or not lead.count.enough:
        return f"Too few ordinary days to tell: {what}"
    if yardsticks:
        doubt = ", and the day is in doubt" if lead.depends else ""
        return f"It depends on the yardstick{doubt}: {what}, which {disagreement(lead, yardsticks)}"
    if not lead.stands_out:
        return f"An ordinary day: {lead.short} {moved(lead.ret)}; {one_in(lead.count)}"
    if lead.depends:
        return f"Weak, since the day is in doubt: {what}"
    if lead.survives:
        return f"Yes: {what}, and it still stands out when all are judged together"
    also = [m for m in moves if m.stands_out and m is not lead]
    if len(also) > _NAMED:
        return f"Unusual that day, but not proven: {what}, and {number(len(also))} others stand out"
    more = f", {listing([f'{m.short} {moved(m.ret)}' for m in also])}" if also else ""
    return f"Unusual that day, but not proven: {what}{more}"


def explained(move: Move) -> str:
    """Say how much of a move its yardstick explains; empty where nothing is taken out."""
    stick, ret, left = move.yardstick, move.ret, move.beyond
    if not stick.symbol:
        return f"That is {points(left)} {'above' if left >= 0 else 'below'} its own average day."
    name = sentence_case(stick.name)
    if not stick.fitted:
        return f"{name} {moved(move.expected)} over the same hours."
    if round(abs(ret) * 100, 1) == 0:
        return f"{name} would have led one to expect {moved_noun(move.expected)}."
    if ret * left < 0:
        side = "rise" if ret > 0 else "fall"
        return f"That is less of a {side} than {stick.name} would have led one to expect."
    if ret * move.expected <= 0 or round(abs(move.expected) * 100, 1) == 0:
        return f"{name} explains none of it."
    if abs(left) < 0.35 * abs(ret):
        return f"All but {points(left)} of it went with {stick.name}."
    return f"{name} explains {points(move.expected)} of it."


def moved_noun(value: float) -> str:
    """Name a move: ``a rise of 4.0 %``."""
    if round(abs(value) * 100, 1) == 0:
        return "no move"
    return f"a {'rise' if value > 0 else 'fall'} of {plain(value)}"


def _many_tries(lead: Move, total: int) -> str:
    if not lead.stands_out or lead.count is None or total < 2:
        return ""
    if lead.survives:
        return f"It still stands out when all {total} reactions are judged together."
    words = luck(lead.count.together, total)
    return f"But {words}." if words else ""


def disagreement(move: Move, yardsticks: Sequence[str]) -> str:
    """Say beyond what a move stands out and beyond what it does not, where yardsticks disagree."""
    own, others = move.yardstick.name, listing(list(yardsticks))
    yes, no = (own, others) if move.stands_out else (others, own)
    return f"stands out beyond {yes} but not beyond {no}"


def _others(others: Sequence[Move]) -> str:
    if not others:
        return ""
    out = [f"{m.short} ({moved(m.ret)})" for m in others if m.stands_out]
    quiet = [m.short for m in others if not m.stands_out]
    days_ = "an ordinary day"
    if not out:
        return f"{listing(quiet, most=4)} had {days_}."
    rest = f"; {listing(quiet, most=4)} had {days_}" if quiet else ""
    return f"{listing(out, most=3)} {'stands' if len(out) == 1 else 'stand'} out as well{rest}."


def _same_session(lead: Move) -> str:
    if not lead.shared:
        return ""
    n = len(lead.shared)
    return sentence_case(
        f"{count(n, 'other news item')} met the same session in {lead.short}, so prices cannot "
        "tell them apart."
    )


def _marks(lead: Move, event: Event) -> tuple[str, ...]:
    if lead.survives:
        first = "● stands out, also when all are judged together"
    elif lead.stands_out:
        first = "○ stands out alone, not when all are judged together"
    elif lead.decided:
        first = "does not stand out"
    else:
        first = "too few ordinary days to tell"
    doubt = (
        f"? the day is in doubt: {days(lead.candidates)}"
        if lead.ambiguous
        else ("the day is not in doubt")
    )
    other = len(event.confounders)
    news = (
        f"{count(other, 'other news item')} known for that day"
        if other
        else ("we know of no other news that day")
    )
    return (first, doubt, news)


def doubts(moves: Sequence[Move], event: Event, *, articles: bool) -> tuple[str, ...]:
    """Say what is in doubt about one event, a sentence each."""
    lead = leading(moves)
    out = [text if text.endswith(".") else f"{text}." for text in event.doubts]
    out += [_day_doubt(move) for move in moves if move.ambiguous and move.known]
    partial = [move for move in moves if move.status == "partial"]
    out += [f"{move.short}: {move.reason}.".replace("`", "") for move in partial]
    if event.confounders:
        many = number(len(event.confounders))
        out.append(
            f"Daily closes cannot part the news from the {many} other"
            f"{'s' if len(event.confounders) > 1 else ''} of that day."
        )
    if lead and lead.count and isfinite(lead.count.mde):
        out.append(f"Smaller effects would go unseen. {detectable([lead])}")
    late = [m.short for m in moves if m.known and m.benchmark_had_news and m is not lead]
    if late and moves[0].yardstick.symbol:
        stick = moves[0].yardstick.name
        out.append(
            f"{sentence_case(stick)} had met the news when {listing(late, most=4)} closed. What is "
            f"left there is beyond its reaction, too."
        )
    if articles:
        out.append(
            "Articles are written about days that moved. So this event was chosen partly for its "
            "outcome."
        )
    return tuple(out)


def _day_doubt(move: Move) -> str:
    which = days(move.candidates)
    verdict_ = "depends on which" if move.depends else "is the same for each"
    if len(move.candidates) < 2:
        return f"{move.short}: the news came close to the bell."
    return f"{move.short}: the day may be {which}; the verdict {verdict_}."


def event(store: StudyStore, seeds: Seeds, event_id: str) -> tuple[Sentence, ...]:
    """Return what one event did in every market, and what speaks against reading more into it."""
    record = seeds.event(event_id)
    figures = reaction_figures(store)
    mine = in_market_order(figures[figures["event_id"] == event_id], seeds)
    sentences: list[Sentence] = []
    split = {row["market"]: row for row in _overnight_rows(store, event_id)}
    for row in records(mine):
        sentences.extend(_market_sentences(row, seeds, store))
        if words := overnight_text(split.get(row["market"], {})):
            text = f"{seeds.market(row['market']).short}, day 0: {words}"
            sentences.append(Sentence(f"overnight-{event_id}-{row['market']}", text))
    if record.confounders:
        text = "Also in the news then: " + "; ".join(record.confounders) + "."
        sentences.append(Sentence(f"confounders-{event_id}", text, finding=False))
    else:
        sentences.append(
            Sentence(f"confounders-{event_id}", "No confounder is catalogued.", finding=False)
        )
    return tuple(sentences)


def _overnight_rows(store: StudyStore, event_id: str) -> list[Row]:
    return records(store.overnight[store.overnight["event_id"] == event_id])


def _market_sentences(row: Row, seeds: Seeds, store: StudyStore) -> list[Sentence]:
    market = seeds.market(row["market"])
    key = f"{row['event_id']}-{market.symbol}"
    if row["status"] not in USABLE:
        return [Sentence(f"not-computed-{key}", f"{market.short}: not computed. {row['reason']}.")]
    out = []
    moved = (
        f"{market.short} moved {percent(row['ret'])} on {day(row['day0'])}, "
        f"{percent(row['ar'])} beyond {normal_words(store, seeds, market.symbol)} "
        f"(standard error {size(row['se'])})"
    )
    if row["p_value"] <= STANDS_OUT:
        text = (
            f"{moved}: it stands out. Of {row['n_placebo']} comparable days, "
            f"{_beyond(row)} as unusual (placebo p = {p_value(row['p_value'])}; "
            f"{p_range(variants(row))} over the variants)."
        )
    else:
        text = (
            f"{moved}: an ordinary day "
            f"(placebo p = {p_value(row['p_value'])}; {p_range(variants(row))} over the variants). "
            f"Only {size(row['mde'])} or more would have been noticed four times in five."
        )
    out.append(Sentence(f"reaction-{key}", text, cites=_market_cites(row)))
    if row["ambiguous"]:
        out.append(_ambiguous_sentence(row, market.short, key))
    if row["shared_with"]:
        titles = [seeds.event(e).title for e in row["shared_with"].split(";")]
        text = (
            f"{market.short}: the same session is day 0 of {listing(titles, most=_TITLES)}; this "
            "is one reaction, not several."
        )
        out.append(Sentence(f"shared-{key}", text, finding=False))
    return out


def _market_cites(row: Row) -> tuple[Cite, ...]:
    figures = {
        "ret": percent(row["ret"]),
        "ar": percent(row["ar"]),
        "se": size(row["se"]),
        "p_value": p_value(row["p_value"]),
        "variants": p_range(variants(row)),
    }
    if row["p_value"] > STANDS_OUT:
        figures["mde"] = size(row["mde"])
    return _cited(row, figures)


def _cited(row: Row, figures: dict[str, str]) -> tuple[Cite, ...]:
    """Cite figures of one event in one market, by their names."""
    return tuple(
        Cite(text, rows.reaction(row["event_id"], row["market"], name))
        for name, text in figures.items()
    )


def _ambiguous_sentence(row: Row, short: str, key: str) -> Sentence:
    candidates = row["candidates"].split(";")
    main, largest = row["p_value"] <= STANDS_OUT, row["p_largest"] <= STANDS_OUT
    robust = main == largest
    verdict = "the verdict is the same for each" if robust else "the verdict depends on which"
    text = (
        f"{short}: the minute of the news is in doubt, so day 0 could be {days(candidates)}; "
        f"{verdict} (largest p {p_value(row['p_largest'])}, abnormal return on the likeliest day "
        f"{percent(row['ar'])})."
    )
    figures = {"p_largest": p_value(row["p_largest"]), "ar": percent(row["ar"])}
    return Sentence(f"ambiguous-{key}", text, cites=_cited(row, figures))


def _beyond(row: Row) -> str:
    n = round(row["p_value"] * (row["n_placebo"] + 1)) - 1
    return count(n, "was", "were")
