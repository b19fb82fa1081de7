"""Drafts as files: ``draft.yaml``, its records, and their form in ``seeds/``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from analysis.drafting.candidates import DraftEvent, draft_events
from analysis.drafting.claims import DraftClaim
from analysis.drafting.gates import Closes, near_known_closes
from analysis.drafting.hours import Hours
from analysis.drafting.reading import Reader, Reading, read_article
from analysis.errors import InputError
from analysis.files import read_bounded, write_whole
from analysis.seeds.values import FILE_NAME, parse_instant
from analysis.seeds.verdicts import PriceCheck
from analysis.seeds.zones import zone_info

if TYPE_CHECKING:
    from analysis.seeds.events import Event
    from analysis.seeds.markets import Market

__all__ = [
    "STATUSES", "Draft", "article_record", "claim_record", "draft_article", "draft_text",
    "event_record", "load_draft", "write_draft",
]  # fmt: skip

STATUSES = ("draft", "accepted", "rejected")
_HEAD = """\
# A draft made from the words of one article. Nothing here is used by a study until it is accepted:
#   market-reaction review {name}
# Offsets (`span`) count characters of the plain text, from 0. Empty fields: the text does not say.
"""
_MOST = 20_000_000
_NOT_LOOKED_UP = "Not looked up yet"


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
            "sha256": hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest(),
            **({"reader": dict(reading.reader)} if reading.reader else {}),
        },
        events=tuple(_event(event, reading) for event in events),
        claims=tuple(_claim(n, claim, reading, file) for n, claim in enumerate(reading.claims, 1)),
        unresolved=tuple(
            {"text": item.text, "span": [item.start, item.end], "reason": item.reason}
            for item in loose
        ),
    )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _event(event: DraftEvent, reading: Reading) -> dict[str, Any]:
    date = event.date
    local = (
        event.best.astimezone(zone_info(event.zone))
        if event.zone and event.precision == "minute"
        else None
    )
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
            **({"local": f"{local:%Y-%m-%d %H:%M}", "zone": event.zone} if local else {}),
        },
        "ambiguous": bool(date and date.ambiguous),
        "category": event.category,
        "category_from": event.category_from,
        "implied_direction": dict(event.directions),
        "named": list(event.named),
    }


def _claim(count: int, claim: DraftClaim, reading: Reading, file: str) -> dict[str, Any]:
    sentence = reading.text.sentence_at(claim.start)
    words = {"up": "rose", "down": "fell", "none": "hardly moved"}[claim.direction]
    figure = f" {claim.hedge} {claim.size:.{claim.digits}%}" if claim.size is not None else ""
    if claim.size is None and claim.points:
        figure = f" {claim.hedge} {claim.points:g} points"
    over = {"day": ""}.get(claim.horizon, f" ({claim.horizon})")
    statement = (
        f"{claim.series} {words}{' '.join(figure.split()) and ' ' + ' '.join(figure.split())}{over}"
    )
    if claim.extreme:
        statement = f'{claim.series}: "{claim.extreme}"'
    return {
        "id": f"claim-{count}-{(claim.day or reading.anchor.day):%Y-%m-%d}",
        "status": "draft",
        "statement": statement + (f" on {claim.day}" if claim.day else ""),
        "text": claim.text,
        "sentence": sentence.text,
        "span": [claim.start, claim.end],
        "series": claim.series,
        "direction": claim.direction,
        "size": claim.size,
        "points": claim.points,
        "level": claim.level,
        "hedge": claim.hedge or None,
        "horizon": claim.horizon,
        "session": claim.session or None,
        "extreme": claim.extreme or None,
        "day": claim.day.isoformat() if claim.day else None,
        "certain": claim.day_told and claim.size is not None,
        "checks": [_check(check) for check in claim.checks],
        "undecidable": claim.undecidable or None,
        "caveat": claim.caveat or None,
    }


def _check(check: PriceCheck) -> dict[str, Any]:
    out: dict[str, Any] = {"series": check.series, "statistic": check.statistic}
    if check.from_ is not None:
        out["from"] = check.from_.isoformat()
    out |= {"to": check.to.isoformat(), "direction": check.direction}
    if check.size is not None:
        out["size"] = check.size
    if check.tolerance:
        out["tolerance"] = round(check.tolerance, 8)
    if check.hedge:
        out["hedge"] = check.hedge
    return out


# files


def write_draft(draft: Draft, path: Path) -> None:
    """Write a draft over the one that stands there.

    Raises
    ------
    ReportError
        If the file cannot be written.
    """
    write_whole(path, draft_text(draft, path.name))


def draft_text(draft: Draft, name: str) -> str:
    """Return the content of a draft's file of this name."""
    return _HEAD.format(name=name) + dump(_plain(draft))


def _plain(draft: Draft) -> dict[str, Any]:
    return {
        "status": "draft",
        "article": dict(draft.article),
        "events": [dict(event) for event in draft.events],
        "claims": [dict(claim) for claim in draft.claims],
        "unresolved": [dict(item) for item in draft.unresolved],
    }


class _Dumper(yaml.SafeDumper):
    """Writes lists of plain values on one line and indents the others."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Loader(yaml.SafeLoader):
    """Keeps dates and moments as the text that stands there."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if not pair[0].endswith(":timestamp")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short_list(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.Node:
    plain = all(not isinstance(item, dict | list) and len(str(item)) < 40 for item in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=plain)


_Dumper.add_representer(list, _short_list)


def dump(value: Any) -> str:
    """Return YAML text of plain values, keys in the order given."""
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))


def load_draft(path: Path) -> Draft:
    """Read a draft.

    Raises
    ------
    InputError
        If the file cannot be read or is no draft; names the record and the field.
    """
    remedy = "Make one with: market-reaction draft ARTICLE --published ..."
    try:
        value = yaml.load(read_bounded(path, _MOST).decode("utf-8"), _Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError("draft", str(path), f"it cannot be read: {error}.", remedy) from None
    if not isinstance(value, dict) or not isinstance(value.get("article"), dict):
        raise InputError("draft", str(path), "a draft has article, events and claims.", remedy)
    for name in ("file", "published_day"):
        if not isinstance(value["article"].get(name), str):
            raise InputError(
                f"{path.name}, article.{name}", None, "this field is required.", remedy
            )
    for kind, fields in (("events", ("id", "status", "title", "announced", "category")),
                         ("claims", ("id", "status", "statement"))):  # fmt: skip
        records = value.get(kind) or []
        if not isinstance(records, list):
            raise InputError(
                f"{path.name}, {kind}", type(records).__name__, "it must be a list.", remedy
            )
        for n, record in enumerate(records, 1):
            _check_record(path, kind, n, record, fields)
    return Draft(
        article=value["article"],
        events=tuple(value.get("events") or ()),
        claims=tuple(value.get("claims") or ()),
        unresolved=tuple(value.get("unresolved") or ()),
    )


def _check_record(path: Path, kind: str, n: int, record: Any, fields: Sequence[str]) -> None:
    where = f"{path.name}, {kind}[{n}]"
    if not isinstance(record, dict):
        raise InputError(where, record, "each record has named fields.")
    for name in fields:
        if record.get(name) in (None, ""):
            raise InputError(f"{where}, {name}", None, "this field is required.")
    if record["status"] not in STATUSES:
        raise InputError.choice(f"{where}, status", record["status"], STATUSES)
    if kind == "events":
        _check_moment(where, record["announced"])
        if not isinstance(record.get("implied_direction") or {}, dict):
            rule = "it names markets and directions."
            raise InputError(f"{where}, implied_direction", record["implied_direction"], rule)
    for check in _as_list(record.get("checks")):
        if not isinstance(check, dict) or not {"series", "statistic", "to", "direction"} <= set(
            check
        ):
            rule = "a check names series, statistic, to and direction."
            raise InputError(f"{where}, checks", check, rule)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _check_moment(where: str, announced: Any) -> None:
    """Refuse an announcement without its moments; what else is wrong with it shows on merging."""
    if not isinstance(announced, dict):
        raise InputError(f"{where}, announced", announced, "it has best, earliest and latest.")
    for name in ("best", "earliest", "latest"):
        moment = parse_instant(str(announced.get(name)))
        if isinstance(moment, str):
            raise InputError(f"{where}, announced.{name}", announced.get(name), f"{moment}.")
    for name in ("precision", "basis"):
        if not isinstance(announced.get(name), str):
            raise InputError(f"{where}, announced.{name}", announced.get(name), "it is required.")


# records of seeds/


def event_record(
    record: Mapping[str, Any], *, file: str, study_markets: Sequence[str]
) -> dict[str, Any]:
    """Return an event as events.yaml has it; a market the text is silent on gets ``none``."""
    headline = bool(record.get("headline"))
    implied = record.get("implied_direction") or {}
    doubts = ["Two readings of the zone lie inside the bounds"] if record.get("ambiguous") else []
    return {
        "id": record["id"],
        "title": record["title"],
        "role": "headline" if headline else "mentioned",
        "category": record["category"],
        "announced": dict(record["announced"]),
        "reported_in": [
            {"article": file, "how": "headline" if headline else "mention", "said": record["title"]}
        ],
        "implied_direction": {symbol: implied.get(symbol, "none") for symbol in study_markets},
        "confounders": [],
        "doubts": doubts,
    }


def claim_record(record: Mapping[str, Any], *, file: str) -> dict[str, Any]:
    """Return a claim as claims.yaml has it."""
    checks = list(record.get("checks") or ())
    closes = [f"Close of {c['series']} on {c['to']} against {c.get('from')}" for c in checks]
    outside = record.get("session") in ("pre-market", "after-hours", "before-open", "after-close")
    out: dict[str, Any] = {
        "id": record["id"],
        "article": file,
        "statement": record["statement"],
        "kind": "intraday" if outside else "price",
        "how_to_check": "; ".join(closes) or "Prices that the data do not hold",
    }
    if checks:
        out["checks"] = checks
    else:
        out["undecidable"] = record.get("undecidable") or "Closes cannot decide it."
    if record.get("caveat") and checks:
        out["caveat"] = record["caveat"]
    return out | {"sourced": _NOT_LOOKED_UP, "reading": _NOT_LOOKED_UP}


def article_record(draft: Draft, headline: Mapping[str, Any]) -> dict[str, Any]:
    """Return the article as articles.yaml has it."""
    article = draft.article
    day = str(article["published_day"])
    shown = datetime.fromisoformat(day)
    return {
        "file": article["file"],
        "label": f"{article.get('publisher') or 'Unknown publisher'}, {shown.day} {shown:%b %Y}",
        "publisher": article.get("publisher"),
        "url": None,
        "published": {
            "best": day,
            "earliest": day,
            "latest": day,
            "basis": "As given when it was drafted",
        },
        "headline_event": headline["id"],
        "gist": str(headline["title"]),
    }
