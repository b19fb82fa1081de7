"""Write the reference of the package, made from its docstrings: pages that load nothing.

Run: ``make docs``, or ``python docs/reference.py DIR``; ``market-reaction publish --api DIR`` lays
it beside the methods page. Rooms that only tell and print (chapters, report, drafting) are left
out.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

import pdoc

import analysis

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
        ]
    return found


def main(folder: str) -> None:
    """Write the pages."""
    for name in analysis.__all__:  # they are loaded on first use
        setattr(analysis, name, getattr(analysis, name))
    pdoc.render.configure(
        docformat="numpy", show_source=False, footer_text=f"market-reaction {analysis.__version__}"
    )
    pdoc.pdoc(*modules(), output_directory=Path(folder))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "build/api")
