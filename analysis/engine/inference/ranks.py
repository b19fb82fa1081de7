"""Ranks of many rows at once, ties averaged, missing values left out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Doubled = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]

#: Rows ranked at once: what a processor holds; bounds no result.
BLOCK = 256


def doubled_ranks(*columns: Floats) -> Doubled:
    """Rank each row of columns standing side by side; twice the rank, so that ties stay whole.

    Parameters
    ----------
    *columns : ndarray of shape (n, m_j)
        NaN where missing; a missing value takes no rank.

    Returns
    -------
    ndarray of shape (n, sum of m_j), unsigned
        Twice the average rank among the present values of the row, counted from 1; 0 where missing.

    Notes
    -----
    2 K_i = first + last position of the values equal to x_i, in ascending order: mid-ranks, as
    Corrado (1989) ranks estimation and event days together.

    References
    ----------
    Corrado, C. J. (1989). A nonparametric test for abnormal security-price performance in event
    studies. Journal of Financial Economics 23, 385-395.
    """
    n, m = len(columns[0]), sum(part.shape[1] for part in columns)
    dtype = np.uint16 if m < 2**15 - 1 else np.uint32
    out = np.empty((n, m), dtype=dtype)
    position = np.arange(2, 2 * m + 2, 2, dtype=dtype)[None, :]
    for start in range(0, n, BLOCK):
        block = np.concatenate([part[start : start + BLOCK] for part in columns], axis=1)
        block += 0.0  # one zero, not two with different bits
        _rank_block(block, position, out[start : start + BLOCK])
    return out


def _rank_block(values: Floats, position: Doubled, out: Doubled) -> None:
    if np.isfinite(values.sum()):
        order, close = _packed_order(values)
        out[...] = _inverse(order, position)
        rows = np.flatnonzero(close)
    else:
        rows = np.arange(len(values))
    if len(rows):
        out[rows] = _exact_ranks(values[rows], position)


def _packed_order(values: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Sort each row with the column written into the lowest bits, which is quicker than argsort.

    Returns
    -------
    order : ndarray of shape (n, m)
        Columns in ascending order of value.
    close : ndarray of bool, shape (n,)
        Rows with values that differ in those bits only, or not at all; they need an exact look.
    """
    low = np.uint64((1 << (values.shape[1] - 1).bit_length()) - 1)
    key = values.view(np.uint64) & ~low
    key |= np.arange(values.shape[1], dtype=np.uint64)
    key.view(np.float64).sort(axis=1)
    close = np.asarray(((key[:, 1:] ^ key[:, :-1]) <= low).any(axis=1))
    key &= low
    return key.view(np.int64), close


def _inverse(order: npt.NDArray[np.int64], position: Doubled) -> Doubled:
    """Put each position where its column is; by a sort where both fit into 32 bits."""
    if position.dtype == np.uint16:
        key = order.astype(np.uint32) << np.uint32(16)
        key |= position
        key.sort(axis=1)
        return key.astype(np.uint16)
    out = np.empty(order.shape, dtype=position.dtype)
    np.put_along_axis(out, order, position, axis=1)
    return out


def _exact_ranks(values: Floats, position: Doubled) -> Doubled:
    order = np.argsort(values, axis=1)  # NaN sorts last
    out = np.empty(values.shape, dtype=position.dtype)
    np.put_along_axis(out, order, position, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    tied = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
    if len(tied):
        shared = _shared_positions(ordered[tied]).astype(out.dtype)
        rows = np.empty_like(shared)
        np.put_along_axis(rows, order[tied], shared, axis=1)
        out[tied] = rows
    out[np.isnan(values)] = 0
    return out


def _shared_positions(ordered: Floats) -> npt.NDArray[np.intp]:
    """First plus last position, counted from 1, of the run of equal values each value is in."""
    m = ordered.shape[1]
    index = np.arange(1, m + 1)
    first = np.ones(ordered.shape, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    start = np.maximum.accumulate(np.where(first, index, 0), axis=1)
    last = np.ones(ordered.shape, dtype=bool)
    last[:, :-1] = first[:, 1:]
    end = np.minimum.accumulate(np.where(last, index, m)[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(start + end)
