"""The package ``analysis`` by the name of its distribution, and a message where something hides it.

A file ``analysis.py`` or a folder ``analysis`` with an ``__init__.py`` beside a notebook is what
``import analysis`` finds there. ``import market_reaction as analysis`` says so instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import analysis as _found

_HOME = Path(__file__).resolve().parent / "analysis"
_FILE = getattr(_found, "__file__", None)

if _FILE is None or Path(_FILE).resolve().parent != _HOME:
    _where = _FILE or next(iter(_found.__path__), "?")
    raise ImportError(
        f"`analysis` is {_where}, which hides the package of that name (it lies in {_HOME}): a "
        "file or folder beside a notebook or script comes first. Rename it, restart, and "
        "`import analysis` is the package again.",
        name="analysis",
        path=str(_where),
    )

__all__ = [*_found.__all__]
__doc__ = _found.__doc__


def __getattr__(name: str) -> Any:
    """Return what the package has under this name."""
    return getattr(_found, name)


def __dir__() -> list[str]:
    return dir(_found)
