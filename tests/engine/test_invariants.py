"""What must hold whatever the data: invariants on random panels, and inputs made to hurt."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis
from analysis import EventStudyResult, StudySpec
from analysis.engine.inference import TESTS
from analysis.engine.simulate import SimulatedMarket, SimulationSpec, simulate_market
from analysis.errors import InputError, StudyError

#: Sums in another order lose a few bits.
BITS = 1e-9
SPEC = StudySpec(estimation_window=(-60, -6), event_window=(-5, 5))
SEEDS = st.integers(0, 10_000)
MODELS = st.sampled_from(["constant_mean", "market_adjusted", "market_model", "scholes_williams"])


def market(seed: int) -> SimulatedMarket:
    spec = SimulationSpec(
        n_events=7, n_sessions=120, before=65, after=8, missing=0.02, correlation=0.2
    )
    return simulate_market(spec, seed=seed)


def run(m: SimulatedMarket, **changes: object) -> EventStudyResult:
    values = {"returns": m.returns, "events": m.events, "benchmark": m.benchmark} | changes
    spec = values.pop("spec", SPEC)
    return analysis.event_study(
        values["returns"], values["events"], benchmark=values["benchmark"], spec=spec
    )


def statistics(result: EventStudyResult, window: tuple[int, int] = (0, 1)) -> dict[str, float]:
    return {name: result.test(name, window).statistic for name in TESTS}


def same(found: dict[str, float], expected: dict[str, float]) -> None:
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=BITS, abs=BITS, nan_ok=True), name


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=SEEDS, cut=st.integers(-4, 4), model=MODELS)
def test_car_over_adjacent_windows_adds_up(seed: int, cut: int, model: str) -> None:
    result = run(market(seed), spec=StudySpec(**{**SPEC.to_dict(), "model": model}))
    whole = result.car((-5, 5))
    parts = result.car((-5, cut)) + result.car((cut + 1, 5))
    np.testing.assert_allclose(parts, whole, atol=1e-14)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=SEEDS, factor=st.floats(0.01, 5), model=MODELS)
def test_scaling_returns_scales_ar_and_no_statistic(seed: int, factor: float, model: str) -> None:
    m = market(seed)
    spec = StudySpec(**{**SPEC.to_dict(), "model": model})
    before = run(m, spec=spec)
    after = run(m, spec=spec, returns=m.returns * factor, benchmark=m.benchmark * factor)
    np.testing.assert_allclose(after.ar, before.ar * factor, rtol=1e-9, atol=1e-12 * factor)
    np.testing.assert_allclose(after.sar, before.sar, rtol=1e-8, atol=1e-10)
    compounding = {"abhar_t", "skewness_adjusted_bhar_t"}
    kept = {k: v for k, v in statistics(before).items() if k not in compounding}
    same(statistics(after), kept)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_the_order_of_events_and_columns_changes_nothing(seed: int) -> None:
    m = market(seed)
    rng = np.random.default_rng(seed)
    shuffled = m.events.iloc[rng.permutation(7)]
    columns = m.returns.columns[rng.permutation(7)]
    before, after = run(m), run(m, events=shuffled, returns=m.returns[columns])
    pd.testing.assert_frame_equal(
        after.ar.sort_index(), before.ar.sort_index(), check_exact=False, rtol=1e-12
    )
    same(statistics(after), statistics(before))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=SEEDS, constant=st.floats(-0.05, 0.05))
def test_a_constant_added_to_the_market_changes_no_market_model_ar(
    seed: int, constant: float
) -> None:
    m = market(seed)
    before, after = run(m), run(m, benchmark=m.benchmark + constant)
    np.testing.assert_allclose(after.ar, before.ar, atol=1e-13)
    same(statistics(after), statistics(before))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=SEEDS, which=st.integers(0, 6))
def test_the_average_of_one_event_is_its_ar(seed: int, which: int) -> None:
    m = market(seed)
    one = run(m, events=m.events.iloc[[which]])
    np.testing.assert_array_equal(one.aar["aar"], one.ar.iloc[0])
    np.testing.assert_array_equal(one.ar.iloc[0], run(m).ar.iloc[which])


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_flipped_signs_flip_what_is_odd(seed: int) -> None:
    m = market(seed)
    before, after = run(m), run(m, returns=-m.returns, benchmark=-m.benchmark)
    np.testing.assert_allclose(after.ar, -before.ar, atol=1e-15)
    even = {"wilcoxon", "sign_z", "generalized_sign_z", "abhar_t", "skewness_adjusted_bhar_t"}
    flipped = {k: -v for k, v in statistics(before).items() if k not in even}
    same(statistics(after), flipped)
    assert after.test("wilcoxon").p_value == pytest.approx(before.test("wilcoxon").p_value)
    assert after.test("sign_z").p_value == pytest.approx(before.test("sign_z").p_value)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_p_values_lie_between_0_and_1_and_inputs_are_left_alone(seed: int) -> None:
    m = market(seed)
    kept = m.returns.copy(), m.events.copy(), m.benchmark.copy()
    table = run(m).tests(windows=[(0, 0), (-5, 5)], names=list(TESTS))
    assert table["p_value"].dropna().between(0, 1).all()
    assert table.loc[table["p_value"].isna(), "reason"].str.len().gt(0).all()
    pd.testing.assert_frame_equal(m.returns, kept[0])
    pd.testing.assert_frame_equal(m.events, kept[1])
    pd.testing.assert_series_equal(m.benchmark, kept[2])


QUIET = market(1)


def hostile(values: object, rows: slice = slice(None)) -> pd.DataFrame:
    returns = QUIET.returns.copy()
    returns.iloc[rows, 0] = values
    return returns


@pytest.mark.parametrize(
    "model",
    [
        "constant_mean",
        "market_model",
        "factor_model",
        "dimson",
        "scholes_williams",
        "robust_market_model",
    ],
)
@pytest.mark.parametrize(
    ("returns", "reason"),
    [
        (hostile(0.0), "do not vary|S001 has"),  # a constant price
        (hostile(np.nan, slice(2, None)), "has 0 returns in the estimation window"),
        (hostile(np.nan), "has 0 returns in the estimation window"),
    ],
    ids=["constant price", "two observations", "all missing"],
)  # fmt: skip
def test_a_hostile_column_costs_its_own_event_only(
    returns: pd.DataFrame, reason: str, model: str
) -> None:
    spec = StudySpec(**{**SPEC.to_dict(), "model": model})
    result = run(QUIET, returns=returns, spec=spec)
    outcomes = result.outcomes.set_index("security")
    assert outcomes.loc["S001", "status"] != "ok"
    assert pd.Series([outcomes.loc["S001", "reason"]]).str.contains(reason).all()
    assert outcomes.drop(index="S001")["status"].isin(["ok", "partial"]).all()
    assert all(np.isfinite(v) for k, v in statistics(result).items() if k != "calendar_time_t")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"returns": hostile(np.inf, slice(3, 4))}, InputError, "a return must be finite"),
        ({"returns": QUIET.returns.iloc[::-1]}, InputError, "ascending order"),
        ({"returns": QUIET.returns.iloc[[0, 0, 1]]}, InputError, "occurs twice in the index"),
        ({"benchmark": QUIET.benchmark * np.inf}, InputError, "a return must be finite"),
        (
            {"events": QUIET.events.assign(session="1990-01-02")},
            StudyError,
            "none of the 7 events can be used:\n- `session` 1990-01-02 is outside the returns",
        ),
        (
            {"spec": StudySpec(estimation_window=(-900, -600), event_window=(-5, 5))},
            StudyError,
            "needs 900 sessions before day 0",
        ),
        (
            {"spec": StudySpec(estimation_window=(-60, -6), event_window=(-5, 500))},
            StudyError,
            r"needs returns to event day \+500",
        ),
        ({"events": QUIET.events.iloc[:0]}, StudyError, "none of the 0 events"),
        ({"events": QUIET.events.assign(session=None)}, InputError, "every session needs a date"),
    ],
)
def test_inputs_that_cannot_be_used_are_refused(
    changes: dict, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        run(QUIET, **changes)


def test_prices_on_a_coarse_grid_tie_and_are_ranked_with_averages() -> None:
    result = run(QUIET, returns=QUIET.returns.round(2), benchmark=QUIET.benchmark.round(2))
    assert all(np.isfinite(v) for k, v in statistics(result).items() if k != "calendar_time_t")
