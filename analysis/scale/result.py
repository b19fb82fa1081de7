"""What a study over partitions found: the tables of the study, without its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.gathered import GatheredEvents
from analysis.engine.inference import TESTS, InapplicableTest, TestOptions, TestResult
from analysis.engine.inference.assumptions import Sample
from analysis.engine.inference.battery import finish
from analysis.engine.inference.states import Asked, State, States
from analysis.engine.panel import Window
from analysis.engine.rows import summary_row, tests_frame, weighted_row, window_label
from analysis.engine.spec import StudySpec
from analysis.engine.window_rows import windows_frame
from analysis.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.engine.results import EventStudyResult
    from analysis.scale.passes import PartitionReport
    from analysis.scale.whole import Whole


TABLES = ("tests", "windows", "aar", "outcomes", "partitions")
"""Names of the tables that are written besides those of the events."""


@dataclass(frozen=True, eq=False, repr=False)
class PartitionedResult:
    """Sums of a study over partitions, and the figures they give.

    Attributes
    ----------
    spec, options
        The method, and the choices of its tests.
    where : str
        Where it was computed.
    reports : tuple of PartitionReport
        What became of the events of every partition; the last may stand for events of securities
        without prices.
    lost : dict of str to str
        Partitions that were left out, and why.
    study, windows, squares
        Sums over the usable events.
    samples : dict
        How many events of every window's row are partial or left out, and what they show.
    states : dict
        What every test kept, by test and window, and the samples of their rows.
    notes : tuple of str
        What the gate noticed: suspicious, but possible.
    whole_of : Whole or None
        Where its events and their prices are.

    Notes
    -----
    Names and figures are those of :class:`~analysis.engine.results.EventStudyResult`. What belongs
    to single events lies in the folder ``reactions`` of the output; what needs them all at once
    (``ladder``, ``plot``, ``by`` ...) is asked of ``whole``, up to 50 million values.
    """

    spec: StudySpec
    options: TestOptions
    where: str
    reports: tuple[PartitionReport, ...]
    lost: Mapping[str, str]
    study: State
    squares: npt.NDArray[np.float64]
    windows: Mapping[Window, State]
    samples: Mapping[Window, Sample]
    states: States
    notes: tuple[str, ...] = ()
    whole_of: Whole | None = None

    @property
    def n_requested(self) -> int:
        """Events asked for."""
        return sum(report.n_events for report in self.reports)

    @property
    def n_usable(self) -> int:
        """Events with an abnormal return."""
        return sum(_usable(report) for report in self.reports)

    @property
    def outcomes(self) -> pd.DataFrame:
        """Events by what became of them: status, n_events, and the first reasons as examples."""
        counts: dict[str, int] = {}
        examples: dict[str, list[str]] = {}
        for report in self.reports:
            for status, n in report.statuses.items():
                counts[status] = counts.get(status, 0) + n
                examples.setdefault(status, []).extend(report.examples.get(status, ()))
        order = sorted(counts, key=lambda status: (status != "ok", -counts[status], status))
        return pd.DataFrame(
            {
                "status": order,
                "n_events": [counts[status] for status in order],
                "examples": ["; ".join(examples[status][:3]) for status in order],
            }
        )

    @property
    def partitions(self) -> pd.DataFrame:
        """One row per partition: partition, n_securities, n_events, n_usable, off_axis, reason."""
        rows = [
            {
                "partition": report.name,
                "n_securities": report.n_securities,
                "n_events": report.n_events,
                "n_usable": _usable(report),
                "off_axis": report.off_axis,
                "reason": "",
            }
            for report in self.reports
            if report.number >= 0
        ]
        rows += [
            {"partition": name, "n_securities": 0, "n_events": 0, "n_usable": 0, "off_axis": 0,
             "reason": why}
            for name, why in self.lost.items()
        ]  # fmt: skip
        return pd.DataFrame(rows)

    @property
    def aar(self) -> pd.DataFrame:
        """Mean abnormal return of each event day with its s.e. and its N; columns as in memory."""
        total, n = self.study.summed["ar"], self.study.summed["n"]
        first, last = self.spec.event_window
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.where(n > 1, np.sqrt(self.squares / (n - 1)), np.nan)
            return pd.DataFrame(
                {
                    "aar": total / n,
                    "se": spread / np.sqrt(n),
                    "n_events": n.astype(np.int64),
                    "n_left_out": (self.study.summed["n_distinct"] - n).astype(np.int64),
                },
                index=pd.RangeIndex(first, last + 1, name="event_day"),
            )

    def caar(self, window: Window) -> float:
        """Mean CAR over the distinct events that count in the window."""
        return self._mean("car", "n", window)

    def abhar(self, window: Window) -> float:
        """Mean BHAR over the distinct events that have every day of the window."""
        return self._mean("bhar", "n_complete", window)

    def weighted_caar(self, window: Window) -> pd.Series[float]:
        """Precision-weighted mean CAR over the distinct events that count; as in memory."""
        sums = self._sums(window)
        weight = float(sums["weight"])
        if not weight > 0 and sums["n"] > 0:
            sample = self.samples[_pair(window)]
            return weighted_row(np.nan, np.nan, 0, sample, self.spec.alternative)
        if not weight > 0:
            raise InputError("window", list(window), "no event counts in it.")
        estimate, se = float(sums["weighted"]) / weight, weight**-0.5
        n, sample = int(sums["n_weighted"]), self.samples[_pair(window)]
        return weighted_row(estimate, se, n, sample, self.spec.alternative)

    def summary(self) -> pd.DataFrame:
        """Mean CAR of every window with its s.e., t, p, 95 % interval and N; as in memory."""
        return pd.DataFrame([self._summary_row(window) for window in self.windows]).set_index(
            "window"
        )

    def _summary_row(self, window: Window) -> dict[str, object]:
        sums = self._sums(window)
        n, total = int(sums["n"]), float(sums["car"])
        away = max(float(sums["squares"]) - total**2 / n, 0.0) if n else 0.0
        return summary_row(
            window, self.caar(window), away, n, self.samples[window], self.spec.alternative
        )

    def test(self, name: str, window: Window = (0, 0)) -> TestResult | InapplicableTest:
        """Finish one of the tests the study was asked for.

        Raises
        ------
        InputError
            If the test or the window is not among those of the spec: what a test needs was
            collected on the way.
        """
        if name not in self.spec.tests:
            known = self.spec.tests if name in TESTS else TESTS
            raise InputError.choice("test", name, known, otherwise="Or add it to the spec.")
        window = _pair(window)
        self._sums(window)
        return self._finished[name, window]

    def tests(
        self, windows: Sequence[Window] | None = None, names: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Return one tidy row for each test and window; columns as in memory."""
        return tests_frame(
            self.test(name, window)
            for window in (self.spec.windows or () if windows is None else windows)
            for name in (self.spec.tests if names is None else names)
        )

    def gathered(
        self, out: str | Path, events: pd.DataFrame | None = None
    ) -> GatheredEvents | None:
        """Return the events as they were written to a folder; None beyond a million.

        Parameters
        ----------
        out
            Folder or address of the results.
        events
            Further columns of the events, for groups: event_id and security, and what they say.
        """
        from analysis.scale.output import written_events

        frame = written_events(str(out))
        return None if frame is None else GatheredEvents(self.spec, frame).told(events)

    @cached_property
    def why_apart(self) -> str:
        """Why its events are not studied in one process; empty if they are."""
        return "" if self.whole_of is None else self.whole_of.why_not(self.n_requested)

    @cached_property
    def whole(self) -> EventStudyResult:
        """The study of all its events in this process, with everything that can be asked of it.

        Returns of the securities that have events are read again; figures are those of
        :func:`~analysis.event_study`.

        Raises
        ------
        InputError
            If they do not fit.
        """
        if self.whole_of is None or self.why_apart:
            raise InputError(
                "result", f"{self.n_requested:,} events", self.why_apart,
                "Study fewer at once, or read what `gathered(out)` has of each.",
            )  # fmt: skip
        return self.whole_of.result(self.notes)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables that are written, by the names in :data:`TABLES`."""
        frames = (
            self.tests(), windows_frame(self), self.aar.reset_index(), self.outcomes,
            self.partitions,
        )  # fmt: skip
        return dict(zip(TABLES, frames, strict=True))

    @cached_property
    def _finished(self) -> Mapping[Asked, TestResult | InapplicableTest]:
        asked = [(name, window) for window in self.windows for name in self.spec.tests]
        return {question: finish(question, self.states, self.options) for question in asked}

    def _sums(self, window: Window) -> Mapping[str, npt.NDArray[np.float64]]:
        asked = _pair(window)
        if asked not in self.windows:
            known = ", ".join(window_label(w) for w in self.windows)
            raise InputError(
                "window", list(window), f"the study was asked for {known}.", "Add it to the spec."
            )
        return self.windows[asked].summed

    def _mean(self, name: str, count: str, window: Window) -> float:
        sums = self._sums(window)
        n = float(sums[count])
        return float(sums[name]) / n if n else float("nan")

    def __repr__(self) -> str:
        return (
            f"PartitionedResult: {self.n_usable:,} of {self.n_requested:,} events usable, "
            f"{len(self.reports)} partitions, {len(self.lost)} left out"
        )


def _usable(report: PartitionReport) -> int:
    return report.statuses.get("ok", 0) + report.statuses.get("partial", 0)


def _pair(window: Window) -> Window:
    return int(window[0]), int(window[1])
