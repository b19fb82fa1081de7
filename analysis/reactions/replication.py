"""Studies by others, as their folders describe them: data, events, figures as printed.

A study is a folder: ``study.yaml`` (source, licence, what is claimed, how our engine is asked),
``returns.csv`` or ``prices.csv``, ``benchmark.csv``, ``events.csv`` and ``expected.csv``, one row
for each printed figure: how (``engine``, or a rule of `analysis.engine.conventions`),
statistic, event, window (``first:last`` event day, or a date), printed, decimals (how many are
printed; ``s12`` = 12 significant digits), where.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from analysis.engine.results import EventStudyResult
from analysis.engine.spec import StudySpec
from analysis.engine.study import event_study
from analysis.errors import InputError, PlausibilityWarning
from analysis.files import read_bounded
from analysis.prices.dialects import (
    MISSING,
    plain_dates,
    plain_numbers,
    separator_remark,
    split_rows,
)
from analysis.prices.returns_files import read_french

_FIELDS = {
    "title", "study", "source", "licence", "claim", "honest", "market", "tables", "rules",
    "calendar", "not_reproducible", "data", "measured",
}  # fmt: skip
_TABLE_FIELDS = {
    "name", "names", "of", "spec", "factors", "events", "without", "mean_by", "groups", "benchmark",
    "sign",
}  # fmt: skip
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_DECIMALS = re.compile(r"s?\d{1,2}")
_WINDOW = re.compile(r"-?\d+:[-+]?\d+|\d{4}-\d\d-\d\d")
_HEADER = ["how", "statistic", "event", "window", "printed", "decimals", "where"]


@dataclass(frozen=True, slots=True)
class PrintedFigure:
    """One figure as printed: see the module for its columns."""

    how: str
    statistic: str
    event: str
    window: str
    printed: str
    decimals: str
    where: str


@dataclass(frozen=True, eq=False)
class Replication:
    """One study: how it is described, and the folder its data lie in."""

    name: str
    described: Mapping[str, Any]
    data: Path
    _read_as: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def remarks(self) -> tuple[str, ...]:
        """How files were read that are not in the plain form."""
        return tuple(f"{name}: {', '.join(how)}" for name, how in self._read_as.items() if how)

    @property
    def own(self) -> frozenset[str]:
        """The rules whose figures are our own, printed nowhere: never shown as published."""
        rules = dict(self.described.get("rules", {}))
        return frozenset(name for name, rule in rules.items() if rule.get("printed") is False)

    @property
    def title(self) -> str:
        """What was studied."""
        return str(self.described["title"])

    @cached_property
    def figures(self) -> tuple[PrintedFigure, ...]:
        """Every printed figure."""
        text, sign = self._text("expected.csv")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=sign))
        if rows and list(rows[0]) != _HEADER:
            raise InputError(
                "expected.csv", list(rows[0]), f"its columns are {', '.join(_HEADER)}."
            )
        if not rows:
            raise InputError(
                "expected.csv", 0, "it holds a row for each printed figure.", "Add what is printed."
            )
        cells = np.array([str(row["printed"] or "").strip() for row in rows], dtype=object)
        (printed,), how = plain_numbers([cells], sign)
        self._read_as["expected.csv"] = (*separator_remark(sign), *how)
        return tuple(
            _figure({**row, "printed": said}, f"expected.csv:{n}")
            for n, (row, said) in enumerate(zip(rows, printed, strict=True), start=2)
        )

    @cached_property
    def tables(self) -> tuple[StudyTable, ...]:
        """The studies of this replication, each under the label its figures carry."""
        return tuple(
            StudyTable(self, described, str(name))
            for described in self.described["tables"]
            for name in described.get("names", [described.get("name", "all")])
        )

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Decimal returns, dates x securities; NaN where there is none."""
        if (self.data / "returns.csv").is_file():
            return self.frame("returns.csv")
        prices = self.frame("prices.csv")
        if self.described.get("calendar") == "every_day":
            each = {name: prices[name].dropna().pct_change() for name in prices}
            days = pd.date_range(prices.index.min(), prices.index.max())
            return pd.DataFrame(each).reindex(days)
        return prices / prices.shift(1) - 1

    @cached_property
    def events(self) -> pd.DataFrame:
        """Columns event_id, security, session, and whatever the study groups by."""
        found = self._read("events.csv")
        if missing := {"event_id", "security", "session"} - set(found.columns):
            raise InputError(
                "events.csv", list(found.columns), f"it lacks {', '.join(sorted(missing))}."
            )
        return found.assign(session=self._days("events.csv", found["session"]))

    def frame(self, name: str) -> pd.DataFrame:
        """Read one of the tables of dates x columns."""
        if (factors := read_french(self._file(name))) is not None:
            self._read_as[name] = tuple(n.partition(": ")[2] for n in factors.notes)
            return factors.values
        found = self._read(name)
        table = found.set_index(pd.DatetimeIndex(self._days(name, found.iloc[:, 0])))
        table = table.drop(columns=found.columns[0]).rename_axis(found.columns[0])
        if not all(map(pd.api.types.is_numeric_dtype, table.dtypes)):
            table = self._numbers(name, table)
        return table

    def _numbers(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """Read cells that are no plain numbers, where all can mean one thing only."""
        text, sign = self._text(name)
        cells = pd.read_csv(io.StringIO(text), sep=sign, dtype=str, keep_default_na=False)
        columns = [cells[c].str.strip().to_numpy(dtype=object) for c in table]
        columns, percent = _without_percent(columns)
        columns, how = plain_numbers(columns, sign)
        self._read_as[name] += (*how, *(("percent, divided by 100",) if percent else ()))
        read = {}
        for column, found in zip(table, columns, strict=True):
            there = ~pd.Series(found).isin(MISSING).to_numpy()
            numbers = pd.to_numeric(pd.Series(found).where(there), errors="coerce").to_numpy(float)
            if (bad := there & np.isnan(numbers)).any():
                raise InputError(
                    f"{name}: {column}", str(table[column].iloc[int(np.argmax(bad))]),
                    "a value is a number with a decimal point, or all are percent (1.2%).",
                    "Leave it blank where there is none.",
                )  # fmt: skip
            read[column] = numbers / 100 if percent else numbers
        return pd.DataFrame(read, index=table.index)

    def _read(self, name: str) -> pd.DataFrame:
        text, sign = self._text(name)
        try:
            found = pd.read_csv(io.StringIO(text), sep=sign, skipinitialspace=True)
        except ValueError:
            found = pd.DataFrame()
        if found.shape[1] < 2:
            raise InputError(
                name, list(map(str, found.columns[:3])),
                "it is a table in UTF-8 with one sign between columns and a decimal point.",
                "Write it anew, such as frame.to_csv(index=False) does.",
            )  # fmt: skip
        self._read_as[name] = separator_remark(sign)
        return found

    def _text(self, name: str) -> tuple[str, str]:
        """Return the text of a file and what separates its columns."""
        try:
            text = read_bounded(self._file(name)).decode("utf-8-sig")
            return text, split_rows(text)[1]
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(
                name, str(error), "it is a table in UTF-8.",
                "Write it anew, such as frame.to_csv(index=False) does.",
            ) from error  # fmt: skip

    def _days(self, name: str, column: pd.Series[Any]) -> pd.Series[Any]:
        """Read dates; those of which two days of a month may be meant are refused."""
        texts, how = plain_dates([text.strip() for text in column.astype(str)])
        days = pd.to_datetime(pd.Series(texts), format="ISO8601", errors="coerce")
        if days.isna().any():
            row = int(np.argmax(days.isna()))
            raise InputError(
                f"{name}:{row + 2}", str(column.iloc[row]), "a date is written YYYY-MM-DD.",
                "Write all of them so.",
            )  # fmt: skip
        self._read_as[name] += how
        days.index = column.index
        return days.dt.tz_localize(None) if days.dt.tz is not None else days

    def _file(self, name: str) -> Path:
        file = self.data / name
        if not file.is_file():
            raise InputError(
                "data", self.data.name, f"{self.name} needs {name}.",
                "Name the folder that holds the study's files with --data FOLDER.",
            )  # fmt: skip
        return file


def _without_percent(
    columns: Sequence[NDArray[np.object_]],
) -> tuple[list[NDArray[np.object_]], bool]:
    """Take the sign of percent off numbers that all have it; a file of both kinds stays."""
    there = {text for column in columns for text in column} - set(MISSING)
    if not there or not all(str(text).endswith("%") for text in there):
        return list(columns), False
    bare = [np.array([str(t).removesuffix("%").strip() for t in c], dtype=object) for c in columns]
    return bare, True


def _figure(row: Mapping[str, str], place: str) -> PrintedFigure:
    """Read a row of ``expected.csv``; what cannot be held against anything is refused."""
    figure = PrintedFigure(**{name: str(row[name] or "").strip() for name in _HEADER})
    faults = (
        ("printed", figure.printed, _NUMBER, "what is printed is a number, like -0.50"),
        ("decimals", figure.decimals, _DECIMALS, "decimals are counted (2), or s12 for 12 digits"),
        ("window", figure.window, _WINDOW, "a window is first:last (0:1) or a date"),
    )
    for name, value, form, rule in faults:
        if not form.fullmatch(value):
            raise InputError(f"{place}, column {name}", value, f"{rule}.")
    return figure


@dataclass(frozen=True, eq=False)
class StudyTable:
    """One study of a replication: our spec, and the label its printed figures carry.

    ``of`` says what the label of a figure names: ``table`` (the study's own name), ``security`` or
    ``event_id``.
    """

    study: Replication
    described: Mapping[str, Any]
    name: str
    _memo: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def by(self) -> str:
        """What labels its figures."""
        return str(self.described.get("of", "table"))

    @cached_property
    def events(self) -> pd.DataFrame:
        """The events of this study."""
        rows = self.study.events
        for column, wanted in dict(self.described.get("events", {})).items():
            value = self.name if wanted == "NAME" else wanted
            rows = rows[rows[column].astype(str).isin(listed(value))]
        for column, left_out in dict(self.described.get("without", {})).items():
            rows = rows[~rows[column].astype(str).isin(listed(left_out))]
        return rows

    @cached_property
    def result(self) -> EventStudyResult:
        """Our study; what the gate finds odd in it stands in its notes."""
        spec = StudySpec.from_dict(dict(self.described.get("spec", {})))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PlausibilityWarning)
            return event_study(
                self.study.returns,
                self.events[["event_id", "security", "session"]],
                benchmark=self._benchmark(),
                spec=spec,
            )

    def _benchmark(self) -> pd.Series | pd.DataFrame | None:
        asked = self.described.get("benchmark")
        if asked is None:
            return None
        if isinstance(asked, str):
            return self.study.frame(f"{asked}.csv").reindex(self.study.returns.index)
        file, column = next(iter(dict(asked).items()))
        return self.study.frame(f"{file}.csv")[column].reindex(self.study.returns.index)

    @cached_property
    def by_news(self) -> pd.DataFrame:
        """One row for each piece of news: the mean over its securities of the days there are."""
        total = self.result.ar.sum(axis=1, min_count=1)
        rows = self.events.set_index(["event_id", "security"]).loc[total.index]
        column = str(self.described["mean_by"])
        return rows.assign(car=total).groupby(column).agg(
            car=("car", "mean"), **{g: (g, "first") for g in listed(self.described["groups"])[:1]}
        )  # fmt: skip


def load_replications(folder: Path) -> tuple[Replication, ...]:
    """Return every described study of a folder, in the order of their names."""
    return tuple(load_replication(file.parent) for file in sorted(folder.glob("*/study.yaml")))


def load_replication(folder: Path, *, data: Path | None = None) -> Replication:
    """Read one study's description.

    Parameters
    ----------
    folder
        Where ``study.yaml`` lies.
    data
        Where its data lie, if not there.

    Raises
    ------
    InputError
        If the description has a field it does not know or lacks one it needs.
    """
    file = folder / "study.yaml"
    place = f"{folder.name}/study.yaml"
    try:
        described = yaml.safe_load(read_bounded(file).decode("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(
            place, str(error)[:200], "it is YAML in UTF-8.",
            "market-reaction replicate --new FOLDER writes one to start from.",
        ) from None  # fmt: skip
    if not isinstance(described, dict):
        raise InputError(place, type(described).__name__, "it is a mapping of fields.")
    _check_fields(place, described, _FIELDS, {"title", "study", "source", "licence", "tables"})
    tables = described["tables"]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError(place, repr(tables)[:60], "`tables` is a list of mappings.")
    for table in tables:
        _check_fields(f"{place}: tables", table, _TABLE_FIELDS, set())
    return Replication(folder.name, described, data or folder)


def _check_fields(place: str, found: Mapping[str, Any], known: set[str], needed: set[str]) -> None:
    for name in found:
        if name not in known:
            raise InputError.choice(place, name, sorted(known))
    if missing := needed - set(found):
        raise InputError(place, sorted(found), f"it lacks {', '.join(sorted(missing))}.")


def listed(value: object) -> list[str]:
    """Return what a field names, one thing or several, as texts."""
    return [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)]
