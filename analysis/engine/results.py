"""What a study found: a frozen record, and views of it with the labels back on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from analysis.engine.abnormal import (
    Abnormal,
    WindowSums,
    checked_window,
    row_events,
    window_sums,
)
from analysis.engine.inference import InapplicableTest, TestOptions, TestResult, run_test
from analysis.engine.inference.alternative import one_tail, p_name
from analysis.engine.inference.assumptions import Sample
from analysis.engine.inference.row_sample import row_sample
from analysis.engine.inference.states import t_variance
from analysis.engine.overlap import overlap_counts
from analysis.engine.panel import EventPanel, Window
from analysis.engine.rows import SUMMARY_COLUMNS, mean_or_nan, summary_row, weighted_row
from analysis.engine.rows import tests_frame as tests_frame
from analysis.engine.rows import window_label as window_label
from analysis.engine.spec import StudySpec, listed
from analysis.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.engine.group_means import Groups
    from analysis.engine.journal import Inference, JournalTable
    from analysis.engine.ladder import Ladder
    from analysis.engine.synthetic import SyntheticControls

Level = Literal["event", "event_day", "study"]
Weights = Literal["equal", "precision"]

#: What tests of one event by itself take for granted.
SINGLE_EVENT_ASSUMES = "the event day varies as estimation days do; abnormal returns are normal"
#: Tests of one event by itself: null in words and source.
SINGLE_EVENT_TESTS = {
    "ar_t": ("the abnormal return of this event is zero", "MacKinlay 1997"),
    "car_t": (
        "the cumulative abnormal return of this event is zero",
        "MacKinlay 1997; Campbell, Lo, MacKinlay 1997",
    ),
}


@dataclass(frozen=True, eq=False, repr=False)
class EventStudyResult:
    """The spec, one outcome for every requested event, and the abnormal returns.

    Attributes
    ----------
    spec : StudySpec
        What was asked: model, windows, return kind.
    panel : EventPanel
        The data the study ran on.
    status, reason : ndarray of shape (n_requested,)
        ``"ok"`` or what is wrong with a row of the panel, and why.
    rows : ndarray of shape (n_events,)
        Rows of the panel that are usable; all arrays below follow it.
    abnormal : Abnormal
        Fits and abnormal returns as arrays.
    notes : tuple of str
        What the gate noticed: suspicious, but possible.
    events : DataFrame or None
        The events as they were given, a row for each row of the panel; :meth:`by` groups by its
        columns.

    Notes
    -----
    Accessors return new objects; changing one changes nothing here.
    """

    spec: StudySpec
    panel: EventPanel
    status: npt.NDArray[np.object_]
    reason: npt.NDArray[np.object_]
    rows: npt.NDArray[np.intp]
    abnormal: Abnormal
    notes: tuple[str, ...] = ()
    events: pd.DataFrame | None = None

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Which requested events can be used, shape (n_requested,)."""
        return np.asarray(self.status == "ok")

    @property
    def n_event_days(self) -> npt.NDArray[np.int64]:
        """Days of the event window with an abnormal return, shape (n_requested,)."""
        return self._on_all(np.isfinite(self.abnormal.ar).sum(axis=1))

    @property
    def partial(self) -> npt.NDArray[np.bool_]:
        """Which usable events lack days of the event window, shape (n_requested,)."""
        return self.usable & (self.n_event_days < self.spec.n_event)

    def _partial_reason(self, days: int) -> str:
        return (
            f"abnormal returns on {days} of the {self.spec.n_event} days of `event_window` "
            f"{list(self.spec.event_window)}: it counts in the windows whose days it has"
        )

    @cached_property
    def _index(self) -> pd.MultiIndex:
        return pd.MultiIndex.from_arrays(
            [self.panel.event_id[self.rows], self.panel.security[self.rows]],
            names=["event_id", "security"],
        )

    @property
    def _event_days(self) -> pd.Index[int]:
        first, last = self.spec.event_window
        return pd.RangeIndex(first, last + 1, name="event_day")

    @property
    def outcomes(self) -> pd.DataFrame:
        """One row per requested event.

        Columns: event_id, security, session, status (``ok``; ``partial`` where days of the event
        window are missing, so that the event counts in some windows only; else why it cannot be
        used), reason; n_estimation and n_event_days, days
        with an abnormal return in the two windows (0 where not usable); same_session, other rows
        with the same day 0 in any security; overlapping, other rows of the same security whose
        event windows overlap; contaminated_days, estimation days inside the event window of
        another row of the same security.
        """
        panel = self.panel
        label = np.full(len(panel.row), np.datetime64("NaT"), dtype=panel.label.dtype)
        placed = panel.row >= 0
        label[placed] = (
            panel.label[panel.row[placed]]
            if panel.label.ndim == 1
            else panel.label[panel.row[placed], panel.column[placed]]
        )
        return pd.DataFrame(
            {
                "event_id": panel.event_id,
                "security": panel.security,
                "session": label.astype("datetime64[us]"),
                "status": np.where(self.partial, "partial", self.status),
                "reason": [
                    self._partial_reason(days) if some else why
                    for some, days, why in zip(
                        self.partial, self.n_event_days, self.reason, strict=True
                    )
                ],
                "n_estimation": self._on_all(self.abnormal.fit.n_estimation),
                "n_event_days": self.n_event_days,
                **overlap_counts(panel, self.spec.estimation_window, self.spec.event_window),
            }
        )

    def _on_all(self, values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        out = np.zeros(len(self.status), dtype=np.int64)
        out[self.rows] = values
        return out

    @property
    def fits(self) -> pd.DataFrame:
        """Coefficients, sigma (daily, decimal), df and n_estimation of each usable event."""
        fit = self.abnormal.fit
        frame = pd.DataFrame(fit.coef, index=self._index, columns=list(fit.names))
        return frame.assign(sigma=fit.sigma, df=fit.df, n_estimation=fit.n_estimation.astype(int))

    @property
    def ar(self) -> pd.DataFrame:
        """Abnormal returns, rows (event_id, security), columns event_day; NaN where missing."""
        return self._daily(self.abnormal.ar)

    @property
    def sar(self) -> pd.DataFrame:
        """Standardised abnormal returns, shaped like :attr:`ar`."""
        return self._daily(self.abnormal.sar)

    @property
    def ar_se(self) -> pd.DataFrame:
        """Forecast standard errors of the abnormal returns, shaped like :attr:`ar`."""
        return self._daily(self.abnormal.se)

    @property
    def residuals(self) -> pd.DataFrame:
        """Estimation residuals, rows (event_id, security), columns event_day."""
        first, last = self.spec.estimation_window
        days = pd.RangeIndex(first, last + 1, name="event_day")
        return pd.DataFrame(self.abnormal.fit.residuals, index=self._index, columns=days)

    @property
    def aar(self) -> pd.DataFrame:
        """Mean abnormal return of each event day with its cross-sectional s.e. and its N.

        Columns aar, se, n_events (distinct reactions with an abnormal return on that day) and
        n_left_out (distinct usable ones without).
        """
        frame = pd.DataFrame(self.distinct.ar, columns=self._event_days)
        n = frame.count()
        return pd.DataFrame(
            {
                "aar": frame.mean(),
                "se": frame.std(ddof=1) / np.sqrt(n),
                "n_events": n,
                "n_left_out": len(frame) - n,
            },
            index=self._event_days,
        )

    def sums(self, window: Window) -> WindowSums:
        """Return sums over a window as arrays, one value per usable event."""
        window = checked_window("window", window)
        return window_sums(self.abnormal, window, self.spec.min_present)

    def window_sums_of_distinct(self, window: Window) -> WindowSums:
        """Return sums over a window of the :attr:`distinct` (security, day 0) only."""
        return window_sums(self.distinct, window, self.spec.min_present)

    def car(self, window: Window) -> pd.Series[float]:
        """Cumulative abnormal return of each event over a window; NaN where it does not count."""
        return pd.Series(self.sums(window).car, index=self._index, name="car")

    def scar(self, window: Window) -> pd.Series[float]:
        """CAR over its exact forecast standard error; NaN where the event does not count."""
        return pd.Series(self.sums(window).scar, index=self._index, name="scar")

    def bhar(self, window: Window) -> pd.Series[float]:
        """Buy-and-hold abnormal return of each event over a window; NaN if a day is missing."""
        return pd.Series(self.sums(window).bhar, index=self._index, name="bhar")

    def buy_and_hold(self, window: Window) -> pd.Series[float]:
        """Plain buy-and-hold return of each event, prod(1 + R) - 1: nothing normal is taken out.

        Nothing is estimated, so that every event of the study has one, also those too early for
        an estimation window; and the window may reach beyond the event window.

        Parameters
        ----------
        window
            First and last event day, inclusive.

        Returns
        -------
        Series
            Index (event_id, security) of all requested events, decimal; NaN where a day of the
            window has no return.
        """
        from analysis.engine.conventions import buy_and_hold

        return buy_and_hold(self, window)

    def caar(self, window: Window) -> float:
        """Mean CAR over the distinct events that count in the window; NaN if none does."""
        return mean_or_nan(self.row(window).car)

    def abhar(self, window: Window) -> float:
        """Mean BHAR over the distinct events that have every day of the window."""
        return mean_or_nan(self.row(window, every_day=True).bhar)

    def row(self, window: Window, *, every_day: bool = False) -> WindowSums:
        """Return sums over a window of the events of its row: distinct, and counted in it."""
        share = 1.0 if every_day else self.spec.min_present
        window = checked_window("window", window)
        return window_sums(row_events(self.distinct, window, share), window, share)

    def sample(self, window: Window, *, every_day: bool = False) -> Sample:
        """Say how many events of a row are partial or left out, and what they show of tests."""
        window = checked_window("window", window)
        return row_sample(self.distinct, window, self.spec.test_options, every_day=every_day)

    def weighted_caar(
        self, window: Window, weights: Weights | pd.Series[float] = "precision"
    ) -> pd.Series[float]:
        """Weighted mean CAR over the distinct events that count in the window.

        Parameters
        ----------
        window
            Event days, inclusive.
        weights
            ``"equal"``, ``"precision"`` (1 / Var CAR), or values such as market capitalisations
            with index (event_id, security); they are scaled to sum to one.

        Returns
        -------
        Series
            estimate, se (from forecast variances, events independent), statistic (normal under
            the null), p_value, n_events, n_partial, n_left_out, assumes, reason (what these events
            show against it).

        Raises
        ------
        InputError
            If a weight is missing, negative or not finite, or all are zero.
        """
        sums = self.row(window)
        weight = self._weights(weights, sums.se, window)
        if isinstance(weights, str) and weights == "precision":
            known = np.isfinite(sums.se)
            if not known.any():
                sample = self.sample(window)
                return weighted_row(np.nan, np.nan, 0, sample, self.spec.alternative)
            sums, weight = sums.take(known), weight[known]
        total = weight.sum()
        if not (np.isfinite(weight).all() and (weight >= 0).all() and total > 0):
            raise InputError(
                "weights",
                "a missing, negative or infinite value" if len(weight) else "no usable event",
                "every used event needs a weight of 0 or more, and one above 0.",
                "Use index (event_id, security).",
            )
        share = weight / total
        estimate, se = float(share @ sums.car), float(np.sqrt(share**2 @ sums.se**2))
        return weighted_row(estimate, se, len(share), self.sample(window), self.spec.alternative)

    def _weights(
        self, weights: Weights | pd.Series[float], se: npt.NDArray[np.float64], window: Window
    ) -> npt.NDArray[np.float64]:
        if isinstance(weights, pd.Series):
            counted = window_sums(self.distinct, window, self.spec.min_present).counted
            index = self._index[self.distinct_positions][counted]
            return np.asarray(weights.reindex(index), dtype=np.float64)
        if weights not in ("equal", "precision"):
            raise InputError.choice("weights", weights, ("equal", "precision"))
        return np.asarray(np.ones(len(se)) if weights == "equal" else se**-2.0)

    @property
    def abnormal_volatility(self) -> pd.DataFrame:
        """SAR^2 (df-2)/df, mean 1 under the null, shaped like :attr:`ar`; NaN up to 2 df."""
        return self._daily(self.abnormal.sar**2 / t_variance(self.abnormal.fit.df)[:, None])

    def volatility_tests(self, day: int = 0) -> pd.DataFrame:
        """Test whether one event day was more volatile than forecast, event by event.

        Returns
        -------
        DataFrame
            Index (event_id, security); columns estimate (abnormal volatility), statistic (SAR^2),
            p_value (one-sided, F(1, df)), df.
        """
        at = self.abnormal.columns((day, day))
        squared = self.abnormal.sar[:, at][:, 0] ** 2
        df = self.abnormal.fit.df
        infinite = np.isinf(df)
        return pd.DataFrame(
            {
                "estimate": squared / t_variance(df),
                "statistic": squared,
                "p_value": np.where(
                    infinite,
                    special.chdtrc(1, squared),
                    special.fdtrc(1, np.where(infinite, 1.0, df), squared),
                ),
                "df": df,
            },
            index=self._index,
        )

    def event_tests(self, window: Window) -> pd.DataFrame:
        """Test each event by itself (``ar_t`` for one day, ``car_t`` for more).

        Returns
        -------
        DataFrame
            Index (event_id, security); columns estimate, se, statistic, p_value, df, alternative.

        References
        ----------
        MacKinlay (1997); Campbell, Lo and MacKinlay (1997), chapter 4.
        """
        sums = self.sums(window)
        df = self.abnormal.fit.df
        statistic = sums.scar
        p_value = np.where(
            np.isinf(df),
            2 * special.ndtr(-np.abs(statistic)),
            2 * special.stdtr(np.where(np.isinf(df), 1.0, df), -np.abs(statistic)),
        )
        return pd.DataFrame(
            {
                "estimate": sums.car,
                "se": sums.se,
                "statistic": statistic,
                "p_value": one_tail(p_value, statistic, self.spec.alternative),
                "df": df,
                "alternative": self.spec.alternative,
            },
            index=self._index,
        )

    def test(
        self, name: str, window: Window = (0, 0), **options: Any
    ) -> TestResult | InapplicableTest:
        """Run one test across events, or ``ar_t`` and ``car_t`` on a single one.

        Parameters
        ----------
        name
            Code of the test (METHODS section 6).
        window
            Event days, inclusive.
        **options
            Fields of :class:`~analysis.engine.inference.TestOptions` other than those of the spec.

        Notes
        -----
        Events of one security with the same day 0 are one observation.
        """
        window = checked_window("window", window)
        if name in SINGLE_EVENT_TESTS:
            return self._single_event_test(name, window)
        known = [f.name for f in fields(TestOptions)]
        for option in options:
            if option not in known:
                raise InputError.choice("options", option, known)
        return run_test(name, [self.distinct], window, replace(self.spec.test_options, **options))

    @cached_property
    def distinct(self) -> Abnormal:
        """Abnormal returns with one row for each (security, day 0), the first of each."""
        first = self.distinct_positions
        return self.abnormal if len(first) == len(self.rows) else self.abnormal.take(first)

    @property
    def dates(self) -> npt.NDArray[np.int64]:
        """Day 0 of each distinct event as a number: equal numbers are the same date."""
        label, found = self.panel.label, self.distinct
        if label.ndim == 1:
            return found.row.astype(np.int64)
        return np.asarray(label[found.row, found.column].astype(np.int64))

    @cached_property
    def distinct_positions(self) -> npt.NDArray[np.intp]:
        """Positions, ascending, of the first usable row of each (security, day 0)."""
        ab = self.abnormal
        key = ab.column.astype(np.int64) * (ab.n_sessions + 1) + ab.row
        return np.sort(np.unique(key, return_index=True)[1])

    def _single_event_test(self, name: str, window: Window) -> TestResult | InapplicableTest:
        null, source = SINGLE_EVENT_TESTS[name]
        n = len(self.rows)
        if n != 1:
            reason = f"it tests one event and there are {n}; `event_tests` tests each by itself"
            return self._no_single_test(name, window, n, reason)
        if name == "ar_t" and window[0] != window[1]:
            return self._no_single_test(name, window, n, "it tests one day; `car_t` tests a window")
        found = self.event_tests(window).iloc[0]
        if not np.isfinite(found["statistic"]):
            reason = "the event has not the days of this window it needs to count"
            return self._no_single_test(name, window, 0, reason)
        return TestResult(
            name=name,
            window=window,
            estimate=float(found["estimate"]),
            statistic=float(found["statistic"]),
            p_value=float(found["p_value"]),
            df=float(found["df"]),
            n_events=1,
            null=null,
            source=source,
            n_partial=int(not self.sums(window).complete[0]),
            assumes=SINGLE_EVENT_ASSUMES,
            alternative=self.spec.alternative,
        )

    @staticmethod
    def _no_single_test(name: str, window: Window, n: int, reason: str) -> InapplicableTest:
        null, source = SINGLE_EVENT_TESTS[name]
        return InapplicableTest(name, window, n, null, source, reason, assumes=SINGLE_EVENT_ASSUMES)

    def tests(
        self, windows: Sequence[Window] | None = None, names: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Run tests on windows and return one tidy row for each pair.

        Columns: window, test, estimate, statistic, p_value, df; n_events (distinct reactions that
        count in the window), n_partial (those with a missing day), n_left_out (usable ones that do
        not count); assumes (what the test takes for granted), reason (what these events show
        against it, or why it does not apply), details, null, source.

        Raises
        ------
        InputError
            If a window is not two event days inside the event window, or a name no test.
        """
        windows = self.spec.windows or () if windows is None else listed("windows", windows)
        names = self.spec.tests if names is None else listed("names", names)
        asked = [checked_window("windows", window) for window in windows]
        return tests_frame(self.test(name, window) for window in asked for name in names)

    def explain(
        self, test: str, window: Window = (0, 0), *, printed: str | float | None = None
    ) -> pd.DataFrame:
        """Say what other programs print for a test, and which rule gives a printed number.

        See :func:`analysis.engine.explain.explain`.
        """
        from analysis.engine.explain import explain

        return explain(self, test, window, printed=printed)

    def summary(self) -> pd.DataFrame:
        """Study-level frame: for each window the CAAR, its s.e., t, p, 95 % interval and N.

        Index window; columns estimate, se, statistic, p_value, low, high, n_events, n_partial,
        n_left_out, assumes, reason. All figures of a row come from the same events
        (:meth:`row`).
        """
        rows = []
        for window in self.spec.windows or ():
            car = self.row(window).car
            away = float(((car - mean_or_nan(car)) ** 2).sum())
            sample, side = self.sample(window), self.spec.alternative
            rows.append(summary_row(window, mean_or_nan(car), away, len(car), sample, side))
        return pd.DataFrame(rows, columns=SUMMARY_COLUMNS).set_index("window")

    def by(self, column: str, window: Window = (0, 0)) -> Groups:
        """Group events by a column of the events frame: means, and differences between groups.

        See :func:`analysis.engine.group_means.group_by`.
        """
        from analysis.engine.group_means import group_by

        return group_by(self, column, window, seed=self.spec.seed)

    def table(
        self,
        *,
        stars: bool = True,
        by: str | None = None,
        windows: Sequence[Window] | None = None,
        inference: Inference = "date",
        digits: int = 2,
    ) -> JournalTable:
        """Return the table of a paper, with ``to_latex``, ``to_markdown`` and ``to_excel``.

        Estimates per cent, the statistic below, stars with a note, events and dates at the foot;
        see :func:`analysis.engine.journal.journal_table`.
        """
        from analysis.engine.journal import journal_table

        return journal_table(
            self, stars=stars, by=by, windows=windows, inference=inference, digits=digits
        )

    def ladder(self, window: Window = (0, 0)) -> Ladder:
        """Judge a mean CAR six ways, from naive to placebo calendars, and say which to read.

        See :func:`analysis.engine.ladder.ladder`.
        """
        from analysis.engine.ladder import ladder

        return ladder(self, window, seed=self.spec.seed)

    def synthetic_control(self, window: Window = (0, 0)) -> SyntheticControls:
        """Show weights, fit and placebos of a study with ``model="synthetic_control"``.

        See :func:`analysis.engine.synthetic.synthetic_controls`.
        """
        from analysis.engine.synthetic import synthetic_controls

        return synthetic_controls(self, window)

    def plot(self, *, by: str | None = None) -> Figure:
        """Draw the average path with its band, one line a group; returns a matplotlib figure."""
        from analysis.engine.plots import path_figure

        return path_figure(self, by=by)

    def to_frame(self, level: Level) -> pd.DataFrame:
        """Return a tidy copy at level ``"event"``, ``"event_day"`` or ``"study"``."""
        if level == "study":
            return self.summary().reset_index()
        if level == "event":
            return self.fits.join(self.event_tests((0, 0)).drop(columns="df")).reset_index()
        if level == "event_day":
            parts = {"ar": self.ar, "se": self.ar_se, "sar": self.sar}
            stacked = {name: frame.stack() for name, frame in parts.items()}
            return pd.DataFrame(stacked).reset_index()
        raise InputError.choice("level", level, ("event", "event_day", "study"))

    def describe(self) -> str:
        """Say in two sentences what was found on average on day 0, and what the gate noticed."""
        return " ".join([self._found(), *(f"Note: {note}" for note in self.notes)])

    def _found(self) -> str:
        found = self.test("cross_sectional_t", (0, 0))
        n, asked = len(self.rows), len(self.status)
        spec = self.spec
        partial, shared = int(self.partial.sum()), n - len(self.distinct)
        head = f"{n} of {asked} events are usable ({spec.model}, {spec.return_kind} returns)."
        if partial:
            head += f" {partial} of them lack days of the event window."
        if shared:
            head += f" They are {n - shared} distinct reactions (security and day 0)."
        if isinstance(found, InapplicableTest):
            return f"{head} No average is tested: {found.reason}."
        return (
            f"{head} The mean abnormal return on day 0 is {found.estimate:+.2%} "
            f"(t = {found.statistic:.2f}, {p_name(found.alternative)} = {found.p_value:.3f}, "
            f"N = {found.n_events})."
        )

    def _daily(self, values: npt.NDArray[np.float64]) -> pd.DataFrame:
        return pd.DataFrame(values.copy(), index=self._index, columns=self._event_days)

    def __repr__(self) -> str:
        spec = self.spec
        return (
            f"EventStudyResult: {len(self.rows)} of {len(self.status)} events usable\n"
            f"  model {spec.model}, {spec.return_kind} returns\n"
            f"  estimation {list(spec.estimation_window)}, event window {list(spec.event_window)}\n"
            f"  {self.describe()}"
        )

    def _repr_html_(self) -> str:
        return str(self.summary().to_html(float_format="{:.4f}".format))
