"""Articles, events and studies as pydantic models: fields, what they may hold, rules between."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
    model_validator,
)

from analysis.seeds import articles, events, studies
from analysis.seeds.kinds import (
    MOMENT,
    Day,
    FileName,
    Json,
    Row,
    Slug,
    Text,
    Title,
    Url,
    Zone,
    among,
    broken,
    context,
    matching,
    no_field,
    one_of,
    read_text,
    refuse,
    refuse_each,
)
from analysis.seeds.values import is_day, no_such, parse_moment


def _in_order(bound: Any, info: ValidationInfo, best: Any) -> Any:
    """Refuse a bound on the wrong side of the best estimate."""
    early = str(info.field_name).endswith("earliest")
    if best is not None and (bound > best if early else bound < best):
        when = "after" if early else "before"
        refuse(f"it must not come {when} `best`, {best.isoformat()}")
    return bound


class Published(Row):
    """When an article appeared."""

    published: Day = Field(alias="best")
    published_earliest: Day = Field(alias="earliest")
    published_latest: Day = Field(alias="latest")
    date_basis: Text = Field(alias="basis")

    @field_validator("published_earliest", "published_latest")
    @classmethod
    def _ordered(cls, bound: date, info: ValidationInfo) -> Any:
        return _in_order(bound, info, info.data.get("published"))


class ArticleRow(Row):
    """An article."""

    makes = articles.Article
    file: FileName
    publisher: Text | None = None
    url: Url | None = None
    published: Published
    headline_event: Slug
    gist: Text
    label: Title


class _SameDay(str):
    """The day that stands in `best`, as its own bound: what is wrong with it is told there."""


def _moment(value: Any, info: ValidationInfo) -> Any:
    """Read a moment; a day alone is its noon, or as a bound its first or its last second."""
    if isinstance(value, _SameDay) and "announced_at" not in info.data:
        return None
    part = {"earliest": "start", "latest": "end"}.get(str(info.field_name), "noon")
    zone = info.data.get("source_zone", "UTC")  # refused once: its moments are not blamed
    local = info.data.get("local_time_in_source", "") is not None
    found = parse_moment(read_text(value), None if local else zone, day=part)  # type: ignore[arg-type]
    return refuse(found) if isinstance(found, str) else found


Moment = Annotated[datetime, PlainValidator(_moment), MOMENT]


class Announced(Row):
    """The moment of an event."""

    source_zone: Zone | None = Field(None, alias="zone")
    local_time_in_source: Text | None = Field(None, alias="local")
    announced_at: Moment = Field(alias="best")
    earliest: Moment = Field(None, validate_default=True)
    latest: Moment = Field(None, validate_default=True)
    precision: Annotated[str, *one_of(events.PRECISIONS, "precision")]
    time_basis: Text = Field(alias="basis")

    @model_validator(mode="before")
    @classmethod
    def _bounds_of_a_day(cls, data: Any) -> Any:
        best = data.get("best") if isinstance(data, dict) else None
        if not isinstance(best, str) or not is_day(best.strip()):
            return data
        given = {name: value for name, value in data.items() if value is not None}
        return {"earliest": _SameDay(best), "latest": _SameDay(best), **given}

    @field_validator("announced_at")
    @classmethod
    def _past(cls, best: datetime, info: ValidationInfo) -> datetime:
        limit = context(info, "not_after")
        if limit is not None and best > limit:
            said, found = (t.isoformat().replace("+00:00", "Z") for t in (limit, best))
            refuse(f"an event cannot lie after {said}", found=found)
        return best

    @field_validator("earliest", "latest")
    @classmethod
    def _near(cls, bound: datetime, info: ValidationInfo) -> datetime:
        best = info.data.get("announced_at")
        _in_order(bound, info, best)
        if best is not None and abs(bound - best) > events.WIDEST:
            side = "before" if bound < best else "after"
            refuse(
                f"it lies {abs(bound - best).days / 365.25:.1f} years {side} `best`, "
                f"{best.date().isoformat()}: check the years; "
                "a bound may lie a year from `best` at most"
            )
        return bound


class MentionRow(Row):
    """How an article reports an event."""

    makes = events.Mention
    file: Annotated[FileName, among("files", "article")] = Field(alias="article")
    how: Annotated[str, *one_of(events.MENTIONS, "kind of mention")]
    said: Text


class EvidenceRow(Row):
    """A page the moment of an event rests on."""

    makes = events.Evidence
    url: Url
    says: Text


Direction = Annotated[str, *one_of(events.DIRECTIONS, "direction")]
Studied = Annotated[Text, among("symbols", "study market")]


class EventRow(Row):
    """An event."""

    makes = events.Event
    id: Slug
    title: Title
    category: Annotated[str, *one_of(events.CATEGORIES, "category")]
    announced: Announced
    articles: tuple[MentionRow, ...] = Field((), alias="reported_in")
    role: Annotated[str, *one_of(events.ROLES, "role")]
    markets: tuple[Studied, ...] | None = None
    expected_direction: dict[str, Direction | None] = Field(alias="implied_direction")
    expected_note: Text = Field("", alias="implied_why")
    evidence: tuple[EvidenceRow, ...] = ()
    confounders: tuple[Text, ...] = ()
    doubts: tuple[Text, ...] = ()

    @field_validator("articles")
    @classmethod
    def _once(cls, rows: tuple[MentionRow, ...]) -> tuple[MentionRow, ...]:
        for file, times in Counter(row.file for row in rows).items():
            if times > 1:
                refuse("name each article once", found=file)
        return rows

    @field_validator("role")
    @classmethod
    def _told(cls, role: str, info: ValidationInfo) -> str:
        rows = info.data.get("articles")
        if rows is not None and role == "headline" and all(row.how != role for row in rows):
            refuse("a headline event needs an article in `reported_in` with how: headline")
        if rows == () and role == "mentioned":
            refuse("a mentioned event needs an article in `reported_in`; else it is 'context'")
        return role

    @field_validator("markets")
    @classmethod
    def _each_once(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        refuse_each(
            ((n,), broken("name each market once", found=name))
            for n, name in enumerate(names or ())
            if name in (names or ())[:n]
        )
        return names or None

    @field_validator("expected_direction", mode="before")
    @classmethod
    def _of_its_markets(cls, said: Any, info: ValidationInfo) -> Any:
        names = _markets(info)
        if names is None or not isinstance(said, dict):
            return said
        return {name: way if name in names else no_field(names) for name, way in said.items()}

    @field_validator("expected_direction")
    @classmethod
    def _of_each(cls, said: dict[str, str | None], info: ValidationInfo) -> dict[str, str]:
        return {name: said.get(name) or "none" for name in _markets(info) or said}


def _markets(info: ValidationInfo) -> Any:
    """Return the markets an event is studied in; None if they are not known."""
    return info.data.get("markets") or context(info, "symbols")


_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NAME_RULE = "use lower-case letters, digits and single hyphens, e.g. 'one-event'"
_NOTEBOOK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.ipynb")
_NOTEBOOK_RULE = "write the file name of a notebook, without a folder, e.g. '02_one_event.ipynb'"


class StudyRow(Row):
    """A study."""

    makes = studies.Study
    parameters: Json
    name: Annotated[str, *matching(_NAME, _NAME_RULE)]
    title: Title
    question: Title
    notebook: Annotated[str, *matching(_NOTEBOOK, _NOTEBOOK_RULE), among("notebooks", "notebook")]
    tier: Annotated[str, *one_of(studies.TIERS, "tier")]

    @field_validator("parameters")
    @classmethod
    def _names(cls, found: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        wrong = []
        for name, what in (("article", "article"), ("event_id", "event")):
            value, valid = found.get(name, ""), context(info, name)
            if not isinstance(value, str):
                wrong.append(((name,), broken("write a name here", found=str(value))))
            elif name in found and valid is not None and value not in valid:
                wrong.append(((name,), broken(no_such(value, valid, what=what), found=value)))
        refuse_each(wrong)
        return found

    def parts(self) -> dict[str, Any]:
        """Return the parts, with the article its parameters name."""
        return {**super().parts(), "article": self.parameters.get("article")}
