"""Many pairs of series over draws: what one series needs is done once, not once per pair.

Figures are those of `comovement` and `correlations_without` to the last bit: where two series are
blank in the same cells of a draw, each is centred and ranked as if alone; the other draws go
through these functions as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from analysis.engine.correlation import (
    Comovement,
    comovement,
    correlations_without,
    on_same_cells,
    row_ranks,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, repr=False)
class Side:
    """One series in many draws, prepared for every series it is paired with.

    Attributes
    ----------
    observed : ndarray of shape (n,)
        The series itself.
    drawn : ndarray of shape (n_draws, n)
        The same in each draw; NaN where blank.
    """

    observed: Floats
    drawn: Floats

    @cached_property
    def present(self) -> Bools:
        """Which cells of each draw are not blank."""
        return np.isfinite(self.drawn)

    @cached_property
    def pattern(self) -> npt.NDArray[np.uint64]:
        """The blanks of each draw as bits, shape (n_draws, words)."""
        packed = np.packbits(~self.present, axis=1)
        words = -(-max(packed.shape[1], 1) // 8)
        wide = np.zeros((len(packed), 8 * words), dtype=np.uint8)
        wide[:, : packed.shape[1]] = packed
        return wide.view(np.uint64)

    @cached_property
    def count(self) -> npt.NDArray[np.int64]:
        """Cells of each draw that are not blank."""
        return np.asarray(self.present.sum(axis=1))

    @cached_property
    def sign(self) -> npt.NDArray[np.int8]:
        """Signs, 0 where blank."""
        return np.where(self.present, np.sign(self.drawn), 0).astype(np.int8)

    @cached_property
    def values(self) -> Centred:
        """The draws less their means."""
        return Centred.of(self.drawn, self.present)

    @cached_property
    def ranks(self) -> Centred:
        """The ranks within each draw less their means."""
        return Centred.of(row_ranks(np.where(self.present, self.drawn, np.nan)), self.present)

    def without(self, kept: Floats) -> tuple[Floats, ...]:
        """Return count, sum and sum of squares of each group of cells, (n_draws, n_groups)."""
        key = kept.tobytes()
        if key not in self._sums:
            d = self.values.cells
            self._sums[key] = tuple(v @ kept for v in (self.present.astype(float), d, d * d))
        return self._sums[key]

    def head(self, n_draws: int) -> Side:
        """Return the first draws alone, the same object each time."""
        if n_draws >= len(self.drawn):
            return self
        return self._heads.setdefault(n_draws, Side(self.observed, self.drawn[:n_draws]))

    @cached_property
    def _sums(self) -> dict[bytes, tuple[Floats, ...]]:
        return {}

    @cached_property
    def _heads(self) -> dict[int, Side]:
        return {}


@dataclass(frozen=True, eq=False, repr=False)
class Centred:
    """Values less the mean of their draw, 0 where blank, and their sums of squares."""

    cells: Floats
    squares: Floats

    @classmethod
    def of(cls, values: Floats, present: Bools) -> Centred:
        """Centre each row over what is present."""
        n = present.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(present, values, 0.0).sum(axis=1, keepdims=True) / n
            cells = np.where(present, values - mean, 0.0)
        return cls(cells, np.einsum("rt,rt->r", cells, cells))


def _correlated(a: Centred, b: Centred, n: Ints) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.einsum("rt,rt->r", a.cells, b.cells) / np.sqrt(a.squares * b.squares)
    known = (n >= 3) & (a.squares > 0) & (b.squares > 0)
    out: Floats = np.where(known, np.clip(r, -1, 1), np.nan)
    return out


def _rows(drawn: Floats, rows: Ints) -> Floats:
    """Return some draws, laid out in memory as all are: sums run in the same order."""
    return np.asarray(drawn[rows], order="F" if drawn.flags.f_contiguous else "C")


@dataclass(frozen=True, eq=False, repr=False)
class Pair:
    """Two series in the same draws."""

    a: Side
    b: Side

    @cached_property
    def mixed(self) -> Ints:
        """Draws in which the two are blank in different cells."""
        return np.flatnonzero((self.a.pattern != self.b.pattern).any(axis=1))

    @property
    def share_blank(self) -> float:
        """Share of the cells that is blank in either."""
        return float((~(self.a.present & self.b.present)).mean())

    @cached_property
    def _patterns(self) -> tuple[Floats, Ints]:
        """Every set of blanks that a draw has, as cells that are NaN there, and which each has."""
        both = self.a.pattern | self.b.pattern
        if both.shape[1] == 1:
            _, first, which = np.unique(both[:, 0], return_index=True, return_inverse=True)
        else:
            _, first, which = np.unique(both, axis=0, return_index=True, return_inverse=True)
        return _rows(self.a.drawn, first) + _rows(self.b.drawn, first), which.reshape(-1)

    def comovement(self) -> Comovement:
        """Return how the two move together in each draw."""
        a, b, mixed = self.a, self.b, self.mixed
        blank = a.drawn.shape[1] - a.count
        with np.errstate(divide="ignore", invalid="ignore"):
            share = ((a.sign == b.sign).sum(axis=1) - blank) / a.count
        found = Comovement(
            n=a.count.copy(),
            pearson=_correlated(a.values, b.values, a.count),
            spearman=_correlated(a.ranks, b.ranks, a.count),
            share_same_sign=share,
        )
        if len(mixed):
            other = comovement(_rows(a.drawn, mixed), _rows(b.drawn, mixed))
            for name in ("n", "pearson", "spearman", "share_same_sign"):
                getattr(found, name)[mixed] = getattr(other, name)
        return found

    def observed(self) -> Comovement:
        """Return the observed figures on the cells that each draw has."""
        cells, which = self._patterns
        here = on_same_cells(self.a.observed, cells)
        found = comovement(here, np.broadcast_to(self.b.observed, here.shape))
        return Comovement(
            n=found.n[which],
            pearson=found.pearson[which],
            spearman=found.spearman[which],
            share_same_sign=found.share_same_sign[which],
        )

    def without(self, keep: Bools) -> Floats:
        """Return Pearson's r of each draw without groups of cells, shape (n_groups, n_draws)."""
        kept, mixed = keep.T.astype(float), self.mixed
        (n, sx, sxx), (_, sy, syy) = self.a.without(kept), self.b.without(kept)
        with np.errstate(divide="ignore", invalid="ignore"):
            sxy = (self.a.values.cells * self.b.values.cells) @ kept
            vx, vy = sxx - sx**2 / n, syy - sy**2 / n
            r = (sxy - sx * sy / n) / np.sqrt(vx * vy)
        known = (n >= 3) & (vx > 1e-12 * sxx) & (vy > 1e-12 * syy)
        found: Floats = np.where(known, np.clip(r, -1, 1), np.nan).T
        if len(mixed):
            found[:, mixed] = correlations_without(
                _rows(self.a.drawn, mixed), _rows(self.b.drawn, mixed), keep
            )
        return found

    def observed_without(self, keep: Bools) -> Floats:
        """Return the observed r on the cells of each draw without groups, (n_groups, n_draws)."""
        cells, which = self._patterns
        here = on_same_cells(self.a.observed, cells)
        there = np.broadcast_to(self.b.observed, here.shape)
        return correlations_without(here, there, keep)[:, which]
