"""The currencies of securities and benchmarks: said where they differ, converted where asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.prices.every import Series, read_every
from analysis.reactions.table_columns import of_security
from analysis.seeds.event_tables import EventTable, folded

Read = Callable[[Sequence[str]], Series]
_COLUMNS = ("currency", "ccy", "curcdd", "wahrung", "devise", "moneda", "valuta", "通貨")
#: Hundredths of a currency: they move as it does.
_PARTS = {"GBp": "GBP", "GBX": "GBP", "ZAc": "ZAR", "ZAC": "ZAR", "ILA": "ILS", "USX": "USD"}


def currencies_told(table: EventTable, series: Series) -> dict[str, str]:
    """Return the currency of each series that its prices or the events tell.

    Raises
    ------
    InputError
        If the events say two currencies of one security.
    """
    column = next((str(c) for c in table.extras if folded(str(c)) in _COLUMNS), None)
    told = dict(series.currencies)
    if column is not None:
        told |= of_security(table, column, parameter="currency")
    return {name: _PARTS.get(code.strip(), code.strip().upper()) for name, code in told.items()}


def differing(told: Mapping[str, str], pairs: Mapping[str, str]) -> tuple[str, ...]:
    """Say where a security and its benchmark are quoted in different currencies.

    Parameters
    ----------
    told
        Currency by series.
    pairs
        Benchmark of each security.
    """
    apart = [
        (name, told[name], stick, told[stick])
        for name, stick in pairs.items()
        if name in told and stick in told and told[name] != told[stick]
    ]
    if apart:
        name, own, stick, other = apart[0]
        return (
            f"{len(apart)} securities are quoted in another currency than their benchmark, the "
            f"first {name} in {own} and {stick} in {other}: every return is in its own currency, "
            "so that the rate of exchange is part of what is unusual; --currency converts",
        )
    several = sorted({told[name] for name in pairs if name in told})
    if len(several) > 1:
        return (f"returns are in the currency of each security ({', '.join(several)})",)
    return ()


def converted(read: Read, told: Callable[[Series], Mapping[str, str]], currency: str,
              rates: str | None, every: Sequence[str]) -> Read:  # fmt: skip
    """Return a reader whose series are in one currency; what tells none is taken to be in it.

    Parameters
    ----------
    read
        Reads series by name.
    told
        Currency of the series it read.
    currency
        Code of the currency wanted.
    rates
        File of rates of exchange; None where they are series of the prices.
    every
        Names of all series of the prices.

    Notes
    -----
    A rate of USD into EUR is a series ``USDEUR`` (the price of one USD in EUR), ``EURUSD`` (its
    inverse), either with ``=X`` behind or ``/`` between. A price in EUR is the price times the
    rate of its day; a day without a rate has none.
    """
    if not currency.isalpha() or len(currency) != 3:
        raise InputError("currency", currency, "it is no code of three letters.", "Such as EUR.")
    wanted = currency.upper()
    found = None if rates is None else read_every(Path(rates))

    def rate(code: str) -> tuple[pd.Series, tuple[tuple[str, str], ...]]:
        names = [str(c) for c in found.values] if found is not None else every
        pair = {name: _pair(name) for name in names}
        direct = [name for name, key in pair.items() if key in (code + wanted, wanted + code)]
        if not direct:
            raise InputError(
                "rates", rates, f"no series says what one {code} is in {wanted}; there are "
                f"{', '.join(names[:6])}.", f"Name a file with a column {code}{wanted}: --rates.",
            )  # fmt: skip
        source = found if found is not None else read([direct[0]])
        values = source.values[direct[0]].dropna()
        return (values if pair[direct[0]] == code + wanted else 1 / values), source.files

    def read_in_currency(names: Sequence[str]) -> Series:
        series = read(names)
        codes = {n: c for n, c in told(series).items() if n in series.values and c != wanted}
        values, files, notes = series.values.copy(), list(series.files), list(series.notes)
        for code in dict.fromkeys(codes.values()):
            one, more = rate(code)
            mine = [name for name, own in codes.items() if own == code]
            values[mine], lost = _times(values[mine], one, series.kind)
            files += [file for file in more if file not in files]
            rest = f"; {lost} days without a rate are left out" if lost else ""
            notes.append(f"{len(mine)} series converted from {code} into {wanted}{rest}")
        return replace(series, values=values, files=tuple(files), notes=tuple(notes))

    return read_in_currency


def _pair(name: str) -> str:
    return name.upper().removesuffix("=X").replace("/", "").replace(" CURNCY", "").strip()


def _times(values: pd.DataFrame, rate: pd.Series, kind: str) -> tuple[pd.DataFrame, int]:
    """Convert prices, or decimal returns, by the rates of their days."""
    there = rate.reindex(values.index)
    if kind == "ret":
        there = there / there.shift(1)
    lost = int((values.notna().any(axis=1) & there.isna()).sum())
    out = (1 + values).mul(there, axis=0) - 1 if kind == "ret" else values.mul(there, axis=0)
    return out.where(np.isfinite(out)), lost
