"""What the files of a table study show that may change how its figures are read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.chapters.shared.table import Table
from analysis.chapters.study.told import Told
from analysis.engine.rows import window_text
from analysis.reactions.table_study import LONGEST_STEP
from analysis.wording import count, day, listing, sentence_case, signed_percent, size

_LARGE = 0.4
"""A move from one price to the next that few make without a split, an offer or a misprint."""
_FEWEST_DATES, _CLEAR = 10, 2.6
"""Dates from which sizes of two days are compared, and the t at which they differ: 1 in 100."""
_NAMED = 4
Finding = tuple[str, str, str]


def findings_table(told: Told) -> Table | None:
    """Return one row a finding: what was seen, and what that means for the figures."""
    rows = tuple(_findings(told))
    if not rows:
        return None
    return Table(
        caption="What the files show", columns=("Finding", "Seen", "What follows"), rows=rows,
        kind="blocks",
    )  # fmt: skip


def _findings(told: Told) -> Iterator[Finding]:
    result, window = told.study.result, told.judged.window
    days = result.panel.label
    n, dates = len(result.distinct), told.judged.main.by_date.n_clusters
    dated = days.ndim == 1 and not told.study.in_event_time
    if dated:
        yield from _calendar(days)
        yield from _late(told)
    if n > dates > 0:
        yield (
            "Shared dates",
            f"{sentence_case(count(n, 'event'))} on {count(dates, 'date')}.",
            "Tests that need independent events say so.",
        )
    if days.ndim == 1 and dates > 1:
        rows = np.unique(result.distinct.row)
        close = np.diff(rows) <= window[1] - window[0]
        meets = rows[np.r_[False, close] | np.r_[close, False]]
        share = int(np.isin(result.distinct.row, meets).sum())
        if share:
            yield (
                "Windows that meet",
                f"{share:,} of {count(n, 'event')} share days of {window_text(window)} with events "
                "of another date.",
                "Dates are not independent of each other there"
                + ("." if told.judged.why_no_calendars else "; placebo calendars keep that."),
            )
    if dated:
        yield from _large(told, days)
        yield from _ends(told, days)
    groups = told.study.table.groups
    if groups:
        yield (
            "Columns",
            f"{listing([f'“{name}”' for name in groups])} made groups.",
            "The first that makes two is compared in the answer."
            if told.gap is not None
            else "None makes two groups that could be compared in the answer.",
        )


def _calendar(days: npt.NDArray[np.datetime64]) -> Iterator[Finding]:
    whole = days.astype("datetime64[D]")
    weekend = np.isin((whole.astype(np.int64) + 3) % 7, (5, 6)).mean()
    apart = int(np.median(np.diff(whole).astype(int))) if len(days) > 1 else 1
    if apart > LONGEST_STEP:
        yield ("Not daily", f"Prices stand {apart} days apart.",
               "A day of a window is a step of that length.")  # fmt: skip
    elif weekend > 0.2 and (whole == days).all():  # two days in seven are .29
        yield (
            "Days, not sessions",
            f"Prices stand on {len(days):,} days, weekends included.",
            "A day of a window is a calendar day.",
        )


def _late(told: Told) -> Iterator[Finding]:
    """Compare sizes of moves on day 0 with those of the days beside it, date by date."""
    if "clock" in told.study.table.columns:
        return
    distinct = told.study.result.distinct
    first, last = told.study.spec.event_window
    for other, word in ((1, "late"), (-1, "early")):
        if not first <= other <= last:
            continue
        both = [-first, other - first]
        moves, swings = np.abs(distinct.ar[:, both]), np.abs(distinct.sar[:, both])
        by_date = pd.DataFrame(swings[:, 1] - swings[:, 0]).groupby(distinct.row).mean()[0].dropna()
        spread = by_date.std(ddof=1)
        if len(by_date) < _FEWEST_DATES or not spread > 0:
            continue
        if by_date.mean() / spread * np.sqrt(len(by_date)) > _CLEAR:
            at, beside = np.nanmean(moves, axis=0)
            yield (
                f"Perhaps a day {word}",
                f"Moves beyond the usual are larger on day {other:+d} ({size(beside)} on "
                f"average) than on day 0 ({size(at)}).".replace("-1", "−1"),
                "Nothing was shifted; [0, 0] should not be read alone.",
            )


def _large(told: Told, days: npt.NDArray[np.datetime64]) -> Iterator[Finding]:
    panel = told.study.result.panel
    used = np.unique(told.study.result.distinct.column)
    moves = np.where(np.isfinite(panel.returns[:, used]), panel.returns[:, used], 0.0)
    n = int((np.abs(moves) > _LARGE).sum())
    if n:
        row, column = np.unravel_index(int(np.abs(moves).argmax()), moves.shape)
        yield (
            "Large moves",
            f"{sentence_case(count(n, 'move'))} beyond {size(_LARGE, 0)}, the largest "
            f"{panel.securities[used[column]]} {signed_percent(moves[row, column], 0)} on "
            f"{day(str(days[row])[:10])}.",
            "Kept.",
        )


def _ends(told: Told, days: npt.NDArray[np.datetime64]) -> Iterator[Finding]:
    panel = told.study.result.panel
    used = np.unique(told.study.result.distinct.column)
    there = np.isfinite(panel.returns[:, used])
    last = len(days) - 1 - there[::-1].argmax(axis=0)
    inside = int((last + 1 - there.argmax(axis=0) - there.sum(axis=0)).sum())
    early = np.flatnonzero(last < last.max())
    names = [f"{panel.securities[used[i]]} on {day(str(days[last[i]])[:10])}"
             for i in early[np.argsort(last[early], kind="stable")]]  # fmt: skip
    seen = [f"Prices end early of {listing(names, most=_NAMED)}."] if names else []
    if inside:
        seen.append(
            f"{sentence_case(count(inside, 'return'))} {'is' if inside == 1 else 'are'} missing "
            "inside."
        )
    if seen:
        yield (
            "Ends and gaps",
            " ".join(seen),
            "Nothing was filled: an event counts in the windows whose days are there.",
        )
