"""Whose sessions count for each security of a table of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analysis.errors import InputError
from analysis.prices.every import Series
from analysis.reactions.table_benchmark import Benchmark, weekend
from analysis.reactions.table_columns import column_named, of_security
from analysis.seeds.event_tables import EventTable
from analysis.seeds.exchanges import exchange_code, exchange_rule
from analysis.sessions.table_days import DEFAULT_ZONE, calendar_held, check_exchange

Days = npt.NDArray[np.datetime64]
#: Share of days on a weekend from which an axis is one of every day of the week (2 in 7 of it).
_WEEKENDS = 0.1
#: Share of the sessions in its span a security may lack before it is said.
_GAPS = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Axes:
    """The sessions of every security.

    Attributes
    ----------
    days : dict of str to ndarray of datetime64[D]
        Sessions of each security, ascending; the same array where they share one axis.
    exchange : dict of str to str
        Exchange of each security, where one was named.
    said : str
        Whose sessions they are, in one sentence; empty where an exchange was named for all.
    notes : tuple of str
        What a reader should know.
    """

    days: Mapping[str, Days]
    exchange: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    notes: tuple[str, ...] = ()

    @property
    def common(self) -> Days | None:
        """The one axis of all securities; None where they keep several."""
        first, *others = self.each
        return None if others else first

    @property
    def each(self) -> list[Days]:
        """Every axis once."""
        return list({id(days): days for days in self.days.values()}.values())

    @property
    def longest(self) -> Days:
        """The axis with the most sessions."""
        return max(self.each, key=len)


def find_axes(
    series: Series, benchmark: Benchmark, table: EventTable, exchange: str | None, zone: str | None
) -> Axes:
    """Return the sessions of each security: of its exchange, of the benchmark, or of the prices.

    Where the axis has weekends, securities that never have a price on one keep an axis of their
    own: the days on which any of them has a price.

    Parameters
    ----------
    series
        Prices of the securities.
    benchmark
        Its days are the sessions, unless each security has its own.
    table
        The events.
    exchange
        A code (MIC) for all, a column of the events, ``AAA=XNYS,BBB=XTKS``, or None.
    zone
        Zone of the times, for the sentence.
    """
    prices = series.values.index.to_numpy().astype("datetime64[D]")
    names = [str(name) for name in series.values.columns]
    named = exchanges_named(exchange, table, names)
    if named:
        return _of_exchanges(named, prices, exchange or "")
    timed = any(getattr(m, "clock", None) is not None for m in table.frame["moment"])
    words = f"; times are New York's ({DEFAULT_ZONE})" if timed and zone is None else ""
    if benchmark.series is not None and benchmark.kind != "own":
        days, notes = _of_benchmark(benchmark, prices, len(names) > 1)
        whose = "the benchmark"
    else:
        days, notes, whose = prices, (), "the file of prices"
    axes, apart = _without_weekends(series, names, days)
    if apart:
        shown = ", ".join(apart[:3]) + (", ..." if len(apart) > 3 else "")
        notes = (*notes, f"{len(apart)} securities never have a price on a weekend ({shown}): "
                         "weekends are no sessions there")  # fmt: skip
    notes = (*notes, *_gaps(series, axes))
    return Axes(axes, {}, f"Sessions are the dates of {whose}{words}; --exchange names another.",
                notes)  # fmt: skip


def exchanges_named(
    exchange: str | None, table: EventTable, names: Sequence[str]
) -> dict[str, str]:
    """Return the exchange of each security; empty where none was asked for.

    Raises
    ------
    InputError
        If it is no exchange, no column and no list of them, or a security has none or two.
    """
    if exchange is None:
        return {}
    if exchange_rule(exchange) is None:
        return dict.fromkeys(names, exchange)
    column = column_named(table, exchange)
    if column is not None:
        found = of_security(table, column, parameter="exchange")
    elif "=" in exchange:
        pairs = [part.partition("=") for part in exchange.split(",")]
        found = {name.strip(): code.strip() for name, _, code in pairs}
    else:
        check_exchange(exchange)
    for code in dict.fromkeys(found.values()):
        check_exchange(code)
    lacking = next((name for name in names if name not in found), None)
    if lacking is not None:
        raise InputError(
            "exchange", exchange, f"{lacking} has none.",
            "Name one for each security, or one code for all, such as XNYS.",
        )  # fmt: skip
    return {name: found[name] for name in names}


def _of_exchanges(named: Mapping[str, str], prices: Days, given: str) -> Axes:
    codes = {name: exchange_code(code) for name, code in named.items()}
    held = {code: calendar_held(code, prices).session for code in dict.fromkeys(codes.values())}
    first = next(iter(held.values()))
    if all(np.array_equal(first, days) for days in held.values()):
        held = dict.fromkeys(held, first)
    off = prices[~np.isin(prices, np.concatenate(list(held.values())))]
    notes: tuple[str, ...] = ()
    if len(off):
        whose = given if len(held) == 1 else "any exchange named"
        notes = (f"{len(off)} days of the prices are no sessions of {whose} and were left out: "
                 f"{_some_days(off)}",)  # fmt: skip
    said = f"Sessions are those of {', '.join(held)}." if len(held) > 1 else ""
    return Axes({name: held[code] for name, code in codes.items()}, named, said, notes)


def _of_benchmark(
    benchmark: Benchmark, prices: Days, several: bool
) -> tuple[Days, tuple[str, ...]]:
    assert benchmark.series is not None
    own = benchmark.series.dropna(how="all").index.to_numpy().astype("datetime64[D]")
    if benchmark.are_returns and len(prices) > 1 and len(own) and own[0] == prices[1]:
        own = np.r_[prices[:1], own]  # the first day of prices has no return
    days = own[(own >= prices[0]) & (own <= prices[-1])]
    if not len(days):
        raise InputError(
            "benchmark", f"{benchmark.name} from {own[0]} to {own[-1]}",
            f"it shares no day with the prices, {prices[0]} to {prices[-1]}.",
            "Give one that covers the same dates.",
        )  # fmt: skip
    missing, beyond = np.setdiff1d(prices, own), np.setdiff1d(days, prices)
    beyond = beyond[~weekend(beyond)]
    notes: tuple[str, ...] = ()
    if len(missing):
        notes = (f"{len(missing)} days of the prices lack {benchmark.name} and are no sessions: "
                 f"{_some_days(missing)}",)  # fmt: skip
    if several and len(beyond):  # of one security it may be a halt
        days = np.setdiff1d(days, beyond)
        notes += (f"on {len(beyond)} days of {benchmark.name} no security has a price, so they are "
                  f"no sessions: {_some_days(beyond)}",)  # fmt: skip
    return days, notes


def _without_weekends(
    series: Series, names: Sequence[str], days: Days
) -> tuple[dict[str, Days], list[str]]:
    """Give securities that never have a price on a weekend the days on which one of them has."""
    at_weekend = weekend(days)
    if at_weekend.mean() < _WEEKENDS:
        return dict.fromkeys(names, days), []
    there = np.isfinite(series.values.to_numpy(dtype=float))
    index = series.values.index.to_numpy().astype("datetime64[D]")
    always = there[weekend(index)].any(axis=0)
    apart = [name for name, seven in zip(names, always, strict=True) if not seven]
    rest = days[np.isin(days, index[there[:, ~always].any(axis=1)])]
    axes = {name: days if seven else rest for name, seven in zip(names, always, strict=True)}
    return axes, apart


def _gaps(series: Series, axes: Mapping[str, Days]) -> tuple[str, ...]:
    """Name securities that lack many sessions inside their own span: they may keep others."""
    index = series.values.index.to_numpy().astype("datetime64[D]")
    lacking = []
    for name, days in axes.items():
        there = index[np.isfinite(series.values[name].to_numpy(dtype=float))]
        if len(there):
            inside = days[(days >= there[0]) & (days <= there[-1])]
            missing = len(inside) - int(np.isin(inside, there).sum())
            if missing > _GAPS * len(inside):
                lacking.append((name, missing, len(inside)))
    if not lacking:
        return ()
    shown = ", ".join(f"{name} {missing} of {n}" for name, missing, n in lacking[:3])
    return (f"{len(lacking)} securities lack many of the sessions in their own span ({shown}"
            f"{', ...' if len(lacking) > 3 else ''}), and a return next to a missing price is "
            "missing; where exchanges differ, name them with --exchange",)  # fmt: skip


def _some_days(days: Days) -> str:
    return f"{', '.join(map(str, days[:5]))}{' ...' if len(days) > 5 else ''}"
