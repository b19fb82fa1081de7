"""One article from text to report in one go, marked as an unreviewed draft on every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.drafting.draft_file import dump
from analysis.drafting.drafts import Draft
from analysis.drafting.seed_records import article_record, claim_record, event_record
from analysis.errors import ReportError, StudyError
from analysis.output import OutputFolder
from analysis.report.stamps import visible_files
from analysis.seeds.markets import load_markets

if TYPE_CHECKING:
    from analysis.reactions.run_spec import RunSpec
    from analysis.workspace import Workspace

__all__ = ["BANNER", "draft_workspace", "report_article"]

BANNER = (
    "Unreviewed draft: a program read dates, events and claims off one article, and no person has "
    "checked them."
)
_NOT_REVIEWED = "Read off the text and not reviewed: no verdict is given."
_STUDY = "unreviewed-draft"
_QUESTION = "What did prices do around the events of the article, and do its figures hold?"
_NOTEBOOK = "05_article.ipynb"


def draft_workspace(draft: Draft, workspace: Workspace, folder: Path) -> Workspace:
    """Make a workspace of a draft alone, apart from the seeds of the user."""
    place = OutputFolder(folder, "a drafted workspace").check()
    events = [event for event in draft.events if event["status"] != "rejected"]
    if not events:
        reasons = "; ".join(f'"{item["text"]}" {item["reason"]}' for item in draft.unresolved[:5])
        raise StudyError(
            "no event was found in the article that a market could react to"
            + (f" ({reasons})" if reasons else "")
            + ". Look at the draft with: market-reaction draft."
        )
    files = _copied(workspace)
    texts = {f"seeds/{n}": dump(r) for n, r in _records(draft, events, workspace).items()}
    names = {*files, *texts}
    place.claim(names)
    for name, source in files.items():
        place.write(name, _content(source))
    for name, text in texts.items():
        place.write(name, text)
    place.remove(place.listed() - names)
    return replace(workspace, root=folder.resolve(), bundled=False)


def _copied(workspace: Workspace) -> dict[str, Path]:
    """Return the files of a workspace that a drafted one shares, by their paths in it."""
    found = {"seeds/markets.yaml": workspace.seeds / "markets.yaml"}
    for folder, without in ((workspace.data, ("cache",)), (workspace.notebooks, ())):
        for name in visible_files(folder, without=without):
            found[f"{folder.name}/{name}"] = folder / name
    if workspace.methods.is_file():
        found["docs/methods.md"] = workspace.methods
    return found


def _content(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise ReportError(f"{source} cannot be read: {error.strerror or error}.") from error


def _records(
    draft: Draft, events: list[Any], workspace: Workspace
) -> dict[str, list[dict[str, Any]]]:
    file = str(draft.article["file"])
    study = [m.symbol for m in load_markets(workspace.seeds / "markets.yaml") if m.role == "study"]
    head = next((event for event in events if event.get("headline")), events[0])
    marked = [{**event, "headline": event is head} for event in events]
    claims = [claim for claim in draft.claims if claim["status"] != "rejected"]
    article = article_record(draft, head)
    return {
        "articles.yaml": [article],
        "events.yaml": [event_record(event, file=file, study_markets=study) for event in marked],
        "claims.yaml": [claim_record(_as_read(claim), file=file) for claim in claims],
        "studies.yaml": [
            {
                "name": _STUDY,
                "title": f"Unreviewed draft: {article['label']}",
                "question": _QUESTION,
                "notebook": _NOTEBOOK,
                "tier": "core",
                "parameters": {"article": file},
            }
        ],
    }


def _as_read(claim: Mapping[str, Any]) -> dict[str, Any]:
    """Return a claim nobody reviewed without its check, unless one clause tells all of it.

    A verdict on a misread sentence would be the tool's error on the writer's name: figure, series
    and day must stand in one clause, else the claim is shown as it was read.
    """
    if claim.get("status") == "accepted" or claim.get("certain"):
        return dict(claim)
    return {**claim, "checks": [], "undecidable": _NOT_REVIEWED}


def report_article(draft: Draft, workspace: Workspace, run: RunSpec, *, out: Path) -> int:
    """Study a draft and write its report, with the banner across the top of every page.

    Parameters
    ----------
    draft
        The draft.
    workspace
        Where markets, prices and notebooks are.
    run
        Markets, method and prices.
    out
        Folder of the report; the seeds it was made from lie in ``_draft`` there.

    Returns
    -------
    int
        0; what cannot be done raises.
    """
    from analysis.report.build import KIND, build_reports

    OutputFolder(out, KIND).check().claim(["index.html"])
    place = draft_workspace(draft, workspace, out / "_draft")
    return build_reports(replace(place, reports=out.resolve()), run, banner=BANNER, jobs=1)
