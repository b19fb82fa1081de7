"""The record of a normal-return model: what it is, what it needs, how it is fitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analysis.engine.models.fit import ModelOptions, NormalReturnFit, Sample

FitFunction = Callable[[Sample, ModelOptions], NormalReturnFit]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDefinition:
    """A normal-return model, as the rest of the package knows it.

    Attributes
    ----------
    code, source : str
        Its name in a study; the paper.
    fit : callable
        From the windows of all events and the options to a fit of each event.
    fewest_coefficients : int
        Coefficients it estimates, at least.
    needs_benchmark : bool
        Whether returns of a benchmark must be there.
    has_alpha : bool
        Whether a mean is estimated.
    fixed_beta : float or None
        The slope on the benchmark where it is given, 0 without a benchmark; None if estimated.
    several_factors : bool
        Whether it takes any number of factors, and returns over a riskless one.
    leads_and_lags : bool
        Whether it looks at sessions around the day, as the options ``leads`` and ``lags`` say;
        each of them is a coefficient.
    days_lost : int
        Days of the estimation window that only lend a neighbouring return of the benchmark.
    fewest_history : int
        Returns it needs before the end of the estimation window, if it is fitted on all of them,
        with a volatility forecast of its own; 0 for a fit on the estimation window alone.
    closed_form : bool
        Whether sums over the windows give the abnormal return, so that all sessions are cheap.
    needs_donors : bool
        Whether the normal return is made of other securities of the same panel.
    spans_days : bool
        Whether a return may span several sessions, and its variance with them.
    """

    code: str
    source: str
    fit: FitFunction
    fewest_coefficients: int
    needs_benchmark: bool = True
    has_alpha: bool = True
    fixed_beta: float | None = None
    several_factors: bool = False
    leads_and_lags: bool = False
    days_lost: int = 0
    fewest_history: int = 0
    closed_form: bool = False
    needs_donors: bool = False
    spans_days: bool = False

    @property
    def title(self) -> str:
        """What it does, in the first line of its function's documentation."""
        return (self.fit.__doc__ or "").strip().splitlines()[0]

    @property
    def estimates_nothing(self) -> bool:
        """Whether its normal return is given, so that only standard errors need other days."""
        given = self.fixed_beta is not None and not self.has_alpha
        return given and not self.needs_donors

    @property
    def own_scale(self) -> bool:
        """Whether it says for every event day how much returns vary."""
        return self.whole_history or self.spans_days

    @property
    def whole_history(self) -> bool:
        """Whether it is fitted on every session up to the end of the estimation window."""
        return self.fewest_history > 0
