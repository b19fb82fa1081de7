"""How a table of prices is laid out, turned into one header line and one date a row.

Titles above and notes below are passed over; days may stand across, each series may bring days of
its own, and columns of row numbers or weekdays say nothing. What was turned or left out is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from analysis.prices.dialects import BAR_COLUMNS, is_series_header, lines_above, plain_name
from analysis.seeds.table_dates import WEEKDAYS, is_day, is_summary

Row = tuple[int, list[str]]
Laid = tuple[list[Row], tuple[str, ...]]

#: Columns of securities, by which goes first where there are several.
_SECURITIES = ("symbol", "ticker", "tic", "security", "ric", "instrument", "permno", "gvkey",
               "isin", "sedol", "cusip", "wkn")  # fmt: skip
#: What closes of several companies may call them where there is no ticker.
_NAMES = ("name", "code", "company")
#: Lines below a header that may name units or currencies, and lines below a table that are notes.
_MOST_UNITS, _MOST_NOTES = 3, 20
#: Two dates in a head may be a period; three are columns of days.
_FEWEST_DAYS = 3
_NUMBER = re.compile(r"[^\w\s]?\s?[+-]?[\d.,' \u00a0]*\d[\d.,]*\s?([%€$£]|[A-Z]{3})?")


def plain_layout(rows: Sequence[Row]) -> Laid:
    """Return the rows of a file with one header line, and what was done to them.

    Parameters
    ----------
    rows
        Lines that hold anything, with their cells.
    """
    found, said = _stripped(rows), list[str]()
    for step in (_without_notes, _below_titles, _merged, _side_by_side, _turned, _without_units,
                 _named_dates, _without_idle):  # fmt: skip
        found, remarks = step(found)
        said += remarks
    return found, tuple(said)


def _stripped(rows: Sequence[Row]) -> list[Row]:
    """Give all rows the width of the widest of the first ones where only blanks are missing."""
    out = [(line, [cell.strip() for cell in cells]) for line, cells in rows]
    wide = max((len(cells) for _, cells in out[:4]), default=0)
    second = out[1][1] if len(out) > 1 else []
    merged = bool(second) and not any(map(_is_number, second)) and not is_day(second[0])
    blank = [wide > 1 and (not any(cells[1:]) or (n == 0 and merged))
             for n, (_, cells) in enumerate(out)]  # fmt: skip
    return [
        (line, [*cells, *[""] * (wide - len(cells))] if short else cells)
        for (line, cells), short in zip(out, blank, strict=True)
    ]


def _without_notes(rows: list[Row]) -> Laid:
    """Leave out lines below the table: of one cell that is no date, or a mean or sum of it."""
    keep = len(rows)
    across = any(_is_written_day(cell) for _, cells in rows[:1] for cell in cells)
    while keep > 2 and len(rows) - keep < _MOST_NOTES:
        cells = [cell for cell in rows[keep - 1][1] if cell]
        alone = len(cells) == 1 and not is_day(cells[0]) and not _is_number(cells[0])
        summed = is_summary(cells[0]) and not across and not any(map(is_day, cells[:3]))
        if not alone and not summed:
            break
        keep -= 1
    if keep == len(rows):
        return rows, ()
    return rows[:keep], (f"{_lines(len(rows) - keep)} below the table passed over",)


def _below_titles(rows: list[Row]) -> Laid:
    """Start at the header: lines with half of the cells of the table or less are no part of it."""
    above = lines_above(rows)
    rows = rows[above:]
    usual = sorted(_filled(cells) for _, cells in rows[-20:])[len(rows[-20:]) // 2] if rows else 0
    start = 0
    while (
        start < len(rows) - 2
        and 2 * _filled(rows[start][1]) <= usual
        and not is_series_header(rows[start][1])
        and not {plain_name(cell) for cell in rows[start][1] if cell} <= {*BAR_COLUMNS, "price"}
        and [plain_name(cell) for cell in rows[start + 1][1]].count("date") < 2
    ):
        start += 1
    start = start if start <= 10 else 0
    count = above + start
    return rows[start:], (f"{_lines(count)} above the header passed over",) if start else ()


def _merged(rows: list[Row]) -> Laid:
    """Repeat kinds of prices that a workbook writes once over several symbols."""
    if len(rows) < 3 or not _kinds_of_prices([cell for cell in rows[0][1] if cell] or [""]):
        return rows, ()
    line, header = rows[0]
    if all(header[1:]) or not all(rows[1][1][1:]) or len(header) < 2 or not header[1]:
        return rows, ()
    filled = header[:1]
    for cell in header[1:]:
        filled.append(cell or filled[-1])
    return [(line, filled), *rows[1:]], ()


def _side_by_side(rows: list[Row]) -> Laid:
    """Read series beside each other, each with days of its own, as one row a price."""
    if len(rows) < 3:
        return rows, ()
    first, second = rows[0][1], rows[1][1]
    dates = [n for n, cell in enumerate(second) if plain_name(cell) == "date"]
    over = len(dates) > 1 and not any(map(is_day, second))
    names, body = (first, rows[2:]) if over else (second, rows[1:])
    if not over:
        dates = [n for n, cell in enumerate(first) if plain_name(cell) == "date"]
        names = first
    if len(dates) < 2:
        return rows, ()
    ends = [*dates[1:], len(first)]
    blocks = [
        (at, _closes_among(rows, at + 1, end, second if over else first))
        for at, end in zip(dates, ends, strict=True)
    ]
    if any(close is None for _, close in blocks):
        return rows, ()
    out: list[Row] = [(rows[0][0], ["date", "symbol", "close"])]
    for at, close in blocks:
        assert close is not None
        name = (names[at] or names[close]) if over else names[close]
        out += [(line, [c[at], name, c[close]]) for line, c in body if c[at] or c[close]]
    return out, ("series side by side, each with its own days",)


def _closes_among(rows: list[Row], start: int, end: int, kinds: Sequence[str]) -> int | None:
    """Return the one column of closes beside a column of days; None if it cannot be told."""
    there = [n for n in range(start, end) if any(cells[n] for _, cells in rows if n < len(cells))]
    if len(there) > 1:
        there = [n for n in there if plain_name(kinds[n]) == "close"]
    known = len(there) == 1 and plain_name(kinds[there[0]]) != "symbol"
    return there[0] if known else None


def _turned(rows: list[Row]) -> Laid:
    """Read days across and series down as one row a price."""
    header = rows[0][1] if rows else []
    start = next((n for n, cell in enumerate(header) if _is_written_day(cell)), 0)
    across = header[start:]
    if len(across) < _FEWEST_DAYS or not all(map(_is_written_day, across)) or start not in (1, 2):
        return rows, ()
    labels = [plain_name(cell) for cell in header[:start]]
    who = labels.index("symbol") if "symbol" in labels else 0
    if any(map(is_day, (cells[who] for _, cells in rows[1:]))):
        return rows, ()
    out: list[Row] = [(rows[0][0], ["date", "symbol", "close"])]
    out += [
        (line, [day, cells[who], value])
        for line, cells in rows[1:]
        for day, value in zip(across, cells[start:], strict=False)
    ]
    return out, ("days across and series down",)


def _without_units(rows: list[Row]) -> Laid:
    """Leave out lines between header and prices that hold words only, such as currencies."""
    if len(rows) < 4 or _kinds_of_prices(rows[0][1]) or _kinds_of_prices(rows[1][1]):
        return rows, ()
    at = _date_column(rows[0][1])
    last = 1
    while last <= _MOST_UNITS and last < len(rows) - 1 and _words_only(rows[last][1], at):
        last += 1
    if last == 1 or last > _MOST_UNITS + 1 or not is_day(rows[last][1][at]):
        return rows, ()
    shown = next((cell for cell in rows[1][1] if cell), "")
    return [rows[0], *rows[last:]], (f"{_lines(last - 1)} below the header ({shown}) passed over",)


def _named_dates(rows: list[Row]) -> Laid:
    """Call the one column that holds days ``date`` where none is called so."""
    header = rows[0][1] if rows else []
    if len(rows) < 3 or "date" in map(plain_name, header):
        return rows, ()
    width = range(min(len(cells) for _, cells in rows[:20]))
    days = [n for n in width if all(_is_written_day(cells[n]) for _, cells in rows[1:20])]
    if len(days) != 1 or not header[days[0]]:
        return rows, ()
    named = [("date" if n == days[0] else cell) for n, cell in enumerate(header)]
    return [(rows[0][0], named), *rows[1:]], (f"column {header[days[0]]} as date",)


def _without_idle(rows: list[Row]) -> Laid:
    """Leave out blank columns, row numbers and weekdays, and all columns of securities but one."""
    if len(rows) < 2 or any(len(cells) != len(rows[0][1]) for _, cells in rows):
        return rows, ()  # the reader says which line has too many or too few
    header = rows[0][1]
    plain = list(map(plain_name, header))
    checks: tuple[tuple[str, Callable[[int], bool]], ...] = (
        ("", lambda n: not header[n] and not any(cells[n] for _, cells in rows[1:])),
        ("row numbers", lambda n: _counts(header[n], n, rows) and "date" in plain),
        ("weekdays", lambda n: all(cells[n].casefold() in WEEKDAYS for _, cells in rows[1:])),
    )
    dropped = {n: what for n in range(len(header)) for what, check in checks if check(n)}
    said = [f"a column of {what} left out" for what in dict.fromkeys(dropped.values()) if what]
    header, other = _one_security(header, plain)
    keep = [n for n in range(len(header)) if n not in dropped]
    body = [(line, [cells[n] for n in keep]) for line, cells in rows[1:]] if dropped else rows[1:]
    return [(rows[0][0], [header[n] for n in keep]), *body], (*said, *other)


def _one_security(header: list[str], plain: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Choose among columns of securities; a name is one where closes have no other."""
    folded = [cell.strip("<>").casefold() for cell in header]
    there = [n for n, name in enumerate(plain) if name == "symbol"]
    if "close" in plain:
        there += [n for n, name in enumerate(folded) if name in _SECURITIES and n not in there]
        there = there or [n for n, name in enumerate(folded) if name in _NAMES and "date" in plain]
    if not there:
        return header, ()
    order = [*_SECURITIES, *folded]
    best, *rest = sorted(there, key=lambda n: order.index(folded[n]))
    if not rest and plain[best] == "symbol":
        return header, ()
    said = f"companies from {header[best]}" + (
        f", not from {', '.join(header[n] for n in sorted(rest))}" if rest else "")  # fmt: skip
    named = {best: "symbol", **{n: f"other {header[n]}" for n in rest}}
    return [named.get(n, cell) for n, cell in enumerate(header)], (said,)


def _counts(name: str, at: int, rows: list[Row]) -> bool:
    if at or name.casefold() not in ("", "unnamed: 0", "#", "index", "row"):
        return False
    cells = [row[at] for _, row in rows[1:]]
    return any(cells == list(map(str, range(start, start + len(cells)))) for start in (0, 1))


def _kinds_of_prices(cells: Sequence[str]) -> bool:
    return len(cells) > 1 and {plain_name(cell) for cell in cells[1:] if cell} <= BAR_COLUMNS


def _date_column(header: Sequence[str]) -> int:
    names = list(map(plain_name, header))
    return names.index("date") if "date" in names else 0


def _words_only(cells: Sequence[str], at: int) -> bool:
    """Whether a line holds words and no day in the column of days."""
    there = [cell for n, cell in enumerate(cells) if cell and n != at]
    words = bool(there) and not any(map(_is_number, there))
    return words and not is_day(cells[at]) and not _is_number(cells[at])


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text))


def _is_written_day(text: str) -> bool:
    """Whether text is a day that no number is."""
    return not re.fullmatch(r"\d+(\.\d+)?", text) and is_day(text)


def _filled(cells: Sequence[str]) -> int:
    return sum(map(bool, cells))


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
