"""The bound: what five statistics over many events cost when nothing else is done.

Arrays in, five numbers per window out. No labels, no checks, no missing values, no ties: rolling
sums for the regressions, one gather of residuals, a row-wise argsort for the ranks, and sums by
date for the correlation. `engine.py` holds the package against it.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.sparse import csr_array


def statistics(
    returns: np.ndarray,
    market: np.ndarray,
    row: np.ndarray,
    column: np.ndarray,
    *,
    estimation: tuple[int, int],
    event: tuple[int, int],
    windows: list[tuple[int, int]],
) -> dict[tuple[int, int], tuple[float, float, float, float, float]]:
    """Cross-sectional t, Patell z, BMP t, Corrado z and Kolari-Pynnonen t of every window.

    `returns` is securities x sessions, contiguous; `row` and `column` place the events.
    """
    n_days, n_events = estimation[1] - estimation[0] + 1, len(row)
    start = row + estimation[0]
    x_sum, xx_sum = _rolling(market, n_days), _rolling(market * market, n_days)
    x_mean = x_sum[start] / n_days
    sxx = xx_sum[start] - n_days * x_mean**2
    y = sliding_window_view(returns, n_days, axis=1)[column, start]
    x = sliding_window_view(market, n_days)[start]
    y_mean = y.mean(axis=1)
    beta = (np.einsum("it,it->i", x, y) - n_days * x_mean * y_mean) / sxx
    alpha = y_mean - beta * x_mean
    y -= alpha[:, None]
    y -= beta[:, None] * x
    residuals = y
    squares = np.einsum("it,it->i", residuals, residuals)
    df = n_days - 2
    sigma = np.sqrt(squares / df)

    length = event[1] - event[0] + 1
    x_event = sliding_window_view(market, length)[row + event[0]]
    ar = sliding_window_view(returns, length, axis=1)[column, row + event[0]]
    ar = ar - alpha[:, None] - beta[:, None] * x_event
    distance = x_event - x_mean[:, None]
    sar = ar / (sigma[:, None] * np.sqrt(1 + 1 / n_days + distance**2 / sxx[:, None]))

    both = np.concatenate([residuals, ar], axis=1)
    ranks = np.empty(both.shape, dtype=np.int32)
    order = np.argsort(both, axis=1)
    np.put_along_axis(ranks, order, np.arange(1, both.shape[1] + 1, dtype=np.int32)[None], axis=1)
    deviation = ranks.mean(axis=0) - (both.shape[1] + 1) / 2
    spread = np.sqrt((deviation**2).mean())

    unit = residuals / np.sqrt(squares)[:, None]
    rows, group = np.unique(row, return_inverse=True)
    shape = (len(rows), n_events)
    together = csr_array((np.ones(n_events), (group, np.arange(n_events))), shape) @ unit
    found = {}
    for window in windows:
        a, b = window[0] - event[0], window[1] - event[0] + 1
        days = b - a
        car = ar[:, a:b].sum(axis=1)
        variance = days + days**2 / n_days + distance[:, a:b].sum(axis=1) ** 2 / sxx
        scar = car / (sigma * np.sqrt(variance))
        bmp = scar.mean() / (scar.std(ddof=1) / np.sqrt(n_events))
        dates = np.zeros((len(market), n_days + days - 1))
        for day in range(days):
            shift = days - 1 - day
            dates[rows + window[0] + day, shift : shift + n_days] += together
        total = (np.vdot(dates, dates) / days - n_events) / 2
        r = total / (n_events * (n_events - 1) / 2)
        patell = sar[:, a:b].sum() / np.sqrt(n_events * days * df / (df - 2))
        rank_z = np.sqrt(days) * deviation[n_days + a : n_days + b].mean() / spread
        found[window] = (
            car.mean() / (car.std(ddof=1) / np.sqrt(n_events)),
            patell,
            bmp,
            rank_z,
            bmp * np.sqrt((1 - r) / (1 + (n_events - 1) * r)),
        )
    return found


def _rolling(values: np.ndarray, length: int) -> np.ndarray:
    """Sum every window of this length, by running sums."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return sums[length:] - sums[:-length]
