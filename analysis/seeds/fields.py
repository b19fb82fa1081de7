"""One record of a seeds file, read field by field; what is wrong with it is noted, not raised."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeGuard, TypeVar

import yaml

from analysis.errors import Problem, nearest
from analysis.seeds.values import (
    FILE_NAME,
    FILE_NAME_RULE,
    SLUG,
    SLUG_RULE,
    DayPart,
    is_day,
    json_scalar,
    no_such,
    parse_count,
    parse_date,
    parse_instant,
    parse_moment,
    parse_number,
    parse_url,
    show,
    text_rule,
    title_rule,
)
from analysis.seeds.zones import zone_rule, zones_meant

T = TypeVar("T")

PLAIN_TAGS = frozenset({f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")})
"""The only YAML tags the seeds use, all of them implicit."""

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TAG_RULE = "tags such as !!python/... are refused: write the plain value"
_NO_INSTANT = dt.datetime.min.replace(tzinfo=dt.UTC)


class Fields:
    """One mapping of a seeds file, read field by field.

    A reading method returns the field's value. If the field is missing or wrong it notes a problem
    and returns a stand-in of the same type, so that one pass finds everything; the caller raises
    the problems before a stand-in can be used. A field nobody asked for is unknown.

    Parameters
    ----------
    node
        The mapping as composed.
    file, record
        Where it stands, for messages; ``record`` is an id or ``"record 3"``.
    problems
        List that problems are added to.
    path
        Prefix of the field names in messages, such as ``"announced."``.
    """

    def __init__(
        self,
        node: yaml.MappingNode,
        *,
        file: str,
        record: str,
        problems: list[Problem],
        path: str = "",
    ) -> None:
        self._node, self._file, self._record, self._path = node, file, record, path
        self._problems = problems
        self._values: dict[str, yaml.Node] = {}
        self._key_lines: dict[str, int] = {}
        self._asked: list[str] = []
        self._missing: list[str] = []
        self._wrong: set[str] = set()
        self._read_keys()

    # text and names

    def text(self, field: str) -> str:
        """Return a text that must be there."""
        return self._required(field, self.optional_text(field), "")

    def title(self, field: str) -> str:
        """Return a text that must be there, on one line and short enough for the head of a page."""
        value = self.text(field)
        if self.sound(field) and (rule := title_rule(value)):
            self.refuse(field, rule)
        return value

    def optional_text(self, field: str) -> str | None:
        """Return a text, or None if the field is absent or null."""
        node = self._take(field)
        return None if node is None else self._scalar(node, field)

    def choice(self, field: str, valid: Collection[str], *, what: str) -> str:
        """Return one of ``valid``; ``what`` names the kind of thing in the message."""
        return self._required(field, self.optional_choice(field, valid, what=what), "")

    def optional_choice(self, field: str, valid: Collection[str], *, what: str) -> str | None:
        """Return one of ``valid``, or None if the field is absent or null."""
        value = self.optional_text(field)
        if value is not None and self.sound(field) and value not in valid:
            self.refuse(field, no_such(value, valid, what=what))
        return value

    def matching(self, field: str, pattern: re.Pattern[str], rule: str) -> str:
        """Return a text that matches ``pattern`` from end to end."""
        value = self.text(field)
        if self.sound(field) and not pattern.fullmatch(value):
            self.refuse(field, rule)
        return value

    def slug(self, field: str) -> str:
        """Return a name that is safe in addresses and file names."""
        return self.matching(field, SLUG, SLUG_RULE)

    def file_name(self, field: str) -> str:
        """Return the name of a file without a folder."""
        return self.matching(field, FILE_NAME, FILE_NAME_RULE)

    def url(self, field: str) -> str:
        """Return an address that starts with http:// or https:// and names a host."""
        return self._required(field, self.optional_url(field), "")

    def optional_url(self, field: str) -> str | None:
        """Return an address, or None if the field is absent or null."""
        value = self.optional_text(field)
        if value is not None and self.sound(field) and (rule := parse_url(value)):
            self.refuse(field, rule)
        return value

    # dates, instants, numbers

    def date(self, field: str) -> dt.date:
        """Return a calendar date written YYYY-MM-DD."""
        return self._required(field, self.optional_date(field), dt.date.min)

    def optional_date(self, field: str) -> dt.date | None:
        """Return a calendar date, or None if the field is absent or null."""
        return self._parsed(field, parse_date, dt.date.min)

    def instant(self, field: str) -> dt.datetime:
        """Return an instant that has a zone, converted to UTC."""
        return self._required(field, self._parsed(field, parse_instant, _NO_INSTANT), _NO_INSTANT)

    def moment(self, field: str, zone: str | None, *, day: DayPart = "noon") -> dt.datetime:
        """Return an instant, or a local time or day in ``zone``, converted to UTC."""
        found = self.optional_moment(field, zone, day=day)
        return self._required(field, found, _NO_INSTANT)

    def optional_moment(
        self, field: str, zone: str | None, *, day: DayPart = "noon"
    ) -> dt.datetime | None:
        """Return what `moment` does, or None if the field is absent or null."""
        return self._parsed(field, lambda text: parse_moment(text, zone, day=day), _NO_INSTANT)

    def optional_zone(self, field: str) -> str | None:
        """Return the zone a word means, as IANA name or offset; None if absent, null or refused."""
        word = self.optional_text(field)
        if word is None or not self.sound(field):
            return None
        rule = zone_rule(word)
        if rule is not None:
            self.refuse(field, rule)
        return None if rule else zones_meant(word)[0]

    def is_day(self, field: str) -> bool:
        """Tell whether a field holds a date without a time."""
        node = self._values.get(field)
        return isinstance(node, yaml.ScalarNode) and is_day(str(node.value).strip())

    def optional_number(self, field: str) -> float | None:
        """Return a finite number, or None if the field is absent or null."""
        return self._parsed(field, parse_number, 0.0)

    def optional_count(self, field: str) -> int | None:
        """Return a whole number above zero, or None if the field is absent or null."""
        return self._parsed(field, parse_count, 1)

    # what is nested

    def texts(self, field: str) -> tuple[str, ...]:
        """Return a list of texts; an absent list is empty."""
        return tuple(self._scalar(node, field, label) for label, node in self._items(field))

    def urls(self, field: str) -> tuple[str, ...]:
        """Return a list of addresses; an absent list is empty."""
        found = self.texts(field)
        for n, value in enumerate(found, 1):
            if value and (rule := parse_url(value)):
                self.refuse(field, rule, found=value, label=f"{field}[{n}]")
        return found

    def rows(self, field: str, build: Callable[[Fields], T]) -> tuple[T, ...]:
        """Return what ``build`` makes of each mapping of a list; an absent list is empty."""
        return tuple(
            self._nested(node, field, build, label=label)
            for label, node in self._items(field)
            if self._is_mapping(node, field, label=label)
        )

    def mapping(self, field: str, build: Callable[[Fields], T]) -> T:
        """Return what ``build`` makes of a nested mapping that must be there."""
        node = self._take(field)
        if node is None:
            self._missing.append(field)
        elif self._is_mapping(node, field, label=field):
            return self._nested(node, field, build, label=field)
        self._wrong.add(field)
        blank = yaml.MappingNode("tag:yaml.org,2002:map", [], self._node.start_mark)
        return build(Fields(blank, file=self._file, record=self._record, problems=[]))

    def optional_mapping(self, field: str, build: Callable[[Fields], T]) -> T | None:
        """Return what ``build`` makes of a nested mapping, or None if the field is absent."""
        node = self._take(field)
        if node is None:
            return None
        if not self._is_mapping(node, field, label=field):
            self._wrong.add(field)
            return None
        return self._nested(node, field, build, label=field)

    def choices(
        self,
        field: str,
        keys: Sequence[str] | None,
        valid: Collection[str],
        *,
        what: str,
        otherwise: str,
    ) -> dict[str, str]:
        """Return a mapping from each of ``keys`` (None: from any key) to one of ``valid``.

        A key that is left out is mapped to ``otherwise``.
        """

        def build(inner: Fields) -> dict[str, str]:
            names = list(inner._values) if keys is None else keys
            return {
                name: inner.optional_choice(name, valid, what=what) or otherwise for name in names
            }

        return self.mapping(field, build)

    def json_mapping(self, field: str) -> dict[str, Any]:
        """Return a mapping of JSON values: unquoted numbers, true, false and null become such."""
        return self.mapping(field, Fields._json_fields)

    # rules of the domain

    def sound(self, *fields: str) -> bool:
        """Tell whether all of these fields are there and no problem was noted for any."""
        return not any(field in self._wrong or field not in self._values for field in fields)

    def broken(self, field: str) -> bool:
        """Tell whether a problem was noted for a field."""
        return field in self._wrong

    def refuse(
        self, field: str, rule: str, *, found: str | None = None, label: str | None = None
    ) -> None:
        """Note that a field breaks ``rule``; ``found`` defaults to the text that stands there."""
        self._wrong.add(field)
        node = self._values.get(field)
        shown = describe(node) if found is None else show(found)
        self._note(label or field, shown, rule, node=node)

    def close(self) -> None:
        """Note unknown and missing fields; a misspelt name is one problem, not two."""
        for field in [name for name in self._values if name not in self._asked]:
            guess = nearest(field[:80], self._asked)
            if guess in self._missing:
                self._missing.remove(guess)
            hint = f"did you mean `{guess}`? " if guess else ""
            rule = f"{hint}The fields here are {', '.join(self._asked)}"
            self._note(field[:80], "an unknown field", rule, line=self._key_lines[field])
        for field in self._missing:
            self._note(field, "nothing", "this field is required", line=self._key_lines.get(field))

    # inside

    def _read_keys(self) -> None:
        for key, value in self._node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None:
                self._note("", describe(key), "a key must be the name of a field", node=key)
            elif name in self._values:
                first = self._key_lines[name]
                self._note(
                    name, "the key a second time", f"keep one; it stands in line {first}", node=key
                )
                self._wrong.add(name)
            else:
                self._values[name], self._key_lines[name] = value, line_of(key)

    def _take(self, field: str) -> yaml.Node | None:
        if field not in self._asked:
            self._asked.append(field)
        node = self._values.get(field)
        return None if is_null(node) else node

    def _required(self, field: str, value: T | None, stand_in: T) -> T:
        if value is not None:
            return value
        self._missing.append(field)
        self._wrong.add(field)
        return stand_in

    def _scalar(self, node: yaml.Node, field: str, label: str | None = None) -> str:
        problem = scalar_problem(node)
        if problem is None:
            return str(node.value).strip()
        self._wrong.add(field)
        self._note(label or field, *problem, node=node)
        return ""

    def _parsed(self, field: str, parse: Callable[[str], T | str], stand_in: T) -> T | None:
        value = self.optional_text(field)
        if value is None or not self.sound(field):
            return None if value is None else stand_in
        parsed = parse(value)
        if not isinstance(parsed, str):
            return parsed
        self.refuse(field, parsed)
        return stand_in

    def _items(self, field: str) -> Iterable[tuple[str, yaml.Node]]:
        node = self._take(field)
        if node is None:
            return []
        if isinstance(node, yaml.SequenceNode) and node.tag in PLAIN_TAGS:
            return [(f"{field}[{n}]", item) for n, item in enumerate(node.value, 1)]
        self._wrong.add(field)
        self._note(
            field,
            describe(node),
            rule_for(node, "write a list, one '- ' per item, or [] for none"),
            node=node,
        )
        return []

    def _is_mapping(
        self, node: yaml.Node, field: str, *, label: str
    ) -> TypeGuard[yaml.MappingNode]:
        if isinstance(node, yaml.MappingNode) and node.tag in PLAIN_TAGS:
            return True
        self._wrong.add(field)
        self._note(
            label,
            describe(node),
            rule_for(node, "write named fields here, each as 'name: value'"),
            node=node,
        )
        return False

    def _nested(
        self, node: yaml.MappingNode, field: str, build: Callable[[Fields], T], *, label: str
    ) -> T:
        before = len(self._problems)
        inner = Fields(
            node,
            file=self._file,
            record=self._record,
            problems=self._problems,
            path=f"{self._path}{label}.",
        )
        value = build(inner)
        inner.close()
        if len(self._problems) > before:
            self._wrong.add(field)
        return value

    def _json_fields(self) -> dict[str, Any]:
        self._asked = list(self._values)
        return {name: self._json(node, name, name) for name, node in self._values.items()}

    def _json(self, node: yaml.Node, field: str, label: str) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag in PLAIN_TAGS:
            return self._nested(node, field, Fields._json_fields, label=label)
        if isinstance(node, yaml.SequenceNode) and node.tag in PLAIN_TAGS:
            return [
                self._json(item, field, f"{label}[{n}]") for n, item in enumerate(node.value, 1)
            ]
        if is_null(node):
            return None
        text = self._scalar(node, field, label)
        return json_scalar(text) if getattr(node, "style", None) is None else text

    def _note(
        self,
        field: str,
        found: str,
        rule: str,
        *,
        node: yaml.Node | None = None,
        line: int | None = None,
    ) -> None:
        where = line or line_of(node if node is not None else self._node)
        self._problems.append(
            Problem(self._file, self._record, self._path + field, found, rule, where)
        )


def scalar_problem(node: yaml.Node) -> tuple[str, str] | None:
    """Return what is found and the rule it breaks, or None if a node is a sound text."""
    if node.tag not in PLAIN_TAGS or not isinstance(node, yaml.ScalarNode):
        return describe(node), rule_for(node, "write a single text here")
    if is_null(node):
        return "nothing", "write something here, or leave the item out"
    rule = text_rule(node.value)
    return None if rule is None else (show(node.value), rule)


def rule_for(node: yaml.Node, rule: str) -> str:
    """Return ``rule``, unless what is wrong with a node is that it has a tag."""
    return rule if node.tag in PLAIN_TAGS else _TAG_RULE


def describe(node: yaml.Node | None) -> str:
    """Return what a node is, as it is shown in a message."""
    if node is None or is_null(node):
        return "nothing"
    if node.tag not in PLAIN_TAGS:
        return f"the tag {show(node.tag.replace('tag:yaml.org,2002:', '!!'))}"
    if isinstance(node, yaml.ScalarNode):
        return show(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "named fields"


def is_null(node: yaml.Node | None) -> bool:
    """Tell whether a node is absent or an unquoted null."""
    if node is None:
        return True
    return (
        isinstance(node, yaml.ScalarNode)
        and node.style is None
        and node.tag in PLAIN_TAGS
        and node.value in _NULLS
    )


def line_of(node: yaml.Node) -> int:
    """Return the line a node starts in, counted from 1."""
    return int(node.start_mark.line) + 1
