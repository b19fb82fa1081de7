"""Whether the engine finds what is known to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.chapters.shared import rows
from analysis.chapters.shared.rows import records
from analysis.chapters.shared.sentences import Cite, Sentence
from analysis.wording import percent, size

if TYPE_CHECKING:
    from analysis.engine.recovery import Recovery


def simulated(found: Recovery) -> tuple[Sentence, ...]:
    """Return whether the engine finds a known effect, and rejects as often as it says."""
    sentences = []
    for row in records(found.coverage.reset_index()):
        text = (
            f"Window {row['window']}: a true effect of {percent(row['truth'], 2)} was estimated at "
            f"{percent(row['mean_estimate'], 2)} on average; 95 % intervals held it in "
            f"{size(row['coverage'])} of cases (Monte-Carlo {size(row['coverage_low'])} to "
            f"{size(row['coverage_high'])})."
        )
        figures = (
            percent(row["truth"], 2), percent(row["mean_estimate"], 2), size(row["coverage"]),
        )  # fmt: skip
        cites = tuple(Cite(shown, rows.coverage(row["window"])) for shown in figures)
        sentences.append(Sentence(f"simulated-coverage-{row['window']}", text, cites=cites))
    for row in records(found.size.reset_index()):
        within = row["low"] <= found.level <= row["high"]
        text = (
            f"{row['test']} on {row['window']} rejects a true null in {size(row['size'])} of "
            f"markets at the {size(found.level, 0)} level ({size(row['low'])} to "
            f"{size(row['high'])}): {'as it should' if within else 'not what it promises'}."
        )
        cites = (Cite(size(row["size"]), rows.size(row["window"], row["test"])),)
        name = f"simulated-size-{row['test']}-{row['window']}"
        sentences.append(Sentence(name, text, cites=cites))
    return tuple(sentences)
