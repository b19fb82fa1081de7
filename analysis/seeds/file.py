"""Hand-kept YAML files in, checked records out; everything wrong with a file is reported at once.

Nothing is guessed: every scalar stays the text that stands in the file until a field asks for a
date, a number or a name. Tags, aliases and duplicate keys are refused, so that no file can
construct an object, grow on loading or mean two things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from analysis.errors import Problem, SeedError
from analysis.files import read_bounded
from analysis.seeds.nodes import PLAIN_TAGS, describe, is_null, line_of, rule_for
from analysis.seeds.spreadsheet import csv_nodes
from analysis.seeds.values import show, text_rule

if TYPE_CHECKING:  # pydantic is loaded when a file is read, not before
    from analysis.seeds.kinds import Row
    from analysis.seeds.problems import Said

T = TypeVar("T")

#: Records are three levels deep, files some hundred kB: beyond is a mistake, or meant to harm.
_MAX_DEPTH = 12
_MAX_BYTES = 20_000_000


def read_records(
    path: Path | str,
    model: type[Row],
    *,
    key: str = "id",
    context: Mapping[str, Any] | Callable[[Sequence[Any]], Mapping[str, Any]] | None = None,
    csv_defaults: Callable[[Mapping[str, str]], Mapping[str, str]] | None = None,
) -> tuple[T, ...]:
    """Read a YAML file that is a list of records.

    Parameters
    ----------
    path
        The file, in UTF-8; one that ends in ``.csv`` is read by :mod:`analysis.seeds.spreadsheet`.
    model
        The pydantic model of a record.
    key
        Field that names a record; no two records may share it.
    context
        What fields are checked against; a function makes it of all records as dicts of texts.
    csv_defaults
        For a CSV file: gives for each row the fields it may leave out, and their values.

    Returns
    -------
    tuple
        The records, in the order of the file.

    Raises
    ------
    SeedError
        If anything is wrong with the file; it carries every problem found.
    """
    from analysis.seeds.problems import plain, validate

    path = Path(path)
    file = "/".join(path.parts[-2:])
    problems: list[Problem] = []
    nodes = _record_nodes(path, file, csv_defaults)
    if callable(context):
        context = context([plain(node, []) for node in nodes])
    found: list[T] = []
    lines: dict[str, int] = {}
    for n, node in enumerate(nodes, 1):
        wrong: Said = []
        name, row = _name(node, key), plain(node, wrong)
        if not isinstance(row, dict):
            rule = rule_for(node, f"each record is a list item with named fields: '- {key}: ...'")
            wrong.append(("", describe(node), rule, line_of(node)))
        else:
            if name in lines:
                rule = f"each {key} is used once; this one is taken in line {lines[name]}"
                wrong.append((key, show(name), rule, line_of(node)))
            elif name is not None:
                lines[name] = line_of(node)
            known = {**(context or {}), "first": not found}
            found.append(validate(node, row, model, known, wrong))
        problems += [Problem(file, name or f"record {n}", *said) for said in wrong]
    if problems:
        raise SeedError(sorted(problems, key=lambda problem: problem.line or 0))
    return tuple(found)


#: libyaml's parser, where PyYAML was built with it.
_CParser: Any = yaml.cyaml.CParser if yaml.__with_libyaml__ else yaml.SafeLoader  # type: ignore[attr-defined]


class _Composing(yaml.composer.Composer):
    """Builds nodes with line numbers and nothing else; plain scalars are left unresolved."""

    depth = 0
    yaml_implicit_resolvers: Mapping[str, Any] = {}
    peek_event: Any
    check_event: Any

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        mark = self.peek_event().start_mark
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="an alias such as *name", problem_mark=mark)
        if self.depth == _MAX_DEPTH:
            raise yaml.MarkedYAMLError(
                problem=f"nesting deeper than {_MAX_DEPTH}", problem_mark=mark
            )
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Composer(_Composing, yaml.SafeLoader):  # type: ignore[misc]  # stubs differ in a name
    """Reads with PyYAML's own parser, whose messages name what is wrong."""


class _FastComposer(_Composing, _CParser, yaml.resolver.BaseResolver):  # type: ignore[misc]
    """Reads with libyaml, twenty times as fast."""

    def __init__(self, text: str) -> None:
        _CParser.__init__(self, text)
        yaml.resolver.BaseResolver.__init__(self)
        yaml.composer.Composer.__init__(self)

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        node: yaml.ScalarNode = super().compose_scalar_node(anchor)
        node.style = node.style or None  # libyaml writes plain style as empty text
        return node


def _record_nodes(
    path: Path,
    file: str,
    csv_defaults: Callable[[Mapping[str, str]], Mapping[str, str]] | None = None,
) -> list[yaml.Node]:
    """Return the items of the list at the top of a file, uninterpreted."""

    def stop(found: str, rule: str, line: int | None = None) -> SeedError:
        return SeedError([Problem(file, "", "", found, rule, line)])

    try:
        raw = read_bounded(path, _MAX_BYTES)
    except FileNotFoundError:
        raise stop("no such file", f"it should be at {path}") from None
    except OSError as error:
        raise stop(f"a file that cannot be read ({error.strerror})", f"check {path}") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{raw[error.start]:02x}, which is not UTF-8"
        raise stop(found, "save the file as UTF-8", line) from None
    if path.suffix.casefold() == ".csv":
        return csv_nodes(text, file=file, defaults=csv_defaults)
    try:
        top = _compose(text)
    except yaml.MarkedYAMLError as error:
        found, rule = _yaml_problem(error)
        mark = error.problem_mark or error.context_mark
        raise stop(found, rule, mark.line + 1 if mark else None) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        found = "a character that YAML does not allow"
        raise stop(found, "remove it, or write the text without escapes", line) from None
    if top is None or is_null(top):
        raise stop("an empty file", "write a list of records; [] is a list of none")
    if not isinstance(top, yaml.SequenceNode) or top.tag not in PLAIN_TAGS:
        raise stop(
            describe(top),
            "the file must be a list of records, each starting with '- '",
            line_of(top),
        )
    return list(top.value)


def _compose(text: str) -> yaml.Node | None:
    if "\t" not in text:  # libyaml lets tabs pass where PyYAML's own parser refuses them
        with suppress(yaml.YAMLError, ValueError, OverflowError):  # told below, in PyYAML's words
            fast: yaml.Node | None = _FastComposer(text).get_single_node()
            return fast
    loader = _Composer(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _yaml_problem(error: yaml.MarkedYAMLError) -> tuple[str, str]:
    problem = error.problem or error.context or "no reason given"
    if problem.startswith(("an alias", "nesting")):
        return problem, "the seeds do without aliases and further nesting: write the values out"
    if error.context and error.context_mark and error.problem:
        problem = f"{error.context} from line {error.context_mark.line + 1}: {problem}"
    return (
        f"YAML that does not parse ({problem})",
        "indent with spaces, and quote a text that contains ': ' or ' #' or starts with a sign",
    )


def _name(node: yaml.Node, key: str) -> str | None:
    """Return the text of the field that names a record; None if it has none that can be shown."""
    for name, value in node.value if isinstance(node, yaml.MappingNode) else ():
        text = isinstance(value, yaml.ScalarNode) and value.tag in PLAIN_TAGS
        if name.value == key and text and not is_null(value) and not text_rule(value.value):
            return str(value.value).strip()[:80]
    return None
