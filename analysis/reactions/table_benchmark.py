"""What normal returns of a table of events are explained by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.peers import PEERS, check_peers, peer_benchmark
from analysis.errors import InputError
from analysis.prices.every import Series, read_every
from analysis.prices.returns_files import read_french, read_returns
from analysis.seeds.event_tables import EventTable
from analysis.seeds.sheets import SUFFIXES, cell_text

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
Kind = str

#: Columns of factors that are a riskless rate, folded.
_RISKLESS = ("rf", "riskfree", "risk_free")
_MARKET_LESS_RISKLESS = ("mkt-rf", "mktrf", "mkt_rf")


@dataclass(frozen=True, eq=False, repr=False)
class Benchmark:
    """What stands behind a normal return.

    Attributes
    ----------
    name : str
        How pages call it; empty without one.
    kind : str
        ``none``, ``one``, ``factors``, ``own`` (one for each security) or ``peers``.
    series : DataFrame or None
        Decimal returns or prices on its own days, by column.
    are_returns : bool
        Whether the series are returns.
    of_security : dict of str to str
        For ``own``: the column of each security.
    risk_free : str or None
        Column that is a riskless rate.
    notes, files
        As those of a source of prices.
    """

    name: str = ""
    kind: str = "none"
    series: pd.DataFrame | None = None
    are_returns: bool = False
    of_security: Mapping[str, str] | None = None
    risk_free: str | None = None
    notes: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()

    def returns_on(self, days: Days, return_kind: str) -> pd.DataFrame:
        """Return decimal returns between sessions, compounded where its own lie closer."""
        frame = self.series
        if frame is None:
            raise InputError("benchmark", self.name, "it has no series of its own.")
        if not self.are_returns:
            return returns_between(frame, days, return_kind)
        levels = (1 + frame.fillna(0.0)).cumprod() if return_kind == "simple" else None
        own = frame.reindex(pd.DatetimeIndex(days))
        if levels is None or len(frame.index.difference(pd.DatetimeIndex(days))) == 0:
            return own
        ahead = returns_between(levels, days, "simple")
        direct = frame.index.to_series().diff().reindex(own.index)
        spans = pd.Series(own.index, index=own.index).diff()
        return own.where((direct == spans).to_numpy()[:, None] | ahead.isna(), ahead)


def returns_between(prices: pd.DataFrame, days: Days, return_kind: str) -> pd.DataFrame:
    """Return decimal returns from each session to the next; missing if a price is."""
    there = prices.reindex(pd.DatetimeIndex(days)).to_numpy(dtype=float)
    out = np.full(there.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = there[1:] / there[:-1]
        out[1:] = np.log(ratio) if return_kind == "log" else ratio - 1
    return pd.DataFrame(out, index=pd.DatetimeIndex(days), columns=prices.columns)


def find_benchmark(
    given: str | None,
    series: Series,
    table: EventTable,
    every: Sequence[str],
    read_series: object,
) -> Benchmark:
    """Say what a benchmark given on the command line is.

    Parameters
    ----------
    given
        A series of the prices, ``peers``, a file, a column of the events file whose cells name
        series of the prices, or None.
    series
        Prices of the securities of the events.
    table
        The events.
    every
        Names of all series of the prices.
    read_series
        Reads further series of the prices by name.

    Raises
    ------
    InputError
        If it is none of these.
    """
    if given is None:
        return Benchmark()
    if given == PEERS:
        check_peers(len(series.values.columns), "prices")
        return Benchmark("the mean of all others", PEERS)
    if given in every:
        found: Series = read_series([given])  # type: ignore[operator]
        if given not in found.values:
            raise InputError("benchmark", given, found.refused.get(given, "it has no price."))
        return Benchmark(given, "one", found.values[[given]].dropna(), found.kind == "ret")
    column = next((c for c in table.extras if str(c).casefold() == given.casefold()), None)
    if column is not None:
        return _own(str(column), table, every, read_series)
    path = Path(given)
    if path.exists():
        return _from_file(path)
    raise InputError.choice(
        "benchmark", given, [*map(str, table.extras), *every][:40],
        otherwise="Or name a file, a column of the events file, or peers.",
    )  # fmt: skip


def _own(column: str, table: EventTable, every: Sequence[str], read_series: object) -> Benchmark:
    names = [None if pd.isna(v) else cell_text(v) for v in table.extras[column]]
    chosen: dict[str, str] = {}
    for security, name, line in zip(table.frame["security"], names, table.frame["line"],
                                    strict=True):  # fmt: skip
        if name is None:
            continue
        if chosen.setdefault(security, name) != name:
            raise InputError(
                "benchmark", f"{table.source}:{line}: {security} with {name} and "
                f"{chosen[security]}", "a security has one benchmark in all its events.",
                "Name the same one in every row of a security.",
            )  # fmt: skip
    unknown = sorted(set(chosen.values()) - set(every))
    if unknown:
        raise InputError.choice("benchmark", unknown[0], list(every))
    found: Series = read_series(sorted(set(chosen.values())))  # type: ignore[operator]
    return Benchmark(
        f"its own benchmark (column {column!r})", "own", found.values, found.kind == "ret", chosen
    )


def _from_file(path: Path) -> Benchmark:
    found = read_french(path) or read_returns(path)
    if found is None and (path.is_dir() or path.suffix.casefold() in (*SUFFIXES, ".parquet")):
        found = read_every(path)
    if found is None:
        raise InputError("benchmark", str(path), "it is no file of prices or returns.")
    if found.refused:
        raise InputError("benchmark", str(path), next(iter(found.refused.values())))
    frame = found.values
    riskless = next((str(c) for c in frame if str(c).casefold() in _RISKLESS), None)
    names = [str(c) for c in frame if str(c) != riskless]
    kind = "one" if len(names) == 1 else "factors"
    if kind == "one" and riskless is not None:
        market = frame[names[0]]
        if names[0].casefold() in _MARKET_LESS_RISKLESS:
            market = market + frame[riskless]
        frame, riskless = market.to_frame("market"), None
    label = names[0] if len(names) == 1 else f"{len(names)} factors ({', '.join(names)})"
    return Benchmark(
        label, kind, frame, found.kind == "ret", None, riskless, found.notes, found.files
    )


def factors_on(
    benchmark: Benchmark, returns: Floats, securities: Sequence[str], days: Days, return_kind: str
) -> tuple[Floats, tuple[str, ...]]:
    """Return the factors on the sessions of the study and their names."""
    if benchmark.kind == "none":
        return np.empty((len(days), 0)), ()
    if benchmark.kind == PEERS:
        return peer_benchmark(returns, PEERS)[..., None], (PEERS,)
    frame = benchmark.returns_on(days, return_kind)
    if benchmark.kind != "own":
        return frame.to_numpy(dtype=float), tuple(map(str, frame.columns))
    chosen = benchmark.of_security or {}
    out = np.full((len(days), len(securities), 1), np.nan)
    for n, name in enumerate(securities):
        if name in chosen and chosen[name] in frame:
            out[:, n, 0] = frame[chosen[name]].to_numpy(dtype=float)
    return out, ("benchmark",)
