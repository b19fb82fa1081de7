"""Event studies of dated news: whether markets moved more than they would have anyway.

>>> import analysis
>>> result = analysis.event_study(returns, events, benchmark=market)      # doctest: +SKIP
>>> result.tests(windows=[(0, 0), (-1, 1)])                               # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.partitioned.result import PartitionedResult
    from analysis.partitioned.study import partitioned_study
    from analysis.results import EventStudyResult
    from analysis.spec import RunSpec, StudySpec
    from analysis.study import event_study

__version__ = "0.1.0"
__all__ = [
    "EventStudyResult",
    "PartitionedResult",
    "RunSpec",
    "StudySpec",
    "event_study",
    "partitioned_study",
]

_HOMES = {
    "event_study": "analysis.study",
    "EventStudyResult": "analysis.results",
    "PartitionedResult": "analysis.partitioned.result",
    "partitioned_study": "analysis.partitioned.study",
    "StudySpec": "analysis.spec",
    "RunSpec": "analysis.spec",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that ``import analysis`` stays quick."""
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'analysis' has no attribute {name!r}")
