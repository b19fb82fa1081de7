"""A sentence of a report, the rows its figures come from, and how a notebook shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

from analysis.errors import InputError
from analysis.wording import tie


@dataclass(frozen=True, slots=True)
class Cite:
    """A figure of a sentence and the row it was taken from.

    Attributes
    ----------
    text : str
        The figure as it stands in the sentence.
    row : str
        Name of the row (`analysis.chapters.shared.rows`), which is its anchor on a page.
    """

    text: str
    row: str


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
    cites : tuple of Cite
        Figures with the rows they come from, in the order in which they stand in the text.

    Raises
    ------
    InputError
        If a cited figure does not stand in the text, after the one before it.
    """

    id: str
    text: str
    finding: bool = True
    cites: tuple[Cite, ...] = ()

    def __post_init__(self) -> None:
        self._spans()

    def __str__(self) -> str:
        return self.text

    def html(self, address: Callable[[str], str | None]) -> str:
        """Return the text as HTML, its figures linked to their rows.

        Parameters
        ----------
        address
            Address of a row by its name; None where the reader has none, which leaves the figure
            plain.
        """
        out, end = [], 0
        for cite, (start, stop) in zip(self.cites, self._spans(), strict=True):
            out.append(_text(self.text[end:start]))
            href, shown = address(cite.row), _text(self.text[start:stop])
            out.append(f'<a class="row" href="{escape(href)}">{shown}</a>' if href else shown)
            end = stop
        return "".join([*out, _text(self.text[end:])])

    def _spans(self) -> list[tuple[int, int]]:
        """Return where the cited figures stand."""
        spans, end = [], 0
        for cite in self.cites:
            found = _whole(cite.text).search(self.text, end)
            if found is None:
                rule = f"it does not stand in {self.text!r} where it should."
                raise InputError("cites", cite.text, rule)
            spans.append(found.span())
            end = found.end()
        return spans


def _whole(text: str) -> re.Pattern[str]:
    """Match a figure, but not as a part of a longer one."""
    return re.compile(rf"(?<![\w.,+−-]){re.escape(text)}(?!\w|[.,]\d)")


def _text(text: str) -> str:
    return escape(tie(text))


@dataclass(frozen=True, slots=True)
class Said:
    """Sentences as a notebook shows them."""

    sentences: tuple[Sentence, ...]

    def __repr__(self) -> str:
        return "\n".join(sentence.text for sentence in self.sentences)

    def _repr_html_(self) -> str:
        return "\n".join(
            f'<p class="{"finding" if s.finding else "remark"}" data-sentence="{escape(s.id)}">'
            f"{s.html('#{}'.format)}</p>"
            for s in self.sentences
        )


def say(*parts: Sentence | Iterable[Sentence]) -> Said:
    """Show sentences in a notebook."""
    flat: list[Sentence] = []
    for part in parts:
        flat.extend([part] if isinstance(part, Sentence) else part)
    return Said(tuple(flat))


def chosen(articles: bool = True) -> tuple[Sentence, ...]:
    """Say on a reading page how events from articles were picked; nothing where there are none."""
    text = (
        "Articles are written about days that moved. So these events were chosen partly for their "
        "outcome."
    )
    return (Sentence("chosen", text, finding=False),) * articles


def selection(articles: bool = True) -> Sentence:
    """Say once what no p-value says, and where events are from articles, how they were picked."""
    picked = (
        "Articles are written because markets moved: these events were picked partly for their "
        "outcome. "
    )
    text = "A p-value here says how unusual the day was, not that the news moved it."
    return Sentence("selection", picked * articles + text, finding=False)
