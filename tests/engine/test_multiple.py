"""Adjusted p-values, against statsmodels and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from analysis.engine.inference.multiple import benjamini_hochberg, benjamini_yekutieli, holm
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
