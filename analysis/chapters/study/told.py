"""A study of a table of events as a notebook opens it, and the figures its page tells."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.chapters.study.handover import taken_over
from analysis.engine import LEVEL
from analysis.engine.abnormal import Abnormal
from analysis.engine.group_means import Difference
from analysis.engine.panel import Window
from analysis.errors import InputError
from analysis.reactions.places import places_of
from analysis.reactions.table_ladder import Judged, judge
from analysis.reactions.table_study import TableRequest, TableStudy, table_study
from analysis.seeds.event_tables import folded
from analysis.wording import listing
from analysis.workspace import find_workspace

_EXAMPLE = "farzulla_crypto"
#: Names of a column of companies that say what kind of thing they are; others are securities.
_NOUNS = {
    **dict.fromkeys(("company", "firma", "unternehmen", "societe", "entreprise", "empresa",
                     "azienda"), "company"),
    **dict.fromkeys(("stock", "aktie", "accion"), "stock"),
    **{name: name for name in ("firm", "issuer", "asset", "instrument")},
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Told:
    """A study, how it is judged, and means of the window its page is about.

    Attributes
    ----------
    study : TableStudy
        The study.
    judged : Judged
        Its ladders, path, groups and table.
    """

    study: TableStudy
    judged: Judged

    @cached_property
    def events(self) -> pd.DataFrame:
        """Return one row a requested event, the most unusual first and those left out last.

        Columns: event_id, security, session, status, reason, title; group, where a column makes
        some; moved, usual, beyond, swings (decimal; beyond in standard errors), as_unusual,
        ordinary, stands_out.
        """
        result, window = self.study.result, self.judged.window
        frame = result.outcomes[["event_id", "security", "session", "status", "reason"]]
        frame["title"] = self.study.table.frame["title"].to_numpy()
        for column in self.study.table.groups[:1]:
            frame["group"] = self.study.table.extras[column].to_numpy()
        sums, ab = result.sums(window), result.abnormal
        moved = _moved(ab, window, sums.car)
        values = {
            "moved": moved,
            "usual": moved - sums.car,
            "beyond": sums.car,
            "swings": sums.scar,
            "as_unusual": self.judged.as_unusual["as_unusual"].to_numpy(dtype=float),
            "ordinary": self.judged.as_unusual["ordinary"].to_numpy(dtype=float),
        }
        for name, some in values.items():
            every = np.full(len(frame), np.nan)
            every[result.rows] = some
            frame[name] = every
        share = (frame["as_unusual"] + 1) / (frame["ordinary"] + 1)
        frame["share"] = share.where(frame["beyond"].notna() & (frame["ordinary"] > 0))
        frame["stands_out"] = 20 * (frame["as_unusual"] + 1) <= frame["ordinary"] + 1
        size = -frame["swings"].abs()
        return (
            frame.assign(size=size)
            .sort_values(["share", "size"], kind="stable", na_position="last")
            .drop(columns="size")
            .reset_index(drop=True)
        )

    @property
    def counted(self) -> pd.DataFrame:
        """The events that count in the window of the page."""
        return self.events[self.events["beyond"].notna()]

    @property
    def moved(self) -> float:
        """Mean whole move of the distinct events, decimal."""
        return self.beyond + self.usual

    @property
    def beyond(self) -> float:
        """Mean of what is left, decimal."""
        return float(self.judged.main.by_date.estimate)

    @property
    def usual(self) -> float:
        """Mean of what was expected of the distinct events, decimal."""
        return float(np.nanmean(self.moves - self.cars))

    @cached_property
    def cars(self) -> npt.NDArray[np.float64]:
        """CAR of every distinct event in the window of the page; NaN where it does not count."""
        return self.study.result.window_sums_of_distinct(self.judged.window).car

    @cached_property
    def moves(self) -> npt.NDArray[np.float64]:
        """Whole move of every distinct event over the same days; NaN where it does not count."""
        return _moved(self.study.result.distinct, self.judged.window, self.cars)

    @property
    def source(self) -> str:
        """Where the figures come from, for the foot of a picture."""
        names = dict.fromkeys(name for name, _ in self.study.files)
        return f"Source: {listing(list(names), most=3)}."

    @property
    def noun(self) -> str:
        """What the file of events calls what it is about: security, company, asset."""
        column = folded(self.study.table.columns.get("security", ""))
        return _NOUNS.get(column.removesuffix("name"), "security")

    @property
    def gap(self) -> Difference | None:
        """The difference between the two groups of the first column that makes two; else None."""
        for groups in self.judged.groups:
            if groups.window == self.judged.window and len(groups.members) == 2:
                found = groups.differences[0]
                return found if np.isfinite(found.p_value) else None
        return None

    @property
    def tested(self) -> bool:
        """Whether the mean has a p that could be read; a lone event has none."""
        return bool(np.isfinite(self.judged.main.p_value))

    @property
    def found(self) -> bool:
        """Whether the test to read rejects at 5 %."""
        return bool(self.judged.main.p_value < LEVEL)


def _moved(
    abnormal: Abnormal, window: Window, car: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the whole move over the days a CAR is summed over; NaN where there is no CAR."""
    days = abnormal.columns(window)
    there = np.isfinite(abnormal.ar[:, days])
    moved = np.where(there, abnormal.returns[:, days], 0.0).sum(axis=1)
    return np.where(np.isfinite(car), moved, np.nan)


def open_table(request: str = "", workspace: str = "", spec: str = "", *, run: str = "") -> Told:
    """Run a study from the JSON of its request.

    Parameters
    ----------
    request
        Fields of :class:`~analysis.reactions.table_study.TableRequest`; empty for an example that
        comes with the package, fifty dates of six crypto assets.
    workspace
        Folder the example is looked for in; empty for the one around.
    spec
        JSON of fields of the method, in place of those of the request.
    run
        The last two in the one parameter of a notebook.

    Raises
    ------
    InputError
        If the request is no such JSON.
    """
    places = places_of(run, spec=spec, workspace=workspace)
    spec = places["spec"]
    asked = _request(request) if request else _example(places["workspace"])
    finished = None if spec else taken_over(asked)
    if finished is not None:
        return Told(*finished)
    if spec:
        asked = replace(asked, method={**asked.method, **json.loads(spec)})
    study = table_study(asked)
    return Told(study, judge(study))


def _request(text: str) -> TableRequest:
    try:
        given: dict[str, Any] = json.loads(text)
        known = {f.name for f in fields(TableRequest)}
        unknown = sorted(set(given) - known)
    except (ValueError, TypeError) as error:
        raise InputError("request", text[:80], f"it must be JSON ({error}).") from error
    if unknown:
        raise InputError.choice("request", unknown[0], known)
    method = {name: _tuples(value) for name, value in dict(given.get("method") or {}).items()}
    dates = given.get("estimation_dates")
    return TableRequest(
        **{**given, "method": method, "estimation_dates": None if dates is None else tuple(dates)}
    )


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _example(workspace: str) -> TableRequest:
    folder = find_workspace(workspace or None).data / "replications" / _EXAMPLE
    return TableRequest(
        events=str(folder / "events.csv"),
        prices=str(folder / "returns.csv"),
        method={"model": "constant_mean", "windows": ((0, 0), (-1, 1), (-5, 5))},
        largest_factor=5.0,
    )
