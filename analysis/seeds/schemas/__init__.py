"""JSON Schema of the seeds, made from the code that reads them, so that the two cannot differ.

Editors use the schemas to complete and check the YAML files while they are written. Rules between
fields stay with ``market-reaction events check``.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar

from analysis.seeds.values import FILE_NAME, MOST_OF_A_TITLE, SLUG

__all__ = ["KINDS", "schema", "schema_text"]

KINDS = ("markets", "articles", "events", "claims", "studies")

T = TypeVar("T")

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NO_INSTANT = dt.datetime.min.replace(tzinfo=dt.UTC)
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?$"


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of one file of the seeds.

    Parameters
    ----------
    kind
        One of `KINDS`.
    """
    from analysis.seeds import articles, claims, events, markets, studies

    builders: dict[str, Callable[[Any], object]] = {
        "markets": markets._market,
        "articles": articles._article,
        "events": lambda fields: events._event(fields, symbols=None, files=None),
        "claims": lambda fields: claims._claim(fields, files=None, symbols=None),
        "studies": studies._study,
    }
    recorder = _Recorder()
    builders[kind](recorder)
    return {
        "$schema": _DRAFT,
        "title": f"seeds/{kind}.yaml",
        "type": "array",
        "items": recorder.record(),
    }


def schema_text(kind: str) -> str:
    """Return the schema as it stands in its file."""
    return json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder."""
    for kind in KINDS:
        path = folder / f"{kind}.schema.json"
        path.write_text(schema_text(kind), encoding="utf-8", newline="\n")


class _Recorder:
    """Stands in for :class:`~analysis.seeds.fields.Fields`; notes what is asked."""

    def __init__(self) -> None:
        self._fields: dict[str, dict[str, Any]] = {}
        self._needed: list[str] = []

    def record(self) -> dict[str, Any]:
        """Return the schema of a mapping with what was asked for."""
        return {
            "type": "object",
            "properties": self._fields,
            "required": list(self._needed),
            "additionalProperties": False,
        }

    def text(self, field: str) -> str:
        return self._note(field, {"type": "string", "minLength": 1}, "")

    def title(self, field: str) -> str:
        longest = {"maxLength": MOST_OF_A_TITLE}
        return self._note(field, {"type": "string", "minLength": 1, **longest}, "")

    def optional_text(self, field: str) -> str | None:
        return self._note(field, {"type": ["string", "null"]}, None, needed=False)

    def choice(self, field: str, valid: Collection[str], *, what: str) -> str:
        return self._note(field, {"enum": list(valid)}, "")

    def optional_choice(self, field: str, valid: Collection[str], *, what: str) -> str | None:
        if len(valid) > 100:  # the zones: a list that differs from machine to machine
            return self._note(field, {"type": ["string", "null"]}, None, needed=False)
        return self._note(field, {"enum": [*valid, None]}, None, needed=False)

    def matching(self, field: str, pattern: re.Pattern[str], rule: str) -> str:
        schema = {"type": "string", "pattern": f"^(?:{pattern.pattern})$", "description": rule}
        return self._note(field, schema, "")

    def slug(self, field: str) -> str:
        return self.matching(field, SLUG, "a name")

    def file_name(self, field: str) -> str:
        return self.matching(field, FILE_NAME, "the name of a file, without a folder")

    def url(self, field: str) -> str:
        return self._note(field, {"type": "string", "pattern": "^https?://"}, "")

    def optional_url(self, field: str) -> str | None:
        schema = {"type": ["string", "null"], "pattern": "^https?://"}
        return self._note(field, schema, None, needed=False)

    def date(self, field: str) -> dt.date:
        return self._note(field, {"type": "string", "pattern": _DATE}, dt.date.min)

    def optional_date(self, field: str) -> dt.date | None:
        schema = {"type": ["string", "null"], "pattern": _DATE}
        return self._note(field, schema, None, needed=False)

    def moment(self, field: str, zone: str | None, *, day: str = "noon") -> dt.datetime:
        needed = field == "best"  # the bounds of a day may be left out
        return self._note(field, {"type": "string", "pattern": _MOMENT}, _NO_INSTANT, needed=needed)

    optional_moment = moment

    def optional_zone(self, field: str) -> str | None:
        return self._note(field, {"type": ["string", "null"]}, None, needed=False)

    def is_day(self, field: str) -> bool:
        return False

    def optional_number(self, field: str) -> float | None:
        return self._note(field, {"type": ["number", "null"]}, None, needed=False)

    def optional_count(self, field: str) -> int | None:
        return self._note(field, {"type": ["integer", "null"], "minimum": 1}, None, needed=False)

    def texts(self, field: str) -> tuple[str, ...]:
        return self._list(field, {"type": "string", "minLength": 1})

    def urls(self, field: str) -> tuple[str, ...]:
        return self._list(field, {"type": "string", "pattern": "^https?://"})

    def rows(self, field: str, build: Callable[[Any], object]) -> tuple[Any, ...]:
        inner = _Recorder()
        build(inner)
        return self._list(field, inner.record())

    def mapping(self, field: str, build: Callable[[Any], Any]) -> Any:
        inner = _Recorder()
        value = build(inner)
        return self._note(field, inner.record(), value)

    def optional_mapping(self, field: str, build: Callable[[Any], Any]) -> Any:
        inner = _Recorder()
        value = build(inner)
        schema = {**inner.record(), "type": ["object", "null"]}
        return self._note(field, schema, value, needed=False)

    def choices(
        self,
        field: str,
        keys: Sequence[str] | None,
        valid: Collection[str],
        *,
        what: str,
        otherwise: str,
    ) -> dict[str, str]:
        schema = {"type": "object", "additionalProperties": {"enum": list(valid)}}
        return self._note(field, schema, {})

    def json_mapping(self, field: str) -> dict[str, Any]:
        return self._note(field, {"type": "object"}, {})

    def sound(self, *fields: str) -> bool:
        return False

    def broken(self, field: str) -> bool:
        return True

    def refuse(self, field: str, rule: str, **_: Any) -> None:
        """Rules between fields have no place in a schema."""

    def _list(self, field: str, items: dict[str, Any]) -> tuple[Any, ...]:
        return self._note(field, {"type": ["array", "null"], "items": items}, (), needed=False)

    def _note(self, field: str, schema: dict[str, Any], value: T, *, needed: bool = True) -> T:
        self._fields[field] = schema
        if needed:
            self._needed.append(field)
        return value
