"""Drafts as files: ``draft.yaml``, written and read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from analysis.drafting.drafts import STATUSES, Draft
from analysis.errors import InputError
from analysis.files import read_bounded, write_whole
from analysis.seeds.values import parse_instant

__all__ = ["draft_text", "dump", "load_draft", "write_draft"]

_HEAD = """\
# A draft made from the words of one article. Nothing here is used by a study until it is accepted:
#   market-reaction review {name}
# Offsets (`span`) count characters of the plain text, from 0. Empty fields: the text does not say.
"""
#: No draft of one article is as large.
_MOST = 20_000_000
#: What a record of a draft must have.
_NEEDED = {
    "events": ("id", "status", "title", "announced", "category"),
    "claims": ("id", "status", "statement"),
}


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
    lists = {
        kind: [*map(dict, getattr(draft, kind))] for kind in ("events", "claims", "unresolved")
    }
    content = {"status": "draft", "article": dict(draft.article), **lists}
    return _HEAD.format(name=name) + dump(content)


class _Dumper(yaml.SafeDumper):
    """Writes lists of plain values on one line and indents the others."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Loader(yaml.SafeLoader):
    """Keeps dates and moments as the text that stands there."""


def _short_list(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.Node:
    plain = all(not isinstance(item, dict | list) and len(str(item)) < 40 for item in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=plain)


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if not pair[0].endswith(":timestamp")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
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
    article = value["article"]
    for name in ("file", "published_day"):
        if not isinstance(article.get(name), str):
            where = f"{path.name}, article.{name}"
            raise InputError(where, None, "this field is required.", remedy)
    lists: dict[str, Any] = {k: value.get(k) or [] for k in ("events", "claims", "unresolved")}
    for kind, needed in _NEEDED.items():
        if not isinstance(lists[kind], list):
            where = f"{path.name}, {kind}"
            raise InputError(where, type(lists[kind]).__name__, "it must be a list.", remedy)
        for n, record in enumerate(lists[kind], 1):
            _check_record(f"{path.name}, {kind}[{n}]", record, needed)
    return Draft(article=article, **{kind: tuple(records) for kind, records in lists.items()})


def _check_record(where: str, record: Any, needed: Sequence[str]) -> None:
    if not isinstance(record, dict):
        raise InputError(where, record, "each record has named fields.")
    for name in needed:
        if record.get(name) in (None, ""):
            raise InputError(f"{where}, {name}", None, "this field is required.")
    if record["status"] not in STATUSES:
        raise InputError.choice(f"{where}, status", record["status"], STATUSES)
    if "announced" in needed:
        _check_moment(where, record["announced"])
    directions, checks = record.get("implied_direction") or {}, record.get("checks") or []
    if not isinstance(directions, dict):
        rule = "it names markets and directions."
        raise InputError(f"{where}, implied_direction", directions, rule)
    for check in checks if isinstance(checks, list) else [checks]:
        given = set(check) if isinstance(check, dict) else set()
        if not {"series", "statistic", "to", "direction"} <= given:
            rule = "a check names series, statistic, to and direction."
            raise InputError(f"{where}, checks", check, rule)


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
