"""Prices held against the calendars of their exchanges and against the snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.prices.quality import QualityReport, check_quality
from analysis.sessions.calendars import calendar_code, sessions_held

if TYPE_CHECKING:
    import pandas as pd

    from analysis.prices import Prices
    from analysis.seeds.markets import Market
    from analysis.sessions.closures import Corrections


def audit_prices(
    prices: Prices,
    *,
    markets: Sequence[Market],
    corrections: Corrections,
    snapshot: pd.DataFrame | None = None,
) -> QualityReport:
    """Report the quality of prices.

    Parameters
    ----------
    prices
        Checked closes.
    markets
        Where each symbol trades; one that is not among them is not held against a calendar.
    corrections
        What calendar packages get wrong.
    snapshot
        Closes to compare with on common days; None for none.

    Raises
    ------
    InputError
        If there is no calendar of an exchange.
    """
    closes = prices.closes
    homes = {m.symbol: calendar_code(m.exchange) for m in markets if m.symbol in closes}
    sessions = {
        symbol: _sessions(code, closes[symbol].dropna(), corrections)
        for symbol, code in homes.items()
    }
    banner = (prices.banner,) if prices.banner else ()
    return check_quality(
        closes,
        source=prices.source,
        sessions=sessions,
        exchanges=homes,
        reference=snapshot,
        notes=(*banner, *prices.notes),
    )


def _sessions(
    code: str, series: pd.Series[float], corrections: Corrections
) -> NDArray[np.datetime64]:
    first, last = f"{series.index[0]:%Y-%m-%d}", f"{series.index[-1]:%Y-%m-%d}"
    return sessions_held(code, first, last, corrections).session
