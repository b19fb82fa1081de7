"""Files of a study over partitions that need one value of each event: the same as in memory."""

from __future__ import annotations

from contextlib import suppress

import pandas as pd

from analysis.engine.judged import judge_result
from analysis.engine.results import EventStudyResult
from analysis.engine.workbook import MOST_ROWS, workbook
from analysis.files import csv_text
from analysis.scale.output import FILES, OUTCOMES, outcomes_frame, withdraw, write_file
from analysis.scale.result import PartitionedResult
from analysis.seeds.event_tables import group_columns


def write_gathered(out: str, result: PartitionedResult, *, judged: bool) -> None:
    """Write outcomes, distribution, the table and a workbook; where they fit, what judges them.

    Files an earlier run left and this one has not are removed.
    """
    events = result.gathered(out)
    if events is None:
        withdraw(out, FILES)
        return
    told: dict[str, pd.DataFrame] = {}
    table = events.table()
    if judged and result.n_requested <= MOST_ROWS and not result.why_apart:
        found = judge_result(result.whole, _groups(result.whole))
        told, table = found.tables(), found.table
    outcomes = outcomes_frame(events.frame, result.spec.windows or ())
    spread = events.distribution().reset_index()
    sheets = {"table": table.to_frame(), **result.tables(), "distribution": spread, **told}
    if len(outcomes) <= MOST_ROWS:
        sheets["event_outcomes"] = outcomes
    texts = {"distribution": spread, **told}
    files = {OUTCOMES: csv_text(outcomes).encode(), "tables.tex": table.to_latex().encode()}
    files |= {f"{name}.csv": csv_text(frame).encode() for name, frame in texts.items()}
    with suppress(ImportError):  # a workbook needs openpyxl
        files["results.xlsx"] = workbook(sheets)
    for name, content in files.items():
        write_file(out, name, content)
    withdraw(out, set(FILES) - set(files))


def _groups(result: EventStudyResult) -> list[str]:
    """Return the columns of the events that group them, as for events in one file."""
    frame = result.events
    return [] if frame is None else group_columns(frame.iloc[:, 3:])
