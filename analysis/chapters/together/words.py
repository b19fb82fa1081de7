"""Whether the markets reacted together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.figures import STANDS_OUT, TOTAL_REACTION
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.sentences import Cite, Sentence
from analysis.wording import listing, number, p_value, signed

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds


def moved_together(store: StudyStore, seeds: Seeds) -> Sentence:
    """Say in one sentence whether reactions went together more than on other days."""
    rows = store.correlations
    total = rows[(rows["kind"] == "reaction_total") & (rows["model"] == TOTAL_REACTION)]
    beyond = rows[(rows["kind"] == "reaction") & (rows["model"] == store.spec.study.model)]
    if total.empty:
        return Sentence("moved-together", "One market alone cannot react together.", finding=False)
    largest = records(total.sort_values("p_placebo", kind="stable"))[0]
    elsewhere = f"{signed(largest['placebo_low'])} to {signed(largest['placebo_high'])}"
    text = (
        f"In their total reactions {number(_alike(total), none='none')} of {number(len(total))} "
        f"pairs of markets moved more alike than at as many other moments (most clearly "
        f"{_pair(largest, seeds)}: correlation {signed(largest['pearson'])}, "
        f"elsewhere {elsewhere}, p = {p_value(largest['p_placebo'])}; by ranks "
        f"{number(_alike(total, 'spearman'), none='none')}); beyond the benchmark "
        f"{number(_alike(beyond), none='none')} of {number(len(beyond))} did."
    )
    return Sentence("moved-together", text, cites=_cites(largest, elsewhere))


def together(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Say of every pair whether reactions go together, against what the pair does otherwise."""
    rows, model = store.correlations, store.spec.study.model
    total = rows[(rows["kind"] == "reaction_total") & (rows["model"] == TOTAL_REACTION)]
    beyond = rows[(rows["kind"] == "reaction") & (rows["model"] == model)]
    return (
        moved_together(store, seeds),
        *(_pair_sentence(row, seeds, "total reactions") for row in records(total)),
        *(_pair_sentence(row, seeds, "reactions beyond the benchmark") for row in records(beyond)),
        *_clock_sentences(rows, seeds),
    )


def _pair_sentence(row: Row, seeds: Seeds, what: str) -> Sentence:
    unusual = row["p_placebo"] <= STANDS_OUT
    verdict = "more alike" if row["pearson"] > row["placebo_median"] else "less alike"
    elsewhere = f"{signed(row['placebo_low'])} to {signed(row['placebo_high'])}"
    text = (
        f"{_pair(row, seeds)}, {what}: correlation {signed(row['pearson'])} over {row['n']} "
        f"distinct pairs of sessions; at as many placebo moments the middle 95 % is "
        f"{elsewhere} (p = {p_value(row['p_placebo'])}): "
        f"{verdict + ' than on other days' if unusual else 'no more than on other days'}."
    )
    name = f"{row['kind']}-{row['market_a']}-{row['market_b']}"
    return Sentence(name, text, cites=_cites(row, elsewhere))


def _cites(row: Row, elsewhere: str) -> tuple[Cite, ...]:
    name = named.correlation(row["kind"], row["market_a"], row["market_b"])
    figures = (signed(row["pearson"]), elsewhere, p_value(row["p_placebo"]))
    return tuple(Cite(text, name) for text in figures)


def _pair(row: Row, seeds: Seeds) -> str:
    return listing([seeds.market(row[side]).short for side in ("market_a", "market_b")])


def _alike(rows: pd.DataFrame, statistic: str = "pearson") -> int:
    """Count pairs that are more alike than at placebo moments, by values or by ranks."""
    p = rows["p_placebo" if statistic == "pearson" else "p_placebo_spearman"]
    return int(((p <= STANDS_OUT) & (rows[statistic] > rows["placebo_median"])).sum())


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
