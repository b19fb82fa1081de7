"""What normal returns of a table of events are explained by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.peers import PEERS, check_peers, group_peers
from analysis.errors import InputError
from analysis.prices.every import Series, read_every
from analysis.prices.returns_files import read_french, read_returns
from analysis.reactions.table_columns import column_named, of_security
from analysis.reactions.table_names import plain_series, series_meant
from analysis.seeds.event_tables import NAMES, EventTable, folded
from analysis.seeds.sheets import SUFFIXES, cell_text, read_sheet

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
Kind = str
Reader = Callable[[Sequence[str]], Series]

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
    group : dict of str to str
        For ``peers``: the group of each security, whose others are its peers; empty for one group.
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
    currencies : dict of str to str
        By series, where its source tells it.
    """

    name: str = ""
    kind: str = "none"
    series: pd.DataFrame | None = None
    are_returns: bool = False
    of_security: Mapping[str, str] | None = None
    risk_free: str | None = None
    notes: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    group: Mapping[str, str] = field(default_factory=dict)
    currencies: Mapping[str, str] = field(default_factory=dict)

    def pairs(self, securities: Iterable[object]) -> dict[str, str]:
        """Return the series each security is held against; empty where that is no single one."""
        names = list(map(str, securities))
        if self.kind == "own":
            return {name: str(stick) for name, stick in (self.of_security or {}).items()}
        one = self.kind == "one" and self.series is not None
        stick = str(next(iter(self.series))) if one and self.series is not None else ""
        return dict.fromkeys(names, stick)

    def lacks(self, security: str) -> str:
        """Say why a security has no benchmark though others have; empty if it has."""
        if self.of_security is not None and security not in self.of_security:
            return f"no benchmark is named for {security}"
        if self.group:
            if security not in self.group:
                return f"{security} is in no group, so it has no peers"
            if list(self.group.values()).count(self.group[security]) < 2:
                return f"{security} is alone in {self.group[security]!r}, so it has no peers"
        return ""

    def returns_on(self, days: Days, return_kind: str) -> pd.DataFrame:
        """Return decimal returns between sessions, compounded where its own lie closer.

        A day without a value of its own has no return, nor has the next. Only a weekend of an axis
        that has weekends takes Friday's close, if the benchmark never has one on a weekend.
        """
        frame = self.series
        if frame is None:
            raise InputError("benchmark", self.name, "it has no series of its own.")
        columns = {
            name: _between(frame[name], days, return_kind, self.are_returns) for name in frame
        }
        return pd.DataFrame(columns, index=pd.DatetimeIndex(days))


def _between(series: pd.Series, days: Days, return_kind: str, are_returns: bool) -> Floats:
    """Return what a series did from each session to the next, shape (n_sessions,)."""
    own = series.index.to_numpy().astype("datetime64[D]")
    values = series.to_numpy(dtype=float)
    there = np.isfinite(values)
    never = not (weekend(own) & there).any()
    if (
        are_returns and len(days) > 1 and len(own) and own[0] == days[1]
    ):  # returns start a day later
        own, values, there = np.r_[days[:1], own], np.r_[np.nan, values], np.r_[False, there]
    keep = there if not are_returns else ~weekend(own) if never else np.ones(len(own), dtype=bool)
    own, values = own[keep], values[keep]
    out = np.full(len(days), np.nan)
    if not len(own) or not len(days):
        return out
    at = np.searchsorted(own, days, side="right") - 1
    held = (at >= 0) & ((own[at] == days) | (weekend(days) & never))
    before, after = at[:-1], at[1:]
    both = held[:-1] & held[1:]
    if not are_returns:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = values[after] / values[before]
        out[1:] = np.where(both, np.log(ratio) if return_kind == "log" else ratio - 1, np.nan)
        return out
    steps = np.cumsum(np.nan_to_num(np.log1p(values) if return_kind == "simple" else values))
    holes = np.cumsum(np.isnan(values))
    total = steps[after] - steps[before]
    if return_kind == "simple":
        total = np.expm1(total)
    total = np.where(after - before == 1, values[after], total)
    out[1:] = np.where(both & (holes[after] == holes[before]), total, np.nan)
    out[0] = values[at[0]] if held[0] and own[at[0]] == days[0] else np.nan
    return out


def weekend(days: Days) -> npt.NDArray[np.bool_]:
    """Say which days are a Saturday or a Sunday."""
    return np.asarray((days.astype("datetime64[D]").astype(np.int64) + 3) % 7 >= 5)


def returns_between(prices: pd.DataFrame, days: Days, return_kind: str) -> pd.DataFrame:
    """Return decimal returns from each session to the next; missing if a price is."""
    there = prices.reindex(pd.DatetimeIndex(days)).to_numpy(dtype=float)
    out = np.full(there.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = there[1:] / there[:-1]
        out[1:] = np.log(ratio) if return_kind == "log" else ratio - 1
    return pd.DataFrame(out, index=pd.DatetimeIndex(days), columns=prices.columns)


def split_benchmarks(given: str | None, every: Sequence[str]) -> list[str | None]:
    """Return the benchmarks of a list ``SPX,NDX``; a name that has a comma itself is one."""
    if given is None or given in every or Path(given).exists():
        return [given]
    parts: list[str] = []
    for part in map(str.strip, given.split(",")):
        if parts and ":" in parts[-1] and "=" in part and ":" not in part:
            parts[-1] += f",{part}"  # a further pair of COLUMN:a=X,b=Y
        elif part:
            parts.append(part)
    return list(dict.fromkeys(parts)) or [given]


def symbols_named(given: str | None, table: EventTable) -> list[str]:
    """Return the series a benchmark names, for a source that has to be asked for each."""
    found: list[str] = []
    for part in split_benchmarks(given, ()):
        if part is None or part == PEERS or part.startswith(f"{PEERS}:"):
            continue
        path, (head, mark, rest) = Path(part), part.partition(":")
        column = column_named(table, part)
        if column is not None:
            found += of_security(table, column, parameter="benchmark").values()
        elif path.exists():
            found += (_mapping_file(path, table) or {}).values()
        elif mark and _what_of(table, head) is not None:
            found += [_pair(text, part)[1] for text in rest.split(",")]
        else:
            found.append(part)
    return list(dict.fromkeys(found))


def find_benchmark(
    given: str | None, series: Series, table: EventTable, every: Sequence[str], read: Reader
) -> Benchmark:
    """Say what a benchmark given on the command line is.

    Parameters
    ----------
    given
        A series of the prices; ``peers``, or ``peers:COLUMN`` for those of the same group; a
        column of the events file whose cells name series of the prices; ``COLUMN:a=SPX,b=FTSE``
        for what a column of the events says; a file of prices, of returns, or of two columns, the
        first a column of the events (or the securities) and the second series of the prices; or
        None.
    series
        Prices of the securities of the events.
    table
        The events.
    every
        Names of all series of the prices.
    read
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
        found = read([given])
        if given not in found.values:
            raise InputError("benchmark", given, found.refused.get(given, "it has no price."))
        return Benchmark(given, "one", found.values[[given]].dropna(), found.kind == "ret",
                         currencies=found.currencies)  # fmt: skip
    column = column_named(table, given)
    if column is not None:
        return _own(f"column {column!r}", of_security(table, column, parameter="benchmark"), every,
                    read)  # fmt: skip
    path = Path(given)
    if path.exists():
        mapping = _mapping_file(path, table)
        if mapping is not None:
            return _own(path.name, mapping, every, read)
        return _by_month(_from_file(path, list(map(str, series.values.columns))), series)
    head, mark, rest = given.partition(":")
    if mark and (head == PEERS or _what_of(table, head) is not None):
        if head == PEERS:
            return _peers_of(rest, table, series)
        pairs = dict(_pair(text, given) for text in rest.split(","))
        return _own(f"by {head}", _mapped(table, head, pairs, given), every, read)
    raise InputError.choice(
        "benchmark", given, [*map(str, table.extras), *every][:40],
        otherwise="Or name a file, a column of the events file, or peers.",
    )  # fmt: skip


def _what_of(table: EventTable, column: str) -> dict[str, str] | None:
    """Return what a column says of each security; of the column of securities, their names."""
    if folded(column) in map(folded, (*NAMES["security"], table.columns["security"])):
        return {name: name for name in table.securities}
    named = column_named(table, column)
    return None if named is None else of_security(table, named, parameter="benchmark")


def _pair(text: str, given: str) -> tuple[str, str]:
    value, mark, name = (part.strip() for part in text.partition("="))
    if not (mark and value and name):
        raise InputError(
            "benchmark", given, f"{text!r} does not say which series a value has.",
            "For example sector:Tech=XLK,Energy=XLE.",
        )  # fmt: skip
    return value, name


def _mapped(table: EventTable, column: str, pairs: Mapping[str, str], given: str) -> dict[str, str]:
    """Return the benchmark of each security by what a column says of it."""
    says = _what_of(table, column) or {}
    by_plain = {plain_series(value): name for value, name in pairs.items()}
    found = {security: by_plain.get(plain_series(value)) for security, value in says.items()}
    if pairs and not any(found.values()):
        raise InputError.choice("benchmark", next(iter(pairs)), sorted(set(says.values())))
    return {security: name for security, name in found.items() if name is not None}


def _mapping_file(path: Path, table: EventTable) -> dict[str, str] | None:
    """Read a file of two columns, what a column of the events says and a series of the prices."""
    if path.is_dir() or path.suffix.casefold() not in SUFFIXES:
        return None
    try:
        sheet = read_sheet(path, parameter="benchmark")
    except InputError:
        return None  # the readers of prices and factors say what is wrong with it
    if len(sheet.header) != 2 or _what_of(table, sheet.header[0]) is None:
        return None
    pairs = {cell_text(a): cell_text(b) for a, b in sheet.rows if cell_text(b)}
    return _mapped(table, sheet.header[0], pairs, str(path))


def _peers_of(column: str, table: EventTable, series: Series) -> Benchmark:
    named = column_named(table, column)
    if named is None:
        raise InputError.choice("benchmark", f"{PEERS}:{column}", list(map(str, table.extras)))
    group = of_security(table, named, parameter="group")
    group = {name: group[name] for name in map(str, series.values.columns) if name in group}
    found = Benchmark(f"the mean of the others of the same {named}", PEERS, group=group)
    if all(found.lacks(name) for name in series.values.columns):
        raise InputError(
            "benchmark", f"{PEERS}:{column}", f"no two securities share a {named}.",
            "Use peers for all others.",
        )  # fmt: skip
    return found


def _own(source: str, chosen: Mapping[str, str], every: Sequence[str], read: Reader) -> Benchmark:
    chosen = {security: series_meant(name, every) for security, name in chosen.items()}
    unknown = sorted(set(chosen.values()) - set(every))
    if unknown or not chosen:
        raise InputError.choice("benchmark", unknown[0] if unknown else source, list(every))
    found = read(sorted(set(chosen.values())))
    for name in dict.fromkeys(chosen.values()):
        if name not in found.values:
            raise InputError("benchmark", name, found.refused.get(name, "it has no price."))
    return Benchmark(
        f"its own benchmark ({source})",
        "own",
        found.values,
        found.kind == "ret",
        dict(chosen),
        currencies=found.currencies,
    )


def _from_file(path: Path, securities: Sequence[str]) -> Benchmark:
    found = read_french(path) or read_returns(path)
    if found is None and (path.is_dir() or path.suffix.casefold() in SUFFIXES):
        found = read_every(path)
    if found is None:
        raise InputError("benchmark", str(path), "it is no file of prices or returns.")
    if found.refused:
        raise InputError("benchmark", str(path), next(iter(found.refused.values())))
    frame = found.values
    if len(securities) > 1 and set(securities) <= set(map(str, frame.columns)):
        return Benchmark(
            f"its own benchmark ({path.name})", "own", frame, found.kind == "ret",
            {name: name for name in securities}, None, found.notes, found.files,
        )  # fmt: skip
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


def _by_month(benchmark: Benchmark, series: Series) -> Benchmark:
    """Put monthly values on the days that stand for the same months among the prices."""
    frame, days = benchmark.series, pd.DatetimeIndex(series.values.index)
    if frame is None or not _is_monthly(frame.index):
        return benchmark
    if not _is_monthly(days):
        raise InputError(
            "benchmark", benchmark.name, "its values are monthly, and those of the prices are not.",
            "Give its daily file.",
        )  # fmt: skip
    day_of = dict(zip(days.to_period("M"), days, strict=True))
    months = pd.DatetimeIndex(frame.index).to_period("M")
    at = pd.DatetimeIndex([day_of.get(m, day) for m, day in zip(months, frame.index, strict=True)])
    return replace(benchmark, series=frame.set_axis(at))


def _is_monthly(days: pd.Index) -> bool:
    """Whether there is one day a month, and most months have one."""
    months = pd.DatetimeIndex(days).to_period("M")
    return len(days) > 11 and months.is_unique and 2 * len(days) > (months[-1] - months[0]).n


def factors_on(
    benchmark: Benchmark, returns: pd.DataFrame, days: Days, return_kind: str
) -> tuple[Floats, tuple[str, ...]]:
    """Return the factors on the sessions of an axis, for each security or for all, and their names.

    Parameters
    ----------
    benchmark
        What stands behind normal returns.
    returns
        Returns of all securities of the study by date; peers are made of them.
    days
        The axis.
    return_kind
        ``simple`` or ``log``.
    """
    securities = list(map(str, returns.columns))
    if benchmark.kind == "none":
        return np.empty((len(days), 0)), ()
    if benchmark.kind == PEERS:
        return _peers_on(benchmark, returns, days)[..., None], (PEERS,)
    frame = benchmark.returns_on(days, return_kind)
    if benchmark.kind != "own":
        return frame.to_numpy(dtype=float), tuple(map(str, frame.columns))
    chosen = benchmark.of_security or {}
    out = np.full((len(days), len(securities), 1), np.nan)
    for n, name in enumerate(securities):
        if name in chosen:
            out[:, n, 0] = frame[chosen[name]].to_numpy(dtype=float)
    return out, ("benchmark",)


def _peers_on(benchmark: Benchmark, returns: pd.DataFrame, days: Days) -> Floats:
    """Return the mean of the others, or of the others of the same group, on some days."""
    names = list(map(str, returns.columns))
    group = [benchmark.group.get(name) if benchmark.group else "" for name in names]
    out = group_peers(returns.to_numpy(dtype=float), group)
    return pd.DataFrame(out, index=returns.index).reindex(pd.DatetimeIndex(days)).to_numpy()
