"""What is odd about prices, before any study: found, never changed.

A *problem* makes figures wrong or leaves them out: look at it before believing a result. A *notice*
is unusual and can be right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from math import comb
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.prices.checks import STOCK_FACTOR

Severity = Literal["problem", "notice"]
Days = NDArray[np.datetime64]

STALE_CLOSES = 4
"""Equal closes in a row that are called stale."""
OUTLIER_SCALES = 8.0
"""Log returns beyond this many robust standard deviations of the series are called outliers."""
#: Splits shares have had often; a jump near one of them is worth a look.
SPLIT_RATIOS = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0)
#: A split's day has a return of its own on top: 6 % holds nearly all days of a large share.
_SPLIT_TOLERANCE = 0.06
#: A spike that is undone to nine tenths the next day is a typing error more likely than news.
_RETURNED = 0.1
#: Half a unit of the fourth digit: two listings round as much.
_SAME = 5e-5
#: Half a percent: more than rounding, less than any split or dividend adjustment of years.
_APART = 0.005
_SHOWN = 5
_PROBLEM_EXIT = 3
#: Unscheduled gaps on common days below this chance share one cause.
_CHANCE = 0.05
_COPIED = (
    ": a holiday the calendar does not know, or prices that were copied. If it was a holiday, name "
    "it in data/calendar_corrections.csv"
)
_LIKE_ALL = ", like every other series of the exchange in these prices"
_REMEDY = (
    "; if the exchange was closed, name the day in data/calendar_corrections.csv: series of one "
    "vendor are one witness"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One odd thing about one series.

    Attributes
    ----------
    symbol
        The series.
    kind
        ``missing``, ``closed_day``, ``ends_early``, ``stale``, ``standstill``, ``outlier``,
        ``split``, ``reference`` or ``no_calendar``.
    severity
        ``problem`` or ``notice``.
    text
        What was found, and what it means.
    days
        Dates it is about, YYYY-MM-DD.
    """

    symbol: str
    kind: str
    severity: Severity
    text: str
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """Size of one series: closes, first and last date, largest move (decimal) and its date."""

    symbol: str
    count: int
    first: str
    last: str
    largest_move: float
    largest_on: str


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What was found out about prices.

    Attributes
    ----------
    source
        Where they come from.
    series
        One record a series, in the order of the prices.
    findings
        Problems first.
    notes
        What the source itself said.
    """

    source: str
    series: tuple[SeriesFacts, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Return the findings that make figures wrong or leave them out."""
        return tuple(finding for finding in self.findings if finding.severity == "problem")

    @property
    def exit_code(self) -> int:
        """Return what the command line exits with: 0, or 3 if there is a problem."""
        return _PROBLEM_EXIT if self.problems else 0

    @property
    def headline(self) -> str:
        """Return the result in a line."""
        problems, notices = len(self.problems), len(self.findings) - len(self.problems)
        return (
            f"Prices from {self.source}: {_count(len(self.series), 'series', 'series')}, "
            f"{_count(problems, 'problem')}, {_count(notices, 'notice')}"
        )

    def text(self) -> str:
        """Return the report as plain text."""
        lines = [self.headline]
        lines += [
            f"  {facts.symbol:8} {facts.count:5} closes, {facts.first} to {facts.last}; "
            f"largest move {facts.largest_move:+.2%} on {facts.largest_on}"
            for facts in self.series
        ]
        for finding in self.findings:
            lines.append(f"{finding.severity}: {finding.symbol}: {finding.text}")
        lines += [f"read as: {note}" for note in self.notes]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the report as a fragment of a page; everything in it is escaped."""
        rows = "".join(
            f'<tr><th scope="row">{escape(f.symbol)}</th><td>{f.count}</td><td>{f.first}</td>'
            f"<td>{f.last}</td><td>{f.largest_move:+.2%} on {f.largest_on}</td></tr>"
            for f in self.series
        )
        items = "".join(
            f"<li><strong>{finding.severity}</strong> {escape(finding.symbol)}: "
            f"{escape(finding.text)}</li>"
            for finding in self.findings
        )
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        return (
            '<section class="quality" aria-label="Quality of the prices">'
            f"<p>{escape(self.headline)}.</p>"
            '<table class="plain"><caption>Prices by series</caption><thead><tr>'
            '<th scope="col">Series</th><th scope="col">Closes</th><th scope="col">First</th>'
            '<th scope="col">Last</th><th scope="col">Largest move</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>"
            + (f"<ul>{items}</ul>" if items else "")
            + (f"<ul>{notes}</ul>" if notes else "")
            + "</section>"
        )

    def _repr_html_(self) -> str:
        return self.html()


def check_quality(
    closes: pd.DataFrame,
    *,
    source: str,
    sessions: Mapping[str, Days],
    exchanges: Mapping[str, str],
    reference: pd.DataFrame | None = None,
    notes: tuple[str, ...] = (),
) -> QualityReport:
    """Look for what is odd about closes.

    Parameters
    ----------
    closes
        Checked closes: index of dates, one column a symbol, NaN for no price.
    source
        Where they come from, in words.
    sessions
        By symbol, the sessions its exchange held over the span, known closures left out. A symbol
        that is not there is not held against a calendar.
    exchanges
        By symbol, its exchange: what every series of an exchange lacks or repeats on a day says
        something of that day.
    reference
        Closes to compare with on common days; None for none.
    notes
        What the source itself said.
    """
    findings: list[Finding] = []
    for symbol in map(str, closes.columns):
        series = closes[symbol].dropna()
        days = series.index.to_numpy().astype("datetime64[D]")
        values = series.to_numpy(dtype=float)
        if symbol in sessions:
            siblings = _siblings(symbol, closes, exchanges)
            findings += _calendar(symbol, days, sessions[symbol], siblings)
        else:
            text = "its exchange is not known, so no calendar was asked"
            findings.append(Finding(symbol, "no_calendar", "notice", text))
        findings += _ends(symbol, days, closes)
        findings += _stale(symbol, days, values)
        findings += _jumps(symbol, days, values)
        if reference is not None and symbol in reference:
            findings += _against(symbol, series, reference[symbol].dropna())
    findings += standstills(closes, exchanges)
    return QualityReport(
        source=source,
        series=tuple(_facts(str(symbol), closes[symbol].dropna()) for symbol in closes),
        findings=tuple(sorted(findings, key=lambda finding: finding.severity != "problem")),
        notes=notes,
    )


def _facts(symbol: str, series: pd.Series[float]) -> SeriesFacts:
    values = series.to_numpy(dtype=float)
    moves = values[1:] / values[:-1] - 1
    at = int(np.argmax(np.abs(moves)))
    return SeriesFacts(
        symbol=symbol,
        count=len(series),
        first=f"{series.index[0]:%Y-%m-%d}",
        last=f"{series.index[-1]:%Y-%m-%d}",
        largest_move=float(moves[at]),
        largest_on=f"{series.index[at + 1]:%Y-%m-%d}",
    )


def _siblings(symbol: str, closes: pd.DataFrame, exchanges: Mapping[str, str]) -> pd.DataFrame:
    own = exchanges.get(symbol)
    names = [s for s in closes if s != symbol and own is not None and exchanges.get(str(s)) == own]
    return closes[names]


def _calendar(symbol: str, days: Days, sessions: Days, siblings: pd.DataFrame) -> Iterator[Finding]:
    inside = sessions[(sessions >= days[0]) & (sessions <= days[-1])]
    missing = np.setdiff1d(inside, days)
    where = siblings.reindex(pd.DatetimeIndex(missing.astype("datetime64[us]")))
    alone = where.notna().any(axis=1).to_numpy() | (siblings.shape[1] == 0)
    for found, like in ((missing[alone], ""), (missing[~alone], _LIKE_ALL)):
        if len(found):
            text = (
                f"no price on {_list(found)}{like}, when its exchange had a session: an event "
                "whose day 0 or day before falls there is left out"
            )
            yield Finding(symbol, "missing", "problem", text + _REMEDY * bool(like), _texts(found))
    surplus = np.setdiff1d(days, sessions)
    if len(surplus):
        text = f"a price on {_list(surplus)}, when its exchange was closed: it is not used"
        yield Finding(symbol, "closed_day", "problem", text, _texts(surplus))


def _ends(symbol: str, days: Days, closes: pd.DataFrame) -> Iterator[Finding]:
    last = closes.index[-1].to_datetime64().astype("datetime64[D]")
    if last - days[-1] > np.timedelta64(7, "D"):
        text = f"its last price is of {days[-1]}, while other series reach {last}"
        yield Finding(symbol, "ends_early", "notice", text, (str(days[-1]),))


def _stale(symbol: str, days: Days, values: NDArray[np.float64]) -> Iterator[Finding]:
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    lengths = np.diff(np.append(starts, len(values)))
    for start, length in zip(starts, lengths, strict=True):
        if length >= STALE_CLOSES:
            first, last = days[start], days[start + length - 1]
            text = f"the same close {length} times from {first} to {last}: a price that stood still"
            yield Finding(symbol, "stale", "problem", text, (str(first), str(last)))


def standstills(closes: pd.DataFrame, exchanges: Mapping[str, str]) -> Iterator[Finding]:
    """Find the days on which the series of an exchange repeat their closes together.

    Illiquid shares do so by chance. A day counts only if fewer than one in twenty like it would be
    expected from how often each of its series stands still on other days.
    """
    for exchange in dict.fromkeys(exchanges.values()):
        own = closes[[s for s in closes if exchanges.get(str(s)) == exchange]].dropna()
        if own.shape[1] < 2 or len(own) < 2:
            continue
        still = own.diff().iloc[1:].to_numpy() == 0
        days = own.index[1:].to_numpy().astype("datetime64[D]")
        together = still.all(axis=1)
        alone = (still.sum(axis=0) - together.sum() + 1) / len(still)
        if together.any() and len(still) * alone.prod() < _CHANCE:
            text = f"every series of {exchange} repeats its close on {_list(days[together])}"
            found = _texts(days[together])
            yield Finding(str(own.columns[0]), "standstill", "problem", text + _COPIED, found)
        for at in np.flatnonzero((still.sum(axis=1) > 1) & ~together):
            names = own.columns[still[at]]
            often = np.maximum(still[:, still[at]].sum(axis=0) - 1, 1) / len(still)
            if len(still) * comb(own.shape[1], len(names)) * often.prod() < _CHANCE:
                text = f"{', '.join(map(str, names))} repeat their closes on {days[at]} together"
                found = _texts(days[[at]])
                yield Finding(str(names[0]), "standstill", "notice", text + _COPIED, found)


def _jumps(symbol: str, days: Days, values: NDArray[np.float64]) -> Iterator[Finding]:
    returns = np.diff(np.log(values))
    scale = 1.4826 * float(np.median(np.abs(returns - np.median(returns))))
    if scale <= 0 or len(returns) < 20:
        return
    far = np.flatnonzero(np.abs(returns) > OUTLIER_SCALES * scale)
    ordinary = []
    for at in far:
        day, move = days[at + 1], float(np.expm1(returns[at]))
        ratio = _split_ratio(returns[at])
        after = returns[at + 1] if at + 1 < len(returns) else 0.0
        if abs(returns[at] + after) < _RETURNED * abs(returns[at]):
            text = f"{move:+.1%} on {day} and back the day after: it looks like a wrong price"
            yield Finding(symbol, "outlier", "problem", text, (str(day),))
        elif ratio and not symbol.startswith("^"):
            text = f"{move:+.1%} on {day}: it would suit a split of {ratio} that is not applied"
            likely = abs(returns[at]) > np.log(STOCK_FACTOR)
            severity: Severity = "problem" if likely else "notice"
            yield Finding(symbol, "split", severity, text, (str(day),))
        elif not (at > 0 and abs(returns[at - 1] + returns[at]) < _RETURNED * abs(returns[at])):
            ordinary.append(int(at))
    if ordinary:
        largest = sorted(ordinary, key=lambda at: -abs(returns[at]))[:_SHOWN]
        shown = ", ".join(f"{np.expm1(returns[at]):+.1%} on {days[at + 1]}" for at in largest)
        text = (
            f"{_count(len(ordinary), 'move')} beyond {OUTLIER_SCALES:.0f} times what is usual here "
            f"({scale:.2%} a day): {shown}"
        )
        yield Finding(symbol, "outlier", "notice", text, _texts(days[np.array(ordinary) + 1]))


def _split_ratio(log_return: float) -> str:
    """Return the ratio of a split that would make this return, in words; empty if none would."""
    size = float(np.exp(abs(log_return)))
    near = [r for r in SPLIT_RATIOS if abs(size / r - 1) < _SPLIT_TOLERANCE]
    if not near:
        return ""
    return f"{near[0]:g} for 1" if log_return < 0 else f"1 for {near[0]:g}"


def _against(
    symbol: str, series: pd.Series[float], reference: pd.Series[float]
) -> Iterator[Finding]:
    common = series.index.intersection(reference.index)
    if len(common) < 2:
        return
    ratio = series[common].to_numpy(dtype=float) / reference[common].to_numpy(dtype=float)
    days = common.to_numpy().astype("datetime64[D]")
    if np.ptp(ratio) < _SAME * ratio.mean() * 2 and abs(ratio.mean() - 1) > _APART:
        text = (
            f"{ratio.mean():.6g} times the snapshot on all {len(common)} common days: adjusted for "
            "another split; returns agree"
        )
        yield Finding(symbol, "reference", "notice", text)
        return
    apart = np.abs(ratio - 1)
    if (apart > _APART).any():
        far = days[apart > _APART]
        text = (
            f"differs from the snapshot by up to {apart.max():.2%} on {_count(len(far), 'day')} of "
            f"{len(common)}: {_list(far)}"
        )
        yield Finding(symbol, "reference", "problem", text, _texts(far))
    elif (apart > _SAME).any():
        near = days[apart > _SAME]
        text = (
            f"differs from the snapshot by up to {apart.max():.3%} on {_count(len(near), 'day')} "
            f"of {len(common)}: {_list(near)}"
        )
        yield Finding(symbol, "reference", "notice", text, _texts(near))


def _texts(days: Days) -> tuple[str, ...]:
    return tuple(np.datetime_as_string(days, unit="D").tolist())


def _list(days: Days) -> str:
    shown = ", ".join(_texts(days[:_SHOWN]))
    return shown + (f" and {len(days) - _SHOWN} more" if len(days) > _SHOWN else "")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
