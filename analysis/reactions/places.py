"""What a notebook is told by the program that runs it: the run, and where things are."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
        If it is no such JSON.
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
    return dict.fromkeys(PLACES, "") | otherwise | given
