"""What a study found, judged: tests, tables, groups, ladders and pictures of its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.abnormal import checked_window, window_sums
from analysis.engine.inference import TESTS, InapplicableTest, TestOptions, TestResult, run_test
from analysis.engine.inference.alternative import p_name
from analysis.engine.panel import Window
from analysis.engine.rows import SUMMARY_COLUMNS, mean_or_nan, summary_row, weighted_row
from analysis.engine.rows import tests_frame as tests_frame
from analysis.engine.rows import window_label as window_label
from analysis.engine.single_event import (
    SINGLE_EVENT_TESTS,
    event_tests,
    single_event_test,
    volatility_tests,
)
from analysis.engine.spec import listed
from analysis.engine.study_record import StudyRecord
from analysis.errors import InputError
from analysis.wording import p_value

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.engine.benchmarks import Benchmark
    from analysis.engine.calendar_alpha import CalendarAlpha
    from analysis.engine.calendar_alpha import Errors as PortfolioErrors
    from analysis.engine.calendar_alpha import Weights as DayWeights
    from analysis.engine.coefficients import Errors
    from analysis.engine.group_means import Groups
    from analysis.engine.inference.bootstrap import BootstrapMean
    from analysis.engine.journal import Inference, JournalTable
    from analysis.engine.ladder import Ladder
    from analysis.engine.synthetic import SyntheticControls

#: Tests of buy-and-hold returns.
HELD = ("abhar_t", "skewness_adjusted_bhar_t")
Level = Literal["event", "event_day", "study"]
Weights = Literal["equal", "precision"]


class EventStudyResult(StudyRecord):
    """The record of a study with everything that can be asked of it.

    Attributes
    ----------
    spec, panel, status, reason, rows, abnormal, notes, events, measure
        As in :class:`~analysis.engine.study_record.StudyRecord`, with its views (``outcomes``,
        ``fits``, ``ar``, ``sar``, ``aar``, ``car``, ``scar``, ``bhar``, ``caar`` ...).

    Notes
    -----
    Accessors return new objects; changing one changes nothing here.
    """

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

    def volatility_tests(self, day: int = 0) -> pd.DataFrame:
        """Test whether one event day was more volatile than forecast, event by event.

        See :func:`analysis.engine.single_event.volatility_tests`; :meth:`volatility` tests all.
        """
        return volatility_tests(self, day)

    def volatility(self, window: Window = (0, 0)) -> pd.DataFrame:
        """Test whether event days are more volatile than estimation days foretell, across events.

        See :func:`analysis.engine.volatility.volatility_table`.
        """
        from analysis.engine.volatility import volatility_table

        return volatility_table(self, window)

    def event_tests(self, window: Window) -> pd.DataFrame:
        """Test each event by itself (``ar_t`` for one day, ``car_t`` for more).

        See :func:`analysis.engine.single_event.event_tests`.
        """
        return event_tests(self, window)

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
            return single_event_test(self, name, window)
        known = [f.name for f in fields(TestOptions)]
        if "alternative" in options:
            raise InputError(
                "alternative", options["alternative"], "the direction is fixed before the study, "
                "for all of its tests.", "Pass StudySpec(alternative=...).",
            )  # fmt: skip
        for option in options:
            if option not in known:
                raise InputError.choice("options", option, known)
        if self.measure == "volume" and name in HELD:
            test, why = TESTS[name], "volume earns no return that could be held"
            return InapplicableTest(name, window, 0, test.null, test.source, why)
        return run_test(name, [self.distinct], window, replace(self.spec.test_options, **options))

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

    def against(
        self, benchmarks: Mapping[str, Benchmark], windows: Sequence[Window] | None = None
    ) -> pd.DataFrame:
        """Set the same study against several benchmarks side by side.

        See :func:`analysis.engine.beside.against`.
        """
        from analysis.engine.beside import against

        return against(self, benchmarks, windows)

    def synthetic_control(self, window: Window = (0, 0)) -> SyntheticControls:
        """Show weights, fit and placebos of a study with ``model="synthetic_control"``.

        See :func:`analysis.engine.synthetic.synthetic_controls`.
        """
        from analysis.engine.synthetic import synthetic_controls

        return synthetic_controls(self, window)

    def coefficients(self, *, errors: Errors = "ols", lags: int | None = None) -> pd.DataFrame:
        """Return alpha and beta of every event with standard errors, ordinary or HAC.

        See :func:`analysis.engine.coefficients.coefficient_table`.
        """
        from analysis.engine.coefficients import coefficient_table

        return coefficient_table(self, errors=errors, lags=lags)

    def distribution(self, windows: Sequence[Window] | None = None) -> pd.DataFrame:
        """Return moments and quantiles of the CARs, one row a window.

        See :func:`analysis.engine.distribution.car_distribution`.
        """
        from analysis.engine.distribution import car_distribution

        return car_distribution(self, windows)

    def bootstrap(
        self, window: Window = (0, 0), *, draws: int = 9999, seed: int | None = None
    ) -> BootstrapMean:
        """Bootstrap the mean CAR by date: interval and p, the seed of the spec unless given.

        See :func:`analysis.engine.inference.bootstrap.bootstrap_mean`.
        """
        from analysis.engine.inference.bootstrap import bootstrap_mean

        return bootstrap_mean(
            self.window_sums_of_distinct(window).car,
            self.dates,
            draws=draws,
            seed=self.spec.seed if seed is None else seed,
            alternative=self.spec.alternative,
        )

    def calendar_time_alpha(
        self,
        window: Window = (0, 0),
        *,
        weights: DayWeights = "days",
        errors: PortfolioErrors = "HC1",
        fewest_open: int = 1,
    ) -> CalendarAlpha:
        """Regress the portfolio of open events on the factors: alpha a day.

        See :func:`analysis.engine.calendar_alpha.calendar_time_alpha`.
        """
        from analysis.engine.calendar_alpha import calendar_time_alpha

        return calendar_time_alpha(
            self, window, weights=weights, errors=errors, fewest_open=fewest_open
        )

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
        partial, shared = int(self.partial.sum()), n - len(self.distinct)
        head = f"{n} of {asked} events are usable ({self._method})."
        if partial:
            head += f" {partial} of them lack days of the event window."
        if shared:
            head += f" They are {n - shared} distinct reactions (security and day 0)."
        if isinstance(found, InapplicableTest):
            return f"{head} No average is tested: {found.reason}."
        return (
            f"{head} {self._size(found.estimate)} (t = {found.statistic:.2f}, "
            f"{p_name(found.alternative)} = {p_value(found.p_value)}, N = {found.n_events})."
        )

    def _size(self, mean: float) -> str:
        """Say how large a mean of day 0 is, in the words of what is measured."""
        if self.measure == "volume":
            return (
                f"Volume on day 0 is {np.exp(mean):.2f} times its usual level on average "
                f"({mean:+.2f} log points)"
            )
        return f"The mean abnormal return on day 0 is {mean:+.2%}"

    @property
    def _method(self) -> str:
        if self.measure == "volume":
            return "log volume less its mean of the estimation window"
        return f"{self.spec.model}, {self.spec.return_kind} returns"

    def __repr__(self) -> str:
        spec = self.spec
        return (
            f"EventStudyResult: {len(self.rows)} of {len(self.status)} events usable\n"
            f"  {self._method}\n"
            f"  estimation {list(spec.estimation_window)}, event window {list(spec.event_window)}\n"
            f"  {self.describe()}"
        )

    def _repr_html_(self) -> str:
        return str(self.summary().to_html(float_format="{:.4f}".format))
