"""The method of a study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

from analysis.engine.abnormal import ReturnKind, checked_window
from analysis.engine.inference import DEFAULT_TESTS, TESTS, TestOptions
from analysis.engine.inference.alternative import Alternative
from analysis.engine.inference.states import Dependence
from analysis.engine.models import MODELS, ModelOptions, Robust, Volatility
from analysis.engine.panel import Window
from analysis.errors import InputError

Exclusion = Literal["event_windows", "zero_span"]


Scale = Literal["estimation", "ewma"]
PriceKind = Literal["close", "adj_close"]


DEFAULT_WINDOWS: tuple[Window, ...] = ((0, 0), (0, 1), (-1, 1), (0, 5))


def checked_spec(spec: StudySpec | None) -> StudySpec:
    """Return a method, the defaults for None; `InputError` for anything else."""
    if spec is None:
        return StudySpec()
    if not isinstance(spec, StudySpec):
        raise InputError(
            "spec", spec, "it must be a StudySpec.", "For example StudySpec(model='constant_mean')."
        )
    return spec


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
        Fewest estimation days with a return; None for half of the window, and for none where the
        model estimates nothing (an event with fewer than half has a CAR and no standard error).
    min_present : float
        Share of the days of a window on which an event needs an abnormal return to count in it,
        0.5 to 1, and day 0 where the window holds it (METHODS section 5).
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
    alternative : str
        ``"two-sided"``, or the direction of the mean effect, fixed before the moves were known:
        ``"greater"`` or ``"less"`` than zero. Every p of the study is then one-sided and labelled;
        intervals, bands and differences between groups stay two-sided.
    donors : tuple of str or None
        Securities ``synthetic_control`` may use; None for all without an event in the windows.

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
    min_present: float = 1.0
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
    alternative: Alternative = "two-sided"
    donors: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        _choice("model", self.model, MODELS)
        _choice("return_kind", self.return_kind, get_args(ReturnKind))
        _choice("price", self.price, get_args(PriceKind))
        _choice("robust", self.robust, get_args(Robust))
        _choice("volatility", self.volatility, get_args(Volatility))
        _choice("scale", self.scale, get_args(Scale))
        _choice("dependence", self.dependence, get_args(Dependence))
        _choice("alternative", self.alternative, get_args(Alternative))
        if self.scale != "estimation" and MODELS[self.model].own_scale:
            raise InputError(
                "scale",
                self.scale,
                f"{self.model} brings a volatility forecast of its own.",
                "Leave `scale` out, or use another model.",
            )
        object.__setattr__(self, "exclude", listed("exclude", self.exclude))
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
        object.__setattr__(self, "tests", listed("tests", self.tests))
        for test in self.tests:
            _choice("tests", test, TESTS)
        for name in ("seed", "leads", "lags"):
            _whole_number(name, getattr(self, name))
        self._check_factors()
        self._check_size()
        _share("min_present", self.min_present)

    def _check_factors(self) -> None:
        if self.factors is not None:
            object.__setattr__(self, "factors", tuple(map(str, listed("factors", self.factors))))
            if not self.factors or len(set(self.factors)) < len(self.factors):
                raise InputError(
                    "factors", list(self.factors), "name one column or more, each once.", "Or None."
                )
        self._check_donors()
        if self.risk_free is None:
            return
        if not MODELS[self.model].several_factors:
            raise InputError(
                "risk_free",
                self.risk_free,
                f"{self.model} works on raw returns.",
                "Use model='factor_model', or leave `risk_free` out.",
            )
        if self.risk_free in (self.factors or ()):
            raise InputError("risk_free", self.risk_free, "it cannot be one of `factors` as well.")

    def _check_donors(self) -> None:
        if self.donors is None:
            return
        object.__setattr__(self, "donors", tuple(map(str, listed("donors", self.donors))))
        if not MODELS[self.model].needs_donors:
            raise InputError(
                "donors", list(self.donors), f"{self.model} is not made of other securities.",
                "Use model='synthetic_control', or leave `donors` out.",
            )  # fmt: skip
        if not self.donors or len(set(self.donors)) < len(self.donors):
            raise InputError(
                "donors", list(self.donors), "name one security or more, each once.", "Or None."
            )

    def _checked_windows(self, event: Window) -> tuple[Window, ...]:
        if self.windows is None:
            inside = [w for w in DEFAULT_WINDOWS if event[0] <= w[0] and w[1] <= event[1]]
            return tuple(inside) or (event,)
        given = listed("windows", self.windows)
        windows = tuple(checked_window("windows", window) for window in given)
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
        if self.min_estimation is not None:
            _whole_number("min_estimation", self.min_estimation)
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
        model = MODELS[self.model]
        if model.several_factors:
            return 1 + len(self.factors or (None,))
        around = self.leads + self.lags if model.leads_and_lags else 0
        return model.fewest_coefficients + around

    @property
    def model_options(self) -> ModelOptions:
        """What the models are told."""
        return ModelOptions(
            leads=self.leads,
            lags=self.lags,
            robust=self.robust,
            volatility=self.volatility,
            return_kind=self.return_kind,
        )

    @property
    def test_options(self) -> TestOptions:
        """What the tests are told."""
        return TestOptions(
            dependence=self.dependence,
            seed=self.seed,
            min_present=self.min_present,
            alternative=self.alternative,
        )

    @property
    def estimates_nothing(self) -> bool:
        """Whether an event can do without estimation days; it then has no standard error."""
        return (MODELS[self.model].estimates_nothing and self.min_estimation is None
                and self.scale == "estimation")  # fmt: skip

    @property
    def needs(self) -> Window:
        """Event days an event must have: as ``reach``, without days that nothing is taken from."""
        return self.event_window if self.estimates_nothing else self.reach

    @property
    def reach(self) -> Window:
        """Event days the model looks at outside the windows: first needed, last needed."""
        first, last = self.estimation_window[0], self.event_window[1]
        if MODELS[self.model].leads_and_lags:
            return first - self.lags, max(last, self.estimation_window[1] + self.leads)
        return first, last

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values only: windows as lists."""
        return {key: plain_values(value) for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build a spec from JSON values; an unknown name is refused with the nearest valid one."""
        if not isinstance(values, Mapping):
            raise InputError("study", values, "it must be a JSON object: the fields of a method.")
        return cls(**known_fields(cls, values))


def _choice(parameter: str, received: str, valid: Iterable[str]) -> None:
    if not isinstance(received, str) or received not in set(valid):
        raise InputError.choice(parameter, received, valid)


def listed(name: str, value: object) -> tuple[Any, ...]:
    """Return the values of a list as a tuple; a single text or a mapping is no list."""
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        return tuple(value)
    raise InputError(name, value, "it must be a list.", "Put brackets around a single value.")


def _whole_number(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputError(name, value, "it must be a whole number of 0 or more.")


def _share(name: str, value: object) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0.5 <= value <= 1:  # type: ignore[operator]
        raise InputError(
            name,
            value,
            "it must be a share of the days of a window, from 0.5 to 1.",
            "1 asks for every day.",
        )


def known_fields(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a record; refuse names it has not."""
    names = [f.name for f in fields(cls)]
    for key in values:
        if key not in names:
            raise InputError.choice("spec", key, names)
    return dict(values)


def plain_values(value: Any) -> Any:
    """Return a value with lists for tuples, as JSON has them."""
    return [plain_values(item) for item in value] if isinstance(value, tuple | list) else value
