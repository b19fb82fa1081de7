"""Files of returns as vendors write them: CRSP's long form with its codes, French's factors."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import InputError, PriceError
from analysis.files import read_bounded, sha256_hex
from analysis.prices.dialects import MISSING, plain_numbers, without_percent
from analysis.prices.every import Series
from analysis.seeds.encodings import NotText, decoded
from analysis.seeds.event_tables import NAMES, folded
from analysis.seeds.sheets import SUFFIXES, Sheet, cell_text, read_sheet
from analysis.seeds.table_dates import Moment, read_days
from analysis.seeds.typed_files import TYPED, typed_frame, with_index

_DAY = (*NAMES["day"], "caldt", "datadate", "dlycaldt")
_RETURN = ("ret", "return", "returns", "dailyreturn", "dlyret", "rendite", "rendement")
#: CRSP writes letters and large negative numbers for returns it does not have.
_LETTERS = {"B": "no price on an exchange day (B)", "C": "no previous price (C)"}
#: What CRSP writes for a missing return, by cause.
_CODES = (-44.0, -55.0, -66.0, -77.0, -88.0, -99.0)
_FRENCH = {"mktrf", "smb", "hml", "rmw", "cma", "rf", "mom", "umd", "wml", "stev", "ltrev"}
#: What the library of Kenneth French writes for one.
_FRENCH_MISSING = (-99.99, -999.0)
_PERIOD = re.compile(r"\d{6}|\d{8}|\d{4}-\d{2}-\d{2}")
_DATES = ("date", "dateff", "yyyymm", "yyyymmdd", "caldt")


def read_returns(path: Path, named: Collection[str] = ()) -> Series | None:
    """Read a long file of returns: a column each of securities, days and returns.

    Parameters
    ----------
    path
        File.
    named
        Securities that are looked for; of several columns the one that holds most of them is read.

    Returns
    -------
    Series or None
        None if the file is something else.

    Raises
    ------
    PriceError
        If it is such a file and a cell cannot be read, or a security has two returns a day.
    """
    if path.is_dir() or path.suffix.casefold() not in SUFFIXES or _is_other(path):
        return None
    try:
        sheet = read_sheet(path, parameter="prices")
    except InputError:
        return None  # the reader of prices says what is wrong with it
    by_name = {folded(name): name for name in reversed(sheet.header)}
    found = [[by_name[n] for n in map(folded, names) if n in by_name]
             for names in (NAMES["security"], _DAY, _RETURN)]  # fmt: skip
    if not all(found) or {"close", "adjclose"} & set(by_name):
        return None
    security = max(found[0], key=lambda name: len({*named} & {*map(cell_text, sheet.column(name))}))
    day, ret = found[1][0], found[2][0]
    values, notes = _crsp_values(sheet, ret)
    try:
        moments, _ = read_days(sheet.column(day), lines=sheet.lines, source=sheet.source,
                               column=day)  # fmt: skip
    except InputError as error:
        raise PriceError(str(error.received), "its dates", error.rule, error.remedy) from error
    wrong = next(((n, m) for n, m in zip(sheet.lines, moments, strict=True)
                  if not isinstance(m, Moment)), None)  # fmt: skip
    if wrong is not None:
        raise PriceError(f"{sheet.source}:{wrong[0]}", str(wrong[1]), "every row needs a date.")
    frame = pd.DataFrame(
        {
            "security": [cell_text(c) for c in sheet.column(security)],
            "session": pd.DatetimeIndex([m.day for m in moments if isinstance(m, Moment)]),
            "ret": values,
        }
    )
    twice = frame.duplicated(["security", "session"])
    if twice.any():
        row = int(np.argmax(twice))
        raise PriceError(
            f"{sheet.source}:{sheet.lines[row]}",
            f"a second return of {frame['security'].iloc[row]} on {moments[row].day}",  # type: ignore[union-attr]
            "each security has one return a date.", "Keep one of the rows.",
        )  # fmt: skip
    wide = frame.pivot(index="session", columns="security", values="ret").dropna(how="all")
    wide.index = pd.DatetimeIndex(wide.index.to_numpy().astype("datetime64[us]"), name="session")
    wide.columns = pd.Index([str(name) for name in wide.columns])
    return Series(wide, "ret", {}, ((sheet.source, sheet.sha256),), tuple(notes))


def _is_other(path: Path) -> bool:
    """Whether a table with types has no column of returns, so that its cells need not be read."""
    try:
        content = read_bounded(path) if path.suffix.casefold() in TYPED else b""
        frame = with_index(typed_frame(content, path.name)) if content else None
    except (OSError, PriceError):
        return True
    return frame is not None and not {folded(str(name)) for name in frame} & set(_RETURN)


def _crsp_values(sheet: Sheet, column: str) -> tuple[list[float], list[str]]:
    """Return the returns of a column, and what its codes and its way of writing are."""
    texts = [cell_text(cell) for cell in sheet.column(column)]
    letters = [text.upper() if text.upper() in _LETTERS else "" for text in texts]
    counts = Counter(_LETTERS[letter] for letter in letters if letter)
    pairs = zip(texts, letters, strict=True)
    bare = np.array(["" if code or text in MISSING else text for text, code in pairs], dtype=object)
    percent = without_percent([bare])
    (plain,), said = plain_numbers(percent or [bare], ";")
    notes = [f"read as: {sheet.source}: {text}" for text in said]
    notes += [f"read as: {sheet.source}: per cent as decimals"] * bool(percent)
    values = []
    for line, cell, text in zip(sheet.lines, plain, texts, strict=True):
        try:
            value = float(cell) if cell else np.nan
        except ValueError:
            raise PriceError(
                f"{sheet.source}:{line}, column {column}", repr(text),
                "a return is a decimal number, or one of CRSP's codes B and C.",
                "Write 0.0123 for 1.23 %; leave the cell blank for none.",
            ) from None  # fmt: skip
        if value in _CODES:
            counts[f"the code {value:g}"] += 1
            value = np.nan
        values.append(value / 100 if percent else value)
    notes += [f"{sheet.source}: {n} missing returns: {word}" for word, n in counts.items()]
    return values, notes


def read_french(path: Path) -> Series | None:
    """Read a file of factors as Kenneth French's library or WRDS gives it, daily or monthly.

    Its header, footer and yearly table are passed over, percent becomes decimal, and -99.99 is a
    missing value. A month stands at its last day.

    Returns
    -------
    Series or None
        None if the file is something else.
    """
    if path.is_dir() or path.suffix.casefold() not in (".csv", ".txt", ".zip"):
        return None
    content = read_bounded(path)
    try:
        rows = [_french_cells(line) for line in decoded(content)[0].splitlines()]
    except NotText:
        return None
    at = next((n for n, row in enumerate(rows) if _is_french_header(row)), None)
    if at is None:
        return None
    names = [name for name in rows[at][1:] if name]
    days: list[pd.Timestamp] = []
    values: list[list[float]] = []
    for row in rows[at + 1 :]:
        if not row or not _PERIOD.fullmatch(row[0]):
            if days:
                break  # the footer, or the yearly table below
            continue
        days.append(_last_day(row[0]))
        values.append([float(cell) if cell else np.nan for cell in row[1 : len(names) + 1]])
    if not days:
        return None
    matrix = np.array(values, dtype=float)
    matrix[np.isin(matrix, _FRENCH_MISSING)] = np.nan
    usual = 0.25 if (days[-1] - days[0]).days > 20 * len(days) else 0.05  # of a month, of a day
    percent = float(np.nanmedian(np.abs(matrix[:, 0]))) > usual
    frame = pd.DataFrame(
        matrix / 100 if percent else matrix,
        index=pd.DatetimeIndex(np.array(days, dtype="datetime64[us]"), name="session"),
        columns=names,
    )
    notes = (f"{path.name}: factors in percent were divided by 100",) if percent else ()
    digest = sha256_hex(content)
    return Series(frame, "ret", {}, ((path.name, digest),), notes)


def _french_cells(line: str) -> list[str]:
    """Return the cells of a line, which commas part, or blanks where there is none."""
    if "," in line:
        return [cell.strip() for cell in next(csv.reader([line]))]
    return ["", *line.split()] if line[:1].isspace() else line.split()


def _last_day(text: str) -> pd.Timestamp:
    if len(text) == 6:
        return pd.Timestamp(f"{text}01") + pd.offsets.MonthEnd()
    return pd.Timestamp(text)


def _is_french_header(row: list[str]) -> bool:
    """Whether a row names factors behind a blank, as in the library's files, or behind a date."""
    names = {folded(name) for name in row[1:] if name}
    blank = row[:1] == [""] or (bool(row) and folded(row[0]) in _DATES and "mktrf" in names)
    return blank and len(names & _FRENCH) >= 1 and names <= _FRENCH
