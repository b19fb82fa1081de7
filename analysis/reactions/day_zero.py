"""What day 0 is measured with, market by market: returns, abnormal returns and their placebo."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.engine.inference.placebo import PlaceboSample
from analysis.engine.panel import EventPanel
from analysis.reactions.market_data import MarketData
from analysis.reactions.placebo import placebo_sample

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class DayZero:
    """Day-0 figures of one market and model at every session, NaN where there are none.

    Attributes
    ----------
    sample : PlaceboSample
        The placebo sample they come from.
    ar, sar, scaled : ndarray of shape (R,)
        Abnormal return (decimal), standardised, and standardised by the forecast of the day
        before and by the root of the span.
    admissible : ndarray of bool, shape (R,)
        Full windows and no catalogued day 0.
    """

    sample: PlaceboSample
    ar: Floats
    sar: Floats
    scaled: Floats
    admissible: npt.NDArray[np.bool_]


def day_zero(market_data: MarketData, panel: EventPanel, model: str) -> dict[str, DayZero]:
    """Compute day-0 figures at every session of every market."""
    spec = replace(market_data.run.study, model=model)
    found = {}
    for column, market in enumerate(panel.securities):
        events = np.flatnonzero(market_data.event_days[market])
        found[market] = spread(
            placebo_sample(panel, spec, column, (0, 0), events),
            len(market_data.sessions[market].session),
        )
    return found


def spread(sample: PlaceboSample, n_sessions: int) -> DayZero:
    """Lay a placebo sample on the whole session axis of its market."""

    def on_axis(values: Floats) -> Floats:
        out = np.full(n_sessions, np.nan)
        out[sample.row] = values
        return out

    admissible = np.zeros(n_sessions, dtype=bool)
    admissible[sample.row[~sample.holds_event]] = True
    return DayZero(
        sample=sample,
        ar=on_axis(sample.total),
        sar=on_axis(sample.raw),
        scaled=on_axis(sample.scaled / np.sqrt(np.maximum(sample.span, 1))),
        admissible=admissible,
    )
