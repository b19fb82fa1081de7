"""Adjusted p-values, against statsmodels and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from analysis.engine.inference.multiple import (
    benjamini_hochberg,
    benjamini_yekutieli,
    holm,
    out_of_reach,
)
from analysis.errors import InputError

METHODS = {"holm": holm, "fdr_bh": benjamini_hochberg, "fdr_by": benjamini_yekutieli}


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("n", [1, 2, 7, 127])
def test_agrees_with_statsmodels(name, n):
    p = np.random.default_rng(n).random(n) ** 2
    p[: n // 3] = p[0]  # ties
    expected = multipletests(p, method=name)[1]
    np.testing.assert_allclose(METHODS[name](p), expected, rtol=1e-12)


def test_by_hand():
    # Holm: .01 x 3, .02 x 2, then .03 x 1 raised to .04; BH: .03, .03, .03
    np.testing.assert_allclose(holm([0.03, 0.01, 0.02]), [0.04, 0.03, 0.04])
    np.testing.assert_allclose(benjamini_hochberg([0.03, 0.01, 0.02]), [0.03] * 3)


@pytest.mark.parametrize("adjust", METHODS.values())
def test_missing_values_are_not_part_of_the_family(adjust):
    found = adjust([0.01, np.nan, 0.04])
    np.testing.assert_allclose(found[[0, 2]], adjust([0.01, 0.04]))
    assert np.isnan(found[1])
    assert adjust([]).size == 0


def test_refuses_what_is_no_p_value():
    with pytest.raises(InputError, match="from 0 to 1"):
        holm([0.2, 1.3])


def test_a_floor_that_cannot_reject_is_said_and_true():
    said = out_of_reach([0.003] * 127)
    assert "127 p-values with a floor of 0.003 give 0.38 at the least" in said[0]
    assert "only when 8 of them" in said[1]
    assert "Benjamini-Yekutieli only when 42 of them" in said[1]
    for m, adjust in ((8, benjamini_hochberg), (42, benjamini_yekutieli)):
        for at_floor, rejects in ((m, True), (m - 1, False)):
            p = np.r_[np.full(at_floor, 0.003), np.ones(127 - at_floor)]
            assert (adjust(p).min() <= 0.05) == rejects
    assert holm(np.r_[0.003, np.ones(126)]).min() == pytest.approx(0.381)
    assert out_of_reach([0.0002] * 127) == ()
    assert out_of_reach([]) == ()
    assert "Benjamini-Yekutieli not at all" in out_of_reach([0.04, 0.04])[1]
