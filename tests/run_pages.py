"""Run the cells of a notebook in this process, with its study given, and keep what they show."""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: Cells without a study of markets behind them (simulations, tables of companies, replications),
#: and the one that works the market model by hand.
APART = ("00_", "06_", "08_", "12_", "14_", "15_")


def notebooks(root: Path) -> list[Path]:
    """Every notebook that tells a study of markets."""
    return [p for p in sorted((root / "notebooks").glob("*.ipynb")) if p.name[:3] not in APART]


def outputs(notebook: Path, parameters: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """Return the HTML of every cell of a notebook that shows something.

    Parameters
    ----------
    notebook
        The file.
    parameters
        Values for names of its cell of parameters; others are left out.
    given
        Names that take the place of what the setup imports, such as ``open_study``.
    """
    space: dict[str, Any] = {}
    shown = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        tags = cell["metadata"].get("tags", [])
        value = _run("".join(cell["source"]), space)
        if "parameters" in tags:
            space |= {name: value for name, value in parameters.items() if name in space}
        if "setup" in tags:
            space |= {name: value for name, value in given.items() if name in space}
        if value is not None:
            shown.append(_html(value))
    return shown


def _run(source: str, space: dict[str, Any]) -> Any:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), space)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "cell", "eval"), space)


def _html(value: Any) -> str:
    for name in ("_repr_html_", "_repr_markdown_"):
        if hasattr(value, name):
            return str(getattr(value, name)())
    return str(value)


def words(shown: str) -> str:
    """What a reader sees of a cell, pictures and what lies behind them left out."""
    shown = re.sub(r"<(script|style|svg).*?</\1>", " ", shown, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())
