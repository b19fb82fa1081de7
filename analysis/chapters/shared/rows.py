"""Rows of frames, and the names they carry: a sentence cites them, a table anchors them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from analysis.files import file_stem

if TYPE_CHECKING:
    import pandas as pd

    from analysis.engine.size_study import SizeStudy

Row = Mapping[str, Any]


def records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a frame as mappings from column name to value."""
    return cast("list[Row]", frame.to_dict("records"))


def reaction(event_id: str, market: str, figure: str) -> str:
    """Name a figure of one event in one market, such as ``ar`` or ``p_value``."""
    return f"reaction.{event_id}.{market}.{figure}"


def unusual(market: str, day0: str) -> str:
    """Name a distinct reaction among the most unusual ones."""
    return f"unusual.{market}.{day0}"


def counts(market: str) -> str:
    """Name the counts of marks of one market; ``all`` for all markets."""
    return f"marks.{market}"


def family(model: str, market: str, day0: str) -> str:
    """Name a distinct reaction as a member of the whole grid."""
    return f"family.{model}.{market}.{day0}"


def pooled(scope: str, model: str, sample: str = "all") -> str:
    """Name a mean over all markets in the direction the articles implied."""
    return f"pooled.{scope}.{model}.{sample}"


def direction(scope: str, market: str) -> str:
    """Name the mean of a category in one market in the direction the articles implied."""
    return f"direction.{scope}.{market}"


def correlation(kind: str, market_a: str, market_b: str) -> str:
    """Name a correlation of the reactions of two markets."""
    return f"correlation.{kind}.{market_a}.{market_b}"


def together(kind: str) -> str:
    """Name the mean correlation of all pairs of markets."""
    return f"together.{kind}"


def few(scope: str, market_a: str, market_b: str) -> str:
    """Name a correlation inside one article or category."""
    return f"few.{scope}.{market_a}.{market_b}"


def claim(claim_id: str) -> str:
    """Name a claim of an article."""
    return f"claim.{claim_id}"


def quiet_days(test: str, period: str) -> str:
    """Name the size of a test on quiet days of a period."""
    return f"quiet.{test}.{period}"


def curve(market: str, estimand: str, window: str, day0: str) -> str:
    """Name the specification curve of a reaction."""
    return f"curve.{market}.{file_stem(estimand)}.{window}.{day0}"


def overlap(market: str, day0: str) -> str:
    """Name the overlaps of a reaction."""
    return f"overlap.{market}.{day0}"


def coverage(window: str) -> str:
    """Name what was found of an effect put into simulated markets."""
    return f"coverage.{window}"


def size(window: str, test: str) -> str:
    """Name how often a test rejects in simulated markets without an effect."""
    return f"size.{window}.{test}"


def battery(window: str, test: str) -> str:
    """Name one test of the battery on one window."""
    return f"battery.{window}.{test}"


def rate(row: Row, kinds: Sequence[str]) -> str:
    """Name how often a test rejects in one kind of simulated market.

    Parameters
    ----------
    row
        Row of `analysis.engine.size_study.SizeStudy.size`.
    kinds
        All kinds of markets of its study: two studies on one page may share some.
    """
    study = "".join(kind[0] for kind in kinds)
    case = f"{row['scenario']}.{row['window']}.{row['n_events']}"
    return f"rate.{study}.{case}.{row['test']}.{row['level']:g}"


def kinds(study: SizeStudy) -> list[str]:
    """Return the kinds of markets of a study, in their order."""
    return list(dict.fromkeys(study.size["scenario"]))


def figure(name: str) -> str:
    """Name a picture, where what a sentence says is drawn and can be saved but in no table."""
    return f"figure.{file_stem(name)}"
