"""Nodes of a seeds file checked by pydantic; its errors as problems with line, field and rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import ValidationError

from analysis.errors import nearest
from analysis.seeds.kinds import Row, Scalar, record_of
from analysis.seeds.nodes import PLAIN_TAGS, describe, is_null, line_of, rule_for
from analysis.seeds.values import show

Said = list[tuple[str, str, str, int]]
"""What is wrong with a record: the field, what was found, the rule, the line."""

_RULES = {
    "missing": "this field is required",
    "tuple_type": "write a list, one '- ' per item, or [] for none",
    "model_type": "write named fields here, each as 'name: value'",
    "dict_type": "write named fields here, each as 'name: value'",
    "scalar": "write a single text here",
}
_NO_ITEM = "write something here, or leave the item out"


def plain(node: yaml.Node, wrong: Said, at: str = "") -> Any:
    """Return a node as dict, list, text or None; what has a tag as an object no type takes."""
    if is_null(node):
        return None
    if node.tag not in PLAIN_TAGS:
        return object()
    if isinstance(node, yaml.ScalarNode):
        text = Scalar(node.value)
        text.plain = node.style is None
        return text
    if isinstance(node, yaml.SequenceNode):
        return [plain(item, wrong, f"{at}[{n}]") for n, item in enumerate(node.value, 1)]
    found: dict[str, Any] = {}
    lines: dict[str, int] = {}
    dot = f"{at}." if at else ""
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else None
        if name is None:
            wrong.append((dot, describe(key), "a key must be the name of a field", line_of(key)))
        elif name in found:
            rule = f"keep one; it stands in line {lines[name]}"
            wrong.append((dot + name, "the key a second time", rule, line_of(key)))
        else:
            found[name], lines[name] = plain(value, wrong, dot + name), line_of(key)
    return found


def validate(
    node: yaml.Node, data: Any, model: type[Row], context: Mapping[str, Any], wrong: Said
) -> Any:
    """Return the record of a mapping; None where it is not sound, and what is wrong is noted."""
    try:
        return record_of(model.model_validate(data, context=context))
    except ValidationError as error:
        errors = error.errors(include_url=False)
    misspelt = set()
    for e in errors:
        if e["type"] == "extra_forbidden":
            *outer, name = e["loc"]
            names = e["input"].context["names"]
            guess = nearest(str(name)[:80], names)
            misspelt.add((*outer, guess))
            hint = f"did you mean `{guess}`? " if guess else ""
            rule = f"{hint}The fields here are {', '.join(names)}"
            line = line_of(_pair(_find(node, outer), name)[0] or node)
            wrong.append((_label((*outer, str(name)[:80])), "an unknown field", rule, line))
    for e in errors:
        loc, said = e["loc"], e.get("ctx", {})
        if e["type"] == "extra_forbidden" or (e["type"] == "missing" and loc in misspelt):
            continue
        loc = (*loc[:-1], said.get("field", loc[-1]))
        stands = _find(node, loc)
        rule = said.get("rule") or _RULES[e["type"]]
        if stands is not None and is_null(stands) and "rule" not in said:
            rule = _NO_ITEM if isinstance(loc[-1], int) else _RULES["missing"]
        elif stands is not None:
            rule = rule_for(stands, rule)
        found = show(said["found"]) if "found" in said else describe(stands)
        line = line_of(stands or _find(node, loc[:-1]) or node)
        wrong.append((_label(loc), found, rule, line))
    return None


def _pair(node: yaml.Node | None, part: Any) -> tuple[yaml.Node | None, yaml.Node | None]:
    """Return key and value of a place in a node, None where there is none."""
    if isinstance(node, yaml.MappingNode):
        return next((pair for pair in node.value if pair[0].value == part), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return None, node.value[part]
    return None, None


def _find(node: yaml.Node | None, loc: Any) -> yaml.Node | None:
    for part in loc:
        node = _pair(node, part)[1]
    return node


def _label(loc: tuple[Any, ...]) -> str:
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc)
    return "".join(parts).removeprefix(".")
