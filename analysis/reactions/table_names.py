"""Companies of a table under the names the prices give them: ``aapl`` and ``AAPL US Equity``."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

import pandas as pd

from analysis.errors import InputError, nearest
from analysis.seeds.event_tables import NAMES, EventTable, folded
from analysis.seeds.sheets import cell_text

#: What Bloomberg writes behind a ticker: exchange and market sector.
_SECTOR = re.compile(r"(?i)(?:\s+[a-z]{2})?\s+(?:equity|index|curncy|comdty|corp)$")
#: What other programs write around a ticker of an American exchange, or a file of one series.
_AROUND = re.compile(
    r"(?i)^(?:(?:nasdaq|nyse|nysearca|nysemkt|amex|arca|bats|xnas|xnys)\s*:\s*|[$^])|(?:\.(?:o|oq|n|us|adjusted|close)"
    r"|_us_d|_d| historical data| stock price history| - tot return ind|\((?:p|ri)\))$"
)
#: What stands before the one letter of a class of shares: BRK.B, BRK-B, BRK/B and BRK B are one.
_CLASS = re.compile(r"(?<=\w)[./\- ](?=[a-z]$)")
#: Reuters writes the class as a small letter: BRKb.N.
_RIC_CLASS = re.compile(r"(?<=[A-Z])(?=[a-z]\.[A-Z]{1,2}$)")
#: What stands between two currencies, or behind them: EUR/USD, BTC-USD, EURUSD=X.
_PAIR = re.compile(r"(?<=^[a-z]{3})[/\-](?=[a-z]{3}(?:=x)?$)|=x$")
_WHOLE = re.compile(r"(\d+)\.0+")


def named_as(table: EventTable, every: Sequence[str]) -> tuple[EventTable, tuple[str, ...]]:
    """Give companies the names of the series of the prices that can only mean them.

    A name that is a series stays. Else it is taken for the one series that differs in case, in
    what other programs write around a ticker (``AAPL US Equity``, ``NASDAQ:AAPL``, ``AAPL.O``,
    ``AAPL.Adjusted``), or in the ``.0`` of a whole number. Where none is one, another column of
    companies (ISIN, PERMNO, name) that the prices go by is taken.

    Returns
    -------
    EventTable
        With the names of the prices.
    tuple of str
        A sentence where names were matched.

    Raises
    ------
    InputError
        If no company is a series of the prices.
    """
    known, by_plain = set(every), dict[str, list[str]]()
    for name in every:
        by_plain.setdefault(plain_series(name), []).append(name)
    if not any(plain_series(name) in by_plain for name in table.securities):
        table = _by_another_column(table, by_plain)
    alike = {name: by_plain.get(plain_series(name), []) for name in table.securities}
    meant = {a: found[0] for a, found in alike.items() if a not in known and len(found) == 1}
    names = [meant.get(name, name) for name in table.securities]
    if not known & set(names):
        first = table.securities[0]
        guess = nearest(first, list(known))
        raise InputError(
            "events", f"{table.source}, column {table.columns['security']!r}: "
            f"{', '.join(table.securities[:3])}", "no company is a series of the prices, which "
            f"hold {', '.join(sorted(known)[:5])}{', ...' if len(known) > 5 else ''}.",
            f"Did you mean {guess!r}?" if guess else "Name companies as the prices do.",
        )  # fmt: skip
    if not meant:
        return table, ()
    frame = table.frame.assign(security=table.frame["security"].map(lambda n: meant.get(n, n)))
    shown = ", ".join(f"{a} is {b}" for a, b in list(meant.items())[:3])
    more = f", and {len(meant) - 3} more" if len(meant) > 3 else ""
    return replace(table, frame=frame), (f"Companies as the prices name them: {shown}{more}.",)


def _by_another_column(table: EventTable, known: Collection[str]) -> EventTable:
    """Take companies from the column of keys or names that the prices go by, if one is."""
    for column in map(str, table.extras):
        texts = ["" if pd.isna(cell) else cell_text(cell) for cell in table.extras[column]]
        if folded(column) in map(folded, NAMES["security"]) and any(
            plain_series(text) in known for text in texts
        ):
            extras = table.extras.drop(columns=column)
            extras[table.columns["security"]] = table.frame["security"]
            return replace(
                table, frame=table.frame.assign(security=texts), extras=extras,
                columns={**table.columns, "security": column},
            )  # fmt: skip
    return table


def series_meant(name: str, every: Sequence[str]) -> str:
    """Return the one series a name can mean, or the name itself."""
    found = [other for other in every if plain_series(other) == plain_series(name)]
    return name if name in every or len(found) != 1 else found[0]


def plain_series(name: str) -> str:
    """Return what all spellings of one series have in common."""
    name = _RIC_CLASS.sub(".", name.strip())
    whole = _WHOLE.fullmatch(name)
    plain = whole[1] if whole else _AROUND.sub("", _SECTOR.sub("", name)).casefold()
    return _PAIR.sub("", _CLASS.sub(".", plain))
