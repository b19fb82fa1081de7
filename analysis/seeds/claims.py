"""Claims of the articles: checked records of ``seeds/claims.yaml``, and what closes say of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.seeds.articles import Article
from analysis.seeds.bar_checks import BarCheck, Bars, judge_bars
from analysis.seeds.file import read_records
from analysis.seeds.verdicts import (
    CONTRADICTED,
    NOT_CHECKABLE,
    OTHER_SIZE,
    SUPPORTED,
    CheckResult,
    PriceCheck,
    run_check,
)

__all__ = [
    "KINDS",
    "CheckResult",
    "Claim",
    "PriceCheck",
    "Verdict",
    "judge",
    "judge_all",
    "load_claims",
]

KINDS = ("price", "intraday", "currency", "macro", "fact")
ASSERTS = ("price", "effect")
"""A claim says what prices did, or that news moved them."""

_COLUMNS = (
    "claim_id",
    "article",
    "statement",
    "kind",
    "verdict",
    "figure",
    "text",
    "sourced",
    "reading",
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A checkable statement of an article.

    Attributes
    ----------
    id, article
        Key, and file name of the article.
    statement
        What it claims, in our own words.
    kind
        One of `KINDS`.
    checks
        What closes must show; all must hold. Empty if closes cannot decide the claim.
    undecidable
        Why closes cannot decide it; None if they can.
    how_to_check
        What was or would have to be compared.
    caveat
        What weakens the verdict; empty if nothing does.
    asserts
        One of `ASSERTS`: an effect needs more than a sign to be supported.
    sourced, reading, sources
        What independent sources report, how that was read, and their addresses: not computed here.
    on_bars
        What intraday bars must show; where there are bars they decide, else closes do.
    """

    id: str
    article: str
    statement: str
    kind: str
    checks: tuple[PriceCheck, ...]
    undecidable: str | None
    how_to_check: str
    caveat: str
    sourced: str
    reading: str
    sources: tuple[str, ...]
    asserts: str = "price"
    on_bars: tuple[BarCheck, ...] = ()

    @property
    def check(self) -> PriceCheck | None:
        """The first check, or None."""
        return self.checks[0] if self.checks else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the closes say about a claim.

    Attributes
    ----------
    claim_id
        The claim.
    verdict
        One of `VERDICTS`.
    figure
        The statistic of the check that decided, decimal; None if there is none.
    text
        The verdict in sentences, with every figure.
    results
        One per check of the claim.
    """

    claim_id: str
    verdict: str
    figure: float | None
    text: str
    results: tuple[CheckResult, ...] = ()


# loading


def load_claims(
    path: Path | str,
    *,
    articles: Sequence[Article] | None,
    symbols: Collection[str] | None,
    bar_symbols: Collection[str] | None = None,
) -> tuple[Claim, ...]:
    """Read the claims, in the order of the file.

    Parameters
    ----------
    path
        The file.
    articles
        The articles a claim may belong to; None if they could not be loaded.
    symbols
        The series a check may use; None if they could not be loaded.
    bar_symbols
        The series a check on bars may use; None for any.

    Raises
    ------
    SeedError
        With every problem of the file.
    """
    from analysis.seeds.claim_models import ClaimRow

    files = None if articles is None else [article.file for article in articles]
    return read_records(
        path,
        ClaimRow,
        context={"files": files, "symbols": symbols, "bar_symbols": bar_symbols},
    )


# verdicts


def judge(
    claim: Claim,
    closes: pd.DataFrame,
    *,
    names: Mapping[str, str] | None = None,
    bars: Bars | None = None,
) -> Verdict:
    """Hold a claim against closes.

    Parameters
    ----------
    claim
        The claim.
    closes : DataFrame of shape (n_sessions, n_series)
        Closes with a DatetimeIndex of session dates, one column per symbol; NaN where a market has
        no price. NaN is never filled: a check that needs such a close is not checkable.
    names
        Display names of the symbols for the sentences.
    bars
        Looks up moves in intraday bars; None where there are none.

    Returns
    -------
    Verdict
        Supported if every check holds; contradicted if any has the wrong direction; else not
        checkable if any lacks a close; else right direction, other size.
    """
    found = judge_bars(claim.on_bars, bars, names or {}) if bars and claim.on_bars else None
    if found is not None:
        text = " ".join(filter(None, (found[2], claim.caveat)))
        return Verdict(claim.id, found[0], found[1], text)
    if not claim.checks:
        return Verdict(claim.id, NOT_CHECKABLE, None, claim.undecidable or "No check is given.")
    results = tuple(run_check(check, closes, names=names or {}) for check in claim.checks)
    reached = [result.verdict for result in results]
    verdict = next(v for v in (CONTRADICTED, NOT_CHECKABLE, OTHER_SIZE, SUPPORTED) if v in reached)
    deciding = results[reached.index(verdict)]
    sentences = [result.text for result in results] + ([claim.caveat] if claim.caveat else [])
    return Verdict(claim.id, verdict, deciding.figure, " ".join(sentences), results)


def judge_all(
    claims: Iterable[Claim],
    closes: pd.DataFrame,
    *,
    names: Mapping[str, str] | None = None,
    bars: Bars | None = None,
) -> pd.DataFrame:
    """Hold claims against closes, and against bars where a claim has checks on them.

    Returns
    -------
    DataFrame
        One row per claim, in their order: ``claim_id``, ``article``, ``statement``, ``kind``,
        ``verdict``, ``figure`` (decimal, NaN if there is none), ``text``, and apart from them
        ``sourced`` and ``reading``, which are not computed.
    """
    rows = []
    for claim in claims:
        verdict = judge(claim, closes, names=names, bars=bars)
        rows.append(
            {
                "claim_id": claim.id,
                "article": claim.article,
                "statement": claim.statement,
                "kind": claim.kind,
                "verdict": verdict.verdict,
                "figure": math.nan if verdict.figure is None else verdict.figure,
                "text": verdict.text,
                "sourced": claim.sourced,
                "reading": claim.reading,
            }
        )
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"figure": float})
