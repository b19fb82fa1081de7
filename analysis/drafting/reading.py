"""One pass over an article: its dates, its series, its claims, and what was left unresolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Protocol

from analysis.drafting.anchor import Anchor, find_anchor
from analysis.drafting.claims import DraftClaim, draft_claims, without_conflicts
from analysis.drafting.expressions import find_expressions
from analysis.drafting.hours import Hours
from analysis.drafting.moves import find_moves, without_quotes
from analysis.drafting.names import SeriesName, catalogue
from analysis.drafting.resolve import Resolved, Unresolved, resolve
from analysis.drafting.text import ArticleText, read_text
from analysis.errors import InputError

if TYPE_CHECKING:
    from analysis.seeds.markets import Market

__all__ = ["Reader", "Reading", "parse_published", "read_article"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says about time and prices.

    Attributes
    ----------
    text
        The text that was read.
    anchor
        Publication, zone and exchange.
    dates
        Resolved expressions of time.
    series
        Series named.
    claims
        Statements about prices.
    unresolved
        Expressions that were not resolved, with the reason.
    told
        Where another reader sees happenings told, offsets of the plain text; None for the grammar,
        whose rules find them.
    reader
        What is recorded of another reader; empty for the grammar.
    """

    text: ArticleText
    anchor: Anchor
    dates: tuple[Resolved, ...]
    series: tuple[SeriesName, ...]
    claims: tuple[DraftClaim, ...]
    unresolved: tuple[Unresolved, ...]
    told: tuple[tuple[int, int], ...] | None = None
    reader: Mapping[str, Any] = field(default_factory=dict, hash=False)


class Reader(Protocol):
    """Reads an article: `read_article`, or another that keeps to its form."""

    def __call__(
        self,
        source: str,
        *,
        published: str | datetime,
        markets: Sequence[Market] = (),
        hours: Hours | None = None,
    ) -> Reading:
        """Read an article."""
        ...


def read_article(
    source: str,
    *,
    published: str | datetime,
    markets: Sequence[Market] = (),
    hours: Hours | None = None,
    is_html: bool | None = None,
) -> Reading:
    """Read an article.

    Parameters
    ----------
    source
        Plain text or HTML.
    published
        Moment of publication with its offset, ``2025-06-05T14:10-04:00``, or a day.
    markets
        Series of the workspace; their names are looked for besides the built-in ones.
    hours
        Sessions of exchanges; None for calendars without corrections.
    is_html
        None to see by the tags.

    Raises
    ------
    InputError
        If ``published`` is not a moment with an offset, nor a day.
    """
    moment, day_only = parse_published(published)
    text, hours = read_text(source, is_html=is_html), hours or Hours()
    anchor = find_anchor(text, moment, day_only=day_only)
    series = catalogue(markets).find(without_quotes(text.plain))
    dates, unresolved = resolve(text, find_expressions(text), anchor, series=series, hours=hours)
    moves = find_moves(text, series)
    claims = draft_claims(text, moves, dates, anchor, markets=markets, hours=hours)
    return Reading(text, anchor, dates, series, without_conflicts(claims), unresolved)


def parse_published(published: str | datetime) -> tuple[datetime, bool]:
    """Return the moment of publication, and whether only its day is known."""
    rule = "the moment of publication needs its day, and best its time with the offset."
    remedy = "Write it as 2025-06-05T14:10-04:00, or 2025-06-05."
    written = "" if isinstance(published, datetime) else published.strip()
    day_only = len(written) == 10
    try:
        if isinstance(published, datetime):
            moment = published
        elif day_only:
            moment = datetime.combine(date.fromisoformat(written), time(23, 59, 59), UTC)
        else:
            moment = datetime.fromisoformat(written.replace("Z", "+00:00"))
    except ValueError:
        raise InputError("published", published, rule, remedy) from None
    if moment.tzinfo is None:
        raise InputError("published", str(published), "a time needs its offset.", remedy)
    if not 1990 <= moment.year <= 2099:
        raise InputError("published", str(published), "the year must lie in 1990 to 2099.", remedy)
    return moment, day_only
