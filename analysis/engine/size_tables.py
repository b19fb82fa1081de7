"""Sizes of every test in markets that break one assumption each, as tables of the methods page.

The tables of docs/methods.md come from here, by seed; what they must show is stated here, too, and
a test holds the printed tables against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.engine import LEVEL
from analysis.engine.inference import TESTS
from analysis.engine.simulate import SimulationSpec
from analysis.engine.size_study import SizeStudy, size_study
from analysis.errors import InputError

_PLAIN = SimulationSpec(n_sessions=240, before=135, after=15)

#: What the markets are like, by the words the tables use.
DESIGNS: Mapping[str, SimulationSpec] = {
    "normal": _PLAIN,
    "t(4)": replace(_PLAIN, tails=4.0),
    "GARCH": replace(_PLAIN, garch=True),
    "one date": replace(_PLAIN, dates="clustered", correlation=0.15),
    "20 % missing": replace(_PLAIN, missing=0.2),
    "variance x 2": replace(_PLAIN, event_variance=2.0),
    "skewed": replace(_PLAIN, skewness=2.0),
}
#: Where asymptotic tests fail, begin to hold, and hold; the s.e. of 5 % of 2,000 samples is .005.
N_EVENTS = (5, 10, 30)
REPLICATIONS = 2000
SEED = 16
#: Most a test may reject at 5 % where nothing it assumes is broken, and least if it is continuous.
MOST, LEAST = 0.07, 0.03
#: What a discrete test may reject beyond the level it can attain.
SLACK = 0.02
#: Tests on signs and signed ranks: their p-values take few values.
DISCRETE = frozenset({"sign_z", "generalized_sign_z", "wilcoxon", "corrado_zivney_sign_z"})
#: Marks a size beside which the test says that it does not hold.
SENSITIVE = "*"


def is_sensitive(test: str, design: str, n_events: int) -> bool:
    """Say whether a test flags this design, or so few events, as one that can break it."""
    known = TESTS[test]
    return (
        n_events < known.holds_from
        or (design == "20 % missing" and known.full_days)
        or (design == "variance x 2" and not known.any_variance)
        or (design == "skewed" and known.symmetric)
        or (design == "one date" and known.independent)
    )


def sizes(
    replications: int = REPLICATIONS,
    seed: int = SEED,
    *,
    n_events: tuple[int, ...] = N_EVENTS,
    designs: tuple[str, ...] = tuple(DESIGNS),
    tests: tuple[str, ...] = tuple(TESTS),
    scheduler: str | None = None,
) -> SizeStudy:
    """Simulate the sizes of tests on day 0, without an effect."""
    return size_study(
        replications,
        seed,
        n_events=n_events,
        effects=(),
        scenarios={name: DESIGNS[name] for name in designs},
        tests=tests,
        windows=((0, 0),),
        scheduler=scheduler,
    )


def breaches(
    size: pd.DataFrame, *, most: float = MOST, least: float = LEAST, slack: float = SLACK
) -> list[str]:
    """Say of which sizes at 5 % the bounds do not hold, though nothing a test assumes is broken.

    Parameters
    ----------
    size
        Columns scenario, n_events, test, rate, attainable (and level, where there are several).
    most, least, slack
        Bounds of continuous tests, and what discrete ones may reject beyond their level.
    """
    chosen = size[np.isclose(size["level"], LEVEL)] if "level" in size else size
    out = []
    for row in _applied(chosen).to_dict("records"):
        test, design, n = str(row["test"]), str(row["scenario"]), int(row["n_events"])
        if is_sensitive(test, design, n):
            continue
        low = 0.0 if test in DISCRETE else least
        high = row["attainable"] + slack if test in DISCRETE else most
        if not low <= row["rate"] <= high:
            out.append(
                f"{test}, {design}, N = {n}: {row['rate']:.3f} is not in [{low:.3f}, {high:.3f}]"
            )
    return out


def _applied(size: pd.DataFrame) -> pd.DataFrame:
    """Leave out tests that applied in fewer than a tenth of the samples."""
    if "n_panels" not in size:
        return size
    often = size["n_panels"] >= size["n_panels"].max() / 10
    kept: pd.DataFrame = size[often & size["rate"].notna()]
    return kept


def size_markdown(study: SizeStudy, seed: int) -> str:
    """Write one Markdown table for each number of events."""
    size = _applied(study.size[np.isclose(study.size["level"], LEVEL)])
    return "\n\n".join(
        "\n".join(_table(size[size["n_events"] == n], n, study.n_panels, seed))
        for n in sorted(map(int, size["n_events"].unique()))
    )


def _table(part: pd.DataFrame, n: int, replications: int, seed: int) -> Iterator[str]:
    designs = list(dict.fromkeys(part["scenario"]))
    yield (
        f"**N = {n}**: share of {replications:,} samples in which a test rejects at 5 % "
        f"(seed {seed})."
    )
    yield ""
    yield f"| N = {n} | {' | '.join(designs)} | attainable |"
    yield "|---" * (len(designs) + 2) + "|"
    for test in dict.fromkeys(part["test"]):
        rows = part[part["test"] == test].set_index("scenario")
        rate = rows["rate"].reindex(designs)
        cells = [_cell(test, design, n, float(rate[design])) for design in designs]
        level = rows["attainable"].dropna()
        ends = [f"{end:.3f}".removeprefix("0") for end in (level.min(), level.max())]
        attained = " to ".join(dict.fromkeys(ends)) if len(level) else ""
        yield f"| `{test}` | {' | '.join(cells)} | {attained} |"


def _cell(test: str, design: str, n: int, rate: float) -> str:
    if not np.isfinite(rate):
        return "–"
    mark = " " + SENSITIVE if is_sensitive(test, design, n) else ""
    return f"{rate:.3f}".removeprefix("0") + mark


#: Heading of the section of the methods page that holds the tables and nothing else.
HEADING = "### Tables of sizes\n"


def with_tables(text: str, tables: str, heading: str = HEADING) -> str:
    """Put tables into the section of a page that is theirs.

    Raises
    ------
    InputError
        If the page has not that section once.
    """
    if text.count(heading) != 1:
        raise InputError(
            "write", "a page without a place for them", f"it needs a section {heading.strip()!r}."
        )
    before, after = text.split(heading)
    rest = after[after.index("\n#") :] if "\n#" in after else "\n"
    return f"{before}{heading}\n{tables}\n{rest}"
