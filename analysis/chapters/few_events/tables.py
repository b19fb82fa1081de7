"""Few events, in figures: what survives, smaller samples, and the size of every test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.chapters.few_events.words import cells, of_article
from analysis.chapters.shared import rows as named
from analysis.chapters.shared.rows import Row, records
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
_SHORT = {True: "total", False: "beyond benchmark"}
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
    return Table.of(
        records(shown.head(most)),
        (
            ("Market, day 0", lambda r: f"{seeds.market(r['market']).short}, {day(r['day0'])}"),
            ("An event with this day 0", lambda r: seeds.event(r["event_id"]).title),
            ("Abnormal return", lambda r: percent(r["ar"], 2)),
            ("p alone", lambda r: p_value(r["p_single"])),
            ("p joint, step-down", lambda r: p_value(r["p_stepdown"])),
            ("p joint, catalogue moved as one", lambda r: p_value(r["p_circular"])),
            ("p placebo days", lambda r: p_value(r["p_placebo"])),
            ("Holm", lambda r: p_value(r["p_holm"])),
            ("Benjamini-Hochberg", lambda r: p_value(r["p_bh"])),
            ("Benjamini-Yekutieli", lambda r: p_value(r["p_by"])),
        ),
        caption=f"The most unusual {whose}among {len(found)} "
        f"{_REACTIONS.get(model, _BEYOND)}, alone and together",
        numeric=range(2, 10),
        note="Holm and the two after it adjust the p of placebo days. Family-wise p-values bound "
        "the chance of one false mark in the whole grid; the last two the share of false marks."
        + "".join(f" {sentence}." for sentence in out_of_reach(found["floor"])),
        name=lambda r: named.family(model, r["market"], r["day0"]),
    )


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
    lines = [
        row
        for _, part in rows.groupby(["scope", "model"], sort=True)
        for sample in names
        if sample in samples
        for row in records(part[part["sample"] == sample])
    ]

    def kind(row: Row) -> str:
        scope = str(row["scope"]).removeprefix("category:").replace("-", " ")
        return f"{sentence_case(scope)}, {names[row['sample']]}"

    return Table.of(
        lines,
        (
            ("Events", kind),
            ("Reaction", lambda r: _SHORT[r["model"] == TOTAL_REACTION]),
            ("Sessions", lambda r: str(r["n_sessions"])),
            ("Dates", lambda r: str(r["n_dates"])),
            ("Mean", lambda r: percent(r["estimate"], 2)),
            ("Joint placebo p", lambda r: p_value(r["p_joint_two_sided"])),
            ("Largest with one date left out", lambda r: p_value(r["p_high_left_out"])),
            ("Sign flips of dates", lambda r: p_value(r["p_sign_flip"])),
            ("Their floor", lambda r: p_value(r["sign_floor"])),
            ("Wild bootstrap (from 10 dates)", lambda r: p_value(r["p_wild"])),
        ),
        caption=f"In the direction {implied_by(seeds)}, over samples of events",
        numeric=range(2, 10),
        note=("All markets together. " if study.reactions["market"].nunique() > 1 else "")
        + f"Every p is two-sided{_WRITTEN_AFTER if seeds.articles else ''}. Events on neighbouring "
        "weekdays are one date.",
        name=lambda r: named.pooled(str(r["scope"]), str(r["model"]), str(r["sample"])),
    )


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
