"""What the battery of tests says of one study, and which test to believe when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.chapters.shared import rows
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.sentences import Cite, Sentence
from analysis.engine import LEVEL
from analysis.engine.inference import TESTS
from analysis.engine.results import window_label
from analysis.wording import count, listing, number, p_range, p_value, percent, sentence_case, size

if TYPE_CHECKING:
    from analysis.engine.results import EventStudyResult
    from analysis.engine.size_study import SizeStudy


def battery(result: EventStudyResult) -> tuple[Sentence, ...]:
    """Say for each window what the tests agree on, and who takes shared sessions lightly."""
    sentences = []
    for window in result.spec.windows or ():
        table = result.tests([window], list(TESTS))
        there = table[table["p_value"].notna()]
        rejecting = list(there.loc[there["p_value"] <= LEVEL, "test"])
        label = window_label(window)
        verdict = (
            f"{count(len(rejecting), 'of them rejects', 'of them reject')} at {size(LEVEL, 0)} "
            f"({listing(rejecting, most=4)})"
            if rejecting
            else f"none of them rejects at {size(LEVEL, 0)}"
        )
        text = (
            f"Event days {label}: the mean abnormal return of {len(result.distinct)} sessions is "
            f"{percent(result.caar(window), 2)}. {len(there)} of {len(table)} "
            f"tests apply, with p from {p_range(list(there['p_value']))}; {verdict}."
        )
        ends = records(there.sort_values("p_value", kind="stable").iloc[[0, -1]])
        cites = [Cite(p_value(r["p_value"]), rows.battery(label, r["test"])) for r in ends]
        cites = cites[: 1 if cites[0].text == cites[1].text else 2]
        sentences.append(Sentence(f"battery-{label}", text, cites=tuple(cites)))
        shared = table["reason"].str.extract(r"(\d+) events share sessions")[0].dropna()
        if len(shared):
            sentences.append(
                Sentence(
                    f"battery-shared-{label}",
                    f"{shared.iloc[0]} of these sessions lie in each other's window {label}, so "
                    "tests that take events as independent count the same returns twice.",
                    finding=False,
                )
            )
    further = sum(window != (0, 0) for window in result.spec.windows or ())
    if further:
        text = (
            f"The {number(further)} windows beyond day 0 are further looks at the same events, not "
            "judged together; by luck one look in 20 rejects."
            if further > 1
            else "The window beyond day 0 is a further look at the same events, not judged "
            "together; by luck one look in 20 rejects."
        )
        sentences.append(Sentence("battery-looks", text, finding=False))
    return tuple(sentences)


def believed(study: SizeStudy) -> tuple[Sentence, ...]:
    """Say which tests keep their promise in which kind of market."""
    holds = study.holds()
    sentences = []
    for scenario in dict.fromkeys(holds.columns.get_level_values("scenario")):
        part = holds[scenario].dropna(how="all")  # a test that never applied keeps no promise
        failing = list(part.index[(part == False).any(axis=1)])  # noqa: E712  # missing is neither
        sizes = listing([number(n) for n in part.columns])
        worst = _worst(study, scenario)
        text = (
            f"{sentence_case(_WORDS[scenario])}: {len(part) - len(failing)} of {len(part)} tests "
            f"reject a true null as often as they promise with {sizes} events, as far as "
            f"{study.n_panels} markets can tell. The furthest off is {_worst_words(worst)}."
        )
        cites = (Cite(size(worst["rate"]), rows.rate(worst, rows.kinds(study))),)
        sentences.append(Sentence(f"size-{scenario}", text, cites=cites))
    return tuple(sentences)


_WORDS = {
    "staggered": "events on different dates",
    "clustered": "all events on one date",
    "variance": "an event that doubles the variance of its day",
    "bunched": "events on neighbouring dates",
}


def _worst(study: SizeStudy, scenario: str) -> Row:
    chosen = study.size[(study.size["scenario"] == scenario) & (study.size["n_panels"] > 0)]
    chosen = chosen[np.isclose(chosen["level"], LEVEL)]
    return records(chosen.loc[[(chosen["rate"] - LEVEL).abs().idxmax()]])[0]


def _worst_words(row: Row) -> str:
    return (
        f"{row['test']} with {number(row['n_events'])} events: {size(row['rate'])} "
        f"instead of {size(LEVEL, 0)}"
    )


def weighted(study: SizeStudy) -> tuple[Sentence, ...]:
    """Say what happens to correlated events with and without weights by shared sessions."""
    chosen = study.size[np.isclose(study.size["level"], LEVEL)]
    sentences = []
    for (scenario, window), part in chosen.groupby(["scenario", "window"], sort=False):
        rates = dict(zip(part["test"], part["rate"], strict=True))
        text = (
            f"{sentence_case(_WORDS[str(scenario)])}, event days {window}: taking events as "
            f"independent rejects in {size(rates['bmp_t'])} of markets without an effect, "
            f"correlations weighted by shared sessions in {size(rates['kolari_pynnonen_t'])}, all "
            f"pairs counted alike in {size(rates['kolari_pynnonen_t:all_pairs'])}; "
            f"{size(LEVEL, 0)} would be right."
        )
        mine = {row["test"]: row for row in records(part)}
        kinds = rows.kinds(study)
        named = ("bmp_t", "kolari_pynnonen_t", "kolari_pynnonen_t:all_pairs")
        cites = tuple(Cite(size(rates[test]), rows.rate(mine[test], kinds)) for test in named)
        sentences.append(Sentence(f"dependence-{scenario}-{window}", text, cites=cites))
    return tuple(sentences)
