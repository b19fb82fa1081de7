"""What the ``parameters`` cell of a notebook declares: names, defaults and what they mean."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

_TAG = "parameters"


@dataclass(frozen=True, slots=True)
class DeclaredParameter:
    """One parameter of a notebook's ``parameters`` cell.

    Attributes
    ----------
    name
        Name of the variable.
    default
        Source text of its default value.
    meaning
        Comment beside it.
    """

    name: str
    default: str
    meaning: str


def declared_parameters(notebook: NotebookNode) -> dict[str, DeclaredParameter]:
    """Return what a notebook's ``parameters`` cell declares, in order; empty without one.

    Raises
    ------
    ValueError
        If the cell is not Python.
    """
    sources = (str(cell.source) for cell in notebook.cells if _TAG in cell.metadata.get("tags", []))
    source = next(sources, "")
    try:
        comments = _comments(source)
        found = [
            _declared(source, node, comments)
            for node in ast.parse(source).body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        ]
    except (SyntaxError, tokenize.TokenError) as error:
        raise ValueError(f"its parameters cell is not Python: {error}") from error
    return {one.name: one for one in found if one is not None}


def _declared(
    source: str, node: ast.Assign | ast.AnnAssign, comments: dict[int, str]
) -> DeclaredParameter | None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if len(targets) != 1 or not isinstance(targets[0], ast.Name):
        return None
    value = node.value and ast.get_source_segment(source, node.value)
    return DeclaredParameter(
        name=targets[0].id,
        default=(value or "").strip(),
        meaning=comments.get(node.end_lineno or 0, ""),
    )


def _comments(source: str) -> dict[int, str]:
    """Return the comment of every line that has one, without its mark."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("#").strip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }
