"""A market model whose log variance follows Nelson's EGARCH(1,1)."""

from __future__ import annotations

import numpy as np
import scipy

from analysis.engine.models.fit import Floats, ModelOptions, NormalReturnFit, Sample
from analysis.engine.models.garch import PERCENT, Family, fit_family

_MEAN_SIZE = np.sqrt(2 / np.pi)  # E|z| of a standard normal z


def fit_egarch_market_model(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Fit alpha + beta x benchmark with EGARCH(1,1) errors by maximum likelihood.

    Parameters
    ----------
    sample
        As for ``garch_market_model``: one factor, at least 500 earlier sessions with a return.
    options
        None is used.

    Notes
    -----
    ln s2_t = omega + arch (|z| - sqrt(2/pi)) + leverage z + garch ln s2_{t-1}, z the standardised
    residual of the day before. The likelihood is that of the package ``arch``. The variance is
    filtered through day -1 and frozen there; later days have its exact expectation under normal z,
    exp(E ln s2) times E exp(b (arch (|z| - sqrt(2/pi)) + leverage z)) for every day between, b the
    power of ``garch`` it comes with. A day without a return leaves the variance at its expectation.

    References
    ----------
    Nelson, D. B. (1991). Conditional heteroskedasticity in asset returns: a new approach.
    Econometrica 59, 347-370.
    """
    return fit_family(sample, options, _EGARCH)


def _maximum_likelihood(y: Floats, x: Floats, options: ModelOptions) -> Floats | None:
    """Return alpha, beta, omega, arch, leverage, garch in decimal units; None if it fails."""
    from arch.univariate import EGARCH, LS, Normal

    model = LS(
        y * PERCENT,
        x=x[:, None] * PERCENT,
        volatility=EGARCH(p=1, o=1, q=1),
        distribution=Normal(),
        rescale=False,
    )
    found = model.fit(disp="off", show_warning=False)
    if found.convergence_flag != 0:
        return None
    alpha, beta, omega, arch, leverage, garch = np.asarray(found.params)
    shift = (1 - garch) * np.log(PERCENT**2)
    return np.array([alpha / PERCENT, beta, omega - shift, arch, leverage, garch])


def _forecasts(residuals: Floats, params: Floats, row: int, first: int, last: int) -> Floats:
    """Forecast the standard deviation of event days, with nothing after day -1 known."""
    omega, arch, leverage, garch = params[2:]
    log = float(np.log(np.mean(residuals[np.isfinite(residuals)] ** 2)))
    pending = np.empty(0)  # powers of garch that unknown shocks come with
    path = np.empty(row + last + 1)
    for session in range(row + last + 1):
        path[session] = log + np.log(expected_shock(pending, arch, leverage)).sum()
        shock = residuals[session] if session < min(row, len(residuals)) else np.nan
        if np.isfinite(shock):
            log, pending = path[session], np.empty(0)
            z = shock / np.exp(log / 2)
            log = omega + arch * (abs(z) - _MEAN_SIZE) + leverage * z + garch * log
        else:
            log = omega + garch * log
            pending = np.append(garch * pending, 1.0)
    return np.exp(path[row + first :] / 2)


def expected_shock(power: Floats, arch: float, leverage: float) -> Floats:
    """Return E exp(b (arch (|z| - E|z|) + leverage z)) of a standard normal z for every b."""
    up, down = power * (arch + leverage), power * (arch - leverage)
    above, below = (np.exp(side**2 / 2) * scipy.special.ndtr(side) for side in (up, down))
    return np.asarray(np.exp(-power * arch * _MEAN_SIZE) * (above + below))


_EGARCH = Family("egarch_market_model", _maximum_likelihood, _forecasts)
