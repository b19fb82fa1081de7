"""Drafts: what was read in an article, as records for a person to accept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from analysis.drafting.candidates import DraftEvent, draft_events
from analysis.drafting.claims import Closes, DraftClaim, near_known_closes
from analysis.drafting.hours import Hours
from analysis.drafting.reading import Reader, Reading, read_article
from analysis.errors import InputError
from analysis.files import sha256_hex
from analysis.seeds.values import FILE_NAME
from analysis.seeds.verdicts import PriceCheck
from analysis.seeds.zones import zone_info
from analysis.wording import INSTANT

if TYPE_CHECKING:
    from analysis.seeds.events import Event
    from analysis.seeds.markets import Market

__all__ = ["STATUSES", "Draft", "draft_article"]

STATUSES = ("draft", "accepted", "rejected")
_AS_READ = ("series", "direction", "size", "points", "level", "horizon")
_OR_NONE = ("hedge", "session", "extreme", "undecidable", "caveat")


@dataclass(frozen=True)
class Draft:
    """A draft as it stands in its file.

    Attributes
    ----------
    article
        Name, publisher, publication and fingerprint of the article.
    events, claims
        Records with ``status``; see docs/drafting.md for the fields.
    unresolved
        Expressions without an event, each with its reason.
    """

    article: Mapping[str, Any] = field(hash=False)
    events: tuple[Mapping[str, Any], ...] = field(hash=False)
    claims: tuple[Mapping[str, Any], ...] = field(hash=False)
    unresolved: tuple[Mapping[str, Any], ...] = field(hash=False)

    def accepted(self, kind: str) -> tuple[Mapping[str, Any], ...]:
        """Return the accepted records of ``events`` or ``claims``."""
        records: tuple[Mapping[str, Any], ...] = getattr(self, kind)
        return tuple(record for record in records if record["status"] == "accepted")


def draft_article(
    source: str,
    *,
    file: str,
    published: str | datetime,
    publisher: str | None = None,
    markets: Sequence[Market] = (),
    hours: Hours | None = None,
    known: Sequence[Event] = (),
    closes: Closes | None = None,
    reader: Reader = read_article,
) -> Draft:
    """Draft events and claims from an article.

    Parameters
    ----------
    source
        Plain text or HTML.
    file
        Name the article is kept under; a plain file name.
    published
        Moment of publication with its offset, or a day.
    publisher
        Who published it; None where that is not known.
    markets
        Series of the workspace.
    hours
        Sessions of exchanges; None for calendars without corrections.
    known
        Events of the workspace; a candidate takes the category of the one most like it.
    closes
        Last close of a series up to a day: a level that is told must lie near it. None for none.
    reader
        What reads the text; `analysis.drafting.RemoteReader` asks a model elsewhere.

    Raises
    ------
    InputError
        If ``file`` is no file name or ``published`` no moment.
    """
    if not FILE_NAME.fullmatch(file):
        rule = "a plain file name is needed: letters, digits, '.', '_' and '-'."
        raise InputError("file", file, rule, "Name it with --name article.txt.")
    reading = reader(source, published=published, markets=markets, hours=hours)
    reading = replace(reading, claims=near_known_closes(reading.claims, closes))
    events, left_out = draft_events(reading, markets=markets, known=known)
    loose = sorted([*reading.unresolved, *left_out], key=lambda item: item.start)
    anchor = reading.anchor
    return Draft(
        article={
            "file": file,
            "publisher": publisher,
            "published": anchor.published.isoformat(timespec="minutes"),
            "published_day": anchor.day.isoformat(),
            "zone": anchor.zone,
            "zone_from": anchor.basis,
            "sha256": sha256_hex(source.encode("utf-8", "surrogatepass")),
            **({"reader": dict(reading.reader)} if reading.reader else {}),
        },
        events=tuple(_event(event, reading) for event in events),
        claims=tuple(_claim(n, claim, reading) for n, claim in enumerate(reading.claims, 1)),
        unresolved=tuple(
            {"text": item.text, "span": [item.start, item.end], "reason": item.reason}
            for item in loose
        ),
    )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(INSTANT)


def _event(event: DraftEvent, reading: Reading) -> dict[str, Any]:
    date, local = event.date, {}
    if event.zone and event.precision == "minute":
        there = event.best.astimezone(zone_info(event.zone))
        local = {"local": f"{there:%Y-%m-%d %H:%M}", "zone": event.zone}
    return {
        "id": event.id,
        "status": "draft",
        "title": event.title,
        "headline": event.headline,
        "sentence": event.sentence,
        "span": [event.start, event.end],
        "source_offset": reading.text.origin(event.start),
        "date": None if date is None else {"text": date.text, "span": [date.start, date.end]},
        "announced": {
            "best": _utc(event.best),
            "earliest": _utc(event.earliest),
            "latest": _utc(event.latest),
            "precision": event.precision,
            "basis": event.basis,
            **local,
        },
        "ambiguous": bool(date and date.ambiguous),
        "category": event.category,
        "category_from": event.category_from,
        "implied_direction": dict(event.directions),
        "named": list(event.named),
    }


def _claim(count: int, claim: DraftClaim, reading: Reading) -> dict[str, Any]:
    return {
        "id": f"claim-{count}-{(claim.day or reading.anchor.day):%Y-%m-%d}",
        "status": "draft",
        "statement": _statement(claim),
        "text": claim.text,
        "sentence": reading.text.sentence_at(claim.start).text,
        "span": [claim.start, claim.end],
        **{name: getattr(claim, name) for name in _AS_READ},
        **{name: getattr(claim, name) or None for name in _OR_NONE},
        "day": claim.day.isoformat() if claim.day else None,
        "certain": claim.day_told and claim.size is not None,
        "checks": [_check(check) for check in claim.checks],
    }


def _statement(claim: DraftClaim) -> str:
    figure = f"{claim.points:g} points" if claim.points else ""
    figure = figure if claim.size is None else f"{claim.size:.{claim.digits}%}"
    words = {"up": "rose", "down": "fell", "none": "hardly moved"}[claim.direction]
    over = "" if claim.horizon == "day" else f"({claim.horizon})"
    told = " ".join(
        f"{claim.series} {words} {claim.hedge if figure else ''} {figure} {over}".split()
    )
    told = f'{claim.series}: "{claim.extreme}"' if claim.extreme else told
    return f"{told} on {claim.day}" if claim.day else told


def _check(check: PriceCheck) -> dict[str, Any]:
    out = {
        "series": check.series,
        "statistic": check.statistic,
        "from": check.from_.isoformat() if check.from_ else None,
        "to": check.to.isoformat(),
        "direction": check.direction,
        "size": check.size,
        "tolerance": round(check.tolerance, 8) or None,
        "hedge": check.hedge or None,
    }
    return {name: value for name, value in out.items() if value is not None}
