"""Tables of the page of a table study."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd

from analysis.chapters.shared.block import Block
from analysis.chapters.shared.sentences import Said, Sentence, say
from analysis.chapters.shared.table import Table
from analysis.chapters.shared.voice import Term, Words
from analysis.chapters.study.told import Told
from analysis.chapters.study.words import fine, minus, plural, points, yardstick
from analysis.engine.inference.alternative import one_tail
from analysis.engine.inference.clustered import clustered_mean
from analysis.engine.journal import LEVELS
from analysis.engine.rows import window_text
from analysis.wording import count, p_value, sentence_case, signed

_NONE = "–"
#: Events shown at once, and in all; the rest is in event_outcomes.csv.
FIRST, MOST = 12, 300


def _folded(summary: str, inner: str, *frames: pd.DataFrame) -> Block:
    """Return something that opens on demand."""
    return Block(f"<details><summary>{escape(summary)}</summary>{inner}</details>", frames)


def _nothing(name: str, words: str) -> Said:
    return say(Sentence(name, words, finding=False))


def ladder_table(told: Told) -> Table:
    """Return the ladder of the page's window."""
    found = told.judged.main
    rows = []
    for rung in found.rungs:
        errs = f"{100 * rung.rejects:.1f} in 100, {rung.verdict}" if rung.n_calendars else _NONE
        rows.append(
            (
                rung.title
                + (" (read this one)" if told.tested and rung.code == found.read else ""),
                signed(rung.statistic),
                p_value(rung.p_value) if not rung.reason else rung.reason,
                errs,
                "; ".join(filter(None, (rung.assumes, rung.flag))),
            )
        )
    return Table(
        caption=f"Six ways to judge {fine(told.beyond)} points in {window_text(found.window)}",
        columns=("Judged by", "Statistic", found.p_name, "Below .05 when nothing happened",
                 "Assumes"),
        rows=tuple(rows),
        numeric=frozenset({1, 2}),
        kind="blocks",
        note=f"Counted on {found.n_calendars:,} placebo calendars (sign flip on 600, the last two "
        "on fewer)." if any(r.n_calendars for r in found.rungs) else told.judged.why_no_calendars,
    )  # fmt: skip


def paper_table(told: Told) -> Table:
    """Return the table as journals print it."""
    table = told.judged.table
    rows = [*table.rows, *table.foot]
    return Table(
        caption=table.caption,
        columns=("Window", *table.columns),
        rows=tuple(tuple(row) for row in rows),
        numeric=frozenset(range(1, len(table.columns) + 1)),
        note=f"{minus(table.note)}{_stars_words(told)}",
    )


def _stars_words(told: Told) -> str:
    """Say how many stars the naive test would give, where placebo calendars give others."""
    if told.judged.why_no_calendars:
        return ""
    table, result, naive = told.judged.table, told.study.result, 0
    for window in told.judged.ladders:
        car = result.window_sums_of_distinct(window).car
        members = {"All": np.ones(len(car), dtype=bool)}
        for groups in told.judged.groups:
            if groups.window == window and set(groups.members) <= set(table.columns):
                members |= groups.members
        for inside in members.values():
            some = car[inside]
            alone = clustered_mean(some, np.arange(len(some)))  # the naive t: no two share a date
            p = one_tail(alone.p_value, alone.statistic, result.spec.alternative)
            naive += sum(p < level for level, _ in LEVELS)
    at = [n for n, name in enumerate(table.columns, start=1) if name != "Difference"]
    n = sum(row[place].count("*") for row in table.rows for place in at)
    if naive == n:
        return ""
    earned = "none is earned" if n == 0 else f"{count(n, 'is', 'are')} earned"
    return f" Stars: {earned}; by the naive test the table would carry {naive} beside differences."


def latex_of(told: Told) -> Block:
    """Return the table as LaTeX, to copy."""
    text = escape(told.judged.table.to_latex())  # wider than a phone: scrolled by keyboard, too
    button = '<button type="button" class="copy noprint" hidden>Copy as LaTeX</button>'
    return _folded("Show the LaTeX", f'{button}<pre tabindex="0"><code>{text}</code></pre>')


def groups_table(told: Told) -> Table | Said:
    """Return the groups of the page's window, of every column that makes some."""
    rows, several = [], len({groups.column for groups in told.judged.groups}) > 1
    for groups in told.judged.groups:
        if groups.window != told.judged.window:
            continue
        for name, row in groups.table.iterrows():
            inside = groups.members[str(name)]
            moved, left = (float(np.nanmean(some[inside])) for some in (told.moves, told.cars))
            rows.append(
                (
                    f"{groups.column}: {name}" if several else str(name),
                    f"{int(row['n_events']):,}", f"{int(row['n_dates']):,}", points(moved),
                    points(moved - left), points(row["estimate"]),
                    f"{points(row['low'])} to {points(row['high'])}", p_value(row["p"]),
                )
            )  # fmt: skip
        rows += [
            (f"{gap.first} less {gap.second}", "", "", "", "", points(gap.estimate),
             f"{points(gap.low)} to {points(gap.high)}", p_value(gap.p_value))
            for gap in groups.differences
            if np.isfinite(gap.p_value)
        ]  # fmt: skip
    if not rows:
        return _nothing("groups", "No column of the events puts them into groups.")
    return Table(
        caption=f"Groups in {window_text(told.judged.window)}, points beyond",
        columns=(
            "Group",
            "Events",
            "Dates",
            "Moved",
            "Usual",
            "Beyond",
            "95 % range",
            f"{told.judged.main.p_name} by date",
        ),
        rows=tuple(rows),
        numeric=frozenset({1, 2, 3, 4, 5, 7}),
        note="Means of groups weigh events; their difference weighs dates (Welch).",
    )


def beside_table(told: Told) -> Table | None:
    """Return the mean of the page's window against every benchmark that was asked for."""
    study, window = told.study, told.judged.window
    if not study.beside:
        return None
    rows = []
    for name, result in ((study.benchmark.name, study.result), *study.beside):
        found = clustered_mean(result.window_sums_of_distinct(window).car, result.dates)
        rows.append((name, f"{found.n:,}", points(found.estimate, 2), points(found.se, 2,
                     sign=False), p_value(found.p_value)))  # fmt: skip
    return Table(
        caption=f"Side by side in {window_text(window)}, points beyond each benchmark",
        columns=("Benchmark", "Events", "Beyond", "Standard error", "p by date"),
        rows=tuple(rows),
        numeric=frozenset(range(1, 5)),
        note="The rest of the page is about the first; benchmarks.csv has every window.",
    )


def tests_table(told: Told) -> Table:
    """Return the tests of the study for the page's window, with what each assumes."""
    tests = told.study.result.tests([told.judged.window])
    rows = tuple(
        (
            str(row["test"]), signed(row["statistic"]),
            p_value(row["p_value"]), f"{int(row['n_events']):,}", str(row["assumes"]),
            str(row["reason"]) or _NONE,
        )
        for row in tests.to_dict("records")
    )  # fmt: skip
    return Table(
        caption=f"Tests across events, {window_text(told.judged.window)}",
        columns=("Test", "Statistic", told.judged.main.p_name, "Events", "Assumes", "Seen here"),
        kind="blocks",
        rows=rows,
        numeric=frozenset({1, 2, 3}),
    )


def events_table(told: Told) -> Table:
    """Return the most unusual events."""
    return _events(told, told.counted.head(FIRST), f"The {min(FIRST, len(told.counted))} most "
                   "unusual events")  # fmt: skip


def more_events(told: Told) -> Block | None:
    """Return the further events, on demand."""
    rest = told.counted.iloc[FIRST:MOST]
    if rest.empty:
        return None
    left = len(told.counted) - FIRST - len(rest)
    more = f"; {left:,} more are in event_outcomes.csv" if left > 0 else ""
    table = _events(told, rest, f"Further events{more}")
    summary = f"Show {len(rest):,} further events{more}"
    return _folded(summary, table._repr_html_(), table.frame)


def _events(told: Told, frame: pd.DataFrame, caption: str) -> Table:
    titled = bool(told.events["title"].ne("").any())
    by = told.study.table.groups[:1]
    rows = []
    for row in frame.to_dict("records"):
        mark = " ○" if row["stands_out"] else ""
        of = f"{int(row['as_unusual']):,} of {int(row['ordinary']):,}" if row["ordinary"] else _NONE
        cells = [
            f"{row['event_id']}{mark}",
            _NONE if pd.isna(row["session"]) else f"{pd.Timestamp(row['session']):%Y-%m-%d}",
            *([str(row["title"])[:90]] if titled else []),
            *(str(row["group"])[:40] for _ in by),
            points(row["moved"]), points(row["usual"]),
            points(row["beyond"]), signed(row["swings"]), of,
        ]  # fmt: skip
        rows.append(tuple(cells))
    heads = ("Event", "Day 0", *(["News"] if titled else []), *map(sentence_case, by), "Moved",
             "Usual", "Beyond", "Standard errors", "Ordinary stretches as unusual")  # fmt: skip
    shift = titled + len(by)
    return Table(
        caption=caption,
        columns=heads,
        rows=tuple(rows),
        numeric=frozenset(range(2 + shift, len(heads))),
        note=f"○ stands out: at most one ordinary stretch of its {told.noun} in twenty, itself "
        "counted, was as unusual.",
        kind="sortable",
    )


def distribution_table(told: Told) -> Table | Said:
    """Return the distribution of the events, a row a window."""
    result, windows = told.study.result, list(told.judged.ladders)
    if len(result.distinct) < 2:
        return _nothing("distribution", "One event has no distribution.")
    rows = []
    for window, (_, row) in zip(windows, result.distribution(windows).iterrows(), strict=True):
        car = pd.Series(result.window_sums_of_distinct(window).car)
        sums = car.groupby(result.dates).agg(["sum", "count"])
        rest = (car.sum() - sums["sum"]) / (car.count() - sums["count"]).replace(0, np.nan)
        rows.append(
            (
                window_text(window), points(row["mean"]), points(row["median"]),
                points(row["sd"], sign=False), f"{points(row['q05'])} to {points(row['q95'])}",
                signed(row["skewness"]), f"{int((car > 0).sum()):,} of {car.count():,}",
                f"{points(rest.min())} to {points(rest.max())}",
            )
        )  # fmt: skip
    return Table(
        caption="Distribution of the events, points beyond",
        columns=("Window", "Mean", "Median", "Standard deviation", "5 to 95 %", "Skewness",
                 "Above zero", "One date left out"),
        rows=tuple(rows),
        numeric=frozenset(range(1, 8)),
    )  # fmt: skip


def glossary(told: Told) -> Block:
    """Return the words of the page, in its own figures."""
    found, usual = told.judged.main, yardstick(told)
    many = plural(told.noun)
    terms = [Term("usual", "usual", f"{sentence_case(usual)}, over the same days.")]
    terms.append(Term(
        "beyond", "beyond", "What was earned less what was usual. Economists say: "
        "cumulative abnormal return, CAR; its mean over events is the CAAR."))  # fmt: skip
    if found.n_calendars:
        terms += [
            Term("placebo", "placebo calendar",
                 f"The same {count(found.by_date.n_clusters, 'date')}, moved together to other "
                 f"days: the gaps between them shuffled, the start drawn at random, the {many} of "
                 f"a date kept together. {found.n_calendars:,} were drawn."),
            Term("nothing", "when nothing happened",
                 "How often a test says “below .05” on placebo calendars, where there is nothing "
                 "to find. Five in a hundred is right."),
            Term("out", "stands out",
                 f"At most one ordinary stretch of its {told.noun} in twenty was as unusual, "
                 "each in its own usual swings: standard errors of its sum."),
        ]  # fmt: skip
    return Block(Words(tuple(terms)).html())


def left_out_table(told: Told) -> Table | Said:
    """Return what was left out, and why."""
    out = told.events[told.events["beyond"].isna()]
    if out.empty:
        return _nothing("left-out", "No event was left out.")
    why = out["reason"].where(out["reason"] != "", "a day of the window has no return")
    rows = tuple(
        (str(e), str(s), status if status != "ok" else "window", minus(str(reason)))
        for e, s, status, reason in zip(
            out["event_id"], out["security"], out["status"], why, strict=True
        )
    )
    more = f" The first {MOST} of {len(rows):,}." if len(rows) > MOST else ""
    return Table(
        caption=f"Left out of {window_text(told.judged.window)}, and why",
        columns=("Event", "Security", "Status", "Reason"),
        kind="blocks",
        rows=rows[:MOST],
        note=more,
    )


def shifts_table(told: Told) -> Table | Said:
    """Return the events whose session is not the day that was given."""
    shifts = told.study.placed.shifts
    if shifts.empty:
        return _nothing("shifts", "Every event stands on the session of the day it was given for.")
    rows = tuple(tuple(map(str, row)) for row in shifts.head(MOST).itertuples(index=False))
    return Table(
        caption=f"{len(shifts):,} {'event' if len(shifts) == 1 else 'events'} moved to another "
        "session",
        columns=("Event", "Security", "Given", "Session", "Why"),
        rows=rows,
        note="All of them are in shifts.csv." if len(shifts) > MOST else "",
    )
