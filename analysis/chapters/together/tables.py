"""How reactions go together, and what simulated markets say of the method, in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.pairs import ROWS, of_pairs
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.table import Table, row_anchors
from analysis.engine.models import WITHOUT_BENCHMARK
from analysis.wording import count, p_value, percent, signed, size

if TYPE_CHECKING:
    from analysis.engine.recovery import Recovery
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_KINDS = {"reaction_total": "total", "reaction": "beyond the benchmark"}


def correlations_table(study: StudyStore, seeds: Seeds) -> Table:
    """Return the correlations of reactions with what placebo moments give."""
    rows = study.correlations
    model = study.spec.study.model
    rows = rows[
        (rows["kind"] == "reaction_total")
        | ((rows["kind"] == "reaction") & (rows["model"] == model))
    ]
    kinds = ["reaction_total"] if model in WITHOUT_BENCHMARK else list(_KINDS)
    every, rows = rows, of_pairs(rows, study, ROWS, ("market_a", "market_b"))
    both = ["market_a", "market_b"]
    both = ["market_a", "market_b"]
    left = len(every[both].drop_duplicates()) - len(rows[both].drop_duplicates())
    shown = [row for kind in kinds for row in records(rows[rows["kind"] == kind])]
    means = [row for kind in kinds for row in records(study.together) if row["kind"] == kind]
    cells = [_mean_cells(row) for row in means] + [
        (
            f"{seeds.market(row['market_a']).short} and {seeds.market(row['market_b']).short}",
            _KINDS[row["kind"]],
            str(row["n"]),
            signed(row["pearson"]),
            signed(row["spearman"]),
            size(row["share_same_sign"], 0),
            f"{signed(row['placebo_low'])} to {signed(row['placebo_high'])}",
            p_value(row["p_placebo"]),
            p_value(row["p_placebo_spearman"]),
        )
        for row in shown
    ]
    return Table(
        caption="Correlation of day-0 reactions in standard errors, and of as many placebo moments",
        columns=(
            "Markets", "Reaction", "Pairs", "Pearson", "Spearman", "Same sign",
            "Placebo, middle 95 %", "p, Pearson", "p, Spearman",
        ),
        rows=tuple(cells),
        numeric=frozenset(range(2, 9)),
        note="Over distinct pairs of day 0s; the first rows are the mean over all pairs, which is "
        "the answer: of single pairs some look alike by chance. p: two-sided, from placebo "
        "moments that keep the spacing of the events and their time of day; none holds an event."
        + (f" Left out: {count(left, 'less unusual pair')}, in correlations.csv." if left else ""),
        anchors=row_anchors(
            [
                *(named.together(row["kind"]) for row in means),
                *(named.correlation(r["kind"], r["market_a"], r["market_b"]) for r in shown),
            ]
        ),
    )  # fmt: skip


def _mean_cells(row: Row) -> tuple[str, ...]:
    known = pd.notna(row["placebo_low"])
    return (
        "All pairs, mean",
        _KINDS[row["kind"]],
        f"{row['n_dates']} dates",
        signed(row["mean_correlation"]),
        "",
        "",
        f"{signed(row['placebo_low'])} to {signed(row['placebo_high'])}" if known else "–",
        p_value(row["p_placebo"]),
        "",
    )


def coverage_table(found: Recovery) -> Table:
    """Return truth, mean estimate and coverage of simulated markets, by window."""
    rows = [
        (
            row["window"],
            percent(row["truth"], 2),
            percent(row["mean_estimate"], 2),
            f"{percent(row['estimate_low'], 2)} to {percent(row['estimate_high'], 2)}",
            size(row["coverage"]),
            f"{size(row['coverage_low'])} to {size(row['coverage_high'])}",
        )
        for row in records(found.coverage.reset_index())
    ]
    return Table(
        caption="The effect put in, and found",
        columns=("Event days", "Truth", "Mean estimate", "Monte-Carlo interval",
                 "Coverage of 95 % intervals", "Monte-Carlo interval "),
        rows=tuple(rows),
        numeric=frozenset(range(1, 6)),
        anchors=row_anchors(named.coverage(row[0]) for row in rows),
    )  # fmt: skip


def size_table(found: Recovery) -> Table:
    """Return how often each test rejects in simulated markets without an effect."""
    rows = [
        (
            row["test"],
            row["window"],
            size(row["size"]),
            f"{size(row['low'])} to {size(row['high'])}",
            str(row["n_panels"]),
        )
        for row in records(found.size.reset_index())
    ]
    return Table(
        caption=f"How often a test rejects where there is nothing, at {size(found.level, 0)}",
        columns=("Test", "Event days", "Rejects", "Monte-Carlo interval", "Markets"),
        rows=tuple(rows),
        numeric=frozenset({2, 3, 4}),
        anchors=row_anchors(named.size(window, test) for test, window, *_ in rows),
    )
