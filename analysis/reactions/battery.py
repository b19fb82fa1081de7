"""The whole battery on one study: the distinct sessions of some events in one market.

Its tests: ``analysis.engine.inference.battery``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.engine.inference import TESTS
from analysis.engine.study import event_study
from analysis.errors import InputError
from analysis.reactions.panel import reaction_panel
from analysis.reactions.pooled import main_rows, scopes

if TYPE_CHECKING:
    from analysis.engine.results import EventStudyResult
    from analysis.reactions.open_study import OpenStudy


def scope_study(opened: OpenStudy, market: str, scope: str = "all") -> EventStudyResult:
    """Study the reactions of one market to some events, one observation per distinct session.

    Parameters
    ----------
    opened
        The founding study: its method, prices and events are used.
    market
        Symbol of a market of the study.
    scope
        ``"all"``, ``"category:NAME"`` or ``"article:FILE"``.

    Raises
    ------
    InputError
        If the study has no such market or scope.
    StudyError
        If no reaction can be used.
    """
    market_data = opened.market_data()
    panel = reaction_panel(market_data)
    if market not in panel.securities:
        raise InputError.choice("market", market, panel.securities)
    members = scopes(opened.seeds.events)
    if scope not in members:
        raise InputError.choice("scope", scope, members)
    column = panel.securities.index(market)
    rows = np.unique(panel.row[main_rows(panel, column, members[scope])])
    method = replace(market_data.run.study, tests=tuple(TESTS))
    return event_study(panel.at(rows, np.full(len(rows), column)), spec=method)
