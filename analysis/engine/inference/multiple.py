"""Many tests at once: family-wise and false-discovery adjustments of given p-values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from analysis.errors import InputError

Floats = npt.NDArray[np.float64]


def holm(p_values: npt.ArrayLike) -> Floats:
    """Adjust for the family-wise error rate, step-down, under any dependence.

    Parameters
    ----------
    p_values : array_like of shape (n,)
        NaN entries are not part of the family and stay NaN.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics 6, 65-70.
    """
    return _adjusted(p_values, _holm)


def benjamini_hochberg(p_values: npt.ArrayLike) -> Floats:
    """Adjust for the false discovery rate, under independence or positive dependence.

    Parameters
    ----------
    p_values : array_like of shape (n,)
        NaN entries are not part of the family and stay NaN.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the
    Royal Statistical Society B 57, 289-300.
    """
    return _adjusted(p_values, _step_up)


def benjamini_yekutieli(p_values: npt.ArrayLike) -> Floats:
    """Adjust for the false discovery rate under any dependence.

    Parameters
    ----------
    p_values : array_like of shape (n,)
        NaN entries are not part of the family and stay NaN.

    References
    ----------
    Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in multiple
    testing under dependency. Annals of Statistics 29, 1165-1188.
    """

    def adjust(p: Floats) -> Floats:
        return _step_up(p) * float((1 / np.arange(1, len(p) + 1)).sum())

    return _adjusted(p_values, adjust)


def _adjusted(p_values: npt.ArrayLike, adjust: Callable[[Floats], Floats]) -> Floats:
    p = np.asarray(p_values, dtype=float)
    known = np.isfinite(p)
    if p.ndim != 1 or ((p[known] < 0) | (p[known] > 1)).any():
        raise InputError("p_values", p.tolist(), "they must be one row of numbers from 0 to 1.")
    out = np.full(p.shape, np.nan)
    out[known] = np.minimum(adjust(p[known]), 1.0)
    return out


def _holm(p: Floats) -> Floats:
    order = np.argsort(p, kind="stable")
    out = np.empty_like(p)
    out[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return out


def _step_up(p: Floats) -> Floats:
    n = len(p)
    order = np.argsort(p, kind="stable")
    out = np.empty_like(p)
    scaled = p[order] * n / np.arange(1, n + 1)
    out[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return out
