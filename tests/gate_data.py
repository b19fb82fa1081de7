"""Data made for the gate, and what may go wrong with them; not a test itself."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.seeds.markets import Market
from analysis.sessions.calendars import sessions_held
from analysis.sessions.closures import Corrections

N, K = 300, 8
RNG = np.random.default_rng(7)
TABLE = Corrections(())


def held(exchange, first="2024-01-02", last="2025-08-29"):
    days = sessions_held(exchange, first, last, TABLE).session
    return pd.DatetimeIndex(days.astype("datetime64[us]"), name="date")


SESSIONS = held("XNYS", "2023-01-02")[:N].rename("session")
INDEX = pd.Series(RNG.standard_t(5, N) * 0.008, index=SESSIONS, name="mkt")
RETURNS = pd.DataFrame(
    INDEX.to_numpy()[:, None] * RNG.uniform(0.7, 1.4, K) + RNG.standard_t(5, (N, K)) * 0.013,
    index=SESSIONS,
    columns=[f"S{i}" for i in range(1, K + 1)],
)
DAY0 = 209
EVENTS = pd.DataFrame(
    {
        "event_id": [f"e{i}" for i in range(1, K + 1)],
        "security": RETURNS.columns,
        "session": SESSIONS[200 + 9 * np.arange(K)],
    }
)
FACTORS = pd.DataFrame(
    {
        "mkt": INDEX,
        "smb": RNG.normal(0, 0.005, N),
        "hml": RNG.normal(0, 0.005, N),
        "rf": 8e-5 + 1e-6 * (np.arange(N) % 7),
    }
)
VOLUME = pd.DataFrame(np.exp(RNG.normal(14, 0.6, (N, K))), index=SESSIONS, columns=RETURNS.columns)
SPEC = {"estimation_window": (-130, -11), "event_window": (-5, 5)}
OUTCOME = ("refused", "outcome")


@dataclass(frozen=True)
class Mutation:
    """Data as they reach a door, and the kind of door they can go through.

    Attributes
    ----------
    kind
        ``"returns"`` and ``"closes"`` (one frame and a benchmark), ``"files"`` (closes of several
        exchanges), ``"factors"``, ``"volume"`` or ``"characteristics"``.
    values, benchmark
        The data.
    spec
        What differs from the specification of the other mutations.
    doors
        Doors it goes through; None for all that take its kind.
    """

    kind: str
    values: pd.DataFrame
    benchmark: object = None
    spec: dict[str, object] = field(default_factory=dict)
    doors: tuple[str, ...] | None = None


def put(frame, column, rows, value):
    changed = frame.copy()
    changed.iloc[rows, changed.columns.get_loc(column)] = value
    return changed


def returns(values=RETURNS, benchmark=INDEX, *, doors=None, **spec):
    return Mutation("returns", values, benchmark, spec, doors)


def frame(values=RETURNS, benchmark=INDEX, **spec):
    """Return data that only a frame can hold: another kind of return, model or benchmark."""
    return returns(values, benchmark, doors=("frame",), **spec)


def factors(values=RETURNS, benchmark=None, **spec):
    return Mutation("factors", values, FACTORS if benchmark is None else benchmark, spec)


def closes(values, benchmark=None, doors=None):
    return Mutation("closes", values, LEVELS if benchmark is None else benchmark, doors=doors)


def files(values):
    return Mutation("files", values)


def volume(values):
    return Mutation("volume", values)


def characteristics(change=lambda sizes: sizes):
    sizes = pd.DataFrame({"size": np.linspace(0.1, 0.9, K)}, index=EVENTS["event_id"])
    return Mutation("characteristics", change(sizes))


def halves(factor, start=0, stop=150, column="S2"):
    values = RETURNS[column].to_numpy()[start:stop] * factor
    return put(RETURNS, column, slice(start, stop), values)


def levels(start=100.0, returns=RETURNS):
    return start * (1 + returns).cumprod()


PRICES, LEVELS = levels(), (1000 * (1 + INDEX).cumprod()).rename("close")


def factor_from(row, factor, column="S2", values=PRICES):
    return put(values, column, slice(row, N), values[column].iloc[row:] * factor)


def calm(size, factor=1.0, start=0):
    """Return the data with a share that usually moves by so much, from a row on times a factor."""
    values = RETURNS["S2"] * (size / RETURNS["S2"].abs().median())
    return RETURNS.assign(S2=values.where(np.arange(N) < start, values * factor))


def bumped(ratio, size=0.003, row=150):
    data = calm(size)
    return put(data, "S2", [row], (1 + data["S2"].iloc[row]) * ratio - 1)


def market(symbol, exchange, benchmark=None):
    role = "study" if benchmark else "related"
    kind = "index" if symbol.startswith("^") else "stock"
    against = (benchmark,) if benchmark else ()
    return Market(symbol, symbol, symbol, kind, exchange, "USD", role, against, "market_model", "")


MARKETS = (
    market("AAA", "XNAS", "^US"),
    market("BBB", "XNYS", "^US"),
    market("^JP", "XTKS", "^US"),
    market("^US", "XNYS"),
)
US, JP = held("XNYS"), held("XTKS")
WORLD = pd.Series(RNG.normal(0, 0.008, len(US)), US)
CLOSES = pd.concat(
    {
        "AAA": 130 * np.exp((1.2 * WORLD + RNG.normal(0, 0.012, len(US))).cumsum()),
        "BBB": 70 * np.exp((0.3 * WORLD + RNG.normal(0, 0.006, len(US))).cumsum()),
        "^JP": pd.Series(39000 * np.exp(RNG.normal(0, 0.01, len(JP)).cumsum()), JP),
        "^US": 5000 * np.exp(WORLD.cumsum()),
    },
    axis=1,
    sort=True,
).round(2)
NEWS = "2025-05-14"


def later(closes, *, columns=("AAA", "BBB", "^JP", "^US"), by=1):
    parts = {
        c: closes[c].dropna().set_axis(closes[c].dropna().index + pd.Timedelta(days=by))
        if c in columns
        else closes[c].dropna()
        for c in closes
    }
    return pd.concat(parts, axis=1, sort=True).rename_axis("date")


def scaled(closes, column, start, factor, end=None):
    changed = closes.copy()
    changed.loc[start:end, column] *= factor
    return changed


def swapped(closes):
    changed = closes.copy()
    changed.loc["2025-04-07":, ["AAA", "BBB"]] = closes.loc[
        "2025-04-07":, ["BBB", "AAA"]
    ].to_numpy()
    return changed


def copied(closes):
    changed, at = closes.copy(), closes.index.get_loc(NEWS)
    for column in ("AAA", "BBB", "^US"):
        changed.iloc[at, closes.columns.get_loc(column)] = closes[column].iloc[at - 1]
    return changed


def duplicated(values):
    return pd.concat([values, values["S2"]], axis=1)


def a_day_late(values):
    return values.set_axis(values.index + pd.Timedelta(days=1)).rename_axis(values.index.name)


def one_late(by):
    """Return the data with one series on the day after each session, or the day before."""
    late = RETURNS["S2"].set_axis(SESSIONS + pd.Timedelta(days=by))
    values = pd.concat([RETURNS.drop(columns="S2"), late], axis=1, sort=True)[RETURNS.columns]
    return values.rename_axis("session")


def on_a_line(column="S2", start=100, length=12):
    """Return prices between two of which those of a column lie on a line."""
    values = PRICES[column].to_numpy().copy()
    values[start : start + length + 1] = np.linspace(
        values[start], values[start + length], length + 1
    )
    return PRICES.assign(**{column: values.round(2)})


CRASH = RETURNS.copy()
CRASH.iloc[150] = np.linspace(-0.35, -0.31, K)
FOLLOWS = 1.2 * INDEX + 0.3 * RETURNS["S2"]
CALM = RETURNS.assign(S2=RETURNS["S2"] * 0.5)
WILD = RETURNS.assign(S2=RNG.normal(0, 0.09, N))
OTHERS = np.arange(N) != DAY0
THIN = RETURNS.where(RNG.uniform(size=RETURNS.shape) > 0.4, 0.0)
PENNY = RETURNS.assign(S2=np.clip(RNG.standard_t(2.5, N) * 0.06, -0.7, 1.0))
BOND = pd.Series(np.round(100 + RNG.choice([-0.02, 0, 0, 0, 0.02], N).cumsum(), 2), SESSIONS)
ONE_DAY = put(PRICES, "S2", [150], PRICES["S2"].iloc[150] * 100)
