"""How a study of a table of events is judged: that of its result, by the groups its file names."""

from __future__ import annotations

from analysis.engine.judged import Judged as Judged
from analysis.engine.judged import judge_result
from analysis.reactions.table_study import TableStudy


def judge(study: TableStudy, *, estimated: bool = True) -> Judged:
    """Judge every window of a study; ``estimated`` as in :func:`~analysis.engine.ladder.ladder`."""
    return judge_result(study.result, study.table.groups, estimated=estimated)
