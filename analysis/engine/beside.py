"""The same study against several benchmarks, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.engine.benchmarks import Benchmark, factors_of
from analysis.engine.frame_panel import without_benchmark
from analysis.engine.gate import look_at_panel, warn
from analysis.engine.models import MODELS
from analysis.engine.panel import Window
from analysis.engine.window_rows import windows_frame
from analysis.errors import InputError

if TYPE_CHECKING:
    from analysis.engine.results import EventStudyResult


def against(
    result: EventStudyResult,
    benchmarks: Mapping[str, Benchmark],
    windows: Sequence[Window] | None = None,
) -> pd.DataFrame:
    """Return one row a benchmark and window: mean CAR, its s.e., t, p, interval and N.

    Parameters
    ----------
    result
        A study of a frame of returns on one session axis.
    benchmarks
        By the name a row shall have; each as in :func:`~analysis.engine.study.event_study`.
    windows
        Those of the spec if None.

    Returns
    -------
    DataFrame
        Columns benchmark, window, then those of ``windows.csv``.

    Raises
    ------
    InputError
        If the model uses no benchmark, a benchmark is none or cannot be what it is said to be, or
        the securities keep sessions of their own.
    """
    from analysis.engine.study import estimate

    spec = result.spec if windows is None else replace(result.spec, windows=tuple(windows))
    panel = result.panel
    if not MODELS[spec.model].needs_benchmark:
        raise InputError(
            "model", spec.model, "it uses no benchmark.", "Use model='market_model', for example."
        )
    if panel.label.ndim == 2 or result.events is None:
        raise InputError(
            "benchmarks", list(benchmarks), "the study was made of a panel, not of a frame.",
            "Call event_study once for each.",
        )  # fmt: skip
    returns = pd.DataFrame(
        panel.returns, index=pd.DatetimeIndex(panel.label), columns=list(panel.securities)
    )
    given = replace(panel, status=np.where(panel.row >= 0, "ok", panel.status).astype(object))
    parts = []
    for name, benchmark in benchmarks.items():
        factors = factors_of(benchmark, panel.returns, returns, result.events)
        if not factors.names:
            raise InputError("benchmarks", name, "it is no benchmark.", "Pass a Series.")
        other = replace(given, factors=factors.values, factor_names=factors.names)
        other = without_benchmark(other, factors)
        noticed = (*factors.notes, *look_at_panel(other, spec))
        warn(tuple(note for note in noticed if note not in result.notes), stacklevel=4)
        found = estimate(other, spec)
        parts.append(windows_frame(replace(found, events=result.events)).assign(benchmark=name))
    frame = pd.concat(parts, ignore_index=True)
    return frame[["benchmark", *frame.columns.drop("benchmark")]]
