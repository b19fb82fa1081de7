"""What holds over every admissible specification, and which events contaminate which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.figures import STANDS_OUT
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.sentences import Cite, Sentence
from analysis.engine.models import WITHOUT_BENCHMARK
from analysis.reactions.robustness import ESTIMANDS
from analysis.wording import count, day, listing, number, p_value, percent, size

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reactions.further import FurtherTables

_SHOWN = 6


def curve_tests(further: FurtherTables) -> pd.DataFrame:
    """Return the tests of curves; of a study without a benchmark, those of total reactions."""
    rows = further.table("curve_tests")
    return rows[rows["estimand"].isin(told_estimands(further))]


def told_estimands(further: FurtherTables) -> tuple[str, ...]:
    """Return what the pages of a run speak of: nothing beyond a benchmark it has not."""
    without = further.study.spec.study.model in WITHOUT_BENCHMARK
    return ESTIMANDS[:1] if without else ESTIMANDS


def curve_of(further: FurtherTables, event_id: str) -> tuple[Sentence, ...]:
    """Say of one event what its specification curves show on day 0, market by market."""
    rows = curve_tests(further)
    rows = rows[(rows["event_id"] == event_id) & (rows["window"] == "[0,0]") & ~rows["candidate"]]
    return tuple(
        Sentence(
            f"curve-{row['market']}-{row['estimand'].split()[0]}",
            f"{further.seeds.market(row['market']).short}, {row['estimand']}: "
            f"{percent(row['low'])} to {percent(row['high'])} "
            f"over {row['n_specifications']} specifications, "
            f"{size(row['share_sign'], 0)} with the sign of the median ({percent(row['median'])}) "
            f"and {size(row['share_significant'], 0)} significant as well. As a whole the curve is "
            f"{'unusual' if _p(row) <= STANDS_OUT else 'not unusual'} among those of "
            f"{row['n_placebo']} placebo sessions (median {p_value(row['p_median'])}, share "
            f"{p_value(row['p_share'])}, mean {p_value(row['p_mean'])}).",
            cites=_cites(row),
        )
        for row in records(rows)
    )


def _cites(row: Row) -> tuple[Cite, ...]:
    name = named.curve(row["market"], row["estimand"], row["window"], row["day0"])
    figures = (
        f"{percent(row['low'])} to {percent(row['high'])}",
        percent(row["median"]),
        *(p_value(row[p]) for p in ("p_median", "p_share", "p_mean")),
    )
    return tuple(Cite(text, name) for text in figures)


def _p(row: Row) -> float:
    """Return the largest of the three p-values: all must agree."""
    return float(max(row["p_median"], row["p_share"], row["p_mean"]))


def curves(further: FurtherTables) -> tuple[Sentence, ...]:
    """Say how many curves are unusual as a whole, and which."""
    rows = curve_tests(further)
    rows = rows[(rows["window"] == "[0,0]") & ~rows["candidate"]]
    rows = rows.drop_duplicates(["market", "day0", "estimand"])
    rows = rows.assign(p=rows[["p_median", "p_share", "p_mean"]].max(axis=1))
    out = []
    for estimand, part in rows.groupby("estimand", sort=False):
        marked = part[part["p"] <= STANDS_OUT].sort_values("p", kind="stable")
        words = [
            f"{further.seeds.market(row['market']).short} on {day(row['day0'])} "
            f"({percent(row['low'])} to {percent(row['high'])})"
            for row in records(marked)
        ]
        text = (
            f"{str(estimand).capitalize()}: {number(len(marked), none='none')} of "
            f"{count(len(part), 'curve')} {'is' if len(marked) == 1 else 'are'} unusual as a whole "
            f"by all three tests at 5 %, where "
            f"chance alone would make at most about {len(part) * STANDS_OUT:.0f}"
            + (f": {listing(words, most=_SHOWN)}." if words else ".")
        )
        cites = tuple(
            Cite(f"{percent(row['low'])} to {percent(row['high'])}", named.figure("curves"))
            for row in records(marked)[:_SHOWN]
        )
        out.append(Sentence(f"curves-{str(estimand).split()[0]}", text, cites=cites))
    return tuple(out)


def overlaps(further: FurtherTables) -> tuple[Sentence, ...]:
    """Say how much the events overlap; this holds whatever the prices did."""
    rows = further.table("overlaps")
    if rows.empty:
        return ()
    shared, near = int((rows["n_same_day0"] > 0).sum()), int((rows["n_in_window"] > 0).sum())
    text = (
        f"Of {len(rows)} reactions {shared} share their day 0 with another event and {near} have "
        f"another day 0 inside [0,+1]; the estimation window of the median reaction holds "
        f"{rows['n_dates_in_estimation'].median():.0f} other event dates, of the worst "
        f"{rows['n_dates_in_estimation'].max()}."
    )
    worst = records(rows.sort_values("n_dates_in_estimation", ascending=False, kind="stable"))[0]
    name = named.overlap(worst["market"], worst["day0"])
    cites = (Cite(f"the worst {worst['n_dates_in_estimation']}", name),)
    return (Sentence("overlaps", text, finding=False, cites=cites),)
