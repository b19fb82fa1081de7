"""The dialects of price files that can mean one thing only, turned into the plain form.

The plain form is cells of text: a header with ``date``, and ``symbol`` and ``close`` or one column
a symbol; days YYYY-MM-DD, numbers with a decimal point. What could mean two things is left as it
stands, and refused by what reads the plain form.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import time, timedelta

import numpy as np
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.seeds.table_dates import Moment, read_days

Cells = NDArray[np.object_]

#: Names of columns in other programs, by their plain name.
ALIASES = {
    "datetime": "date", "timestamp": "date", "session": "date", "trade_date": "date",
    "datum": "date", "fecha": "date", "日付": "date",
    "日期": "date", "交易日期": "date", "날짜": "date", "일자": "date", "дата": "date",
    "datadate": "date", "caldt": "date", "dlycaldt": "date", "window_start": "date",
    "ticker": "symbol", "symbole": "symbol", "kürzel": "symbol", "security": "symbol",
    "instrument": "symbol", "ric": "symbol", "股票代码": "symbol", "证券代码": "symbol",
    "代码": "symbol", "종목코드": "symbol", "тикер": "symbol",
    "permno": "symbol", "wertpapier": "symbol", "valeur": "symbol", "銘柄コード": "symbol",
    "price_close": "close", "schlusskurs": "close", "schluss": "close", "zuletzt": "close",
    "clôture": "close", "cierre": "close", "終値": "close", "schlußkurs": "close",
    "clot": "close", "chiusura": "close", "ultimo": "close", "slotkoers": "close",
    "收盘": "close", "收盘价": "close", "종가": "close", "закрытие": "close", "prccd": "close",
    "prc": "close", "dlyprc": "close", "price_close_(raw)": "close",
    "cfacpr": "ajexdi", "dlycumfacpr": "ajexdi",
    "ouv": "open", "haut": "high", "bas": "low", "开盘": "open", "最高": "high", "最低": "low",
    "adjusted": "adj_close",
    "eröffnung": "open", "eröffn.": "open", "erster": "open", "ouverture": "open", "始値": "open",
    "hoch": "high", "plus_haut": "high", "高値": "high", "tief": "low", "plus_bas": "low",
    "安値": "low", "volumen": "volume", "stuecke": "volume", "出来高": "volume",
    "+/-_%": "change_%", "vol": "volume", "openint": "open_interest",
    "px_last": "close", "close/last": "close", "last_price": "close",
    "px_open": "open", "px_high": "high", "px_low": "low", "px_volume": "volume",
    "adj._close": "adj_close", "adjusted_close": "adj_close", "adjclose": "adj_close",
    "adj_close**": "adj_close", "close*": "close", "close_price": "close",
}  # fmt: skip
#: Columns a file of one symbol may have beside its closes.
BAR_COLUMNS = frozenset(
    {
        "date", "open", "high", "low", "close", "adj_close", "volume", "dividends",
        "stock_splits", "capital_gains", "repaired?", "vwap", "trades", "turnover", "change",
        "change_%", "chg%", "vol.", "per", "time", "open_interest",
    }
)  # fmt: skip
#: What a column of prices may be called beside a date and a symbol where there is no close.
PRICE_COLUMNS = ("price", "prices", "kurs", "preis", "px", "last", "value", "nav", "settle")
#: Those no share has as its symbol, so that they need no symbol beside them.
_PLAIN_PRICES = frozenset(PRICE_COLUMNS[:4])
#: Columns that say what prices are quoted in.
CURRENCY_COLUMNS = ("currency", "ccy", "curcdd", "währung", "devise")
#: Text that says that there is no price.
MISSING = (
    "", "NaN", "nan", "NA", "N/A", "n/a", "null", "NULL", "None", "<NA>", ".", "#N/A", "#N/A N/A",
    "#N/A Field Not Applicable", "-", "--", "---", "–", "—", "n.a.", "N.A.", "n.d.", "k.A.", "na",
    "none", "Null", "#NV", "#N/D", "#VALUE!", "#WERT!", "#REF!", "#BEZUG!", "#DIV/0!", "#NAME?",
    "#NUM!", "#NULL!", "#ERROR!",
)  # fmt: skip
_NUMBERED = re.compile(r"^\d\._(?=open|high|low|close|volume|adj)")
_SIGNS_OF_NONE = MISSING[10:]
_SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_STAMP = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(:00(\.0+)?)?\s*(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{2})[/.](\d{2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_COMMA_DECIMAL = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?([eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
_SWISS = re.compile(r"[+-]?(\d{1,3}(['’]\d{3})+|\d+)(\.\d+)?", re.ASCII)
_ONE_GROUP = re.compile(r"[+-]?\d{1,3},\d{3}", re.ASCII)
_CORNER = {"price", "symbol", "date", "dates"}
_SPLIT = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})", re.ASCII)
_SHORT = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2})", re.ASCII)
#: Times of day that are those of a close, and instants whose date is one in every exchange.
_LATE, _SAME_DAY = time(15), (time(4), time(12, 59))
#: Fewest values that show a dialect nothing else of a file shows.
_SEVERAL = 3
_MONEY = re.compile(
    r"([$€£¥]|[A-Z]{3}(?=\s))?\s?[+-]?[\d.,'’ \u00a0]*\d\s?([$€£¥]|(?<=\s)[A-Z]{3})?"
)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?", re.ASCII)
_BLANKS = re.compile(r"[ \u00a0\u202f]")


def plain_name(name: object) -> str:
    """Return the name of a column as this package calls it; other names are only folded."""
    folded = _NUMBERED.sub("", str(name).strip().strip("<>").casefold().replace(" ", "_"))
    return ALIASES.get(folded, folded)


def are_bars(names: Sequence[str]) -> bool:
    """Tell the columns of one symbol's bars, by plain names: closes, and kinds of prices beside."""
    there = set(names)
    prices = bool({"close", "adj_close", *_PLAIN_PRICES} & there) and "symbol" not in there
    known = there <= BAR_COLUMNS | _PLAIN_PRICES
    return prices and (known or len({"open", "high", "low"} & there) > 1)


def split_rows(text: str) -> tuple[list[tuple[int, list[str]]], str]:
    """Return the rows of a file that hold anything, with their lines, and what separates columns.

    The separator is the one sign of the header that is there; a comma where there are two. Lines
    above the header that have no such sign, a title, are passed over.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 2 and not any(sign in lines[-1] for sign in _SIGNS):
        lines = lines[:1]
    head = next((line for line in lines if any(sign in line for sign in _SIGNS)), "")
    found = [sign for sign in _SIGNS if sign in head]
    sign = found[0] if len(found) == 1 or "," in found else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    try:
        rows = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
        return rows[lines_above(rows) :], sign
    except csv.Error as error:
        raise csv.Error(str(error), reader.line_num) from error


def lines_above(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Count lines of one cell before a table whose rows have more.

    A name behind a blank is the header of a series whose days have no name.
    """
    widths = [sum(bool(cell.strip()) for cell in row) for _, row in rows]
    if (
        len(widths) < 3
        or widths[0] > 1
        or is_series_header(rows[0][1])
        or sorted(widths)[len(widths) // 2] < 2
    ):
        return 0
    return next(n for n, width in enumerate(widths) if width > 1)


def is_series_header(cells: Sequence[str]) -> bool:
    """Tell the header that pandas writes of one series: a blank, and its name."""
    return len(cells) == 2 and not cells[0].strip() and bool(cells[1].strip())


def separator_remark(sign: str) -> tuple[str, ...]:
    """Say what separates columns where it is not the comma."""
    return () if sign == "," else (f"columns separated by {_SIGNS[sign]}",)


def is_downloaded(header: Sequence[str], second: Sequence[str]) -> bool:
    """Tell the two header lines that yf.download writes: kinds of prices over symbols."""
    names = [plain_name(name) for name in header[1:]]
    lower = [plain_name(name) for name in second[1:]]
    corner = {plain_name(header[0]), plain_name(second[0])} - {""}
    return (set(names) <= BAR_COLUMNS or set(lower) <= BAR_COLUMNS) and corner <= _CORNER


def long_cells(cells: Cells, lines: NDArray[np.int64]) -> tuple[Cells, NDArray[np.int64]]:
    """Turn the table yf.download writes into one row a date and symbol.

    Parameters
    ----------
    cells, lines
        All rows of the file; two header lines, and perhaps a third that names the dates.
    """
    first, second = ([str(c).strip() for c in row] for row in cells[:2])
    kinds, symbols = (first, second) if _kinds_first(first) else (second, first)
    start = 3 if plain_name(cells[2][0]) == "date" else 2
    body, at = cells[start:], lines[start:]
    fields = [name for name in dict.fromkeys(map(plain_name, kinds[1:])) if name]
    parts = []
    for symbol in dict.fromkeys(symbols[1:]):
        part = np.full((len(body), len(fields) + 2), "", dtype=object)
        part[:, 0], part[:, 1] = body[:, 0], symbol
        for column in range(1, body.shape[1]):
            if symbols[column] == symbol:
                part[:, 2 + fields.index(plain_name(kinds[column]))] = body[:, column]
        parts.append(part)
    header = np.array([["date", "symbol", *fields]], dtype=object)
    return np.vstack([header, *parts]), np.concatenate([lines[:1], *([at] * len(parts))])


def _kinds_first(first: Sequence[str]) -> bool:
    return {plain_name(name) for name in first[1:]} <= BAR_COLUMNS


def plain_dates(texts: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return days as YYYY-MM-DD where all are written in one form that can be read one way.

    Midnights lose their time and their offset, which is that of the exchange; other times of day
    and days whose month could be their day stay as they are.
    """
    if all(map(_ISO.fullmatch, texts)):
        return list(texts), ()
    for form, what in (
        (_STAMP, "midnights, as the days they begin"),
        (_COMPACT, "days written YYYYMMDD"),
        (_YEAR_FIRST, "days written with the year first"),
    ):
        found = [form.fullmatch(text) for text in texts]
        if texts and all(found):
            if form is _STAMP:
                return [m.group(1) for m in found if m], (what,)
            return ["-".join(m.groups()) for m in found if m], (what,)
    found = [_DOTTED.fullmatch(text) for text in texts]
    if texts and all(found) and any(int(m[1]) > 12 for m in found if m):
        days = [f"{m[3]}-{int(m[2]):02}-{int(m[1]):02}" for m in found if m]
        return days, ("days written dd.mm.yyyy",)
    return _split_dates(texts) or _other_dates(texts) or (list(texts), ())


Read = tuple[list[str], tuple[str, ...]]


def _split_dates(texts: Sequence[str]) -> Read | None:
    """Read dd/mm/yyyy or mm/dd/yyyy where days above 12 all stand in the same place."""
    found = [_SPLIT.fullmatch(text) for text in texts]
    if not texts or not all(found):
        return None
    first = any(int(m[1]) > 12 for m in found if m)
    if first == any(int(m[3]) > 12 for m in found if m):
        return None
    day, month, mark = (1, 3, "dd/mm/yyyy") if first else (3, 1, "mm/dd/yyyy")
    days = [f"{m[4]}-{int(m[month]):02}-{int(m[day]):02}" for m in found if m]
    return days, (f"days written {mark}",)


def _other_dates(texts: Sequence[str]) -> Read | None:
    """Read what tables of events may hold, too: words, weekdays, Excel's and Unix' numbers.

    A time of day is left out where it is that of a close on all days, or a UTC instant whose date
    is the same in every exchange.
    """
    written = list(dict.fromkeys(texts))
    if any(c.isdigit() and not c.isascii() for text in written for c in text):
        return None
    whole = _long_years(written)
    try:
        found, form = read_days(whole, lines=range(len(whole)), source="", column="")
    except InputError:
        return None
    moments = [moment for moment in found if isinstance(moment, Moment)]
    if len(moments) < len(written) or not (_are_days(moments) or _are_instants(moments)):
        return None
    if form == "dd.mm.yyyy" and not any(m.day.day > 12 for m in moments):
        return None
    day_of = {text: m.day.isoformat() for text, m in zip(written, moments, strict=True)}
    shown = form if whole is written else "mm/dd/yy"
    return [day_of[text] for text in texts], (f"days written as {shown}",)


def _are_days(moments: Sequence[Moment]) -> bool:
    clocks = {(m.clock, m.offset, m.zone) for m in moments}
    (clock, *_), *others = clocks
    late = clock is not None and clock >= _LATE and len(moments) >= _SEVERAL
    return not others and (clock is None or late)


def _are_instants(moments: Sequence[Moment]) -> bool:
    return all(
        m.offset == timedelta() and m.clock and _SAME_DAY[0] <= m.clock <= _SAME_DAY[1]
        for m in moments
    )


def _long_years(texts: list[str]) -> list[str]:
    """Write years of two digits with four where a number above 12 shows that the day is second."""
    found = [_SHORT.fullmatch(text) for text in texts]
    if not all(found) or not any(int(m[2]) > 12 for m in found if m):
        return texts
    return [f"{m[1]}/{m[2]}/{'20' if int(m[3]) < 69 else '19'}{m[3]}" for m in found if m]


def plain_numbers(cells: Sequence[Cells], sign: str) -> tuple[list[Cells], tuple[str, ...]]:
    """Return columns of numbers with a decimal point and nothing else.

    Parameters
    ----------
    cells
        Stripped text, one array a column; all columns are of one dialect.
    sign
        What separates columns: a decimal comma needs another sign.
    """
    spaced = {str(text) for column in cells for text in column if _SPACED.fullmatch(text)}
    if spaced:
        bare = [np.array([_BLANKS.sub("", text) if text in spaced else text for text in column],
                         dtype=object) for column in cells]  # fmt: skip
        plain, said = plain_numbers(bare, sign)
        return plain, ("numbers with blanks for thousands", *said)
    if any("'" in text or "’" in text for column in cells for text in column):
        grouped = {str(text) for column in cells for text in column} - set(MISSING)
        if all(map(_SWISS.fullmatch, grouped)):
            bare = [_without(_without(column, "'"), "’") for column in cells]
            return bare, ("numbers with apostrophes for thousands",)
    some = {str(text) for column in cells for text in column if "," in text}
    if not some:
        return list(cells), ()
    every = {str(text) for column in cells for text in column} - set(MISSING)
    if all(map(_GROUPED.fullmatch, every)) and any("." in text for text in some):
        return [_without(column, ",") for column in cells], ("numbers with commas for thousands",)
    decimal = not all(map(_ONE_GROUP.fullmatch, some)) and (sign != "," or len(some) >= _SEVERAL)
    if decimal and all(map(_COMMA_DECIMAL.fullmatch, every)):
        points = [_without(column, ".") for column in cells]
        return [_comma_to_point(column) for column in points], ("numbers with a decimal comma",)
    return list(cells), ()


def without_currency(column: Cells, *, few: bool = False) -> tuple[Cells, tuple[str, ...]]:
    """Take the sign or code of one currency off numbers that all have it, before or behind.

    Unless a ``few`` are enough, as in a column of closes, three values must have it.
    """
    there = {str(text) for text in column} - set(MISSING)
    found = [_MONEY.fullmatch(text) for text in there]
    signs = {match[1] or match[2] if match else None for match in found}
    sign = next(iter(signs), None)
    if len(signs) != 1 or sign is None or not (few or len(there) >= _SEVERAL):
        return column, ()
    return _without(column, sign), (f"prices without their {sign}",)


def without_percent(columns: Sequence[Cells]) -> list[Cells] | None:
    """Return numbers without their sign of per cent if all have it and some are below zero."""
    there = {str(text) for column in columns for text in column} - set(MISSING)
    if not there or not all(text.endswith("%") for text in there):
        return None
    if not any(text.startswith("-") for text in there):
        return None  # a level in per cent, such as a rate of interest, is no return
    return [_without(column, "%") for column in columns]


def _without(column: Cells, sign: str) -> Cells:
    return np.array(
        [text if text in MISSING else text.replace(sign, "").strip() for text in column],
        dtype=object,
    )


def _comma_to_point(column: Cells) -> Cells:
    return np.array([text.replace(",", ".") for text in column], dtype=object)


def missing_remark(columns: Sequence[Cells]) -> tuple[str, ...]:
    """Say which signs were taken for no price, besides blanks and the usual words."""
    signs = {str(text) for column in columns for text in set(column)} & set(_SIGNS_OF_NONE)
    return tuple(f"{sign!r} as no price" for sign in sorted(signs))


def price_column(names: Sequence[str], kind: str) -> tuple[str, tuple[str, ...]]:
    """Return the column of one row a price that holds the prices, and what to say of it."""
    if kind != "close" or kind in names:
        return kind, ()
    others = [name for name in PRICE_COLUMNS if name in names]
    found = "adj_close" if "adj_close" in names else others[0] if len(others) == 1 else kind
    return found, () if found == kind else (f"{found}, as there is no close",)


def alias_remark(header: Sequence[str]) -> tuple[str, ...]:
    """Say which columns have another name here."""
    return tuple(
        f"column {name} as {plain_name(name)}"
        for name in header
        if name.strip().strip("<>").casefold().replace(" ", "_") in ALIASES
    )


def ascending(
    days: NDArray[np.datetime64], values: NDArray[np.float64]
) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Return rows in order of time, one of equal ones, where all are the newest first or equal.

    Parameters
    ----------
    days : ndarray of shape (n_rows,)
        As they stand.
    values : ndarray of shape (n_rows, n_columns)
        What stands beside them.
    """
    rows: NDArray[np.intp] = np.arange(len(days))
    said: tuple[str, ...] = ()
    if len(days) < 2:
        return rows, said
    step = np.diff(days.astype("datetime64[D]").astype(np.int64))
    if (step <= 0).all() and (step < 0).any():
        rows, said = rows[::-1], ("rows with the newest first",)
    same = np.append(False, days[rows][1:] == days[rows][:-1])
    again = rows[same]
    if same.any() and np.array_equal(values[again], values[rows[np.flatnonzero(same) - 1]], True):
        rows, said = rows[~same], (*said, f"{len(again)} rows that stand twice, as one")
    return rows, said


def odd_text(text: str) -> bool:
    """Tell digits of other scripts and underscores, which Python would take for numbers."""
    return "_" in text or not text.isascii()
