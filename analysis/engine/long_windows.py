"""Why overlap weights over-correct in long windows: sizes of one test, as a table of methods.

The table of docs/methods.md comes from here, by seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine import LEVEL
from analysis.engine.inference import run_test
from analysis.engine.panel import EventPanel
from analysis.engine.recovery import wilson_interval
from analysis.engine.spec import StudySpec
from analysis.engine.study import estimate
from analysis.tasks import connected, join_arrays

TEST = "kolari_pynnonen_t"
#: Heading of the section of the methods page that holds the table and nothing else.
HEADING = "### Table of long windows\n"
#: Securities, their correlation on one session, and sessions before the first estimation window.
N_SECURITIES, CORRELATION, GAP = 6, 0.3, 10
#: Samples one task simulates; bounds memory, not results.
_BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LongWindows:
    """A calendar of events that all securities share.

    Attributes
    ----------
    length
        Days of the tested window, from day 0 on.
    n_dates, n_days
        Different dates, and the sessions they are drawn from.
    estimation
        T, sessions a mean is estimated on.
    known
        Whether the mean is known instead: nothing is estimated but the s.d.
    """

    length: int = 36
    n_dates: int = 50
    n_days: int = 1100
    estimation: int = 120
    known: bool = False


#: The cases, by the words the table uses.
CASES: Mapping[str, LongWindows] = {
    "windows of 1 day": LongWindows(length=1),
    "windows of 5 days": LongWindows(length=5),
    "windows of 36 days": LongWindows(),
    "36 days, the mean known": LongWindows(known=True),
    "36 days, 4,000 sessions": LongWindows(n_days=4000),
    "36 days, 10 dates": LongWindows(n_dates=10),
    "36 days, T = 480": LongWindows(estimation=480),
}


def long_window_sizes(
    replications: int = 2000,
    seed: int = 16,
    *,
    cases: Mapping[str, LongWindows] = CASES,
    scheduler: str | None = None,
) -> pd.DataFrame:
    """Simulate how often the test rejects at 5 % without an effect.

    Returns
    -------
    DataFrame
        A row a case: ``case``, ``length``, ``n_dates``, ``n_days``, ``estimation``, ``known``,
        ``r`` (mean correlation times overlap of pairs of events), ``rate``, ``low``, ``high``
        (95 % Wilson), ``n`` (samples).
    """
    batches = [
        (name, case, first, min(_BATCH, replications - first), seed)
        for name, case in cases.items()
        for first in range(0, replications, _BATCH)
    ]
    with connected(scheduler) as where:
        found = where.run("calendars", _batch, batches, merge=join_arrays).complete()
    rows = []
    for name, case in cases.items():
        p, r = found[name].T
        low, high = wilson_interval(int((p <= LEVEL).sum()), len(p))
        rows.append(
            {"case": name, "length": case.length, "n_dates": case.n_dates, "n_days": case.n_days,
             "estimation": case.estimation, "known": case.known, "r": float(r.mean()),
             "rate": float((p <= LEVEL).mean()), "low": low, "high": high, "n": len(p)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def long_window_markdown(found: pd.DataFrame, seed: int) -> str:
    """Write the sizes as one Markdown table."""
    lines = [
        f"Share of {found['n'].max():,} samples in which `{TEST}` rejects at 5 % (seed {seed}); "
        f"{N_SECURITIES} securities with a correlation of {CORRELATION:g}.".replace(" 0.", " ."),
        "",
        "| case | L | dates | sessions | T | mean r | rejects |",
        "|---" * 7 + "|",
    ]
    for row in found.to_dict("records"):
        rate, r = (f"{row[name]:.3f}".removeprefix("0") for name in ("rate", "r"))
        lines.append(
            f"| {row['case']} | {row['length']} | {row['n_dates']} | {row['n_days']:,} "
            f"| {row['estimation']} | {r} | {rate} |"
        )
    return "\n".join(lines)


def _batch(
    batch: tuple[str, LongWindows, int, int, int],
) -> dict[str, npt.NDArray[np.float64]]:
    name, case, first, count, seed = batch
    number = list(CASES).index(name) if name in CASES else len(CASES)
    out = np.empty((count, 2))
    for i in range(count):
        child = np.random.SeedSequence(seed, spawn_key=(number, first + i))
        out[i] = _sample(case, np.random.default_rng(child))
    return {name: out}


def _sample(case: LongWindows, rng: np.random.Generator) -> tuple[float, float]:
    """Return p and the correlation factor of one calendar without an effect."""
    shape = (case.n_days, N_SECURITIES)
    common = np.sqrt(CORRELATION) * rng.standard_normal((case.n_days, 1))
    returns = 0.01 * (common + np.sqrt(1 - CORRELATION) * rng.standard_normal(shape))
    days = np.arange(case.estimation + GAP, case.n_days - case.length)
    dates = np.sort(rng.choice(days, case.n_dates, replace=False))
    spec = StudySpec(
        model="market_adjusted" if case.known else "constant_mean",
        estimation_window=(-GAP - case.estimation, -GAP - 1),
        event_window=(0, case.length - 1),
        windows=((0, case.length - 1),),
    )
    window = (0, case.length - 1)
    found = run_test(TEST, [estimate(_panel(returns, dates), spec).abnormal], window)
    return found.p_value, float(found.details.get("r", np.nan))


def _panel(returns: npt.NDArray[np.float64], dates: npt.NDArray[np.int64]) -> EventPanel:
    n_days, n_securities = returns.shape
    n = len(dates) * n_securities
    return EventPanel(
        event_id=np.repeat(np.arange(len(dates)), n_securities).astype(object),
        security=np.tile(np.arange(n_securities), len(dates)).astype(object),
        column=np.tile(np.arange(n_securities), len(dates)),
        row=np.repeat(dates, n_securities),
        securities=tuple(map(str, range(n_securities))),
        returns=returns,
        factors=np.zeros((n_days, 1)),
        factor_names=("market",),
        session_id=np.arange(n_days, dtype=np.int64),
        label=np.datetime64("2015-01-01", "D") + np.arange(n_days),
        status=np.full(n, "ok", dtype=object),
        reason=np.full(n, "", dtype=object),
    )
