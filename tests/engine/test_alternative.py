"""One-sided alternatives: every p of a study is that of the tail that was fixed beforehand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import analysis
from analysis import StudySpec
from analysis.engine.inference import TESTS, InapplicableTest
from analysis.engine.ladder import ladder
from analysis.engine.simulate import SimulationSpec, simulate_market
from analysis.errors import InputError
from analysis.reactions.run_spec import RunSpec

MARKET = simulate_market(SimulationSpec(n_events=22, effect={0: 0.01}), seed=5)
SPEC = StudySpec(event_window=(-2, 2), windows=((0, 0), (0, 2)), tests=tuple(TESTS))
EXACT = {"sign_z", "generalized_sign_z", "wilcoxon", "skewness_adjusted_bhar_t"}


def study(side: str) -> analysis.EventStudyResult:
    spec = replace(SPEC, alternative=side)
    return analysis.event_study(
        MARKET.returns, MARKET.events, benchmark=MARKET.benchmark, spec=spec
    )


STUDIES = {side: study(side) for side in ("two-sided", "greater", "less")}


def test_a_direction_is_not_chosen_after_the_study() -> None:
    with pytest.raises(InputError, match="the direction is fixed before the study"):
        STUDIES["two-sided"].test("bmp_t", (0, 0), alternative="greater")


@pytest.mark.parametrize("name", sorted(set(TESTS) - EXACT))
def test_a_symmetric_reference_gives_half_or_the_rest(name: str) -> None:
    two, up, down = (STUDIES[side].test(name, (0, 0)) for side in STUDIES)
    if isinstance(two, InapplicableTest):
        assert up.alternative == "greater"
        return
    assert two.statistic == up.statistic == down.statistic
    assert up.p_value == pytest.approx(
        two.p_value / 2 if two.statistic > 0 else 1 - two.p_value / 2, rel=1e-12
    )
    assert up.p_value + down.p_value == pytest.approx(1, rel=1e-12)


def test_exact_tests_use_their_own_tails() -> None:
    for side in ("greater", "less"):
        result = STUDIES[side]
        car = result.car((0, 0)).to_numpy()
        sign = result.test("sign_z", (0, 0))
        expected = stats.binomtest(int((car > 0).sum()), len(car), 0.5, alternative=side).pvalue
        assert sign.p_value == pytest.approx(expected, rel=1e-9)
        ranks = stats.wilcoxon(car, alternative=side, method="exact").pvalue
        assert result.test("wilcoxon", (0, 0)).p_value == pytest.approx(ranks, rel=1e-9)


def test_a_few_events_can_reject_sooner_on_one_side() -> None:
    few = MARKET.events.iloc[:5]
    spec = replace(SPEC, alternative="greater")
    found = analysis.event_study(MARKET.returns, few, benchmark=MARKET.benchmark, spec=spec)
    assert "cannot reject" not in found.test("sign_z", (0, 0)).reason  # 1/32
    spec = replace(SPEC, alternative="two-sided")
    found = analysis.event_study(MARKET.returns, few, benchmark=MARKET.benchmark, spec=spec)
    assert "cannot reject at 5 %" in found.test("sign_z", (0, 0)).reason  # 2/32


def test_the_side_is_written_wherever_p_stands() -> None:
    result = STUDIES["greater"]
    assert result.spec.to_dict()["alternative"] == "greater"
    for frame in (result.tests(), result.summary(), result.event_tests((0, 0))):
        assert set(frame["alternative"]) == {"greater"}
    assert result.weighted_caar((0, 0))["alternative"] == "greater"
    assert "one-sided p = " in result.describe()
    assert "one-sided" not in STUDIES["two-sided"].describe()
    assert "greater than zero" in result.table().note
    assert "One-sided" not in STUDIES["two-sided"].table().note
    by_event = result.event_tests((0, 0))
    tail = stats.t.sf(by_event["statistic"], by_event["df"])
    np.testing.assert_allclose(by_event["p_value"], tail, rtol=1e-9)
    summary = result.summary().iloc[0]
    assert summary["p_value"] == pytest.approx(
        STUDIES["two-sided"].summary().iloc[0]["p_value"] / 2, rel=1e-12
    )


def test_the_ladder_is_one_sided_rung_by_rung() -> None:
    found = {side: ladder(result, (0, 0), estimated=False) for side, result in STUDIES.items()}
    for code in ("naive", "date", "placebo", "sign_flip"):
        up, down = (found[side][code].p_value for side in ("greater", "less"))
        assert up < found["two-sided"][code].p_value < down
        assert up + down == pytest.approx(1, abs=2e-3)
        assert found["greater"][code].rejects < 0.12
    assert "one-sided p" in repr(found["less"])
    assert set(found["less"].to_frame()["alternative"]) == {"less"}


def test_what_is_no_side_is_refused_and_a_catalogue_has_none() -> None:
    with pytest.raises(InputError, match="two-sided"):
        StudySpec(alternative="positive")
    with pytest.raises(InputError, match="judged two-sided"):
        RunSpec(study=StudySpec(alternative="greater"))
