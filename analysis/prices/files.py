"""Closes from files: wide (``date,NVDA,^N225``), long (``date,symbol,close``) or one symbol a file.

Nothing is guessed: what can be read one way only is read, and said (``dialects.py``);
what could mean two things is an error that names file, line and column.
How files are written and hashed: ``analysis.files``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import PriceError, nearest
from analysis.files import read_bounded, sha256_hex
from analysis.prices.cells import Sheet, dates_of, numbers_of, sheet_of
from analysis.prices.checks import PriceTable
from analysis.prices.dialects import (
    CURRENCY_COLUMNS,
    alias_remark,
    are_bars,
    ascending,
    plain_name,
    price_column,
)
from analysis.prices.own_columns import OWN_COLUMNS, odd_columns
from analysis.seeds.sheets import SHEETS, is_workbook, workbook_text
from analysis.seeds.typed_files import TYPED, is_typed, refuse_other, typed_frame

_SUFFIXES = (".csv", ".tsv", *TYPED, *SHEETS)
_DECIMALS, _POINT = re.compile(rb"\d[.,](\d*)$"), re.compile(rb"\d[.](\d*)$")
_DIGITS = re.compile(rb"\d*$")
_RARER = (".gz", ".zip", ".txt", ".json")
#: Ends of files of plain text.
TEXTS = (".csv", ".tsv", ".txt")


def read_bytes(path: Path) -> tuple[bytes, str]:
    """Return the content of a file and its sha256.

    Raises
    ------
    PriceError
        If there is no such file or it cannot be read.
    """
    try:
        content = read_bounded(path)
    except OSError as error:
        near = nearest(path.name, (p.name for p in path.parent.glob("*.csv")))
        raise PriceError(
            str(path),
            f"the file cannot be read ({error.strerror or error})",
            "prices come from a CSV or Parquet file that exists.",
            f"Did you mean {near}?" if near else "Check the path.",
        ) from error
    return content, sha256_hex(content)


def price_files(path: Path) -> list[Path]:
    """Return the file itself, or the CSV and Parquet files of a folder, by name.

    Raises
    ------
    PriceError
        If a folder has none.
    """
    if not path.is_dir():
        return [path]
    there = sorted(file for file in path.iterdir() if not file.name.startswith("."))
    found = [file for file in there if file.suffix.casefold() in _SUFFIXES]
    for rarer in _RARER:
        found = found or [file for file in there if file.suffix.casefold() == rarer]
    if not found:
        raise PriceError(
            str(path),
            "a folder without price files",
            "a folder of prices holds .csv or .parquet files.",
            "Name another folder, or one file.",
        )
    return found


def read_tables(
    content: bytes, *, file: Path, kind: Literal["close", "adj_close"]
) -> tuple[PriceTable, PriceTable | None]:
    """Parse a price file of any form: its closes, and its opens if it has them.

    Parameters
    ----------
    content
        CSV text in UTF-8, or Parquet.
    file
        Where it came from; a file without a column of symbols holds the symbol of its name.
    kind
        Which prices are wanted from a file that has several.

    Raises
    ------
    PriceError
        If it cannot be read, or is Parquet and pyarrow is not installed.
    """
    if is_typed(content, file.suffix):
        from analysis.prices.frames import read_frames

        frame = typed_frame(content, file.name)
        return read_frames(frame, source=file.name, kind=kind, symbol=symbol_of(file))
    refuse_other(content, file.name)
    if is_workbook(content, file.suffix):
        content = workbook_text(content, file.name)
    sheet = sheet_of(content, file.name)
    header = [plain_name(name) for name in sheet.cells[0]]
    if are_bars(header):
        sheet = sheet._replace(cells=_with_symbol(sheet.cells, symbol_of(file)))
        header = [*header, "symbol"]
    closes = _table(sheet, source=file.name, kind=kind)
    if "symbol" in header and "open" in header:
        return closes, _table(sheet, source=file.name, kind="open")
    return closes, None


def is_cut_off(content: bytes) -> bool:
    """Whether the last line of a text breaks off: no line end, and less of a number than usual.

    A whole file may lack the last line end; then its last cell has as many decimals as most have,
    or, of whole numbers, no fewer digits than all the others.
    """
    if content.endswith((b"\n", b"\r", b"\n\x00")) or content.startswith(b"PK"):
        return False
    lines = [line for line in content[-20_000:].split(b"\n") if line.strip()][-200:]
    mark = _DECIMALS if any(sign in content[:2000] for sign in (b";", b"\t")) else _POINT
    ends = [mark.search(line.replace(b"\x00", b"").rstrip(b'\r"')) for line in lines]
    many = [len(end[1]) if end else 0 for end in ends]
    odd = lines[-1].count(b'"') % 2 == 1 or lines[-1].rstrip().endswith((b",", b";", b"\t"))
    usual = sorted(many[1:-1])
    if odd or not usual or many[-1] < usual[len(usual) // 2]:
        return True
    digits = [len(_DIGITS.search(line.rstrip(b'\r"'))[0]) for line in lines]  # type: ignore[index]
    return many[-1] == 0 and digits[-1] < min(digits[1:-1])


def symbol_of(file: Path) -> str:
    """Return the symbol a file is named after; ``%5E`` stands for ``^``."""
    return unquote(Path(file.stem).stem if file.suffix.casefold() == ".gz" else file.stem)


def _with_symbol(cells: NDArray[np.object_], symbol: str) -> NDArray[np.object_]:
    column = np.full((len(cells), 1), symbol, dtype=object)
    column[0] = "symbol"
    return np.hstack([cells, column])


def read_table(
    content: bytes, *, source: str, kind: Literal["close", "adj_close"] = "close"
) -> PriceTable:
    """Parse the text of a price file.

    Parameters
    ----------
    content
        UTF-8 text with a header line, commas between columns and a decimal point.
    source
        File name for messages.
    kind
        Which column of the long form holds the prices: ``close`` or ``adj_close``.

    Raises
    ------
    PriceError
        With file, line and column of the first cell that cannot be read.
    """
    return _table(sheet_of(content, source), source=source, kind=kind)


def _table(sheet: Sheet, *, source: str, kind: str) -> PriceTable:
    """Return the prices in the cells of a file."""
    cells, lines = sheet.cells, sheet.lines
    header = [str(name).strip() for name in cells[0]]
    folded = [plain_name(name) for name in header]
    if "date" not in folded:
        guess = nearest("date", [name for name in header if name])
        found = ", ".join(name or "(no name)" for name in header[:8])
        raise PriceError(
            f"{source}:{lines[0]}",
            f"the columns are {found}",
            "one column must be named date.",
            f"Rename {guess!r} to 'date'." if guess else "Name the column of dates 'date'.",
        )
    if len(cells) == 1:
        raise PriceError(source, "a header and no rows", "there must be prices.", "Check the file.")
    if "symbol" in folded:
        return _long(sheet, folded, source=source, kind=kind)
    return _wide(sheet, header, folded.index("date"), source)


def _wide(sheet: Sheet, header: list[str], at: int, source: str) -> PriceTable:
    cells, lines = sheet.cells, sheet.lines
    names = [name for column, name in enumerate(header) if column != at]
    if "" in names:
        raise PriceError(
            f"{source}:{lines[0]}",
            f"column {header.index('') + 1} has no name",
            "every column is named by its symbol.",
            "Name it or delete it.",
        )
    days, said = dates_of(cells[1:, at], lines[1:], source)
    columns = [column for column in range(len(header)) if column != at]
    _refuse_unnamed_long(cells, lines, header, columns, days, source)
    values, numbers = numbers_of(sheet, columns, [header[c] for c in columns], source)
    kept, order = ascending(days, values)
    closes = pd.DataFrame(values[kept], index=_index(days[kept]), columns=names)
    where = np.broadcast_to(lines[1:][kept, None], closes.shape)
    return PriceTable(source, closes, where, _said(source, sheet.read, said, numbers, order))


def _refuse_unnamed_long(
    cells: NDArray[np.object_],
    lines: NDArray[np.int64],
    header: list[str],
    columns: list[int],
    days: NDArray[np.datetime64],
    source: str,
) -> None:
    """Refuse one row a price whose securities and closes have no names that say so."""
    if 2 * len(np.unique(days)) > len(days):
        return
    words = [n for n in columns if all(any(map(str.isalpha, str(c))) for c in cells[1:20, n])]
    if words:
        raise PriceError(
            f"{source}:{lines[0]}", f"the columns are {', '.join(header[:8])}",
            "dates repeat, as in one row a price, which needs the columns date, symbol and close.",
            f"Rename {header[words[0]]!r} to 'symbol', and the column of prices to 'close'.",
        )  # fmt: skip


def _said(source: str, *parts: tuple[str, ...]) -> tuple[str, ...]:
    told = dict.fromkeys(remark for part in parts for remark in part)
    return (f"{source}: {'; '.join(told)}",) if told else ()


def _long(sheet: Sheet, folded: list[str], *, source: str, kind: str) -> PriceTable:
    cells, lines = sheet.cells, sheet.lines
    used, instead = price_column(folded, kind)
    said = (*alias_remark([str(name) for name in cells[0]]), *instead)
    if used not in folded:
        raise PriceError(
            f"{source}:{lines[0]}",
            f"the columns are {', '.join(folded[:8])}",
            f"one row a price needs the columns date, symbol and {kind}.",
            f"Name the column of prices {kind!r}.",
        )
    body, at = cells[1:], lines[1:]
    dates, written = dates_of(body[:, folded.index("date")], at, source)
    days, row = np.unique(dates, return_inverse=True)
    names = np.array([str(cell).strip() for cell in body[:, folded.index("symbol")]], dtype=object)
    if (names == "").any():
        raise PriceError(
            f"{source}:{at[int(np.argmax(names == ''))]}, column symbol",
            "a blank",
            "every row names its symbol.",
            "Write it, or delete the row.",
        )
    column, symbols = pd.factorize(names)
    prices, numbers = numbers_of(sheet, [folded.index(used)], [used], source)
    prices, adjusted = _adjusted(sheet, folded, prices[:, 0], used)
    said = (*said, *adjusted)
    where = row * len(symbols) + column
    first = np.zeros(len(where), dtype=bool)
    kept, position = np.unique(where, return_index=True)
    first[position] = True
    if not first.all():
        earlier = position[np.searchsorted(kept, where)]
        other = ~first & ~np.isclose(prices, prices[earlier], rtol=0, atol=0, equal_nan=True)
        if other.any():
            again = int(np.argmax(other))
            raise PriceError(
                f"{source}:{at[again]}",
                f"a second price of {names[again]} on {days[row[again]]}",
                "each symbol has one price a date.",
                "Keep one of the rows.",
            )
        said = (*said, f"{int((~first).sum())} rows that stand twice, as one")
    values = np.full((len(days), len(symbols)), np.nan)
    origin = np.zeros(values.shape, dtype=np.int64)
    values[row, column], origin[row, column] = prices, at
    closes = pd.DataFrame(values, index=_index(days), columns=list(symbols))
    odd = () if kind == "open" else _odd(sheet, folded, prices, dates, names, source)
    return PriceTable(
        source, closes, origin, _said(source, sheet.read, written, numbers, said), odd,
        _currencies(sheet, folded, names, source),
    )  # fmt: skip


def _currencies(
    sheet: Sheet, folded: list[str], names: NDArray[np.object_], source: str
) -> dict[str, str]:
    """Return what a column of currencies says of each symbol; it must say one thing."""
    at = next((n for n, name in enumerate(folded) if name in CURRENCY_COLUMNS), None)
    if at is None:
        return {}
    found: dict[str, str] = {}
    for line, name, cell in zip(sheet.lines[1:], names, sheet.cells[1:, at], strict=True):
        code = str(cell).strip()
        if code and found.setdefault(str(name), code) != code:
            raise PriceError(
                f"{source}:{line}", f"{name} in {code} and in {found[str(name)]}",
                "a series has one currency.", "Keep one, or name the parts apart.",
            )  # fmt: skip
    return found


def _adjusted(
    sheet: Sheet, folded: list[str], prices: NDArray[np.float64], used: str
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Adjust the closes of Compustat and CRSP for splits, by the factors that stand beside them.

    CRSP writes the mean of bid and ask with a minus sign, and 0 for no price.
    """
    if used != "close":
        return prices, ()
    name = str(sheet.cells[0, folded.index("close")]).strip().casefold()
    said: tuple[str, ...] = ()
    if name in ("prc", "dlyprc"):
        below = int((prices < 0).sum())
        prices = np.where(prices == 0, np.nan, np.abs(prices))
        said = (f"{below} means of bid and ask, which have a minus sign",) if below else ()
    if "ajexdi" not in folded:
        return prices, said
    at = folded.index("ajexdi")
    factor, _ = numbers_of(sheet, [at], [str(sheet.cells[0, at])], "the factor of adjustment")
    good = np.where(factor[:, 0] > 0, factor[:, 0], np.nan)
    return prices / good, (*said, f"closes divided by {str(sheet.cells[0, at]).strip()}")


def _odd(
    sheet: Sheet,
    folded: list[str],
    prices: NDArray[np.float64],
    days: NDArray[np.datetime64],
    names: NDArray[np.object_],
    source: str,
) -> tuple[str, ...]:
    """Hold closes against the low, high and adjusted close of their own rows."""
    beside = [name for name in OWN_COLUMNS if name in folded]
    if not beside or "close" not in folded:
        return ()
    try:
        values, _ = numbers_of(sheet, [folded.index(name) for name in beside], beside, source)
        close, _ = numbers_of(sheet, [folded.index("close")], ["close"], source)
    except PriceError:  # columns that are not used cost nothing
        return ()
    frame = pd.DataFrame(values, columns=beside).assign(close=close[:, 0], day=days, symbol=names)
    return odd_columns(frame, source)


def _index(days: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days.astype("datetime64[us]"), name="session")
