"""Markets with a known truth: returns simulated by seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.abnormal import Abnormal
from analysis.engine.panel import EventPanel
from analysis.engine.spec import StudySpec
from analysis.engine.study import estimate
from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
Dates = Literal["staggered", "clustered"]

#: Panels estimated at once; bounds memory, not results.
BATCH = 100
#: Of GARCH(1,1) residuals: weight of yesterday's square and of yesterday's variance.
GARCH = (0.10, 0.85)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSpec:
    """What a simulated market is like; one event per security.

    Attributes
    ----------
    n_events : int
        Events, each of a security of its own.
    n_sessions : int
        Length of the session axis.
    effect : mapping of int to float
        Abnormal return put in on each event day, decimal; ``{}`` for none.
    event_variance : float
        Factor on the residual variance on the days of ``effect`` (day 0 if there is none):
        1 for no event-induced variance.
    correlation : float
        Correlation of residuals of two securities on the same session (a common factor).
    tails : float or None
        Degrees of freedom of t-distributed residuals, more than 2; None for normal ones.
    skewness : float
        Skewness of residuals (centred gamma); 0 for symmetric ones. Not with ``tails``.
    garch : bool
        Whether the variance of each security's residuals clusters, GARCH(1,1) with weights 0.10
        and 0.85.
    missing : float
        Share of returns that are missing at random.
    dates : str
        ``"staggered"``: different sessions; ``"clustered"``: one session for all events.
    before, after : int
        Sessions kept free before the first and after the last day 0.
    sigma, market_sigma : float
        Residual and market standard deviation, daily, decimal.
    beta : tuple of float
        Betas are drawn evenly between these two.

    Raises
    ------
    InputError
        If a value breaks its rule.
    """

    n_events: int = 20
    n_sessions: int = 400
    effect: Mapping[int, float] = field(default_factory=dict)
    event_variance: float = 1.0
    correlation: float = 0.0
    tails: float | None = None
    skewness: float = 0.0
    garch: bool = False
    missing: float = 0.0
    dates: Dates = "staggered"
    before: int = 260
    after: int = 20
    sigma: float = 0.02
    market_sigma: float = 0.01
    beta: tuple[float, float] = (0.5, 1.5)

    def __post_init__(self) -> None:
        if self.dates not in get_args(Dates):
            raise InputError.choice("dates", self.dates, get_args(Dates))
        rules = {
            "n_events": (self.n_events >= 1, "it must be 1 or more."),
            "event_variance": (self.event_variance > 0, "it must be above 0."),
            "correlation": (0 <= self.correlation < 1, "it must lie in [0, 1)."),
            "tails": (self.tails is None or self.tails > 2, "it must be None or more than 2."),
            "skewness": (
                self.skewness >= 0 and (self.tails is None or self.skewness == 0),
                "it must be 0 or more, and 0 with `tails`.",
            ),
            "missing": (0 <= self.missing < 1, "it must lie in [0, 1)."),
            "sigma": (self.sigma > 0, "it must be above 0."),
            "market_sigma": (self.market_sigma > 0, "it must be above 0."),
        }
        for name, (kept, rule) in rules.items():
            if not kept:
                raise InputError(name, getattr(self, name), rule)
        room = self.n_sessions - self.before - self.after
        needed = self.n_events if self.dates == "staggered" else 1
        if room < needed:
            raise InputError(
                "n_sessions",
                self.n_sessions,
                f"{needed} different day 0s do not fit between `before` and `after`.",
                f"Use {self.before + self.after + needed} or more.",
            )

    @property
    def changed_days(self) -> tuple[int, ...]:
        """Event days on which anything differs from an ordinary day."""
        return tuple(self.effect) or (0,)


@dataclass(frozen=True, eq=False, repr=False)
class SimulatedMarket:
    """One simulated panel and the truth behind it.

    Attributes
    ----------
    returns : DataFrame, sessions x securities
        Decimal simple returns; NaN where missing.
    events : DataFrame
        Columns event_id, security, session.
    benchmark : Series
        Market return of each session, decimal.
    truth : DataFrame
        One row per event: event_id, security, alpha, beta, sigma, and the effect of each event
        day put in (columns ``effect_0``, ``effect_1``, ...).
    spec : SimulationSpec
        What was asked.
    seed : int
        Where the random numbers came from.
    """

    returns: pd.DataFrame
    events: pd.DataFrame
    benchmark: pd.Series[float]
    truth: pd.DataFrame
    spec: SimulationSpec
    seed: int

    def __repr__(self) -> str:
        sessions, securities = self.returns.shape
        return f"SimulatedMarket({securities} securities, {sessions} sessions, seed {self.seed})"


@dataclass(frozen=True, slots=True)
class _Draw:
    returns: Floats
    market: Floats
    row: npt.NDArray[np.intp]
    beta: Floats


def simulate_market(spec: SimulationSpec | None = None, *, seed: int = 0) -> SimulatedMarket:
    """Simulate a panel of returns with a known effect.

    Parameters
    ----------
    spec
        What the market is like.
    seed
        The same seed gives the same panel.

    Notes
    -----
    return = beta x market + sigma x u, with u = sqrt(c) f + sqrt(1 - c) e, c the correlation, f a
    factor of the session and e of the security, all with variance 1; on changed days u is
    multiplied by sqrt(event_variance) and the effect is added (as Brown and Warner 1985 do).
    """
    spec = spec or SimulationSpec()
    draw = _draw(spec, np.random.default_rng(seed))
    sessions = pd.bdate_range("2015-01-01", periods=spec.n_sessions, name="session")
    names = [f"S{i + 1:03d}" for i in range(spec.n_events)]
    ids = [f"E{i + 1:03d}" for i in range(spec.n_events)]
    truth = pd.DataFrame(
        {"event_id": ids, "security": names, "alpha": 0.0, "beta": draw.beta, "sigma": spec.sigma}
    )
    return SimulatedMarket(
        returns=pd.DataFrame(draw.returns, index=sessions, columns=names),
        events=pd.DataFrame({"event_id": ids, "security": names, "session": sessions[draw.row]}),
        benchmark=pd.Series(draw.market, index=sessions, name="market"),
        truth=truth.assign(**{f"effect_{day}": size for day, size in spec.effect.items()}),
        spec=spec,
        seed=seed,
    )


def _draw(spec: SimulationSpec, rng: np.random.Generator) -> _Draw:
    shape = (spec.n_sessions, spec.n_events)
    market = rng.normal(0.0, spec.market_sigma, spec.n_sessions)
    own = _unit(rng, spec.tails, shape, spec.skewness)
    noise = np.sqrt(1 - spec.correlation) * (own * _clustering(own) if spec.garch else own)
    if spec.correlation:
        noise += np.sqrt(spec.correlation) * _unit(rng, spec.tails, (spec.n_sessions, 1))
    low, high = spec.beta
    beta = rng.uniform(low, high, spec.n_events)
    room = spec.n_sessions - spec.before - spec.after
    if spec.dates == "clustered":
        row = np.full(spec.n_events, spec.before + rng.integers(room))
    else:
        row = spec.before + rng.choice(room, spec.n_events, replace=False)
    column = np.arange(spec.n_events)
    for day in spec.changed_days:
        noise[row + day, column] *= np.sqrt(spec.event_variance)
    returns = beta * market[:, None] + spec.sigma * noise
    for day, size in spec.effect.items():
        returns[row + day, column] += size
    if spec.missing:
        returns[rng.random(shape) < spec.missing] = np.nan
    return _Draw(returns, market, row.astype(np.intp), beta)


def _unit(
    rng: np.random.Generator, tails: float | None, shape: tuple[int, ...], skewness: float = 0.0
) -> Floats:
    if skewness:
        k = 4 / skewness**2
        return np.asarray((rng.standard_gamma(k, shape) - k) / np.sqrt(k))
    if tails is None:
        return rng.standard_normal(shape)
    return np.asarray(rng.standard_t(tails, shape) * np.sqrt((tails - 2) / tails))


def _clustering(shocks: Floats) -> Floats:
    """Return the GARCH(1,1) standard deviation of every day, its mean variance 1."""
    news, memory = GARCH
    variance = np.ones(shocks.shape)
    for day in range(1, len(shocks)):
        yesterday = variance[day - 1]
        variance[day] = 1 - news - memory + yesterday * (news * shocks[day - 1] ** 2 + memory)
    return np.sqrt(variance)


def simulated_abnormal(
    spec: SimulationSpec, study: StudySpec, *, n_panels: int, seed: int, first: int = 0
) -> list[Abnormal]:
    """Simulate panels, from number ``first`` on, and return the abnormal returns of each.

    Panel ``i`` is drawn from the ``i``-th child of the seed, whoever draws it, like
    :func:`simulate_market` does; the panels are estimated together, because securities of different
    panels share nothing.
    """
    rngs = [
        np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(i,)))
        for i in range(first, first + n_panels)
    ]
    panels: list[Abnormal] = []
    for start in range(0, n_panels, BATCH):
        draws = [_draw(spec, rng) for rng in rngs[start : start + BATCH]]
        result = estimate(_stacked(draws), study)
        panel_of = result.rows // spec.n_events
        edges = np.searchsorted(panel_of, np.arange(len(draws) + 1))
        panels += [result.abnormal.take(slice(a, b)) for a, b in pairwise(edges)]
    return panels


def _stacked(draws: list[_Draw]) -> EventPanel:
    returns = np.hstack([draw.returns for draw in draws])
    n = draws[0].returns.shape[1]
    n_sessions, n_rows = returns.shape
    factors = np.repeat(np.column_stack([draw.market for draw in draws]), n, axis=1)
    return EventPanel(
        event_id=np.arange(n_rows).astype(object),
        security=np.arange(n_rows).astype(object),
        column=np.arange(n_rows),
        row=np.concatenate([draw.row for draw in draws]),
        securities=tuple(map(str, range(n_rows))),
        returns=returns,
        factors=factors[..., None],
        factor_names=("market",),
        session_id=np.arange(n_sessions, dtype=np.int64),
        label=np.datetime64("2015-01-01", "D") + np.arange(n_sessions),
        status=np.full(n_rows, "ok", dtype=object),
        reason=np.full(n_rows, "", dtype=object),
    )
