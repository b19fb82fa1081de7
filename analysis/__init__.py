"""Event studies of dated news: whether markets moved more than they would have anyway.

>>> import analysis
>>> result = analysis.event_study(returns, events, benchmark=market)      # doctest: +SKIP
>>> result.tests(windows=[(0, 0), (-1, 1)])                               # doctest: +SKIP
>>> print(result.table(by="group").to_latex())                            # doctest: +SKIP

``help(analysis.event_study)`` leads to the rest; docs/paper.md makes a published study with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.engine.cross_section import cross_section
    from analysis.engine.frame_panel import panel_from_returns
    from analysis.engine.results import EventStudyResult
    from analysis.engine.spec import StudySpec
    from analysis.engine.study import event_study, volume_study
    from analysis.prices import prices_from_frame
    from analysis.prices.yahoo_minutes import yahoo_minutes
    from analysis.reactions.own_minutes import minutes
    from analysis.reactions.run_spec import RunSpec
    from analysis.scale.result import PartitionedResult
    from analysis.scale.study import partitioned_study

__version__ = "0.1.0"
__all__ = [
    "EventStudyResult",
    "PartitionedResult",
    "RunSpec",
    "StudySpec",
    "cross_section",
    "event_study",
    "minutes",
    "panel_from_returns",
    "partitioned_study",
    "prices_from_frame",
    "volume_study",
    "yahoo_minutes",
]

_HOMES = {
    "EventStudyResult": "analysis.engine.results",
    "PartitionedResult": "analysis.scale.result",
    "RunSpec": "analysis.reactions.run_spec",
    "StudySpec": "analysis.engine.spec",
    "cross_section": "analysis.engine.cross_section",
    "event_study": "analysis.engine.study",
    "minutes": "analysis.reactions.own_minutes",
    "panel_from_returns": "analysis.engine.frame_panel",
    "partitioned_study": "analysis.scale.study",
    "prices_from_frame": "analysis.prices",
    "volume_study": "analysis.engine.study",
    "yahoo_minutes": "analysis.prices.yahoo_minutes",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that ``import analysis`` stays quick."""
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'analysis' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
