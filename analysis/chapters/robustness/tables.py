"""Specification curves as wholes, and overlaps, in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.chapters.robustness.words import curve_tests
from analysis.chapters.shared import rows as named
from analysis.chapters.shared.table import Table, row_anchors
from analysis.wording import day, p_value, percent, size

if TYPE_CHECKING:
    from analysis.reactions.further import FurtherTables


def curves_table(further: FurtherTables, event_id: str) -> Table:
    """Return the curve tests of one event: every market, estimand, window and day-0 candidate.

    Parameters
    ----------
    further
        The second look at a study.
    event_id
        The event.
    """
    rows = curve_tests(further)
    rows = rows[rows["event_id"] == event_id]
    lines = tuple(
        (
            f"{further.seeds.market(row['market']).short}, {row['window']}",
            str(row["estimand"]),
            day(row["day0"]) + (" (other candidate)" if row["candidate"] else ""),
            percent(row["median"], 2),
            f"{percent(row['low'])} to {percent(row['high'])}",
            size(row["share_sign"], 0),
            size(row["share_significant"], 0),
            p_value(row["p_median"]),
            p_value(row["p_share"]),
            p_value(row["p_mean"]),
            str(row["n_specifications"]),
        )
        for row in rows.to_dict("records")
    )
    return Table(
        caption=f"Specification curves: {further.seeds.event(event_id).title}",
        columns=(
            "Market, window", "Reaction", "Day 0", "Median", "Range", "Same sign",
            "Significant too", "p of the median", "p of the share", "p of the mean",
            "Specifications",
        ),
        rows=lines,
        numeric=frozenset(range(3, 11)),
        note="p-values hold the whole curve against the curves of quiet sessions.",
        anchors=row_anchors(
            named.curve(row["market"], row["estimand"], row["window"], row["day0"])
            for row in rows.to_dict("records")
        ),
    )  # fmt: skip


def overlaps_table(further: FurtherTables, *, most: int = 12) -> Table:
    """Return the reactions whose estimation windows hold most other event dates.

    Parameters
    ----------
    further
        The second look at a study.
    most
        How many reactions to show.
    """
    rows = further.table("overlaps").drop_duplicates(["market", "day0"])
    rows = rows.sort_values("n_dates_in_estimation", ascending=False, kind="stable").head(most)
    lines = tuple(
        (
            f"{further.seeds.market(row['market']).short}, {day(row['day0'])}",
            further.seeds.event(row["event_id"]).title,
            str(row["n_same_day0"]),
            str(row["n_in_window"]),
            str(row["n_dates_in_estimation"]),
            f"{day(row['estimation_start'])} to {day(row['estimation_end'])}",
        )
        for row in rows.to_dict("records")
    )
    return Table(
        caption="Most other events in the estimation window",
        columns=(
            "Market, day 0", "An event with this day 0", "Others with this day 0",
            "Others inside [0,+1]",
            "Other dates in the estimation window", "Estimation window",
        ),
        rows=lines,
        numeric=frozenset({2, 3, 4}),
        anchors=row_anchors(
            named.overlap(row["market"], row["day0"]) for row in rows.to_dict("records")
        ),
    )  # fmt: skip
