"""Specification curves as wholes, and overlaps, in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.chapters.robustness.words import curve_tests
from analysis.chapters.shared import rows as named
from analysis.chapters.shared.rows import records
from analysis.chapters.shared.table import Table
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
    return Table.of(
        records(rows),
        (
            (
                "Market, window",
                lambda r: f"{further.seeds.market(r['market']).short}, {r['window']}",
            ),
            ("Reaction", lambda r: str(r["estimand"])),
            ("Day 0", lambda r: day(r["day0"]) + " (other candidate)" * bool(r["candidate"])),
            ("Median", lambda r: percent(r["median"], 2)),
            ("Range", lambda r: f"{percent(r['low'])} to {percent(r['high'])}"),
            ("Same sign", lambda r: size(r["share_sign"], 0)),
            ("Significant too", lambda r: size(r["share_significant"], 0)),
            ("p of the median", lambda r: p_value(r["p_median"])),
            ("p of the share", lambda r: p_value(r["p_share"])),
            ("p of the mean", lambda r: p_value(r["p_mean"])),
            ("Specifications", lambda r: str(r["n_specifications"])),
        ),
        caption=f"Specification curves: {further.seeds.event(event_id).title}",
        numeric=range(3, 11),
        note="p-values hold the whole curve against the curves of quiet sessions.",
        name=lambda r: named.curve(r["market"], r["estimand"], r["window"], r["day0"]),
    )


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
    return Table.of(
        records(rows),
        (
            (
                "Market, day 0",
                lambda r: f"{further.seeds.market(r['market']).short}, {day(r['day0'])}",
            ),
            ("An event with this day 0", lambda r: further.seeds.event(r["event_id"]).title),
            ("Others with this day 0", lambda r: str(r["n_same_day0"])),
            ("Others inside [0,+1]", lambda r: str(r["n_in_window"])),
            ("Other dates in the estimation window", lambda r: str(r["n_dates_in_estimation"])),
            (
                "Estimation window",
                lambda r: f"{day(r['estimation_start'])} to {day(r['estimation_end'])}",
            ),
        ),
        caption="Most other events in the estimation window",
        numeric=(2, 3, 4),
        name=lambda r: named.overlap(r["market"], r["day0"]),
    )
