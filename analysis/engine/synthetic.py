"""What a synthetic control is made of, how well it fits, and its placebos in space and in time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.models import MODELS
from analysis.engine.models.fit import Floats, Sample
from analysis.engine.models.synthetic import Mix, mix_of
from analysis.engine.panel import Window, take_days
from analysis.engine.study import sample_of
from analysis.errors import InputError

if TYPE_CHECKING:
    from analysis.engine.results import EventStudyResult


@dataclass(frozen=True, eq=False, repr=False)
class SyntheticControls:
    """Synthetic controls of the usable events of a study.

    Attributes
    ----------
    window : tuple of int
        Event days cumulated.
    weights : DataFrame
        One row for each event and donor with a weight: event_id, security, donor, weight.
    events : DataFrame
        Index (event_id, security); columns estimate (CAR, decimal), rmspe (root mean squared
        residual of the estimation window, daily, decimal), r_squared (share of the variance of
        estimation returns), n_donors (with a weight), n_pool (that could be used), p_space,
        n_space, p_time, n_time.
    """

    window: Window
    weights: pd.DataFrame
    events: pd.DataFrame

    def __repr__(self) -> str:
        return self.events.to_string()

    def _repr_html_(self) -> str:
        return str(self.events.to_html(float_format="{:.4f}".format))


def synthetic_controls(result: EventStudyResult, window: Window = (0, 0)) -> SyntheticControls:
    """Show weights and fit of synthetic controls and judge each event by placebos.

    Parameters
    ----------
    result
        A study with ``model="synthetic_control"``.
    window
        Event days cumulated, inside the event window.

    Raises
    ------
    InputError
        If the study used another model.

    Notes
    -----
    The statistic is |CAR| over the root mean squared residual of the estimation window. In space:
    every donor is given the event on the same dates, its control made of the other donors. In
    time: the security is given the event on earlier dates, a length of the event window apart and
    with no day of it before the event, the donors being the same. p is (1 + placebos with a
    statistic at least as large) / (placebos + 1): its floor is 1/(n + 1).

    References
    ----------
    Abadie, A., Diamond, A. and Hainmueller, J. (2010). Journal of the American Statistical
    Association 105, 493-505; (2015) American Journal of Political Science 59, 495-510.
    """
    if not MODELS[result.spec.model].needs_donors:
        raise InputError(
            "model", result.spec.model, "it makes no synthetic control.",
            "Run the study with StudySpec(model='synthetic_control').",
        )  # fmt: skip
    ab = result.abnormal
    sample = sample_of(result.panel, result.spec, ab.row, ab.column)
    days = ab.columns(window)
    names = np.asarray(result.panel.securities, dtype=object)
    weights, events = [], []
    index = result.car(window).index
    for event, (event_id, security) in enumerate(index):
        mix = mix_of(sample, event)
        active = np.flatnonzero(mix.weights > 0)
        order = active[np.argsort(-mix.weights[active], kind="stable")]
        weights += [
            (event_id, security, str(names[mix.donors[j]]), float(mix.weights[j])) for j in order
        ]
        events.append(_judged(sample, event, mix, days))
    return SyntheticControls(
        window,
        pd.DataFrame(weights, columns=["event_id", "security", "donor", "weight"]),
        pd.DataFrame(events, index=index),
    )


def _judged(sample: Sample, event: int, mix: Mix, days: slice) -> dict[str, float]:
    """Return the figures of one event."""
    at = _one(sample, event)
    estimate, observed = _statistic(at, mix, days)
    space = [
        _statistic(moved, mix_of(moved, 0, mix.donors[mix.donors != donor]), days)[1]
        for donor in mix.donors
        for moved in [replace(at, column=np.array([donor]), left_out=None)]
    ]
    time = [_statistic(moved, mix_of(moved, 0, mix.donors), days)[1] for moved in _earlier(at)]
    return {
        "estimate": estimate,
        "rmspe": _rmspe(mix),
        "r_squared": 1 - mix.squares / mix.total,
        "n_donors": mix.n_active,
        "n_pool": len(mix.donors),
        **_ranked("space", observed, space),
        **_ranked("time", observed, time),
    }


def _one(sample: Sample, event: int) -> Sample:
    left_out = None if sample.left_out is None else sample.left_out[[event]]
    return replace(
        sample,
        row=sample.row[[event]],
        column=sample.column[[event]],
        left_out=left_out,
        donors=None if sample.donors is None else sample.donors[[event]],
    )


def _earlier(sample: Sample) -> list[Sample]:
    """Give the security the event earlier, an event window apart, while windows fit."""
    (start, _), (first, last) = sample.estimation_window, sample.event_window
    row, length = int(sample.row[0]), last - first + 1
    rows = range(row - length, -start - 1, -length)
    return [replace(sample, row=np.array([earlier]), left_out=None) for earlier in rows]


def _statistic(sample: Sample, mix: Mix, days: slice) -> tuple[float, float]:
    """Return the CAR of a window, and its size over the estimation error; NaN without one."""
    returns = take_days(sample.returns, sample.row, sample.column, *sample.event_window)[0]
    car = float((returns - mix.normal)[days].sum())
    rmspe = _rmspe(mix)
    return car, abs(car) / rmspe if rmspe > 0 else float("nan")


def _rmspe(mix: Mix) -> float:
    there = np.isfinite(mix.residuals)
    return float(np.sqrt(mix.squares / there.sum())) if there.any() else float("nan")


def _ranked(name: str, observed: float, placebos: list[float]) -> dict[str, float]:
    drawn: Floats = np.array(placebos, dtype=np.float64)
    drawn = drawn[np.isfinite(drawn)]
    beyond: npt.NDArray[np.bool_] = drawn >= observed * (1 - 1e-12)
    p = (1 + int(beyond.sum())) / (len(drawn) + 1) if len(drawn) else float("nan")
    return {f"p_{name}": p if np.isfinite(observed) else float("nan"), f"n_{name}": len(drawn)}
