"""What the reports depend on, part by part: the same parts give the same bytes.

Nothing heavy is imported here, so that a run that has nothing to do is over at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.files import sha256_of
from analysis.prices.sources import PRICE_SOURCES
from analysis.reactions.places import places_of
from analysis.report.manifest import versions
from analysis.report.stamps import changed_parts, hash_of, tree_hash
from analysis.versions import (
    PAGE_ROOMS,
    STUDY_ROOMS,
    chapters_of,
    code_hash,
    page_hash,
    software_versions,
)

if TYPE_CHECKING:
    from analysis.workspace import Workspace

_PLACES = ("workspace", "store")
"""Parameters that say where things are; they do not change what is found there."""


def site_parts(workspace: Workspace, asked: Mapping[str, Any]) -> dict[str, str] | None:
    """Return what all pages of a run depend on; None if only the run itself can tell.

    Parameters
    ----------
    workspace
        Where the inputs are.
    asked
        What the command was asked for, as JSON values; ``prices`` names the source.
    """
    source = asked.get("prices") or "snapshot"
    named = PRICE_SOURCES.get(source)
    if named and named.moves:
        return None
    prices = "" if named else _content(workspace, Path(source))
    if prices is None:
        return None
    return {
        "inputs": inputs_hash(workspace),
        "prices": prices,
        "notebooks": tree_hash(workspace.notebooks),
        "methods": sha256_of(workspace.methods) if workspace.methods.is_file() else "",
        "parameters": hash_of(dict(asked)),
        **_software(*STUDY_ROOMS, *PAGE_ROOMS, "chapters"),
    }


def report_parts(
    *,
    notebook: Path,
    parameters: Mapping[str, Any],
    study: str,
    inputs: str,
    words: Any,
) -> dict[str, str]:
    """Return what one report depends on.

    Parameters
    ----------
    notebook
        The file that is run.
    parameters
        JSON values; those that name places do not count.
    study
        Key of the stored study: run, prices, versions.
    inputs
        See `inputs_hash`.
    words
        Whatever else stands on the page, as a JSON value.
    """
    return {
        "notebook": sha256_of(notebook),
        "parameters": hash_of(without_places(parameters)),
        "study": study,
        "inputs": inputs,
        "words": hash_of(words),
        **_software(*PAGE_ROOMS, *chapters_of(notebook)),
    }


def without_places(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters but those that only say where things are on this machine."""
    given = dict(parameters)
    together = places_of(str(given.pop("run", "")))  # the same in one
    given |= {name: text for name, text in together.items() if text}
    return {name: value for name, value in given.items() if name not in _PLACES}


def inputs_hash(workspace: Workspace) -> str:
    """Return one hash over seeds and data; downloaded prices count through the study's key."""
    return hash_of([tree_hash(workspace.seeds), tree_hash(workspace.data, without=("cache",))])


def up_to_date(out: Path, parts: Mapping[str, str]) -> bool:
    """Tell whether a folder of reports is what these parts would give, file by file."""
    return changed_parts(out, parts) == ()


def _software(*rooms: str) -> dict[str, str]:
    """Return hashes of the code in some rooms, with the templates, and of the versions."""
    ours = {name: found for name, found in software_versions().items() if name != "code"}
    return {
        "code": hash_of([code_hash(*rooms), page_hash()]),
        "versions": hash_of([ours, list(versions())]),
    }


def _content(workspace: Workspace, path: Path) -> str | None:
    for place in (workspace.root / path, path):
        if place.is_dir():
            return tree_hash(place)
        if place.is_file():
            return sha256_of(place)
    return None
