"""Few events, in figures: what survives, smaller samples, and the size of every test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.chapters.few_events.words import cells, of_article
from analysis.chapters.shared import rows as named
from analysis.chapters.shared.table import Table, row_anchors
from analysis.chapters.shared.words import implied_by
from analysis.engine.inference.multiple import out_of_reach
from analysis.engine.models import TOTAL_REACTION
from analysis.wording import day, p_value, percent, sentence_case

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reactions.further import FurtherTables
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_NONE = "–"
SAMPLES = ("all", "unconfounded", "unambiguous")
"""Samples of events: all, those without a confounder, those whose day 0 is certain."""
_WRITTEN_AFTER = ": directions were read from what was written after the move"
_BEYOND = "reactions beyond the benchmark"
_REACTIONS = {TOTAL_REACTION: "total reactions"}
_PERIODS = {
    "all": "All quiet days",
    "calm": "Calm third",
    "middle": "Middle third",
    "turbulent": "Turbulent third",
    "shock_ahead": "Before the wildest week",
    "shock_in_estimation": "Wildest week in the estimation window",
}


def survivors_table(
    study: StudyStore,
    seeds: Seeds,
    *,
    model: str | None = None,
    article: str | None = None,
    most: int = 12,
) -> Table:
    """Return the most unusual reactions alone and as members of the whole grid.

    Parameters
    ----------
    study, seeds
        The figures, and names of events and markets.
    model
        Normal-return model; None for that of the study.
    article
        File name of an article, to show only reactions to its events; None for all.
    most
        How many reactions to show.
    """
    model = model or study.spec.study.model
    found = cells(study, model)
    shown = found if article is None else of_article(found, study, seeds, article)
    whose = "" if article is None else "of the article "
    shown = shown.head(most)
    rows = tuple(
        (
            f"{seeds.market(row['market']).short}, {day(row['day0'])}",
            seeds.event(row["event_id"]).title,
            percent(row["ar"], 2),
            *(
                p_value(row[name])
                for name in (
                    "p_single", "p_stepdown", "p_circular", "p_placebo", "p_holm", "p_bh", "p_by",
                )
            ),
        )
        for row in shown.to_dict("records")
    )  # fmt: skip
    return Table(
        caption=f"The most unusual {whose}among {len(found)} "
        f"{_REACTIONS.get(model, _BEYOND)}, alone and together",
        columns=(
            "Market, day 0", "An event with this day 0", "Abnormal return", "p alone",
            "p joint, step-down", "p joint, catalogue moved as one", "p placebo days", "Holm",
            "Benjamini-Hochberg", "Benjamini-Yekutieli",
        ),
        rows=rows,
        numeric=frozenset(range(2, 10)),
        note="Holm and the two after it adjust the p of placebo days. Family-wise p-values bound "
        "the chance of one false mark in the whole grid; the last two the share of false marks."
        + "".join(f" {sentence}." for sentence in out_of_reach(found["floor"])),
        anchors=row_anchors(
            named.family(model, row["market"], row["day0"])
            for row in shown.to_dict("records")
        ),
    )  # fmt: skip


def total_survivors_table(study: StudyStore, seeds: Seeds, *, most: int = 12) -> Table | None:
    """Return the same of whole moves; None where the study has no other reactions to show."""
    if study.spec.study.model == TOTAL_REACTION:
        return None
    return survivors_table(study, seeds, model=TOTAL_REACTION, most=most)


def samples_table(study: StudyStore, seeds: Seeds, *, samples: Sequence[str] = SAMPLES) -> Table:
    """Return signed means over samples of events, all markets joined.

    Parameters
    ----------
    study, seeds
        The figures, and names of events and markets.
    samples
        Which of `SAMPLES` to show.
    """
    rows = study.pooled[(study.pooled["market"] == "all") & (study.pooled["n_sessions"] > 0)]
    names = {"all": "all", "unconfounded": "no confounder", "unambiguous": "day 0 certain"}
    lines, anchors = [], []
    for (scope, model), part in rows.groupby(["scope", "model"], sort=True):
        for sample, words in names.items():
            if sample not in samples:
                continue
            for row in part[part["sample"] == sample].to_dict("records"):
                kind = str(scope).removeprefix("category:").replace("-", " ")
                anchors.append(named.pooled(str(scope), str(model), sample))
                lines.append(
                    (
                        f"{sentence_case(kind)}, {words}",
                        "total" if model == TOTAL_REACTION else "beyond benchmark",
                        str(row["n_sessions"]),
                        str(row["n_dates"]),
                        percent(row["estimate"], 2),
                        p_value(row["p_joint_two_sided"]),
                        p_value(row["p_high_left_out"]),
                        p_value(row["p_sign_flip"]),
                        p_value(row["sign_floor"]),
                        p_value(row["p_wild"]),
                    )
                )
    return Table(
        caption=f"In the direction {implied_by(seeds)}, over samples of events",
        columns=(
            "Events", "Reaction", "Sessions", "Dates", "Mean", "Joint placebo p",
            "Largest with one date left out", "Sign flips of dates", "Their floor",
            "Wild bootstrap (from 10 dates)",
        ),
        rows=tuple(lines),
        numeric=frozenset(range(2, 10)),
        note=("All markets together. " if study.reactions["market"].nunique() > 1 else "")
        + f"Every p is two-sided{_WRITTEN_AFTER if seeds.articles else ''}. Events on neighbouring "
        "weekdays are one date.",
        anchors=row_anchors(anchors),
    )  # fmt: skip


def sizes_table(further: FurtherTables, *, window: str = "[0,0]") -> Table:
    """Return the size of the tests of one event at 1, 5 and 10 %, with intervals.

    Parameters
    ----------
    further
        The second look at a study.
    window
        Tested window.
    """
    rows = further.table("sizes")
    rows = rows[(rows["model"] == further.study.spec.study.model) & (rows["window"] == window)]
    lines = []
    for (period, test), part in rows.groupby(["period", "test"], sort=False):
        cells_ = _size_cells(part, "n", "n_independent")
        label = f"{_PERIODS[str(period)]}: {str(test).replace('_', ' ')}"
        n_days = int(part.drop_duplicates("market")["n"].sum())
        name = named.quiet_days(str(test), str(period))
        lines.append((list(_PERIODS).index(str(period)), name, (label, str(n_days), *cells_)))
    lines.sort(key=lambda line: line[0])
    return Table(
        caption=f"Size on quiet days of the tests of one event, window {window}",
        columns=("Days and test", "Days", "at 1 %", "at 5 %", "at 10 %"),
        rows=tuple(line for *_, line in lines),
        numeric=frozenset({1, 2, 3, 4}),
        note="Share rejected, with an exact 95 % interval that counts days / window length as "
        "independent; volatility clustering makes it somewhat too narrow.",
        anchors=row_anchors(name for _, name, _ in lines),
    )


def pooled_sizes_table(further: FurtherTables, *, window: str = "[0,0]") -> Table:
    """Return the size of every test across events on pretended catalogues at 1, 5 and 10 %.

    Parameters
    ----------
    further
        The second look at a study.
    window
        Tested window.
    """
    rows = further.table("pooled_sizes")
    rows = rows[(rows["model"] == further.study.spec.study.model) & (rows["window"] == window)]
    lines = []
    for (test, n_sessions), part in rows.groupby(["test", "n_sessions"], sort=True):
        cells_ = _size_cells(part, "n_draws", "n_draws")
        name = f"{str(test).replace('_', ' ')}, {n_sessions} sessions"
        drawn = part.drop_duplicates("market")["n_draws"].sum()
        lines.append((name, str(int(drawn)), *cells_))
    return Table(
        caption=f"Size of the tests across events on pretended catalogues, window {window}",
        columns=("Test", "Catalogues", "at 1 %", "at 5 %", "at 10 %"),
        rows=tuple(lines),
        numeric=frozenset({1, 2, 3, 4}),
        note="Placebo draws of the catalogue, spacing kept, its markets moved as one. Where a test "
        "does not apply to so few sessions there is a dash.",
    )


def _size_cells(part: pd.DataFrame, counted: str, independent: str) -> list[str]:
    """Return the share rejected at every level, each with its interval."""
    from analysis.reactions.power import rejection_interval

    cells = []
    for _, at in part.groupby("level"):
        n, free = float(at[counted].sum()), float(at[independent].sum())
        share = float((at["rejected"].fillna(0) * at[counted]).sum() / n) if n else float("nan")
        cells.append(_share(share, *rejection_interval(share, free)) if n else _NONE)
    return cells


def _share(share: float, low: float, high: float) -> str:
    if math.isnan(share):
        return _NONE
    return f"{share * 100:.1f} % ({low * 100:.1f} to {high * 100:.1f})"
