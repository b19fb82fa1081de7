"""What a notebook is told by the program that runs it: the run, and where things are."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from analysis.errors import InputError

PLACES: Mapping[str, str] = MappingProxyType(
    {
        "spec": "JSON of a run: model, windows, events, markets, prices; empty for the defaults",
        "workspace": "folder with seeds/, data/ and notebooks/; empty: the one this folder is in, "
        "or the founding one",
        "store": "folder of finished studies; empty for reports/_store of the workspace",
    }
)
"""What ``run`` may name, and what it means; notebooks may still declare these one by one."""


def places_of(run: str, **otherwise: str) -> dict[str, str]:
    """Read ``run``, the one parameter of that kind: a text for each of `PLACES`.

    Parameters
    ----------
    run
        JSON of an object with names of `PLACES`, each a text; ``spec`` may be an object, too.
    **otherwise
        What stands for names it leaves out, where that is not the empty text.

    Raises
    ------
    InputError
        If it is no such JSON, or papermill gave the notebook a parameter that it cannot have.

    Notes
    -----
    Notebooks had three parameters before they had ``run``. Where papermill gives one that declares
    ``run`` one of the three, with no more than a warning, it counts as if ``run`` had named it.
    """
    try:
        given: Any = json.loads(run or "{}")
    except ValueError as error:
        raise InputError("run", run[:60], f"it must be JSON ({error}).") from error
    if isinstance(given, dict) and isinstance(given.get("spec"), dict):
        given["spec"] = json.dumps(given["spec"])
    if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
        raise InputError("run", run[:60], "it must be a JSON object of texts.")
    for name in given:
        if name not in PLACES:
            raise InputError.choice("run", name, PLACES)
    return dict.fromkeys(PLACES, "") | otherwise | _injected(given) | given


def _injected(run: Mapping[str, str]) -> dict[str, str]:
    """Return what papermill gave the notebook of this process beyond the parameters it declares."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    names: dict[str, Any] = {} if shell is None else shell.user_ns
    for before, cell in pairwise(names.get("In", ())):
        declared = _assigned(before) if cell.startswith("# Parameters\n") else []
        if "run" in declared:
            beyond = [name for name in _assigned(cell) if name not in declared]
            return {name: _former(name, names[name], declared, run) for name in beyond}
    return {}


def _former(name: str, value: Any, declared: list[str], run: Mapping[str, str]) -> str:
    if name not in PLACES:
        raise InputError.choice("papermill -p", name, [*declared, *PLACES])
    text = json.dumps(value) if isinstance(value, dict) else str(value)
    if run.get(name, text) != text:
        raise InputError(name, text[:60], "`run` names another.", "Give it once.")
    return text


def _assigned(cell: str) -> list[str]:
    try:
        found = [node.targets[0] for node in ast.parse(cell).body if isinstance(node, ast.Assign)]
    except SyntaxError:
        return []
    return [target.id for target in found if isinstance(target, ast.Name)]
