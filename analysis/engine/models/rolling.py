"""A market model whose line moves with the day it explains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.engine.models.fit import ModelOptions, NormalReturnFit, Sample
from analysis.engine.models.linear import fit_market_model
from analysis.errors import InputError


def fit_rolling_market_model(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Fit alpha + beta x benchmark anew for every event day, on an estimation window that moves.

    Parameters
    ----------
    sample
        One factor; every day of the moving window is used, so that no day can be left out.
    options
        None is used.

    Notes
    -----
    The line of event day t is that of the days t - d + estimation window, d the first event day:
    on the first event day it is the market model's, on each later one the window has moved on by a
    day, so that it may hold event days as soon as t is further from day 0 than the gap. ``fits``
    show the line of the first event day, whose residuals and sigma (df = T - 2) standardise every
    day. C of a day is that of its own line; sums of days take the lines' errors as one.

    References
    ----------
    Fama, E. F. and MacBeth, J. D. (1973). Risk, return, and equilibrium: empirical tests. Journal
    of Political Economy 81, 607-636, whose betas roll.
    """
    if sample.left_out is not None:
        raise InputError(
            "exclude", "a study with days left out",
            "rolling_market_model uses every day of a window that moves.", "Leave `exclude` out.",
        )  # fmt: skip
    fit = fit_market_model(sample, options)
    normal, loading = np.empty_like(fit.normal), np.empty_like(fit.loading)
    (start, end), (first, last) = sample.estimation_window, sample.event_window
    for moved in range(last - first + 1):
        day = first + moved
        line = fit_market_model(
            replace(
                sample, estimation_window=(start + moved, end + moved), event_window=(day, day)
            ),
            options,
        )
        normal[:, moved], loading[:, moved] = line.normal[:, 0], line.loading[:, 0]
    return replace(fit, model="rolling_market_model", normal=normal, loading=loading)
