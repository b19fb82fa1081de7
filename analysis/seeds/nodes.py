"""Nodes of a seeds file: what they are, as it is said in messages, and the line they stand in."""

from __future__ import annotations

import yaml

from analysis.seeds.values import show

PLAIN_TAGS = frozenset({f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")})
"""The only YAML tags the seeds use, all of them implicit."""

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TAG_RULE = "tags such as !!python/... are refused: write the plain value"


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
