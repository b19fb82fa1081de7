"""A set of series as the gate looks at them: how large each usually is, and what its days are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.engine.panel import Floats

#: Parts a history is cut into, and the fewest values a part is judged by.
_PARTS, _FEWEST = 8, 5
#: Spreads of fewer returns are too noisy to compare units by.
_PART_LENGTH = 20
#: From the median of absolute values to a standard deviation, if values are normal.
TO_SIGMA = 1.4826
#: Fewest common values for a correlation.
_COMMON = 60


@dataclass(frozen=True, eq=False)
class SeriesSet:
    """Series of one kind over the same rows.

    Attributes
    ----------
    parameter : str
        What the user calls them: ``"returns"``, ``"benchmark"``.
    names : tuple of str
        One a column.
    values : ndarray of shape (n_sessions, n_series)
        Decimal returns; NaN where missing.
    label : ndarray of datetime64[D], of shape (n_sessions,) or (n_sessions, n_series)
        The day of a row, for display.
    return_kind : str or None
        ``"simple"``, ``"log"``, or None where nobody has said yet.
    """

    parameter: str
    names: tuple[str, ...]
    values: Floats
    label: npt.NDArray[np.datetime64]
    return_kind: Literal["simple", "log"] | None = None

    def day(self, row: int, column: int) -> str:
        """Write the date of one value."""
        return str(self.label[row] if self.label.ndim == 1 else self.label[row, column])

    def take(self, columns: npt.NDArray[np.intp]) -> SeriesSet:
        """Return some of the series."""
        if len(columns) == len(self.names):
            return self
        label = self.label if self.label.ndim == 1 else self.label[:, columns]
        names = tuple(self.names[i] for i in columns)
        return SeriesSet(self.parameter, names, self.values[:, columns], label, self.return_kind)

    @cached_property
    def low(self) -> Floats:
        """Smallest value of each series; NaN if it has none."""
        return np.asarray(np.fmin.reduce(self.values, axis=0))

    @cached_property
    def high(self) -> Floats:
        """Largest value of each series; NaN if it has none."""
        return np.asarray(np.fmax.reduce(self.values, axis=0))

    @cached_property
    def parts(self) -> Floats:
        """Median of the absolute values other than zero in each part of the history.

        Returns
        -------
        ndarray of shape (n_parts, n_series)
            NaN where a part has too few values. Zeros are left out: they are days without trade.
        """
        n = len(self.values)
        edges = np.linspace(0, n, min(_PARTS, max(n // _PART_LENGTH, 1)) + 1).astype(int)
        return np.array([_median_size(self.values[a:b]) for a, b in pairwise(edges)])

    @cached_property
    def size(self) -> Floats:
        """What each series usually moves by: the median of its parts; NaN where unknown."""
        return nan_median(self.parts)

    @property
    def sigma(self) -> Floats:
        """The same as a standard deviation, which no single day can move."""
        return self.size * TO_SIGMA


def nan_median(values: Floats) -> Floats:
    """Return the median over rows that are there, NaN for a column without any."""
    if not values.size:
        return np.full(values.shape[1], np.nan)
    ordered = np.sort(values, axis=0)
    n = np.isfinite(ordered).sum(axis=0)
    lower = np.take_along_axis(ordered, np.maximum(n - 1, 0)[None] // 2, axis=0)[0]
    upper = np.take_along_axis(ordered, np.maximum(n, 1)[None] // 2, axis=0)[0]
    return np.where(n > 0, (lower + np.where(n % 2 == 1, lower, upper)) / 2, np.nan)


def _median_size(values: Floats) -> Floats:
    sizes = np.sort(np.abs(values), axis=0)
    n = (~np.isnan(sizes)).sum(axis=0)
    zero = (sizes == 0).sum(axis=0)
    middle = np.minimum(zero + (n - zero) // 2, len(sizes) - 1)
    found = np.take_along_axis(sizes, middle[None], axis=0)[0]
    return np.where(n - zero >= _FEWEST, found, np.nan)


def row_mean(values: Floats) -> Floats:
    """Return the mean of each row over what is there; NaN where nothing is."""
    n = np.isfinite(values).sum(axis=1)
    total = np.where(np.isfinite(values), values, 0.0).sum(axis=1)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def correlation(a: Floats, b: Floats) -> float:
    """Return the correlation over common values; NaN where they are too few or do not vary."""
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < _COMMON:
        return float("nan")
    x, y = a[both] - a[both].mean(), b[both] - b[both].mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 else float("nan")
