"""The bars of a workspace: read, gated, laid on sessions, and computed once for all events.

The table of the whole catalogue depends on the bars, the closes, the events and the code alone, so
it is kept under a key of its own: a run of other markets or models finds it again.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import InputError, ReportError
from analysis.files import LARGE, csv_parts, is_sealed, sha256_hex, sha256_of, write_sealed
from analysis.prices.bars import Bars, read_bars, snapshot_bars
from analysis.prices.snapshot import CLOSES, described
from analysis.reactions.bar_moves import bar_move
from analysis.reactions.minute_pairs import MinuteSeries
from analysis.reactions.minutes import minute_tables, moments
from analysis.sessions import market_sessions
from analysis.sessions.contracts import check_basis
from analysis.sessions.marks import ends_of, exchange_grid, round_the_clock_grid
from analysis.versions import code_hash
from analysis.wording import INSTANT

if TYPE_CHECKING:
    from analysis.prices import Prices
    from analysis.seeds.bar_checks import BarMove
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.markets import Market, MarketBars, StandIn
    from analysis.sessions.closures import Corrections

FOLDER = "bars"
_ROOMS = ("errors", "files", "seeds", "prices", "sessions", "engine", "reactions")
_TEXT = ("event_id", "series", "benchmark", "kind", "start", "end", "phase", "clock", "others",
         "note")  # fmt: skip
_NUMBERS = ("ret", "bench_ret", "ar", "beta", "sigma", "z", "p", "n_placebo", "q95", "mde",
            "p_any_h", "p_family", "bounds_min")  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class MinuteSource:
    """The intraday bars a workspace names, and what is computed from them.

    Attributes
    ----------
    seeds
        Events and markets.
    data_dir
        Folder of the data; bars lie in its ``bars/``.
    prices
        Closes of the run; those of the data folder are taken where it has them, since they are
        adjusted as its bars are.
    corrections
        What calendar packages get wrong.
    kept_in
        Folder of computed tables; None to keep nothing.
    """

    seeds: Seeds
    data_dir: Path
    prices: Prices
    corrections: Corrections
    kept_in: Path | None = None

    @cached_property
    def files(self) -> tuple[tuple[str, str], ...]:
        """Name and sha256 of every file of bars that is there."""
        names = [f"{FOLDER}/{bars.file}" for bars in bars_of(self.seeds.markets)]
        return tuple(
            (n, sha256_of(self.data_dir / n)) for n in names if (self.data_dir / n).is_file()
        )

    @cached_property
    def series(self) -> tuple[MinuteSeries, ...]:
        """The series with bars, laid on their sessions: first markets, then stand-ins."""
        markets = [m for m in self.seeds.markets if m.bars and self._has(m.bars)]
        stand_ins = [(m.stand_in, m.symbol) for m in self.seeds.markets if m.stand_in]
        closes = self._closes(markets)
        found = [self._market_series(m, closes[m.symbol]) for m in markets if m.symbol in closes]
        return (*found, *(self._stand_in_series(*s) for s in stand_ins if self._has(s[0].bars)))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the gate of the bars noticed, in sentences; empty for clean bars."""
        return tuple(f"Bars of {note}." for one in self.series for note in one.grid.notes)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per event, pair and window of the whole catalogue; empty without bars."""
        file = self.keep()
        if file is not None:
            return read_minutes(file)
        if not self.files or not self.kept_in:
            return self._computed()
        return read_minutes(io.BytesIO(b"".join(csv_parts(self._parts()))))

    def keep(self) -> Path | None:
        """Compute the table into its file if that is not there whole; None if none can be kept."""
        if not self.files or not self.kept_in:
            return None
        file = self.kept_in / f"minutes-{self._key()[:20]}.csv"
        if not is_sealed(file):  # not there, changed or cut short
            try:
                write_sealed(file, csv_parts(self._parts()))
            except (OSError, ReportError):
                return None
        return file

    def move(self, symbol: str, since: datetime | None, until: datetime) -> BarMove:
        """Return the move of a series between two marks (see :func:`bar_move`)."""
        return bar_move(self.series, moments(self.seeds.events), symbol, since, until)

    def first_mark(self, symbol: str, day: date) -> float:
        """Return the first mark of a session on the level of the run's closes; NaN without one."""
        grid = next((one.grid for one in self.series if one.symbol == symbol), None)
        if grid is None:
            return float("nan")
        row = np.flatnonzero(grid.session == np.datetime64(day, "D"))
        if not len(row) or symbol not in self.prices.closes:
            return float("nan")
        close = self.prices.closes[symbol].get(pd.Timestamp(day), np.nan)
        return float(grid.price[row[0], 0] * (close / grid.price[row[0], -1]))

    def _computed(self) -> pd.DataFrame:
        return pd.concat(self._parts(), ignore_index=True)

    def _parts(self) -> Iterator[pd.DataFrame]:
        for part in minute_tables(moments(self.seeds.events), self.series):
            for column in ("start", "end"):
                times = pd.to_datetime(part[column]).dt.strftime(INSTANT)
                part[column] = times.fillna("")
            yield part.astype(dict.fromkeys(_NUMBERS, float))

    def _key(self) -> str:
        events = [[m.id, str(m.earliest), str(m.best), str(m.latest), m.markets]
                  for m in moments(self.seeds.events)]  # fmt: skip
        closes = self.data_dir / CLOSES
        own = {m.symbol for m in self.seeds.markets if m.bars} - self._kept_closes
        parts = [
            events,
            repr([(m.symbol, m.kind, m.exchange, m.bars, m.stand_in) for m in self.seeds.markets]),
            self.files,
            sha256_of(closes) if closes.is_file() else "",
            self.prices.files if own else "",
            repr(self.corrections),
            code_hash(*_ROOMS),
        ]
        return sha256_hex(json.dumps(parts))

    def _has(self, bars: MarketBars) -> bool:
        return (self.data_dir / FOLDER / bars.file).is_file()

    def _bars(self, symbol: str, bars: MarketBars) -> Bars:
        name = f"{FOLDER}/{bars.file}"
        if described(name, self.data_dir):
            return snapshot_bars(
                name, symbol=symbol, data_dir=self.data_dir, zone=bars.zone, stamp=bars.stamp
            )
        found = read_bars(self.data_dir / name, symbol=symbol, zone=bars.zone, stamp=bars.stamp)
        if symbol not in found:
            raise InputError.choice("symbol", symbol, found)
        return found[symbol]

    @cached_property
    def _kept_closes(self) -> frozenset[str]:
        """The symbols whose closes the data folder has."""
        file = self.data_dir / CLOSES
        return frozenset(pd.read_csv(file, nrows=0).columns if file.is_file() else ())

    def _closes(self, markets: Sequence[Market]) -> dict[str, Prices]:
        """Return the closes of each market; markets the run is not about may have none."""
        from analysis.prices import load_prices

        kept = [market.symbol for market in markets if market.symbol in self._kept_closes]
        loaded = load_prices(kept, data_dir=self.data_dir) if kept else self.prices
        others = {m.symbol for m in markets} & set(self.prices.closes) - set(kept)
        return dict.fromkeys(kept, loaded) | dict.fromkeys(sorted(others), self.prices)

    def _market_series(self, market: Market, closes: Prices) -> MinuteSeries:
        assert market.bars is not None
        sessions = market_sessions(market, closes, corrections=self.corrections)
        bars = self._bars(market.symbol, market.bars)
        grid = exchange_grid(bars, sessions, index=market.kind == "index")
        return MinuteSeries(grid, market.kind == "stock", self._against(market.bars))

    def _stand_in_series(self, one: StandIn, market: str) -> MinuteSeries:
        grid = round_the_clock_grid(
            self._bars(one.symbol, one.bars),
            zone=one.zone,
            opens=_minutes(one.opens),
            closes=_minutes(one.closes),
        )
        cash = self.seeds.market(market)
        closes = self._closes([cash])
        if closes:
            sessions = market_sessions(cash, closes[market], corrections=self.corrections)
            check_basis(grid.bars, ends_of(grid.bars), sessions)
        return MinuteSeries(grid, against=self._against(one.bars), stands_for=market)

    def _against(self, bars: MarketBars) -> tuple[str, ...]:
        """Return what a series is measured against, without series whose bars are not there."""
        missing = {m.symbol for m in self.seeds.markets if m.bars and not self._has(m.bars)}
        missing |= (
            {m.symbol for m in self.seeds.markets} - self._kept_closes - set(self.prices.closes)
        )
        missing |= {
            m.stand_in.symbol
            for m in self.seeds.markets
            if m.stand_in and not self._has(m.stand_in.bars)
        }
        return tuple(name for name in bars.against if name not in missing)


def bars_of(markets: Sequence[Market]) -> list[MarketBars]:
    """Return all bars that markets and their stand-ins name."""
    own = [m.bars for m in markets if m.bars]
    return own + [m.stand_in.bars for m in markets if m.stand_in]


def read_minutes(file: Path | io.BytesIO) -> pd.DataFrame:
    """Read a table of minutes back with its types; texts of a large one are kept once each."""
    large = isinstance(file, Path) and file.stat().st_size >= LARGE
    texts = dict.fromkeys(_TEXT, "category" if large else "str")
    missing = {name: [""] for name in _NUMBERS}
    frame = pd.read_csv(file, dtype=texts, keep_default_na=False, na_values=missing)
    frame["primary"] = frame["primary"].astype(str).str.casefold() == "true"
    return frame


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)
