"""Prices of the companies of a table from Yahoo: from early enough, one symbol's fault its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from analysis.engine.models import MODELS
from analysis.errors import InputError, NetworkError, PriceError
from analysis.prices import PriceKind
from analysis.prices.every import Series
from analysis.seeds.event_tables import EventTable
from analysis.seeds.table_dates import Moment
from analysis.workspace import find_workspace

#: Sessions the default method needs before day 0, calendar days to a session (7/5, with holidays),
#: and days to spare for closures.
_SESSIONS, _DAYS_A_SESSION, _MORE = 130, 1.6, 30


def yahoo_reader(
    table: EventTable,
    method: Mapping[str, Any],
    estimation_dates: tuple[str, str] | None,
    largest_factor: float | None,
) -> Callable[[Sequence[str]], Series]:
    """Return a reader of series by name that asks Yahoo for each, from the first day needed.

    A symbol without prices that can be right is refused by itself; its events have the reason.

    Raises
    ------
    NetworkError
        When it reads, if Yahoo cannot be reached or wants fewer requests.
    PriceError
        When it reads, if no symbol at all has prices.
    """
    kind: PriceKind = method.get("price", "close")
    start, workspace = _first_day(table, method, estimation_dates), find_workspace()

    def read(names: Sequence[str]) -> Series:
        from analysis.prices import load_prices

        parts, refused = {}, dict[str, str]()
        for name in dict.fromkeys(names):
            try:
                parts[name] = load_prices(
                    [name], "yahoo", data_dir=workspace.data, start=start, kind=kind,
                    cache_dir=workspace.cache, largest_factor=largest_factor,
                )  # fmt: skip
            except NetworkError:  # asking again may help, so nothing is left out for it
                raise
            except (PriceError, InputError) as error:
                refused[name] = str(error)
        if not parts:
            first = next(iter(refused.items()), ("nothing", "no symbol was asked for"))
            raise PriceError(
                "Yahoo", f"no prices of {len(refused)} symbols, the first {first[0]}: {first[1]}",
                "companies are called as Yahoo calls them.",
                "Check the names at finance.yahoo.com.",
            )  # fmt: skip
        closes = pd.concat([part.closes for part in parts.values()], axis=1, sort=False)
        notes = dict.fromkeys(note for part in parts.values() for note in (*part.notes, *part.odd))
        lost = (f"Yahoo has no prices of {', '.join(refused)}",) if refused else ()
        return Series(
            closes.sort_index(), kind, refused, tuple(f for p in parts.values() for f in p.files),
            (*notes, *lost), tuple(o for p in parts.values() for o in p.odd),
            {name: code for p in parts.values() for name, code in p.currencies.items()},
        )  # fmt: skip

    return read


def _first_day(
    table: EventTable, method: Mapping[str, Any], estimation_dates: tuple[str, str] | None
) -> date:
    """Return a day before the first one a normal return is estimated from."""
    moments = [m.day for m in table.frame["moment"] if isinstance(m, Moment)]
    if not moments:
        raise InputError("events", table.source, "no row has a date.", "Write dates as 2023-10-03.")
    model = MODELS.get(str(method.get("model")))
    window = method.get("estimation_window") or (-_SESSIONS, -11)
    sessions = max(-int(window[0]), _SESSIONS, 0 if model is None else model.fewest_history)
    first = min(moments)
    if estimation_dates is not None:
        first = min(first, *(date.fromisoformat(day) for day in estimation_dates))
    return first - timedelta(days=int(sessions * _DAYS_A_SESSION) + _MORE)
