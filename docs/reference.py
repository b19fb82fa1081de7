"""Write the reference of the package, made from its docstrings: pages that load nothing.

Run: ``make docs``, or ``python docs/reference.py DIR``; ``market-reaction publish --api DIR`` lays
it beside the methods page. Rooms that only tell and print (chapters, report, drafting) are left
out.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import warnings
from pathlib import Path
from types import ModuleType

import pandas as pd
import pdoc

import analysis
import analysis.prices

ROOMS = ("engine", "prices", "reactions", "scale", "seeds", "sessions")


def modules() -> list[str]:
    """Return the package and every public module of the rooms a reader computes with."""
    found = ["analysis"]
    for room in ROOMS:
        package = importlib.import_module(f"analysis.{room}")
        found += [package.__name__]
        found += [
            module.name
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
            if not any(part.startswith("_") for part in module.name.split("."))
            and hasattr(_parent(module.name), "__all__")  # else pdoc lists it by itself
        ]
    return found


def _parent(name: str) -> ModuleType:
    return importlib.import_module(name.rpartition(".")[0])


def main(folder: str) -> None:
    """Write the pages."""
    for package in (analysis, analysis.prices):  # their names are loaded on first use
        for name in package.__all__:
            setattr(package, name, getattr(package, name))
    for kind in (pd.Series, pd.Index):  # types are written pd.Series[float], for checkers only
        kind.__class_getitem__ = classmethod(lambda cls, _: cls)  # type: ignore[attr-defined]
    # Names that dataclasses import for checkers only are shown as they are written.
    warnings.filterwarnings("ignore", "Error parsing type annotation ForwardRef")
    pdoc.render.configure(
        docformat="numpy", show_source=False, footer_text=f"market-reaction {analysis.__version__}"
    )
    pdoc.pdoc(*modules(), output_directory=Path(folder))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "build/api")
