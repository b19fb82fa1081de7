"""A finished study handed from the process that computed it to the kernel that shows it.

The file lies in a folder that only this user may enter, named in the environment of the kernel:
a notebook that is run by itself finds none, and computes.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.reactions.table_ladder import Judged
from analysis.reactions.table_study import TableRequest, TableStudy

_PLACE = "MARKET_REACTION_FINISHED_STUDY"


@contextmanager
def handed_over(study: TableStudy, judged: Judged, folder: str) -> Iterator[None]:
    """Let kernels that start inside the block find a study in ``folder``."""
    file = Path(folder) / "study.pickle"
    file.write_bytes(pickle.dumps((study, judged), protocol=pickle.HIGHEST_PROTOCOL))
    os.environ[_PLACE] = str(file)
    try:
        yield
    finally:
        del os.environ[_PLACE]


def taken_over(request: TableRequest) -> tuple[TableStudy, Judged] | None:
    """Return the finished study of a request; None if none was handed over."""
    place = os.environ.get(_PLACE)
    if place is None or not Path(place).is_file():
        return None
    study, judged = pickle.loads(Path(place).read_bytes())
    return (study, judged) if study.request == request else None
