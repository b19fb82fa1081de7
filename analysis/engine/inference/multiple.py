"""Many tests at once: family-wise and false-discovery adjustments of given p-values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from analysis.engine import LEVEL
from analysis.errors import InputError

Floats = npt.NDArray[np.float64]


def holm(p_values: npt.ArrayLike) -> Floats:
    """Adjust for the family-wise error rate, step-down, under any dependence.

    Parameters
    ----------
    p_values : array_like of shape (n,)
        NaN entries are not part of the family and stay NaN.

    Notes
    -----
    max over j <= i of (n - j + 1) p_(j), p ascending.

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

    Notes
    -----
    min over j >= i of n p_(j) / j, p ascending.

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

    Notes
    -----
    min over j >= i of n p_(j) sum_k(1/k) / j, p ascending.

    References
    ----------
    Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in multiple
    testing under dependency. Annals of Statistics 29, 1165-1188.
    """

    def adjust(p: Floats) -> Floats:
        return _step_up(p) * float((1 / np.arange(1, len(p) + 1)).sum())

    return _adjusted(p_values, adjust)


def out_of_reach(floors: npt.ArrayLike) -> tuple[str, ...]:
    """Say which adjustments cannot reject, however unusual one member of the family is.

    Parameters
    ----------
    floors : array_like of shape (n,)
        Smallest p-value that each member can have; NaN entries are not part of the family.

    Returns
    -------
    tuple of str
        One sentence for Holm, and one for both false discovery rates; empty where the most
        outstanding member alone can be rejected.

    Notes
    -----
    The smallest adjusted p of one member at its floor f among n is n f for Holm and for Benjamini
    and Hochberg, n f sum(1/k) for Benjamini and Yekutieli; with m members at the floor the latter
    two are n f / m and n f sum(1/k) / m.
    """
    known = np.asarray(floors, dtype=float)
    known = known[np.isfinite(known)]
    n = len(known)
    if not n or n * known.min() <= LEVEL:
        return ()
    least = n * float(known.min())
    harmonic = float((1 / np.arange(1, n + 1)).sum())
    together = [int(np.ceil(x / LEVEL - 1e-9)) for x in (least, least * harmonic)]
    either = [f"when {m} of them are at it" if m <= n else "at all" for m in together]
    words = f"{n} p-values with a floor of {known.min():.2g}"
    return (
        f"Holm cannot reject at {LEVEL:.0%}: {words} give {min(least, 1.0):.2g} at the least",
        f"Benjamini-Hochberg can reject only {either[0]}, Benjamini-Yekutieli only {either[1]}"
        if together[1] <= n
        else f"Benjamini-Hochberg can reject only {either[0]}, Benjamini-Yekutieli not at all",
    )


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
