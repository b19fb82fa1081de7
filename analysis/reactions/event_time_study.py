"""A study of a file of returns in event time: a row an event, a column an event day."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.engine.event_time import days_among
from analysis.engine.models import TOTAL_REACTION
from analysis.engine.results import EventStudyResult
from analysis.engine.spec import StudySpec
from analysis.engine.study import event_study
from analysis.errors import InputError, PlausibilityWarning
from analysis.prices.snapshot import CLOSES
from analysis.reactions.table_benchmark import Benchmark
from analysis.seeds.event_tables import EventTable, folded, typed_columns
from analysis.seeds.sheets import SUFFIXES, Sheet, cell_text, read_sheet
from analysis.sessions.table_days import PlacedDays

if TYPE_CHECKING:
    from analysis.reactions.table_study import TableRequest

_IDS = ("event_id", "eventid", "id", "event")
_SECURITIES = ("security", "ticker", "symbol", "permno", "company", "firm")
_NO_DATES = "returns in event time have no dates"


def event_time_sheet(path: str | Path) -> Sheet | None:
    """Return the file if its columns are event days, day 0 among them; else None."""
    if Path(path).suffix.casefold() not in SUFFIXES:
        return None
    sheet = read_sheet(path, parameter="events")
    return sheet if days_among(sheet.header) else None


def study_parts(
    request: TableRequest, sheet: Sheet
) -> tuple[EventTable, PlacedDays, list[tuple[Benchmark, EventStudyResult]], tuple[str, ...]]:
    """Study returns in event time.

    Returns
    -------
    tuple
        What a :class:`~analysis.reactions.table_study.TableStudy` consists of: events, their days
        (none), the study against each benchmark, and what is said.

    Raises
    ------
    InputError
        If an option needs dates, or a cell is no return.
    """
    _refuse_dates(request)
    days = days_among(sheet.header)
    table = _table(sheet, days)
    keys = pd.MultiIndex.from_frame(table.frame[["event_id", "security"]])
    returns = _frame(sheet, days, keys)
    others = [_beside(address.strip(), sheet, days, keys)
              for address in (request.benchmark or "").split(",") if address.strip()]  # fmt: skip
    twice = [found.name for found, _ in others]
    if len(set(twice)) < len(twice):
        raise InputError("benchmark", request.benchmark, "two files have one name.", "Rename one.")
    spec = _spec(request, days, bool(others))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PlausibilityWarning)  # they stand in the notes
        found = [(benchmark, event_study(returns, benchmark=other, spec=spec))
                 for benchmark, other in others or [(Benchmark(), None)]]  # fmt: skip
    events = pd.concat([table.frame.drop(columns="moment"), table.extras], axis=1)
    blank = np.full(len(table), np.datetime64("NaT", "D"))
    shifts = pd.DataFrame(columns=["event_id", "security", "given", "session", "why"])
    said = (
        f"A table study: {table.sentence()}.",
        "Nothing is known of dates: every event counts as a date of its own, and no two share one.",
        f"Estimation window {list(spec.estimation_window)}, event window "
        f"{list(spec.event_window)}.",
    )
    placed = PlacedDays(blank, [""] * len(table), shifts)
    return table, placed, [(one, replace(result, events=events)) for one, result in found], said


def _beside(
    address: str, sheet: Sheet, days: Sequence[int], keys: pd.MultiIndex
) -> tuple[Benchmark, pd.DataFrame | None]:
    """Read a benchmark that is a file of the same form, row by row."""
    beside = event_time_sheet(address) if Path(address).exists() else None
    if beside is None or days_among(beside.header) != days:
        raise InputError(
            "benchmark", address, f"{_NO_DATES}, so it is a file of the same form.",
            "A row an event and a column an event day, in the order of the events.",
        )  # fmt: skip
    if len(beside.rows) != len(sheet.rows):
        raise InputError(
            "benchmark", f"{beside.source} with {len(beside.rows)} rows",
            f"it needs a row for each of the {len(sheet.rows)} events, in their order.",
        )  # fmt: skip
    files = ((beside.source, beside.sha256),)
    return Benchmark(beside.source, "one", files=files), _frame(beside, days, keys)


def _refuse_dates(request: TableRequest) -> None:
    for name in ("exchange", "zone", "currency", "rates", "estimation_dates"):
        if (given := getattr(request, name)) is not None:
            raise InputError(name, given, f"{_NO_DATES}.", "Leave it out.")
    if Path(request.prices).name != CLOSES:
        raise InputError(
            "prices", request.prices, "the events are returns already, in event time.",
            "Leave it out; --benchmark takes a file of the same form.",
        )  # fmt: skip


def _table(sheet: Sheet, days: Sequence[int]) -> EventTable:
    taken = {str(day) for day in days}
    others = [name for name in sheet.header if name.strip().lstrip("+") not in taken]
    by_name = {folded(name): name for name in reversed(others)}
    ids, who = (next((by_name[folded(n)] for n in names if folded(n) in by_name), None)
                for names in (_IDS, _SECURITIES))  # fmt: skip
    if ids is None and who is None and others:
        ids = others[0]
    number = [str(n) for n in range(1, len(sheet.rows) + 1)]
    event_id = number if ids is None else [cell_text(c) for c in sheet.column(ids)]
    security = event_id if who is None else [cell_text(c) for c in sheet.column(who)]
    if ids is None and who is not None:
        event_id = [f"{name}-{n}" for name, n in zip(security, number, strict=True)]
    frame = pd.DataFrame(
        {"event_id": event_id, "security": security,
         "moment": pd.Series([""] * len(number), dtype=object),
         "zone": "", "line": list(sheet.lines), "title": ""}
    )  # fmt: skip
    extras = typed_columns(sheet, [name for name in others if name not in (ids, who)])
    columns = {"security": who} if who is not None else {}
    form = f"returns in event time, days {days[0]:+d} to {days[-1]:+d}"
    return EventTable(frame=frame, extras=extras, columns=columns, form=form,
                      source=sheet.source, sha256=sheet.sha256, above=sheet.above,
                      read=sheet.read)  # fmt: skip


def _frame(sheet: Sheet, days: Sequence[int], keys: pd.MultiIndex) -> pd.DataFrame:
    at = {int(name): n for n, name in enumerate(sheet.header) if _as_day(name) is not None}
    values = np.full((len(sheet.rows), len(days)), np.nan)
    for i, (line, row) in enumerate(zip(sheet.lines, sheet.rows, strict=True)):
        for j, day in enumerate(days):
            text = cell_text(row[at[day]])
            try:
                values[i, j] = float(text) if text not in ("", ".", "NA", "NaN", "nan") else np.nan
            except ValueError:
                raise InputError(
                    "events", f"{sheet.source}:{line}, column {day}: {text!r}",
                    "a return is a decimal number.", "Write 0.0123 for 1.23 %; blank for none.",
                ) from None  # fmt: skip
    return pd.DataFrame(values, index=keys, columns=list(days))


def _as_day(name: str) -> int | None:
    try:
        return int(name)
    except ValueError:
        return None


def _spec(request: TableRequest, days: Sequence[int], has_benchmark: bool) -> StudySpec:
    """Fill in windows that lie inside the columns, and a model the benchmark allows."""
    method: dict[str, Any] = dict(request.method)
    method.setdefault("model", "market_model" if has_benchmark else TOTAL_REACTION)
    windows = method.get("windows") or ()
    first = min((-5, *(w[0] for w in windows)))
    last = max((10, *(w[1] for w in windows)))
    method.setdefault("event_window", (max(first, days[0]), min(last, days[-1])))
    end = min(method["event_window"][0] - 1, -1)
    method.setdefault("estimation_window", (days[0], end))
    return StudySpec(**method)
