"""Normal returns: what a security would have done without the news.

One function and one record per model. A function takes the windows of every event at once, and
returns the same frozen record; there is no loop over events (but in the models of conditional
variance and in ``synthetic_control``, which say why).
"""

from __future__ import annotations

from analysis.engine.models.definition import FitFunction, ModelDefinition
from analysis.engine.models.egarch import fit_egarch_market_model
from analysis.engine.models.fit import ModelOptions, NormalReturnFit, Robust, Sample, Volatility
from analysis.engine.models.garch import FEWEST_SESSIONS, fit_garch_market_model
from analysis.engine.models.linear import (
    fit_constant_mean,
    fit_factor_model,
    fit_market_adjusted,
    fit_market_model,
    fit_raw_returns,
)
from analysis.engine.models.nonsynchronous import fit_dimson, fit_scholes_williams
from analysis.engine.models.robust import fit_robust_market_model
from analysis.engine.models.rolling import fit_rolling_market_model
from analysis.engine.models.synthetic import fit_synthetic_control
from analysis.engine.models.trades import fit_trade_to_trade

__all__ = [
    "MODELS",
    "TOTAL_REACTION",
    "WHOLE_HISTORY",
    "WITHOUT_BENCHMARK",
    "FitFunction",
    "ModelDefinition",
    "ModelOptions",
    "NormalReturnFit",
    "Robust",
    "Sample",
    "Volatility",
]

#: Every model by its code.
MODELS: dict[str, ModelDefinition] = {
    model.code: model
    for model in (
        ModelDefinition(
            code="constant_mean",
            source="MacKinlay (1997)",
            fit=fit_constant_mean,
            fewest_coefficients=1,
            needs_benchmark=False,
            fixed_beta=0.0,
            closed_form=True,
        ),
        ModelDefinition(
            code="market_adjusted",
            source="Brown and Warner (1980)",
            fit=fit_market_adjusted,
            fewest_coefficients=1,
            has_alpha=False,
            fixed_beta=1.0,
            closed_form=True,
        ),
        ModelDefinition(
            code="raw_returns",
            source="Brown and Warner (1985)",
            fit=fit_raw_returns,
            fewest_coefficients=0,
            needs_benchmark=False,
            has_alpha=False,
            fixed_beta=0.0,
            closed_form=True,
        ),
        ModelDefinition(
            code="market_model",
            source="MacKinlay (1997)",
            fit=fit_market_model,
            fewest_coefficients=2,
            closed_form=True,
        ),
        ModelDefinition(
            code="factor_model",
            source="Fama and French (1993), Carhart (1997)",
            fit=fit_factor_model,
            fewest_coefficients=2,
            several_factors=True,
        ),
        ModelDefinition(
            code="scholes_williams",
            source="Scholes and Williams (1977)",
            fit=fit_scholes_williams,
            fewest_coefficients=4,
            days_lost=2,
        ),
        ModelDefinition(
            code="dimson",
            source="Dimson (1979)",
            fit=fit_dimson,
            fewest_coefficients=2,
            leads_and_lags=True,
        ),
        ModelDefinition(
            code="robust_market_model",
            source="Huber (1973), Wesolowsky (1981)",
            fit=fit_robust_market_model,
            fewest_coefficients=2,
        ),
        ModelDefinition(
            code="garch_market_model",
            source="Bollerslev (1986), Glosten, Jagannathan and Runkle (1993)",
            fit=fit_garch_market_model,
            fewest_coefficients=2,
            fewest_history=FEWEST_SESSIONS,
        ),
        ModelDefinition(
            code="egarch_market_model",
            source="Nelson (1991)",
            fit=fit_egarch_market_model,
            fewest_coefficients=2,
            fewest_history=FEWEST_SESSIONS,
        ),
        ModelDefinition(
            code="rolling_market_model",
            source="Fama and MacBeth (1973)",
            fit=fit_rolling_market_model,
            fewest_coefficients=2,
        ),
        ModelDefinition(
            code="trade_to_trade",
            source="Maynes and Rumsey (1993)",
            fit=fit_trade_to_trade,
            fewest_coefficients=2,
            spans_days=True,
        ),
        ModelDefinition(
            code="synthetic_control",
            source="Abadie, Diamond and Hainmueller (2010)",
            fit=fit_synthetic_control,
            fewest_coefficients=1,
            needs_benchmark=False,
            has_alpha=False,
            fixed_beta=0.0,
            needs_donors=True,
        ),
    )
}

#: The model of the total reaction: nothing is taken out but the security's own mean.
TOTAL_REACTION = "constant_mean"

#: Models that need no benchmark.
WITHOUT_BENCHMARK = frozenset(code for code, model in MODELS.items() if not model.needs_benchmark)

#: Models fitted on every earlier session, not on the estimation window alone.
WHOLE_HISTORY = frozenset(code for code, model in MODELS.items() if model.whole_history)
