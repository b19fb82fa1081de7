"""A sentence of a report, and how a notebook shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from analysis.wording import tie


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a report.

    Attributes
    ----------
    id : str
        Stable name, unique on a page.
    text : str
        Plain text.
    finding : bool
        Whether it states a result.
    """

    id: str
    text: str
    finding: bool = True

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Said:
    """Sentences as a notebook shows them."""

    sentences: tuple[Sentence, ...]

    def __repr__(self) -> str:
        return "\n".join(sentence.text for sentence in self.sentences)

    def _repr_html_(self) -> str:
        kind = {True: "finding", False: "remark"}
        return "\n".join(
            f'<p class="{kind[s.finding]}" data-sentence="{escape(s.id)}">{escape(tie(s.text))}</p>'
            for s in self.sentences
        )


def say(*parts: Sentence | Iterable[Sentence]) -> Said:
    """Show sentences in a notebook."""
    flat: list[Sentence] = []
    for part in parts:
        flat.extend([part] if isinstance(part, Sentence) else part)
    return Said(tuple(flat))


def selection() -> Sentence:
    """Say once what no p-value says."""
    return Sentence(
        "selection",
        "Articles are written because markets moved: these events were picked partly for their "
        "outcome. A p-value here says how unusual the day was, not that the news moved it.",
        finding=False,
    )
