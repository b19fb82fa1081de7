"""Reactions from bars once more, in plain loops over sessions, from section 10 of the methods.

Shares no code with the package (numpy, pandas and the calendar package alone); it reads the bars,
the closes and a catalogue, and writes every row and every column of the table. About half a minute:
the tests compare with what it wrote, ``reference/minutes.csv.gz``::

    python tests/minutes_by_hand.py data tests/reference/minute_catalogue.csv OUT.csv.gz

Of what the text leaves open the printed figures decide: v holds the step of a change of contract
(reference row of ES), h runs through a lunch break (windows of the Nikkei), and the official close
is a mark at its clock time where sessions differ in length (.92 for the Nikkei): a window that ends
with a half day is compared with the same clock interval of other days, not with their close.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import exchange_calendars
import numpy as np
import pandas as pd

MINUTE, DAY = np.timedelta64(60, "s"), np.timedelta64(1, "D")
NEVER = np.datetime64("NaT", "s")
PREVIOUS = "previous close"
NEW_YORK, TOKYO, TAIPEI = "America/New_York", "Asia/Tokyo", "Asia/Taipei"
KEYS = ["event_id", "series", "benchmark", "kind"]
FIGURES = [
    "ret", "bench_ret", "ar", "beta", "sigma", "z", "p", "n_placebo", "q95", "mde", "p_any_h",
    "p_family", "bounds_min",
]  # fmt: skip
WORDS = ["start", "end", "phase", "clock", "others", "primary"]


def utc(index):
    return pd.DatetimeIndex(index).tz_convert("UTC").tz_localize(None).to_numpy("datetime64[s]")


def wide(file):
    """Bars of a file with a line per session and a column per clock time in New York."""
    table = pd.read_csv(file).melt("session", var_name="end", value_name="close").dropna()
    local = pd.DatetimeIndex(table.session + " " + table.end).tz_localize(NEW_YORK)
    return bars(utc(local), table.close, 0)


def long(file):
    table = pd.read_csv(file)
    segment = table.segment if "segment" in table else 0
    return bars(utc(pd.DatetimeIndex(table.bar_end)), table.close, segment)


def bars(time, close, segment):
    table = pd.DataFrame({"time": time, "close": np.asarray(close), "segment": segment})
    return table.sort_values("time", ignore_index=True)


def local_clock(times, zone):
    local = pd.DatetimeIndex(times).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return local.normalize().to_numpy("datetime64[D]"), local.hour * 60 + local.minute


def exchange(symbol, found, closes, code, zone, *, fine, index):
    """Marks of a market: the sessions are those of the official closes."""
    calendar = exchange_calendars.get_calendar(code, start="2024-01-01", end="2026-01-15").schedule
    official = closes[symbol].dropna()
    plan = calendar.loc[[day for day in official.index if day in calendar.index]]
    plan = plan[(plan.close >= found.time.min().tz_localize("UTC"))]
    plan = plan[(plan.open <= found.time.max().tz_localize("UTC"))]
    g = SimpleNamespace(symbol=symbol, fine=fine, continuous=False)
    g.day = plan.index.to_numpy("datetime64[D]")
    g.open, g.close = utc(plan.open), utc(plan.close)
    g.lunch, g.back = utc(plan.break_start), utc(plan.break_end)
    _, g.last = local_clock(g.close, zone)
    day, minute = local_clock(found.time, zone)
    g.clock = sorted(m for m in set(minute) if m < max(g.last))
    rows, columns = len(g.day), len(g.clock)
    g.price, g.segment = np.full((rows, columns + 1), np.nan), np.zeros((rows, columns + 1), int)
    place = {d: row for row, d in enumerate(g.day)}
    for d, m, close in zip(day, minute, found.close, strict=True):
        if d in place and m < g.last[place[d]]:
            g.price[place[d], g.clock.index(m)] = close
    if index:
        blank_frozen(g.price[:, :columns])
    g.price[:, columns] = official.loc[plan.index]
    for row in range(rows):
        if g.last[row] in g.clock:
            g.price[row, g.clock.index(g.last[row])] = g.price[row, columns]
    instants = [
        utc(pd.DatetimeIndex(g.day.astype("datetime64[s]") + m * MINUTE).tz_localize(zone))
        for m in g.clock
    ]
    g.at = np.column_stack([*instants, g.close])
    return g


def blank_frozen(price):
    """The second and later of five or more equal closes of an index are no marks."""
    for line in price:
        first = 0
        while first < len(line):
            end = first
            while end + 1 < len(line) and line[end + 1] == line[first]:
                end += 1
            if end - first + 1 >= 5:
                line[first + 1 : end + 1] = np.nan
            first = end + 1


def futures(found):
    """Marks of the futures: from 18:00 to 17:00 in New York; the mark at 17:00 is the close."""
    g = SimpleNamespace(symbol="ES", fine=False, continuous=True)
    day, minute = local_clock(found.time, NEW_YORK)
    evening = minute > 17 * 60
    day, minute = day + evening * DAY, minute - 1440 * evening
    whole = (minute % 60 == 0) & (minute > -6 * 60)
    days, count = np.unique(day[whole], return_counts=True)
    g.day = days[(count > 10) & np.is_busday(days)]
    g.clock = sorted(m for m in set(minute[whole]) if m < 17 * 60)
    columns = [*g.clock, 17 * 60]
    g.price = np.full((len(g.day), len(columns)), np.nan)
    g.segment = np.full(g.price.shape, -1)
    place = {d: row for row, d in enumerate(g.day)}
    for d, m, use, close, segment in zip(
        day, minute, whole, found.close, found.segment, strict=True
    ):
        if use and d in place:
            cell = place[d], columns.index(m)
            g.price[cell], g.segment[cell] = close, segment
    instants = [
        utc(pd.DatetimeIndex(g.day.astype("datetime64[s]") + m * MINUTE).tz_localize(NEW_YORK))
        for m in (-6 * 60, *columns)
    ]
    g.open, g.at, g.close = instants[0], np.column_stack(instants[1:]), instants[-1]
    g.lunch = g.back = np.full(len(g.day), NEVER)
    g.last = np.full(len(g.day), 17 * 60)
    return g


def same_clock(g, other):
    price = np.full(g.price.shape, np.nan)
    for row, day in enumerate(g.day):
        for there in np.flatnonzero(other.day == day):
            for column, minute in enumerate(g.clock):
                if minute in other.clock:
                    price[row, column] = other.price[there, other.clock.index(minute)]
            price[row, -1] = other.price[there, -1]
    return price, np.zeros(price.shape, int)


def other_clock(g, found):
    """At each mark the last bar end at or before it, at most three hours old."""
    time = found.time.to_numpy("datetime64[s]")
    price, segment = np.full(g.price.shape, np.nan), np.full(g.price.shape, -1)
    for cell in np.argwhere(np.isfinite(g.price)):
        cell = tuple(cell)
        at = np.searchsorted(time, g.at[cell], side="right") - 1
        if at >= 0 and g.at[cell] - time[at] <= 180 * MINUTE:
            price[cell], segment[cell] = found.close[at], found.segment[at]
    return price, segment


def volatility(g, other):
    y = np.diff(np.log(g.price), axis=1)
    marks = np.isfinite(g.price).sum(axis=1)
    marks = marks - np.array([last in g.clock for last in g.last])
    rows, realised = len(y), np.nansum(y**2, axis=1)
    if other is not None:
        x = np.diff(np.log(other[0]), axis=1)
        both = np.isfinite(x) & np.isfinite(y)
        first = int(np.argmax(both.any(axis=1)))
        realised = np.full(rows, np.nan)
        for row in range(first, rows):
            low, high = (first, first + 20) if row < first + 20 else (max(row - 120, 0), row)
            use = both[low:high]
            b = (x[low:high][use] * y[low:high][use]).sum() / (x[low:high][use] ** 2).sum()
            realised[row] = ((y[row] - b * x[row])[both[row]] ** 2).sum()
    known = np.isfinite(realised)
    v, now = np.empty(rows), realised[known][:20].mean()
    for row in range(rows):
        v[row] = np.sqrt(now)
        if known[row] and marks[row] >= np.median(marks) - 1:
            now = 0.7 * now + 0.3 * realised[row]
    return v


def simple_return(price, segment, back, start, end):
    if start == PREVIOUS:
        start, back = price.shape[1] - 1, back + 1
    found = np.full(len(price), np.nan)
    for row in range(back, len(price)):
        if segment[row, end] == segment[row - back, start]:
            found[row] = price[row, end] / price[row - back, start] - 1
    return found


class Pair:
    """A series against a benchmark (prices and contracts at its marks) or its own mean."""

    def __init__(self, g, other, day0):
        self.g, self.other, self.day0 = g, other, day0
        self.v, self.known = volatility(g, other), {}

    def window(self, where):
        if where not in self.known:
            short = len(self.v) <= 130
            self.known[where] = self._short(where) if short else self._regressed(where)
        return self.known[where]

    def _short(self, where):
        y = simple_return(self.g.price, self.g.segment, *where)
        known = np.isfinite(y) & (np.arange(len(y)) >= 20)
        used = self.ordinary(reach(where)) & known
        sigma = self.v * np.sqrt(np.mean((y[used] / self.v[used]) ** 2))
        y0, sigma = np.where(known, y, np.nan), np.where(known, sigma, np.nan)
        nothing = np.full(len(y), np.nan)
        found = {"bench_ret": nothing, "beta": nothing, "ar": y0, "sigma": sigma}
        return {"ret": y, "z": y0 / sigma, **found}

    def _regressed(self, where):
        y = simple_return(self.g.price, self.g.segment, *where)
        x = None if self.other is None else simple_return(*self.other, *where)
        found = {k: np.full(len(y), np.nan) for k in ("beta", "ar", "sigma", "z")}
        for row in range(130, len(y)):
            window = slice(row - 130, row - 10)
            yy, v = y[window], self.v[window]
            use = np.isfinite(yy) if x is None else np.isfinite(yy) & np.isfinite(x[window])
            if use.sum() < 100 or not np.isfinite(y[row]):
                continue
            if x is not None and not (np.isfinite(x[row]) and np.ptp(x[window][use]) > 0):
                continue
            design = [np.ones(use.sum())] if x is None else [np.ones(use.sum()), x[window][use]]
            design = np.column_stack(design)
            coefficients = np.linalg.lstsq(design, yy[use], rcond=None)[0]
            errors = yy[use] - design @ coefficients
            here = np.array([1.0] if x is None else [1.0, x[row]])
            c = 1 + here @ np.linalg.inv(design.T @ design) @ here
            s2 = ((errors / v[use]) ** 2).sum() / (len(errors) - len(here))
            sigma, ar = np.sqrt(s2 * c) * self.v[row], y[row] - here @ coefficients
            found["ar"][row], found["sigma"][row], found["z"][row] = ar, sigma, ar / sigma
            found["beta"][row] = np.nan if x is None else coefficients[1]
        return {"ret": y, "bench_ret": np.full(len(y), np.nan) if x is None else x, **found}

    def ordinary(self, reached):
        rows = range(len(self.day0))
        return np.array([r >= reached and not self.day0[r - reached : r + 1].any() for r in rows])

    def over_weekend(self, reached):
        apart = self.g.day[reached:] - self.g.day[: len(self.g.day) - reached]
        return np.append(np.zeros(reached, bool), apart > reached * DAY)


def reach(where):
    return where[0] + (where[1] == PREVIOUS)


def session(g, instant):
    row = int(np.searchsorted(g.close, instant, side="right"))
    return None if row >= len(g.day) or (row == 0 and instant < g.open[0]) else row


def marks(g, row):
    """Column and instant of the marks of a session before its close."""
    return [(c, at) for c, at in enumerate(g.at[row, :-1]) if at < g.close[row]]


def mark_before(g, instant):
    row = session(g, instant)
    if row is None:
        return None
    held = [c for c, at in marks(g, row) if at <= instant] if instant >= g.open[row] else []
    return row, held[-1] if held else PREVIOUS


def mark_after(g, row, instant):
    later = [c for c, at in enumerate(g.at[row, :-1]) if instant <= at <= g.close[row]]
    return (later[0] if later else len(g.clock)), instant > g.close[row]


def mark_after_h(g, instant, h):
    row = session(g, instant)
    if row is None:
        return None
    return row, mark_after(g, row, max(instant, g.open[row]) + h * MINUTE)[0]


def trading_minutes(g, first, last):
    spans = [(g.open, g.close, 1), (g.lunch, g.back, -1)]
    held = [
        s * np.nansum(np.maximum((np.minimum(b, last) - np.maximum(a, first)) / MINUTE, 0))
        for a, b, s in spans
    ]
    return sum(held)


def instant_of(g, row, column):
    if column == PREVIOUS:
        return g.close[row - 1] if row else NEVER
    return g.at[row, column]


def windows(g, event):
    """kind, intervals, first and last mark, primary: every window of an event."""
    row, close = session(g, event.best), len(g.clock)
    if row is None or not np.isfinite(g.price[row, :-1]).any():
        return None
    horizons = (5, 15, 30, 60) if g.fine else (60, 120, 240) if g.continuous else (60, 120)
    chosen, scanned = (30, (15, 30)) if g.fine else (60, (60,))
    first, last = mark_before(g, event.earliest), session(g, event.latest)
    scans = {h: scan(g, event, first, last, h) for h in scanned}
    wide_bounds = event.minutes > 30 and len(scans[chosen]) >= 2
    found = [between("day0", (row, PREVIOUS), (row, close))]
    for h in horizons:
        primary = h == chosen and not wide_bounds
        found.append(between(f"h{h}", first, mark_after_h(g, event.latest, h), primary))
    if event.minutes > 10:
        start = mark_before(g, event.best)
        for h in horizons:
            found.append(between(f"best_h{h}", start, mark_after_h(g, event.best, h)))
    for h, parts in scans.items():
        if len(parts) > 1:
            parts = [] if last - first[0] > 1 else parts
            found.append((f"scan_h{h}", parts, None, None, wide_bounds and h == chosen))
    found.append(between("to_close", first, None if last is None else (last, close)))
    start, hour = mark_before(g, event.best), mark_after_h(g, event.best, 60)
    nothing = ([], None, None, False)
    shut = start[1] == PREVIOUS
    found.append(("before", *nothing) if shut else between("before", (row, PREVIOUS), start))
    found.append(between("first_hour", start, hour))
    rest = between("rest", hour, (row, close))
    found.append(("rest", *nothing) if instant_of(g, *hour) == g.close[row] else rest)
    return found


def between(kind, start, end, primary=False):
    if start is None or end is None:
        return kind, [], None, None, primary
    back = end[0] - start[0]
    parts = [] if back > 1 else [(end[0], (back, start[1], end[1]))]
    return kind, parts, start, end, primary


def scan(g, event, first, last, h):
    if first is None or last is None:
        return []
    starts = [first]
    for row in range(first[0], last + 1):
        inside = [(row, c) for c, at in marks(g, row) if event.earliest < at <= event.latest]
        starts += inside
        if event.earliest < g.close[row] <= event.latest and row + 1 < len(g.day):
            starts.append((row + 1, PREVIOUS))
    parts = []
    for row, column in dict.fromkeys(starts):
        at = g.open[row] if column == PREVIOUS else g.at[row, column]
        end, cut = mark_after(g, row, at + h * MINUTE)
        if not cut:
            parts.append((row, (0, column, end)))
    return parts


def rank(statistic, admissible, row):
    others = admissible & np.isfinite(statistic)
    others[row] = False
    n = int(others.sum())
    if n < 19 or not np.isfinite(statistic[row]):
        return n, np.nan, np.nan, others
    p = (1 + (statistic[others] >= statistic[row]).sum()) / (n + 1)
    return n, p, np.quantile(statistic[others], 0.95), others


def smallest_effect(z, q95):
    for step in range(2000):
        d = 0.02 * step
        if (np.mean(abs(z + d) >= q95) + np.mean(abs(z - d) >= q95)) / 2 >= 0.8:
            return d
    return np.nan


def later(values, by):
    return np.append(np.full(by, np.nan), values[: len(values) - by])


def pair_rows(pair, name, events, *, tested):
    rows, families = [], {"day0": {}, "to_close": {}, "primary": {}}
    for event in events:
        rows += event_rows(pair, name, event, events, families)
    for family in families.values():
        put_family(family.values())
    for row in rows if not tested else ():
        row["p"] = row["p_any_h"] = row["p_family"] = np.nan
    return rows


def event_rows(pair, name, event, events, families):
    g = pair.g
    base = {"event_id": event.id, "series": g.symbol, "benchmark": name}
    base |= {"bounds_min": event.minutes, "primary": False}
    listed = windows(g, event)
    if listed is None:
        return [base | {"kind": "none"}]
    inside = g.open[session(g, event.best)] <= event.best
    sharp = trading_minutes(g, event.earliest, event.latest) <= 30
    base |= {"phase": "in_session" if inside else "closed", "clock": "sharp" if sharp else "loose"}
    rows, horizons = [], []
    for kind, parts, start, end, primary in listed:
        row = base | {"kind": kind, "primary": primary}
        rows.append(row)
        if start is not None:
            row |= {"start": instant_of(g, *start), "end": instant_of(g, *end)}
        if kind[0] == "h":
            horizons.append(None)
        if not parts:
            continue
        member = fill(pair, kind, parts, row, event, events)
        if member is None:
            continue
        if kind[0] == "h":
            horizons[-1] = (member, row)
        held = [kind] if kind in families else []
        for family in [*held, *(["primary"] if primary else [])]:
            families[family].setdefault(tuple(parts), (member, []))[1].append(row)
    if all(h is not None and np.isfinite(h[1]["q95"]) for h in horizons):
        largest = np.max([m.statistic / r["q95"] for m, r in horizons], axis=0)
        alike = np.logical_and.reduce([m.alike for m, _ in horizons])
        horizons[0][1]["p_any_h"] = rank(largest, alike, horizons[0][0].row)[1]
    return rows


def fill(pair, kind, parts, row, event, events):
    """Put the figures of a window into its row; return what its family needs."""
    g, last = pair.g, max(r for r, _ in parts)
    reached = max(last - r + reach(where) for r, where in parts)
    z = np.array([later(pair.window(where)["z"], last - r) for r, where in parts])
    statistic = abs(z).max(axis=0)
    admissible = pair.ordinary(reached)
    alike, scanned = admissible.copy(), kind.startswith("scan")
    if g.continuous and reached and not scanned:
        weekend = pair.over_weekend(reached)
        alike &= weekend == weekend[last]
    n, p, q95, others = rank(statistic, alike, last)
    if scanned and not np.isfinite(z[:, last]).all():
        return None
    best, where = parts[int(np.argmax(abs(z[:, last])))] if scanned else parts[0]
    found = pair.window(where)
    row |= {name: values[best] for name, values in found.items()}
    if scanned:
        sizes = [pair.window(w)["sigma"][r] for r, w in parts]
        row["mde"] = (q95 + 0.84) * np.median(sizes)
    elif np.isfinite(q95):
        row["mde"] = smallest_effect(found["z"][others], q95) * row["sigma"]
    row |= {"p": p, "n_placebo": n, "q95": q95}
    row["start"] = instant_of(g, best - where[0], where[1])
    row["end"] = instant_of(g, best, where[2])
    inside = [e.id for e in events if e is not event and row["start"] <= e.best < row["end"]]
    row["others"] = ";".join(inside)
    return SimpleNamespace(statistic=statistic, admissible=admissible, alike=alike, row=last)


def put_family(members):
    """Move all events by the same number of sessions, around their own circles; step down."""
    sound = []
    for member, rows in members:
        use = member.alike & np.isfinite(member.statistic)
        use[member.row] = False
        circle = np.flatnonzero(use)
        if len(circle) < 19 or not np.isfinite(member.statistic[member.row]):
            continue
        scale = member.statistic[member.admissible & np.isfinite(member.statistic)]
        ratio = member.statistic / np.quantile(scale, 0.95)
        sound.append((ratio[member.row], ratio, circle, member.row, rows))
    sound.sort(key=lambda held: -held[0])
    moves = max((len(held[2]) for held in sound), default=0)
    moved = [
        [ratio[circle[(np.searchsorted(circle, row) + k) % len(circle)]] for k in range(moves)]
        for _, ratio, circle, row, _ in sound
    ]
    p = 0.0
    for place, (observed, *_, rows) in enumerate(sound):
        largest = np.max(moved[place:], axis=0)
        p = max(p, (1 + (largest >= observed).sum()) / (moves + 1))
        for row in rows:
            row["p_family"] = p


def catalogue(file):
    table = pd.read_csv(file)
    times = {k: utc(pd.DatetimeIndex(table[k])) for k in ("earliest", "announced_at", "latest")}
    events = [
        SimpleNamespace(id=i, earliest=a, best=b, latest=c, minutes=(c - a) / MINUTE)
        for i, a, b, c in zip(table.id, *times.values(), strict=True)
    ]
    return sorted(events, key=lambda event: (event.best, event.id))


def computed(data, file):
    closes = pd.read_csv(data / "closes.csv", parse_dates=["date"], index_col="date")
    folder = data / "bars"
    es = long(folder / "ES_1h.csv")
    plans = {
        "NVDA": (wide(folder / "NVDA_5m.csv"), "XNYS", NEW_YORK, True),
        "^GSPC": (wide(folder / "GSPC_5m.csv"), "XNYS", NEW_YORK, True),
        "^SOX": (wide(folder / "SOX_5m.csv"), "XNYS", NEW_YORK, True),
        "^N225": (long(folder / "N225_1h.csv"), "XTKS", TOKYO, False),
        "^TWII": (long(folder / "TWII_1h.csv"), "XTAI", TAIPEI, False),
    }
    grids = {
        s: exchange(s, found, closes, code, zone, fine=fine, index=s[0] == "^")
        for s, (found, code, zone, fine) in plans.items()
    }
    grids["ES"] = futures(es)
    pairs = {"NVDA": ["total", "^GSPC", "^SOX"], "^GSPC": ["total"], "^SOX": ["^GSPC"]}
    pairs |= {"^N225": ["total", "ES@Tokyo"], "^TWII": ["total"], "ES": ["total"]}
    events, rows = catalogue(file), []
    for symbol, names in pairs.items():
        g = grids[symbol]
        day0 = np.zeros(len(g.day), bool)
        day0[[r for r in (session(g, e.best) for e in events) if r is not None]] = True
        for name in names:
            other = same_clock(g, grids[name]) if name in grids else None
            other = other_clock(g, es) if name == "ES@Tokyo" else other
            rows += pair_rows(Pair(g, other, day0), name, events, tested=name != "ES@Tokyo")
    table = pd.DataFrame(rows, columns=KEYS + WORDS + FIGURES)
    for name in ("start", "end"):
        table[name] = pd.to_datetime(table[name]).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return table


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        computed(Path(sys.argv[1]), sys.argv[2]).to_csv(
            sys.argv[3],
            index=False,
            float_format="%.12g",
            compression={"method": "gzip", "mtime": 0},
        )
