"""One-sided alternatives, fixed before the moves were known."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: What is held against "nothing happened": any effect, a positive one, a negative one.
Alternative = Literal["two-sided", "greater", "less"]


@overload
def one_tail(p: float, statistic: float, alternative: Alternative) -> float: ...
@overload
def one_tail(p: Floats, statistic: Floats, alternative: Alternative) -> Floats: ...
def one_tail(p: float | Floats, statistic: float | Floats, alternative: Alternative) -> object:
    """Turn two-sided p-values of a symmetric reference into those of an alternative.

    Parameters
    ----------
    p, statistic
        Two-sided p-values and their statistics, of one shape; NaN stays.
    alternative
        ``"two-sided"`` returns ``p`` as it is.

    Notes
    -----
    p/2 where the statistic has the sign the alternative names, 1 - p/2 where it has not.
    """
    if alternative == "two-sided":
        return p
    towards = np.asarray(statistic) * (1 if alternative == "greater" else -1) > 0
    found = np.where(towards, np.asarray(p) / 2, 1 - np.asarray(p) / 2)
    return found if isinstance(p, np.ndarray) else float(found)


def rank_p(statistic: float, drawn: Floats, alternative: Alternative) -> float:
    """Rank a statistic among draws under the null: (1 + as extreme) / (draws + 1)."""
    if alternative == "two-sided":
        beyond = np.abs(drawn) >= abs(statistic)
    else:
        beyond = drawn >= statistic if alternative == "greater" else drawn <= statistic
    return float((1 + beyond.sum()) / (len(drawn) + 1))


def p_name(alternative: Alternative) -> str:
    """Name a p-value where it stands: ``p``, or ``one-sided p``."""
    return "p" if alternative == "two-sided" else "one-sided p"
