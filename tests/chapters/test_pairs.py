"""Pictures of many markets draw the pairs worth a look, and say which."""

from __future__ import annotations

from itertools import combinations
from types import SimpleNamespace

import pandas as pd

from analysis.chapters.shared.pairs import PANELS, of_markets, of_pairs, which_markets, which_pairs


def test_of_many_pairs_the_most_unusual_are_drawn_in_either_direction():
    pairs = list(combinations("ABCDEFG", 2))
    p = [0.5] * len(pairs)
    p[3], p[20] = 0.01, 0.02  # A with E, F with G
    correlations = pd.DataFrame(pairs, columns=["market_a", "market_b"]).assign(
        kind="reaction_total", p_placebo=p, pearson=range(len(pairs)), placebo_median=0.0
    )
    study = SimpleNamespace(correlations=correlations)
    turned = pd.DataFrame([(b, a) for a, b in pairs], columns=["leader", "follower"])
    kept = of_pairs(turned, study, 3, ("leader", "follower"))
    assert kept.to_numpy().tolist() == [["E", "A"], ["G", "E"], ["G", "F"]]  # .5, but farthest
    few = of_pairs(turned[:PANELS], study, PANELS, ("leader", "follower"))
    assert len(few) == PANELS


def test_of_many_markets_the_most_unusual_are_drawn_in_their_order():
    rows = [
        {"market": name, "p_value": p}
        for name, p in zip("ABCD", (0.5, None, 0.1, 0.9), strict=True)
    ]
    rows[1]["p_value"] = float("nan")
    assert [row["market"] for row in of_markets(rows, 2)] == ["A", "C"]
    assert of_markets(rows, 4) == rows
    assert which_markets(2, 4) == " Drawn: the 2 most unusual of 4 markets."
    assert which_markets(4, 4) == ""


def test_a_caption_says_that_pairs_are_left_out_and_is_silent_where_none_are():
    assert which_pairs(15, 190).strip().startswith("Drawn: 15 of 190 pairs")
    assert which_pairs(6, 6) == ""


def test_of_many_pairs_that_move_together_a_sentence_names_the_closest():
    from analysis.chapters.contagion.words import lead_and_lag

    pairs = list(combinations("ABCDEFG", 2))
    rows = pd.DataFrame(pairs, columns=["leader", "follower"]).assign(
        days="quiet", lag=0, low=0.01, high=0.9, p_placebo=0.5, n=100
    )
    rows["pearson"] = [0.02 + 0.01 * place for place in range(len(pairs))]
    seeds = SimpleNamespace(market=lambda symbol: SimpleNamespace(short=symbol))
    quiet, _ = lead_and_lag(SimpleNamespace(table=lambda _: rows, seeds=seeds))
    assert "21 of 21 pairs" in quiet.text
    assert quiet.text.count(" and ") < 10
    assert "most of all F and G +0.22" in quiet.text
    assert "A and B" not in quiet.text
    assert len(quiet.cites) == 4
