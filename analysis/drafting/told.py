"""What another reader sees in a figure, borne out by the clause or not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analysis.drafting.figures import Move, figure_of, made
from analysis.drafting.move_forms import FIGURE, NOT_PRICES, STATES, VERBS
from analysis.drafting.moves import UNREAL
from analysis.drafting.names import SeriesName
from analysis.drafting.text import ArticleText

__all__ = ["NotTold", "told_move"]


class NotTold(Exception):
    """What somebody else reads in a text is not told there; the message says what is wrong."""


def told_move(
    text: ArticleText,
    series: Sequence[SeriesName],
    name: SeriesName,
    figure: tuple[int, int],
    direction: str,
    horizon: str = "",
) -> Move:
    """Return the move that another reader sees in a figure, if the clause bears it out."""
    sentence, plain = text.sentence_at(name.start), text.plain
    low, high = sorted([name.end, figure[0]] if figure[0] >= name.end else [figure[1], name.start])
    between = plain[low:high]
    if any(low <= n.start < high for n in series) or re.search(r"[;\n]|: ", between):
        raise NotTold("another series or clause between a series and its figure")
    ahead = re.split(r"[,;:]", plain[sentence.start : name.start])[-1]
    if NOT_PRICES.search(between) or NOT_PRICES.search(ahead):
        raise NotTold("a figure of what has no price")
    clause = plain[min(name.end, figure[0]) : max(figure[1], name.start)]
    words = [min(name.end, figure[0]) + m.start() for m in re.finditer(r"\b\w", clause)]
    if any(UNREAL.search(plain[max(sentence.start, at - 200) : at]) for at in words):
        raise NotTold("what could or will be")
    if direction not in ("up", "down") or direction not in _told_directions(
        clause + plain[figure[1] : sentence.end][:12], direction
    ):
        raise NotTold("a direction that the words do not tell")
    match = FIGURE.fullmatch(plain, *figure)
    if match is None:
        raise NotTold("a figure that is no percentage or points beside its series")
    more = figure_of(match) | ({"horizon": horizon} if horizon else {})
    start, end = figure
    return made(start, end, name, direction, sentence, **more)  # type: ignore[arg-type]


def _told_directions(clause: str, otherwise: str) -> set[str]:
    """Return the directions of the known words of a clause; ``otherwise`` where there are none."""
    known = VERBS | STATES
    told = {known[word] for word in re.findall(r"[a-z]+", clause) if word in known}
    signs = {"down" if sign in "-−" else "up" for sign in re.findall(r"(?<!\w)([-+−])\d", clause)}
    return told | signs or {otherwise}
