"""Accepted drafts into ``seeds/``: by inserting text, so that comments and order stay."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.drafting.draft_file import dump
from analysis.drafting.drafts import Draft
from analysis.drafting.seed_records import article_record, claim_record, event_record
from analysis.drafting.words import share, stems
from analysis.errors import InputError
from analysis.files import write_whole
from analysis.seeds.catalogue import Seeds, load_seeds
from analysis.wording import INSTANT

if TYPE_CHECKING:
    from analysis.seeds.events import Event

__all__ = ["find_twins", "merge_draft", "same_happening"]

_CLOSE = timedelta(hours=36)
_ALIKE = 0.3
_RECORD = re.compile(r"(?:^#.*\n)*^- (?:\w+):", re.MULTILINE)
_BEST = re.compile(r"^ {2,6}best: *['\"]?([0-9T:+Z-]{10,25})", re.MULTILINE)


def same_happening(
    title: str, earliest: datetime, latest: datetime, other: Event, *, sentence: str = ""
) -> bool:
    """Tell whether words and time suggest that two records tell the same happening."""
    if earliest - other.latest > _CLOSE or other.earliest - latest > _CLOSE:
        return False
    known = stems(other.title)
    return any(share(stems(words), known) >= _ALIKE for words in (title, sentence) if words)


def find_twins(draft: Draft, seeds: Seeds) -> tuple[tuple[Mapping[str, Any], Event], ...]:
    """Return the accepted events that the seeds seem to hold already, each with the event there."""
    return tuple(
        (record, known)
        for record in draft.accepted("events")
        for known in seeds.events
        if str(record["id"]) == known.id
        or same_happening(
            str(record["title"]), _moment(record, "earliest"), _moment(record, "latest"), known,
            sentence=str(record.get("sentence") or ""),
        )
    )  # fmt: skip


def _moment(record: Mapping[str, Any], name: str) -> datetime:
    try:
        return datetime.fromisoformat(str(record["announced"][name]).replace("Z", "+00:00"))
    except (KeyError, ValueError) as error:
        raise InputError(
            f"{record['id']}, announced.{name}", record["announced"].get(name),
            "it must be a moment in UTC.", "Write it as 2025-05-02T00:30:00Z.",
        ) from error  # fmt: skip


def merge_draft(draft: Draft, folder: Path, *, not_twins: Collection[str] = ()) -> tuple[str, ...]:
    """Insert the accepted records of a draft into the files of a seeds folder.

    Parameters
    ----------
    draft
        The draft; only accepted records are taken.
    folder
        The ``seeds`` folder.
    not_twins
        Ids of drafted events a person has looked at and found to be another happening.

    Returns
    -------
    tuple of str
        One line per inserted record.

    Raises
    ------
    InputError
        If nothing is accepted, an event seems to be in the seeds already (both are shown), or an
        article or id is taken. Nothing is written then.
    SeedError
        If the files would not load afterwards. Nothing is written then, either.
    """
    seeds = load_seeds(folder)
    events, claims = draft.accepted("events"), draft.accepted("claims")
    if not events and not claims:
        rule = "nothing in it is accepted yet."
        raise InputError(
            "draft", draft.article.get("file"), rule, "Run market-reaction review first."
        )
    _refuse_twins([t for t in find_twins(draft, seeds) if t[0]["id"] not in not_twins])
    texts = _files(draft, seeds, folder, events, claims)
    _check_and_write(folder, texts)
    file = draft.article["file"]
    return (
        *(f"events.yaml: {event['id']}" for event in events),
        *(f"claims.yaml: {claim['id']}" for claim in claims),
        *([f"articles.yaml: {file}"] if "articles.yaml" in texts else []),
    )


def _refuse_twins(twins: Sequence[tuple[Mapping[str, Any], Event]]) -> None:
    if not twins:
        return
    shown = "\n".join(
        "\n         ".join((f"  draft: {r['id']}", str(r["title"]), str(r["announced"]["best"])))
        + f"\n  seeds: {known.id}\n         {known.title}"
        + f"\n         {known.announced_at:{INSTANT}}"
        for r, known in twins
    )
    raise InputError(
        "draft", ", ".join(sorted({str(record["id"]) for record, _ in twins})),
        f"the seeds seem to hold the same happening in other words:\n{shown}\n",
        "Reject the draft, or keep both with --keep and its id.",
    )  # fmt: skip


def _files(
    draft: Draft, seeds: Seeds, folder: Path,
    events: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]],
) -> dict[str, str]:  # fmt: skip
    """Return the new text of each file that changes."""
    file = str(draft.article["file"])
    known = file in {article.file for article in seeds.articles}
    study = [market.symbol for market in seeds.study_markets]
    texts: dict[str, str] = {}

    def text(name: str) -> str:
        return texts.get(name) or (folder / name).read_bytes().decode("utf-8")

    head = next((e for e in events if e.get("headline")), events[0] if events else None)
    if not known:
        if head is None:
            rule = "a new article needs an accepted event it was written about."
            raise InputError("draft", file, rule, "Accept an event, too.")
        texts["articles.yaml"] = _appended(text("articles.yaml"), article_record(draft, head))
    for event in events:
        marked = {**event, "headline": not known and event is head}
        record = event_record(marked, file=file, study_markets=study)
        texts["events.yaml"] = _inserted(text("events.yaml"), record)
    taken = {claim.id for claim in seeds.claims}
    for claim in claims:
        record = claim_record(claim, file=file)
        name = record["id"]
        free = (f"{name}-{n}" for n in range(2, 10_000) if f"{name}-{n}" not in taken)
        record["id"] = next(free) if name in taken else name
        taken.add(record["id"])
        texts["claims.yaml"] = _appended(text("claims.yaml"), record)
    return texts


def _block(text: str, record: Mapping[str, Any]) -> str:
    return dump([dict(record)]).replace("\n", _newline(text))


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _appended(text: str, record: Mapping[str, Any]) -> str:
    body = re.sub(r"^\[\]\s*\Z", "", text.rstrip("\r\n "), flags=re.MULTILINE).rstrip()
    return body + _newline(text) * (2 if body else 0) + _block(text, record)


def _inserted(text: str, record: Mapping[str, Any]) -> str:
    """Insert an event before the first later one, if the file is in order of time; else append."""
    starts = [match.start() for match in _RECORD.finditer(text)]
    found = [_BEST.search(text, low, high) for low, high in pairwise([*starts, len(text)])]
    bests = [match[1] if match else "" for match in found]
    mine = str(record["announced"]["best"])
    if not all(bests) or bests != sorted(bests) or mine >= max(bests, default=""):
        return _appended(text, record)
    at = next(start for start, best in zip(starts, bests, strict=True) if best > mine)
    return text[:at] + _block(text, record) + _newline(text) + text[at:]


def _check_and_write(folder: Path, texts: Mapping[str, str]) -> None:
    """Load a copy with the new texts; only if it loads, put them in place."""
    with tempfile.TemporaryDirectory() as scratch:
        trial = Path(scratch) / folder.name
        shutil.copytree(folder, trial)
        for name, text in texts.items():
            (trial / name).write_bytes(text.encode("utf-8"))
        load_seeds(trial)
    for name, text in texts.items():
        write_whole((folder / name).resolve(), text)
