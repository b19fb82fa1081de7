"""Peers as the benchmark: the mean of all other securities, session by session."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np

from analysis.engine.panel import Floats
from analysis.errors import InputError

#: Ask for the leave-one-out mean of the other securities as the benchmark of each.
PEERS: Literal["peers"] = "peers"


def peer_benchmark(returns: Floats, kind: str = PEERS) -> Floats:
    """Return the equal-weighted mean return of all other securities, session by session.

    Parameters
    ----------
    returns : ndarray of shape (n_sessions, n_securities)
        Decimal; NaN where missing.
    kind
        Must be ``"peers"``.

    Returns
    -------
    ndarray of shape (n_sessions, n_securities)
        Column j is the mean over the others that have a return; NaN where none has.

    Raises
    ------
    InputError
        For another kind, or with one security.
    """
    if kind != PEERS:
        raise InputError(
            "benchmark", kind, "the only benchmark with a name is 'peers'.",
            "Use 'peers', 'peers:COLUMN' for those of the same group, or pass a Series.",
        )  # fmt: skip
    check_peers(returns.shape[1], "returns")
    return others_mean(returns, *session_sums(returns))


def group_peers(returns: Floats, group: Sequence[Hashable | None]) -> Floats:
    """Return the equal-weighted mean return of the other securities of the same group.

    Parameters
    ----------
    returns : ndarray of shape (n_sessions, n_securities)
        Decimal; NaN where missing.
    group
        Of each security; None for those that are in none.

    Returns
    -------
    ndarray of shape (n_sessions, n_securities)
        NaN for a security in no group or alone in its own.
    """
    out = np.full(returns.shape, np.nan)
    for name in dict.fromkeys(g for g in group if g is not None):
        members = [n for n, own in enumerate(group) if own == name]
        if len(members) > 1:
            out[:, members] = peer_benchmark(returns[:, members])
    return out


def check_peers(n_securities: int, parameter: str) -> None:
    """Refuse peers where there is no other security.

    Raises
    ------
    InputError
        With fewer than two securities.
    """
    if n_securities < 2:
        count = "one" if n_securities else "none"
        raise InputError(
            "benchmark",
            PEERS,
            f"peers are other securities, and `{parameter}` has {count}.",
            "Pass a Series or a file.",
        )


def session_sums(returns: Floats) -> tuple[Floats, Floats]:
    """Return the sum and the number of the returns of each session, each of shape (n_sessions,)."""
    there = np.isfinite(returns)
    return np.where(there, returns, 0.0).sum(axis=1), there.sum(axis=1).astype(np.float64)


def others_mean(returns: Floats, total: Floats, n: Floats) -> Floats:
    """Return the mean of all other securities, session by session.

    Parameters
    ----------
    returns : ndarray of shape (n_sessions, n_securities)
        Decimal; NaN where missing. Some or all of the securities that were summed.
    total, n : ndarray of shape (n_sessions,)
        Sum and number of the returns of all securities.

    Returns
    -------
    ndarray of shape (n_sessions, n_securities)
        NaN where no other security has a return.
    """
    there = np.isfinite(returns)
    others = n[:, None] - there
    rest = total[:, None] - np.where(there, returns, 0.0)
    return np.where(others > 0, rest / np.maximum(others, 1), np.nan)
