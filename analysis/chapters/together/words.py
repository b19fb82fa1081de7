"""Whether the markets reacted together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.figures import STANDS_OUT
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.sentences import Cite, Sentence
from analysis.engine.models import TOTAL_REACTION, WITHOUT_BENCHMARK
from analysis.wording import (
    count,
    day,
    month,
    number,
    p_range,
    p_value,
    sentence_case,
    signed,
)

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds


def moved_together(store: StudyStore, seeds: Seeds) -> Sentence:
    """Say in one sentence whether reactions went together more than on other days.

    The mean correlation of all pairs is one answer with one p; single pairs stand in the table.
    """
    answers = _answers(store)
    if not answers:
        return Sentence("moved-together", _none(store), finding=False)
    parts, cites = [], []
    for place, (kind, row) in enumerate(answers.items()):
        text, found = _first(kind, row) if place == 0 else _then(kind, row)
        parts.append(text)
        cites.extend(found)
    return Sentence("moved-together", "; ".join(parts) + ".", cites=tuple(cites))


def together(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Say what the answer rests on, and what pairing by the clock changes."""
    ranges = [_range(kind, row) for kind, row in _answers(store).items()]
    return (
        moved_together(store, seeds),
        *(sentence for sentence in ranges if sentence is not None),
        *_clock_sentences(store.correlations, seeds),
    )


_WHAT = {"reaction_total": "total reactions", "reaction": "reactions beyond the benchmark"}


def _answers(store: StudyStore) -> dict[str, Row]:
    """Return the headline of total reactions, then of those beyond the benchmark, if any."""
    model, rows = store.spec.study.model, store.together
    rows = rows[rows["model"].isin([TOTAL_REACTION, model])]
    found = {row["kind"]: row for row in records(rows)}
    if model in WITHOUT_BENCHMARK:
        found.pop("reaction", None)
    return {kind: found[kind] for kind in _WHAT if kind in found}


def _none(store: StudyStore) -> str:
    if store.correlations.empty:
        return "One market alone cannot react together."
    return "Too few reactions are shared by two markets to say whether they go together."


def _verdict(row: Row) -> str:
    if not row["p_placebo"] <= STANDS_OUT:
        return "no more alike than at other moments"
    usual = row["placebo_median"] if not math.isnan(row["placebo_median"]) else 0.0
    return f"{'more' if row['mean_correlation'] > usual else 'less'} alike than at other moments"


def _mean(row: Row) -> str:
    pairs = int(row["n_market_pairs"])
    return "the correlation" if pairs == 1 else f"the mean correlation of {number(pairs)} pairs"


def _first(kind: str, row: Row) -> tuple[str, list[Cite]]:
    anchor, r, p = named.together(kind), signed(row["mean_correlation"]), p_value(row["p_placebo"])
    text = f"{sentence_case(_WHAT[kind])} went {_verdict(row)}: {_mean(row)} of markets is {r}"
    if math.isnan(row["placebo_low"]):
        return f"{text} (p = {p}; {count(int(row['n_dates']), 'date')}, too few for a range)", [
            Cite(r, anchor), Cite(p, anchor),
        ]  # fmt: skip
    usual = f"{signed(row['placebo_low'])} to {signed(row['placebo_high'])}"
    text += f", at as many other moments {usual} (p = {p})"
    return text, [Cite(each, anchor) for each in (r, usual, p)]


def _then(kind: str, row: Row) -> tuple[str, list[Cite]]:
    anchor, r, p = named.together(kind), signed(row["mean_correlation"]), p_value(row["p_placebo"])
    return f"{_WHAT[kind]} {_verdict(row)} ({r}, p = {p})", [Cite(r, anchor), Cite(p, anchor)]


def _range(kind: str, row: Row) -> Sentence | None:
    """Say how far the answer moves without any one date and any one month; None without ranges."""
    if math.isnan(row["low_left_out"]):
        return None
    spread = f"{signed(row['low_left_out'])} to {signed(row['high_left_out'])}"
    mean = signed(row["mean_correlation"])
    text = (
        f"{sentence_case(_WHAT[kind])}: the mean of {mean} is {spread} without any one date "
        f"(p {p_range([row['p_low_left_out'], row['p_high_left_out']])}, largest without "
        f"{day(row['date_left_out'])})"
    )
    if not math.isnan(row["low_month_out"]):
        p = p_range([row["p_low_month_out"], row["p_high_month_out"]])
        worst = month(row["month_left_out"])
        text += (
            f"; without any one month {signed(row['low_month_out'])} to "
            f"{signed(row['high_month_out'])} (p {p}, largest without {worst})"
        )
    return Sentence(f"without-{kind}", text + ".", cites=(Cite(mean, named.together(kind)),))


def _clock_sentences(rows: pd.DataFrame, seeds: Seeds) -> list[Sentence]:
    clock = rows[rows["kind"] == "normal_clock"].set_index(["market_a", "market_b"])
    dates = rows[rows["kind"] == "normal_same_date"].set_index(["market_a", "market_b"])
    gain = (clock["pearson"] - dates["pearson"]).sort_values(ascending=False)
    if gain.empty or not gain.notna().any():
        return []
    a, b = gain.index[0]
    figures = tuple(signed(frame.loc[(a, b), "pearson"]) for frame in (clock, dates))
    text = (
        f"On ordinary days the clock matters most between {seeds.market(a).short} and "
        f"{seeds.market(b).short}: paired by the clock their returns correlate "
        f"{figures[0]}, paired by calendar date {figures[1]}."
    )
    drawn = named.figure("clock-and-date")
    return [Sentence("clock", text, cites=tuple(Cite(text, drawn) for text in figures))]
