"""What a study is: the method (`StudySpec`) and what it is applied to (`RunSpec`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self, get_args

from analysis.abnormal import ReturnKind, checked_window
from analysis.errors import InputError
from analysis.inference import DEFAULT_TESTS, TESTS, TestOptions
from analysis.inference.outcome import Dependence
from analysis.models import MODELS, ModelOptions, Robust, Volatility
from analysis.panel import Window

Exclusion = Literal["event_windows", "zero_span"]
Scale = Literal["estimation", "ewma"]
PriceKind = Literal["close", "adj_close"]

DEFAULT_WINDOWS: tuple[Window, ...] = ((0, 0), (0, 1), (-1, 1), (0, 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySpec:
    """The method of a study; checks itself and goes to JSON and back.

    Attributes
    ----------
    model : str
        Normal-return model (METHODS section 4).
    estimation_window, event_window : tuple of int
        Inclusive event days; the estimation window ends before the event window starts.
    windows : tuple of tuple of int
        Windows that are cumulated and tested; each inside the event window.
    return_kind : str
        ``"simple"`` or ``"log"``.
    price : str
        ``"close"`` (split-adjusted) or ``"adj_close"`` (dividends too).
    min_estimation : int or None
        Fewest estimation days with a return; None for half of the window.
    tests : tuple of str
        Tests across events (METHODS section 6).
    seed : int
        Seed of everything random.
    factors : tuple of str or None
        Columns of the benchmark the model uses; None for all (but the riskless one).
    risk_free : str or None
        Column of the benchmark that ``factor_model`` subtracts from returns; None for raw returns.
    leads, lags : int
        Neighbouring sessions of the benchmark in ``dimson``.
    robust : str
        ``"huber"`` or ``"lad"``, for ``robust_market_model``.
    volatility : str
        ``"garch"`` or ``"gjr"``, for ``garch_market_model``.
    scale : str
        What abnormal returns are standardised by: ``"estimation"`` (sigma of the estimation
        window) or ``"ewma"`` (the volatility forecast frozen at day -1; reference N(0,1)).
    dependence : str
        ``"overlap"`` (correlations weighted by shared sessions) or ``"all_pairs"``.
    exclude : tuple of str
        Estimation days to leave out: ``"event_windows"`` of other events of the same security,
        ``"zero_span"`` sessions over which the benchmark did not close.

    Raises
    ------
    InputError
        If a value breaks its rule.
    """

    model: str = "market_model"
    estimation_window: Window = (-130, -11)
    event_window: Window = (-5, 10)
    windows: tuple[Window, ...] | None = None
    return_kind: ReturnKind = "simple"
    price: PriceKind = "close"
    min_estimation: int | None = None
    tests: tuple[str, ...] = DEFAULT_TESTS
    seed: int = 0
    factors: tuple[str, ...] | None = None
    risk_free: str | None = None
    leads: int = 1
    lags: int = 1
    robust: Robust = "huber"
    volatility: Volatility = "garch"
    scale: Scale = "estimation"
    dependence: Dependence = "overlap"
    exclude: tuple[Exclusion, ...] = ()

    def __post_init__(self) -> None:
        _choice("model", self.model, MODELS)
        _choice("return_kind", self.return_kind, get_args(ReturnKind))
        _choice("price", self.price, get_args(PriceKind))
        _choice("robust", self.robust, get_args(Robust))
        _choice("volatility", self.volatility, get_args(Volatility))
        _choice("scale", self.scale, get_args(Scale))
        _choice("dependence", self.dependence, get_args(Dependence))
        if self.scale != "estimation" and self.model == "garch_market_model":
            raise InputError(
                "scale",
                self.scale,
                "garch_market_model brings a volatility forecast of its own.",
                "Leave `scale` out, or use another model.",
            )
        object.__setattr__(self, "exclude", tuple(self.exclude))
        for days in self.exclude:
            _choice("exclude", days, get_args(Exclusion))
        estimation = checked_window("estimation_window", self.estimation_window)
        event = checked_window("event_window", self.event_window)
        object.__setattr__(self, "estimation_window", estimation)
        object.__setattr__(self, "event_window", event)
        if estimation[1] >= event[0]:
            raise InputError(
                "estimation_window",
                list(estimation),
                f"it must end before the event window [{event[0]:+d}, {event[1]:+d}] starts.",
                f"Use an end of {event[0] - 1} or less.",
            )
        object.__setattr__(self, "windows", self._checked_windows(event))
        object.__setattr__(self, "tests", tuple(self.tests))
        for test in self.tests:
            _choice("tests", test, TESTS)
        for name in ("seed", "leads", "lags"):
            _whole_number(name, getattr(self, name))
        self._check_factors()
        self._check_size()

    def _check_factors(self) -> None:
        if self.factors is not None:
            object.__setattr__(self, "factors", tuple(map(str, self.factors)))
            if not self.factors or len(set(self.factors)) < len(self.factors):
                raise InputError(
                    "factors", list(self.factors), "name one column or more, each once.", "Or None."
                )
        if self.risk_free is None:
            return
        if self.model != "factor_model":
            raise InputError(
                "risk_free",
                self.risk_free,
                f"{self.model} works on raw returns.",
                "Use model='factor_model', or leave `risk_free` out.",
            )
        if self.risk_free in (self.factors or ()):
            raise InputError("risk_free", self.risk_free, "it cannot be one of `factors` as well.")

    def _checked_windows(self, event: Window) -> tuple[Window, ...]:
        if self.windows is None:
            inside = [w for w in DEFAULT_WINDOWS if event[0] <= w[0] and w[1] <= event[1]]
            return tuple(inside) or (event,)
        windows = tuple(checked_window("windows", window) for window in self.windows)
        for start, end in windows:
            if start < event[0] or end > event[1]:
                raise InputError(
                    "windows",
                    [start, end],
                    f"it must lie inside the event window [{event[0]:+d}, {event[1]:+d}].",
                    "Widen `event_window`, or leave the window out.",
                )
        return windows

    def _check_size(self) -> None:
        length = self.n_estimation
        fewest = self.n_coefficients + 2
        if length < fewest:
            raise InputError(
                "estimation_window",
                list(self.estimation_window),
                f"{self.model} needs {fewest} days or more, this window has {length}.",
                f"For example [{self.estimation_window[1] - 119}, {self.estimation_window[1]}].",
            )
        if self.min_estimation is not None and not fewest <= self.min_estimation <= length:
            raise InputError(
                "min_estimation",
                self.min_estimation,
                f"it must lie between {fewest} (needed by {self.model}) and {length} (the window).",
            )

    @property
    def n_estimation(self) -> int:
        """T, the length of the estimation window in days."""
        return self.estimation_window[1] - self.estimation_window[0] + 1

    @property
    def n_event(self) -> int:
        """L, the length of the event window in days."""
        return self.event_window[1] - self.event_window[0] + 1

    @property
    def fewest_returns(self) -> int:
        """Estimation returns an event needs to be usable."""
        if self.min_estimation is not None:
            return self.min_estimation
        return max(self.n_coefficients + 2, -(-self.n_estimation // 2))

    @property
    def n_coefficients(self) -> int:
        """Coefficients the model estimates, at least: factors that are not named count as one."""
        least = MODELS[self.model][1]
        if self.model == "factor_model":
            return 1 + len(self.factors or (None,))
        return least + self.leads + self.lags if self.model == "dimson" else least

    @property
    def model_options(self) -> ModelOptions:
        """What the models are told."""
        return ModelOptions(
            leads=self.leads, lags=self.lags, robust=self.robust, volatility=self.volatility
        )

    @property
    def test_options(self) -> TestOptions:
        """What the tests are told."""
        return TestOptions(dependence=self.dependence, seed=self.seed)

    @property
    def reach(self) -> Window:
        """Event days the model looks at outside the windows: first needed, last needed."""
        first, last = self.estimation_window[0], self.event_window[1]
        if self.model == "dimson":
            return first - self.lags, max(last, self.estimation_window[1] + self.leads)
        return first, last

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values only: windows as lists."""
        return {key: _plain(value) for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build a spec from JSON values; an unknown name is refused with the nearest valid one."""
        return cls(**_known(cls, values))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """A study spec and which events, markets and prices it is applied to.

    Attributes
    ----------
    study : StudySpec
        The method.
    events : tuple of str or None
        Ids of the events to report; None for all of the catalogue.
    markets : tuple of str or None
        Symbols of the markets; None for every study market.
    prices : str
        ``"snapshot"``, ``"yahoo"`` or a path.
    benchmark : str or None
        Symbol that replaces every market's own benchmark.
    allow_snapshot : bool
        Whether kept prices may stand in, with a banner, where Yahoo cannot be reached.
    largest_factor : float or None
        Largest believable ratio of successive closes; None for 1.8 (shares) and 2.5 (indices).
    """

    study: StudySpec = field(default_factory=StudySpec)
    events: tuple[str, ...] | None = None
    markets: tuple[str, ...] | None = None
    prices: str = "snapshot"
    benchmark: str | None = None
    allow_snapshot: bool = False
    largest_factor: float | None = None

    def to_json(self) -> str:
        """Return the JSON that papermill is given and `run.json` keeps."""
        values = {
            "study": self.study.to_dict(),
            "events": _plain(self.events),
            "markets": _plain(self.markets),
            "prices": self.prices,
            "benchmark": self.benchmark,
        }
        if self.allow_snapshot:
            values["allow_snapshot"] = True
        if self.largest_factor is not None:
            values["largest_factor"] = self.largest_factor
        return json.dumps(values, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Build a run spec from its JSON.

        Raises
        ------
        InputError
            If the text is not JSON, or holds an unknown name or a value that breaks a rule.
        """
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise InputError("spec", text[:60], f"it must be JSON ({error}).") from error
        if not isinstance(values, dict):
            raise InputError("spec", text[:60], "it must be a JSON object.")
        known = _known(cls, values)
        known["study"] = StudySpec.from_dict(known.get("study", {}))
        for name in ("events", "markets"):
            if known.get(name) is not None:
                known[name] = tuple(known[name])
        return cls(**known)

    def with_study(self, **changes: Any) -> RunSpec:
        """Return a copy with some fields of the study changed."""
        return replace(self, study=replace(self.study, **changes))


def _choice(parameter: str, received: str, valid: Iterable[str]) -> None:
    if received not in set(valid):
        raise InputError.choice(parameter, received, valid)


def _whole_number(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputError(name, value, "it must be a whole number of 0 or more.")


def _known(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    names = [f.name for f in fields(cls)]
    for key in values:
        if key not in names:
            raise InputError.choice("spec", key, names)
    return dict(values)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value
