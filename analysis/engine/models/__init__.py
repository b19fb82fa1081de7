"""Normal returns: what a security would have done without the news.

One function per model. Each takes the windows of every event at once, and returns the same frozen
record; there is no loop over events (but in ``garch_market_model``, which says why).
"""

from __future__ import annotations

from collections.abc import Callable

from analysis.engine.models.fit import ModelOptions, NormalReturnFit, Robust, Sample, Volatility
from analysis.engine.models.garch import FEWEST_SESSIONS, fit_garch_market_model
from analysis.engine.models.linear import (
    fit_constant_mean,
    fit_factor_model,
    fit_market_adjusted,
    fit_market_model,
)
from analysis.engine.models.nonsynchronous import fit_dimson, fit_scholes_williams
from analysis.engine.models.robust import fit_robust_market_model

__all__ = [
    "FEWEST_SESSIONS",
    "MODELS",
    "WHOLE_HISTORY",
    "WITHOUT_BENCHMARK",
    "FitFunction",
    "ModelOptions",
    "NormalReturnFit",
    "Robust",
    "Sample",
    "Volatility",
]

FitFunction = Callable[[Sample, ModelOptions], NormalReturnFit]

#: Every model by its code, with the fewest coefficients it estimates.
MODELS: dict[str, tuple[FitFunction, int]] = {
    "constant_mean": (fit_constant_mean, 1),
    "market_adjusted": (fit_market_adjusted, 1),
    "market_model": (fit_market_model, 2),
    "factor_model": (fit_factor_model, 2),
    "scholes_williams": (fit_scholes_williams, 4),
    "dimson": (fit_dimson, 2),
    "robust_market_model": (fit_robust_market_model, 2),
    "garch_market_model": (fit_garch_market_model, 2),
}

#: Models that need no benchmark.
WITHOUT_BENCHMARK = frozenset({"constant_mean"})

#: Models fitted on every earlier session, not on the estimation window alone.
WHOLE_HISTORY = frozenset({"garch_market_model"})
