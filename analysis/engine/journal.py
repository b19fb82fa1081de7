"""A table as journals print it: estimate, statistic below, stars with a note, N at the foot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

import numpy as np

from analysis.engine.abnormal import checked_window
from analysis.engine.group_means import Groups, group_by
from analysis.engine.inference.alternative import one_tail
from analysis.engine.inference.clustered import ClusteredMean, clustered_mean
from analysis.engine.panel import Window
from analysis.engine.rows import window_text
from analysis.engine.spec import listed
from analysis.engine.workbook import sheet_cells
from analysis.errors import InputError, ReportError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from analysis.engine.gathered import GatheredEvents
    from analysis.engine.results import EventStudyResult

    Study: TypeAlias = EventStudyResult | GatheredEvents

Inference = Literal["date", "naive", "placebo"]
_CAPTION = {
    "return": "Average cumulative abnormal returns, per cent",
    "volume": "Average cumulative abnormal log volume",
}
_FIGURE = re.compile(r"-?[\d,]*\.?\d+")
LEVELS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))
_STATISTIC = {
    "naive": "Cross-sectional t in parentheses.",
    "date": "t clustered by date in parentheses.",
    "placebo": "t clustered by date in parentheses.",
}
_STARS = {
    "naive": "Stars take events as independent",
    "date": "Stars by date",
    "placebo": "Stars from {n:,} placebo calendars",
}


@dataclass(frozen=True, eq=False, repr=False)
class JournalTable:
    """Cells of a table for a paper.

    Attributes
    ----------
    caption : str
        What it shows.
    columns : tuple of str
        Heads of the columns beside the first.
    rows : tuple of tuple of str
        Two rows a window, estimates and statistics; the first cell names the window.
    foot : tuple of tuple of str
        Events and dates.
    note : str
        Model, statistic, and what stars mean.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    foot: tuple[tuple[str, ...], ...]
    note: str

    def to_frame(self) -> pd.DataFrame:
        """Return the cells as text."""
        import pandas as pd

        return pd.DataFrame([*self.rows, *self.foot], columns=["Window", *self.columns])

    @property
    def frame(self) -> pd.DataFrame:
        """The figures as numbers, a row a window and column: estimate, statistic, stars."""
        import pandas as pd

        pairs = zip(self.rows[::2], self.rows[1::2], strict=True)
        cells = [
            (upper[0], name, _number(one), _number(other), one.count("*"))
            for upper, lower in pairs
            for name, one, other in zip(self.columns, upper[1:], lower[1:], strict=True)
        ]
        return pd.DataFrame(cells, columns=["window", "column", "estimate", "statistic", "stars"])

    def to_markdown(self) -> str:
        """Return the table in Markdown."""
        heads = ["Window", *self.columns]
        lines = [f"**{self.caption}**", "", _pipes(heads),
                 _pipes([":---", *["---:"] * len(self.columns)])]  # fmt: skip
        lines += [_pipes(row) for row in (*self.rows, *self.foot)]
        return "\n".join([*lines, "", _marked(self.note), ""])

    def to_latex(self) -> str:
        """Return a ``table`` environment for the packages booktabs and fontenc (T1)."""
        from analysis.engine.latex import latex_table

        return latex_table(self)

    def to_excel(self, path: str | Path) -> None:
        """Write the table to the sheet ``table`` of a workbook; needs openpyxl."""
        import openpyxl

        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "table"
        lines = ([self.caption], ["Window", *self.columns], *self.rows, *self.foot, [self.note])
        for line in lines:
            sheet.append(sheet_cells(sheet, [str(text) for text in line]))
        try:
            book.save(path)
        except OSError as error:
            raise ReportError(f"{path} cannot be written: {error.strerror or error}.") from error

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.to_frame().to_string(index=False)}\n{self.note}"

    def _repr_html_(self) -> str:
        from html import escape

        head = "".join(f"<th>{escape(name)}</th>" for name in ("Window", *self.columns))
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in (*self.rows, *self.foot)
        )
        return (
            f"<table><caption>{escape(self.caption)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table><p>{escape(self.note)}</p>"
        )


def _number(cell: str) -> float:
    found = _FIGURE.search(cell.replace("−", "-"))
    return float(found[0].replace(",", "")) if found else float("nan")


def journal_table(
    result: Study,
    *,
    stars: bool = True,
    by: str | None = None,
    windows: Sequence[Window] | None = None,
    inference: Inference = "date",
    digits: int = 2,
    p_values: Mapping[tuple[str, Window], float] | None = None,
    n_calendars: int = 0,
) -> JournalTable:
    """Return mean CARs of every window, per cent, all events and by group.

    Parameters
    ----------
    result
        A finished study.
    stars
        Whether to print them.
    by
        Column of the events frame; with two groups their difference stands in a last column.
    windows
        Those of the spec if None.
    inference
        What statistics and stars rest on: ``date`` (clusters), ``naive`` (events independent), or
        ``placebo`` (t by date, stars from placebo calendars).
    digits
        Decimals.
    p_values, n_calendars
        For ``placebo``: the p of (column, window); those left out are taken by date.

    Raises
    ------
    InputError
        If a choice is unknown.
    """
    if inference not in get_args(Inference):
        raise InputError.choice("inference", inference, get_args(Inference))
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= 15:
        raise InputError("digits", digits, "it must be a whole number from 0 to 15.")
    given = result.spec.windows or () if windows is None else listed("windows", windows)
    asked = tuple(checked_window("windows", window) for window in given)
    grouped = [group_by(result, by, window) for window in asked] if by else []
    columns = _columns(result, grouped)
    p_of = dict(p_values or {})
    unit = 1.0 if result.measure == "volume" else 100.0
    if inference == "placebo" and p_values is None:
        if not hasattr(result, "panel"):
            raise InputError(
                "inference", inference, "placebo calendars need all prices at once.", "Use 'date'."
            )
        p_of, n_calendars = _placebo(cast("EventStudyResult", result), asked)
    rows: list[tuple[str, ...]] = []
    counts: dict[str, list[ClusteredMean]] = {}
    for at, window in enumerate(asked):
        cells, below = [], []
        for name in columns:
            if name == "Difference":
                gap = grouped[at].differences[0]
                value, statistic, p = gap.estimate, gap.statistic, gap.p_value
            else:
                found = _mean(result, grouped[at] if grouped else None, name, window, inference)
                counts.setdefault(name, []).append(found)
                value, statistic = found.estimate, found.statistic
                own = one_tail(found.p_value, statistic, result.spec.alternative)
                p = p_of.get((name, window), own)
            cells.append(number_text(value * unit, digits) + (star(p) if stars else ""))
            below.append(f"({number_text(statistic, 2)})" if np.isfinite(statistic) else "")
        rows += [(window_text(window), *cells), ("", *below)]
    foot = _foot(columns, counts)
    return JournalTable(
        _CAPTION[result.measure], tuple(columns), tuple(rows), foot,
        _note(result, inference, stars, counts, asked, bool(grouped), n_calendars),
    )  # fmt: skip


def _columns(result: Study, grouped: list[Groups]) -> list[str]:
    if not grouped:
        return ["All"]
    names = list(grouped[0].members)
    return ["All", *names, *(["Difference"] if len(names) == 2 else [])]


def _mean(
    result: Study, groups: Groups | None, name: str, window: Window, inference: str
) -> ClusteredMean:
    car, row = result.window_sums_of_distinct(window).car, result.dates
    if groups is not None and name in groups.members:
        inside = groups.members[name]
        car, row = car[inside], row[inside]
    return clustered_mean(car, np.arange(len(car)) if inference == "naive" else row)


def _placebo(
    result: EventStudyResult, windows: Sequence[Window]
) -> tuple[dict[tuple[str, Window], float], int]:
    from analysis.engine.ladder import ladder
    from analysis.engine.placebo_calendars import draw_calendars

    drawn = draw_calendars(result, seed=result.spec.seed)
    found = {
        ("All", window): ladder(
            result, window, calendars=drawn, seed=result.spec.seed, estimated=False
        )["placebo"].p_value
        for window in windows
    }
    return found, len(drawn)


def _foot(
    columns: Sequence[str], counts: Mapping[str, list[ClusteredMean]]
) -> tuple[tuple[str, ...], ...]:
    def most(name: str, what: str) -> str:
        if name not in counts:
            return ""
        return f"{max(getattr(found, what) for found in counts[name]):,}"

    return (
        ("Events", *(most(name, "n") for name in columns)),
        ("Dates", *(most(name, "n_clusters") for name in columns)),
    )


def _note(
    result: Study,
    inference: str,
    stars: bool,
    counts: Mapping[str, list[ClusteredMean]],
    windows: Sequence[Window],
    differs: bool,
    n_calendars: int,
) -> str:
    spec = result.spec
    first, last = spec.estimation_window
    method = (
        "Log volume less its mean"
        if result.measure == "volume"
        else f"{spec.model.replace('_', ' ').capitalize()}"
    )
    kind = "" if result.measure == "volume" else f", {spec.return_kind} returns"
    parts = [f"{method}, estimation window [{first}, {last}]{kind}.", _STATISTIC[inference]]
    if differs and "Difference" in _columns_of(counts, differs):
        parts.append("Difference: Welch on means of dates.")
    if spec.alternative != "two-sided":
        parts.append(
            f"One-sided p-values, the mean being {spec.alternative} than zero; those of a "
            "difference are two-sided."
        )
    if stars:
        parts.append(
            f"{_STARS[inference].format(n=n_calendars)}: * p < .10, ** p < .05, *** p < .01."
        )
    every = counts.get("All", [])
    most = max((found.n for found in every), default=0)
    parts += [f"{window_text(w)}: {found.n:,} events." for w, found in
              zip(windows, every, strict=False) if found.n != most]  # fmt: skip
    return " ".join(parts)


def _columns_of(counts: Mapping[str, object], differs: bool) -> list[str]:
    return [*counts, *(["Difference"] if differs and len(counts) == 3 else [])]


def star(p: float) -> str:
    """Return the stars of a p-value."""
    return next((mark for level, mark in LEVELS if p < level), "")


def number_text(value: float, digits: int) -> str:
    """Write a number with its sign, a true minus, and no negative zero; a dash for none."""
    if not np.isfinite(value):
        return "–"
    text = f"{value:+.{digits}f}"
    return (text.lstrip("+-") if float(text) == 0 else text).replace("-", "−")


def _pipes(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_marked(cell).replace("|", "\\|") for cell in cells) + " |"


def _marked(text: str) -> str:
    """Return text as Markdown prints it: what is a mark there stands as itself."""
    return re.sub(r"([\\`*_$<~])", r"\\\1", text)
