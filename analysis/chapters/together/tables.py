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
    return Table.of(
        records(found.coverage.reset_index()),
        (
            ("Event days", lambda r: r["window"]),
            ("Truth", lambda r: percent(r["truth"], 2)),
            ("Mean estimate", lambda r: percent(r["mean_estimate"], 2)),
            (
                "Monte-Carlo interval",
                lambda r: f"{percent(r['estimate_low'], 2)} to {percent(r['estimate_high'], 2)}",
            ),
            ("Coverage of 95 % intervals", lambda r: size(r["coverage"])),
            (
                "Monte-Carlo interval ",
                lambda r: f"{size(r['coverage_low'])} to {size(r['coverage_high'])}",
            ),
        ),
        caption="The effect put in, and found",
        numeric=range(1, 6),
        name=lambda r: named.coverage(r["window"]),
    )


def size_table(found: Recovery) -> Table:
    """Return how often each test rejects in simulated markets without an effect."""
    return Table.of(
        records(found.size.reset_index()),
        (
            ("Test", lambda r: r["test"]),
            ("Event days", lambda r: r["window"]),
            ("Rejects", lambda r: size(r["size"])),
            ("Monte-Carlo interval", lambda r: f"{size(r['low'])} to {size(r['high'])}"),
            ("Markets", lambda r: str(r["n_panels"])),
        ),
        caption=f"How often a test rejects where there is nothing, at {size(found.level, 0)}",
        numeric=(2, 3, 4),
        name=lambda r: named.size(r["window"], r["test"]),
    )
