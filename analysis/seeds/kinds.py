"""Types of the fields of seeds: how a text is read, the rule it may break, and its JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, NoReturn

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from analysis.seeds import values
from analysis.seeds.values import no_such
from analysis.seeds.zones import zone_rule, zones_meant

_TEXT = {"type": "string", "minLength": 1}
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?"
MOMENT = WithJsonSchema({"type": "string", "pattern": f"{_DAY}({_CLOCK})?$"})


def _null_where_optional(schema: dict[str, Any]) -> None:
    """Let a field that may be left out be null, and leave out titles made from names."""
    schema.pop("title", None)
    for name, field in schema.get("properties", {}).items():
        kept = {key: said for key, said in field.items() if key not in ("title", "default")}
        inner = next(iter(kept.pop("anyOf", ())), kept)
        if name in schema.get("required", ()):
            schema["properties"][name] = kept
        elif "type" in inner:
            schema["properties"][name] = {**inner, "type": [inner["type"], "null"]}
        elif "enum" in inner:
            schema["properties"][name] = {**inner, "enum": [*inner["enum"], None]}
        else:
            schema["properties"][name] = {"anyOf": [inner, {"type": "null"}]}


class Row(BaseModel):
    """A mapping of a seeds file: a field it does not have is refused, and null is no field."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_null_where_optional)
    makes: ClassVar[Callable[..., Any] | None] = None
    """Makes the record of a sound row; None where its parts are those of the row around it."""

    @model_validator(mode="before")
    @classmethod
    def _only_its_own(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        names = [field.alias or name for name, field in cls.model_fields.items()]
        return {
            name: value if name in names else no_field(names)
            for name, value in data.items()
            if value is not None or name not in names
        }

    def parts(self) -> dict[str, Any]:
        """Return what the record is made of."""
        found: dict[str, Any] = {}
        for name, value in self:
            flat = isinstance(value, Row) and value.makes is None
            found |= value.parts() if flat else {name: record_of(value)}
        return found


def record_of(value: Any) -> Any:
    """Return a row as its record, and rows in a tuple as theirs."""
    if isinstance(value, tuple):
        return tuple(map(record_of, value))
    return value.makes(**value.parts()) if isinstance(value, Row) and value.makes else value


class Scalar(str):
    """A text as it stands in a file; ``plain`` if it is not quoted."""

    plain = False


def broken(rule: str, **said: Any) -> PydanticCustomError:
    """Return the refusal of a field; ``found``, or ``field`` (a sibling to blame) may be said."""
    return PydanticCustomError("rule", "{rule}", {"rule": rule, **said})


def no_field(names: Collection[str]) -> PydanticCustomError:
    """Return the refusal of a name that is none of the fields there, as pydantic calls it."""
    return PydanticCustomError("extra_forbidden", "extra", {"names": list(names)})


def refuse(rule: str, **said: Any) -> NoReturn:
    """Refuse the field that is read."""
    raise broken(rule, **said)


def refuse_each(inner: Iterable[tuple[tuple[int | str, ...], PydanticCustomError]]) -> None:
    """Refuse what stands at each of these places within the field that is read, () for itself."""
    errors: list[InitErrorDetails] = [
        {"type": error, "loc": place, "input": None} for place, error in inner
    ]
    if errors:
        raise ValidationError.from_exception_data("", errors)


def read_text(value: Any) -> str:
    """Return the text that stands in a field, or raise the refusal that was put there."""
    if isinstance(value, PydanticCustomError):
        raise value
    if value is None:
        raise PydanticCustomError("missing", "missing")
    if not isinstance(value, str):
        raise PydanticCustomError("scalar", "scalar")
    if rule := values.text_rule(value):
        refuse(rule)
    return value.strip()


def reading(read: Callable[[str], Any]) -> PlainValidator:
    """Read a text by a function that returns a value, the rule it breaks, or None to keep it."""

    def value_of(value: Any) -> Any:
        text = read_text(value)
        found = read(text)
        return refuse(found) if isinstance(found, str) else text if found is None else found

    return PlainValidator(value_of)


def matching(pattern: Any, rule: str) -> tuple[PlainValidator, WithJsonSchema]:
    """Read a text that matches a pattern from end to end."""
    schema = {"type": "string", "pattern": f"^(?:{pattern.pattern})$", "description": rule}
    read = reading(lambda text: None if pattern.fullmatch(text) else rule)
    return read, WithJsonSchema(schema)


def one_of(valid: Collection[str], what: str) -> tuple[PlainValidator, WithJsonSchema]:
    """Read one of several words."""
    read = reading(lambda text: None if text in valid else no_such(text, valid, what=what))
    return read, WithJsonSchema({"enum": list(valid)})


def among(names: str, what: str) -> AfterValidator:
    """Refuse a name that is not among ``names`` of the context; none is where it has none."""

    def check(text: str, info: ValidationInfo) -> str:
        valid = context(info, names)
        known = valid is None or text in valid
        return text if known else refuse(no_such(text, valid, what=what), found=text)

    return AfterValidator(check)


def context(info: ValidationInfo, name: str) -> Any:
    """Return what a field is checked against; None for nothing."""
    return (info.context or {}).get(name)


def _json(value: Any) -> Any:
    """Read a JSON value: what is not quoted may be a number, true, false or null."""
    if isinstance(value, dict | list):
        return (_OBJECT if isinstance(value, dict) else _ARRAY).validate_python(value)
    if value is None:
        return None
    text = read_text(value)
    return values.json_scalar(text) if getattr(value, "plain", False) else text


_Json = Annotated[Any, PlainValidator(_json)]
_OBJECT, _ARRAY = TypeAdapter(dict[str, _Json]), TypeAdapter(list[_Json])

Json = Annotated[dict[str, _Json], WithJsonSchema({"type": "object"})]
Text = Annotated[str, PlainValidator(read_text), WithJsonSchema(_TEXT)]
Title = Annotated[
    str,
    reading(values.title_rule),
    WithJsonSchema({**_TEXT, "maxLength": values.MOST_OF_A_TITLE}),
]
Slug = Annotated[str, *matching(values.SLUG, values.SLUG_RULE)]
FileName = Annotated[str, *matching(values.FILE_NAME, values.FILE_NAME_RULE)]
Url = Annotated[
    str, reading(values.parse_url), WithJsonSchema({"type": "string", "pattern": "^https?://"})
]
Day = Annotated[
    date, reading(values.parse_date), WithJsonSchema({"type": "string", "pattern": f"{_DAY}$"})
]
Instant = Annotated[datetime, reading(values.parse_instant), MOMENT]
Number = Annotated[float, reading(values.parse_number), WithJsonSchema({"type": "number"})]
Count = Annotated[
    int, reading(values.parse_count), WithJsonSchema({"type": "integer", "minimum": 1})
]
Zone = Annotated[
    str,
    reading(zone_rule),
    AfterValidator(lambda word: zones_meant(word)[0]),
    WithJsonSchema({"type": "string"}),
]
