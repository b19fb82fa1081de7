"""Markets with a known truth: simulate returns by seed, and see whether the engine finds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from analysis.engine.abnormal import Abnormal, window_sums
from analysis.engine.inference import run_test
from analysis.engine.panel import EventPanel, Window
from analysis.engine.spec import StudySpec
from analysis.engine.study import estimate
from analysis.errors import InputError
from analysis.tasks import connected, join_arrays

Floats = npt.NDArray[np.float64]
Dates = Literal["staggered", "clustered"]

#: Panels estimated at once, and by one task; bounds memory, not results.
_BATCH = 100


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
    noise = np.sqrt(1 - spec.correlation) * _unit(rng, spec.tails, shape)
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


def _unit(rng: np.random.Generator, tails: float | None, shape: tuple[int, ...]) -> Floats:
    if tails is None:
        return rng.standard_normal(shape)
    return np.asarray(rng.standard_t(tails, shape) * np.sqrt((tails - 2) / tails))


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
    for start in range(0, n_panels, _BATCH):
        draws = [_draw(spec, rng) for rng in rngs[start : start + _BATCH]]
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


@dataclass(frozen=True, eq=False, repr=False)
class Recovery:
    """What the engine found in many markets whose truth is known.

    Attributes
    ----------
    coverage : DataFrame
        Index window; columns truth, mean_estimate, estimate_low, estimate_high (decimal),
        coverage, coverage_low, coverage_high: share of 95 % intervals of single events that hold
        the truth. The pairs ``_low``, ``_high`` are 95 % Monte-Carlo intervals over panels.
    size : DataFrame
        Index (window, test); columns size (share of panels without an effect in which the test
        rejects at ``level``), low, high (95 % Wilson), n_panels (where the test applied).
    estimates : DataFrame of shape (n_panels, n_windows)
        Mean estimate of each panel with the effect, decimal; index panel, a column a window.
    n_panels : int
        Panels simulated with the effect, and again without it.
    level : float
        Level of the tests.
    """

    coverage: pd.DataFrame
    size: pd.DataFrame
    estimates: pd.DataFrame
    n_panels: int
    level: float

    def __repr__(self) -> str:
        return f"Recovery({self.n_panels} panels, {len(self.size)} sizes at {self.level:.0%})"


def recovery(
    n_seeds: int = 200,
    seed: int = 0,
    *,
    effect: float | Mapping[int, float] = 0.02,
    market: SimulationSpec | None = None,
    study: StudySpec | None = None,
    level: float = 0.05,
    scheduler: str | None = None,
) -> Recovery:
    """Simulate many markets; is the effect found, and do the tests keep their size without one.

    Parameters
    ----------
    n_seeds
        Panels with the effect, and as many without.
    seed
        Parent of the seeds of all panels.
    effect
        Effect on day 0, or on each event day, decimal.
    market
        What the market is like apart from the effect.
    study
        The method; its windows are the ones evaluated.
    level
        Level of the tests.
    scheduler
        Where panels are simulated, as in :func:`analysis.tasks.connected`; the figures do not
        depend on it.

    Raises
    ------
    StudyError
        If a task fails for good.
    """
    effects = dict(effect) if isinstance(effect, Mapping) else {0: float(effect)}
    market = market or SimulationSpec()
    study = study or StudySpec(windows=((0, 0), (0, 1)))
    windows = study.windows or ()
    asked = _Asked(
        markets=(replace(market, effect=effects), replace(market, effect={})),
        study=study,
        seed=seed,
    )
    batches = [
        (i, first, min(_BATCH, n_seeds - first))
        for i in range(len(asked.markets))
        for first in range(0, n_seeds, _BATCH)
    ]
    with connected(scheduler) as where:
        found = where.run("panels", _batch, batches, asked, merge=join_arrays).complete()
    coverage = [_coverage(found["means", 0][:, j], found["shares", 0][:, j], window, effects)
                for j, window in enumerate(windows)]  # fmt: skip
    cases = [(window, name) for window in windows for name in study.tests]
    size = [_size(name, found["p", 1][:, j], window, level)
            for j, (window, name) in enumerate(cases)]  # fmt: skip
    return Recovery(
        coverage=pd.DataFrame(coverage).set_index("window"),
        size=pd.DataFrame(size).set_index(["window", "test"]),
        estimates=pd.DataFrame(
            found["means", 0],
            columns=[f"[{start},{end}]" for start, end in windows],
            index=pd.RangeIndex(n_seeds, name="panel"),
        ),
        n_panels=n_seeds,
        level=level,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """The markets to simulate, with an effect and without, and the study of each."""

    markets: tuple[SimulationSpec, SimulationSpec]
    study: StudySpec
    seed: int


#: One row a panel: mean CARs and shares of intervals that hold the truth, a column a window, or
#: p-values, a column a window and test; by which of the two markets.
_Figures = dict[tuple[str, int], Floats]


def _batch(batch: tuple[int, int, int], asked: _Asked) -> _Figures:
    """Simulate one batch of panels: which market, the first panel, how many."""
    which, first, count = batch
    market, windows = asked.markets[which], asked.study.windows or ()
    panels = simulated_abnormal(market, asked.study, n_panels=count, seed=asked.seed, first=first)
    if which == 1:
        p = [[run_test(name, [panel], window).p_value for window in windows
              for name in asked.study.tests] for panel in panels]  # fmt: skip
        return {("p", 1): np.array(p).reshape(count, -1)}
    pairs = np.array([[_covered(panel, window, market.effect) for window in windows]
                      for panel in panels])  # fmt: skip
    return {("means", 0): pairs[..., 0], ("shares", 0): pairs[..., 1]}


def _covered(
    abnormal: Abnormal, window: Window, effect: Mapping[int, float]
) -> tuple[float, float]:
    """Return the mean CAR of a panel, and the share of 95 % intervals that hold the truth."""
    sums = window_sums(abnormal, window)
    used = sums.complete
    if not used.any():
        return np.nan, np.nan
    half = special.stdtrit(abnormal.fit.df, 0.975) * sums.se
    holds = np.abs(sums.car - _truth(window, effect)) <= half
    return float(sums.car[used].mean()), float(holds[used].mean())


def _truth(window: Window, effect: Mapping[int, float]) -> float:
    return float(sum(size for day, size in effect.items() if window[0] <= day <= window[1]))


def _coverage(
    means: Floats, shares: Floats, window: Window, effect: Mapping[int, float]
) -> dict[str, Any]:
    estimate_, share = _mean_interval(means), _mean_interval(shares)
    return {
        "window": f"[{window[0]},{window[1]}]",
        "truth": _truth(window, effect),
        "mean_estimate": estimate_[0],
        "estimate_low": estimate_[1],
        "estimate_high": estimate_[2],
        "coverage": share[0],
        "coverage_low": share[1],
        "coverage_high": share[2],
    }


def _size(name: str, p_values: Floats, window: Window, level: float) -> dict[str, Any]:
    applied = np.isfinite(p_values)
    rejected = int((p_values[applied] <= level).sum())
    n = int(applied.sum())
    low, high = wilson_interval(rejected, n)
    return {
        "window": f"[{window[0]},{window[1]}]",
        "test": name,
        "size": rejected / n if n else np.nan,
        "low": low,
        "high": high,
        "n_panels": n,
    }


def wilson_interval(hits: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the Wilson (1927) interval of a share; (nan, nan) without observations.

    References
    ----------
    Wilson, E. B. (1927). Probable inference. Journal of the American Statistical Association 22.
    """
    if n == 0:
        return float("nan"), float("nan")
    z = special.ndtri(0.5 + level / 2)
    share = hits / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def _mean_interval(values: Floats) -> tuple[float, float, float]:
    present = values[np.isfinite(values)]
    mean = float(present.mean())
    half = 1.96 * float(present.std(ddof=1)) / np.sqrt(len(present)) if len(present) > 1 else np.nan
    return mean, mean - half, mean + half
