"""Placebo days of a catalogue of dated events, drawn as the joint placebo draws them."""

from __future__ import annotations

import numpy as np

from analysis.engine.inference.joint_placebo import BLOCK_GAP, Layout


def placebo_positions(position, n_days, *, n_draws, rng, block_gap=BLOCK_GAP):
    """Return the day of each event in each draw, shape (n_draws, n_events)."""
    laid = Layout.of(np.asarray(position, dtype=np.int64), n_days, block_gap)
    return laid.days(laid.starts(n_draws, rng))
