"""Commands of drafting: ``draft``, ``review`` and ``article``."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.commands import add_allow_snapshot, price_source
from analysis.errors import InputError
from analysis.files import read_bounded
from analysis.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from datetime import date

    from analysis.drafting.claims import Closes
    from analysis.drafting.drafts import Draft
    from analysis.drafting.reading import Reader
    from analysis.seeds.catalogue import Seeds

__all__ = ["add_draft_commands"]

_STDIN = "-"
_MOST = 20_000_000
"""Bytes an article may have."""


def add_draft_commands(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add the commands to a parser."""
    draft = commands.add_parser(
        "draft", parents=[common], help="candidate events and claims from an article, for review"
    )
    _article_options(draft)
    draft.add_argument("--out", metavar="FILE", default="draft.yaml", help="default: draft.yaml")
    draft.add_argument(
        "--force", action="store_true", help="replace a file that is there; it is kept beside it"
    )
    draft.set_defaults(run=_draft)
    review = commands.add_parser(
        "review", parents=[common], help="accept, edit or reject what was drafted"
    )
    review.add_argument("draft", metavar="DRAFT", help="the file, such as draft.yaml")
    review.add_argument(
        "--merge", action="store_true", help="then put what is accepted into seeds/"
    )
    review.add_argument(
        "--keep", action="extend", nargs="+", default=[], metavar="ID",
        help="drafted events that are not the same as the similar ones in seeds/",
    )  # fmt: skip
    review.set_defaults(run=_review)
    article = commands.add_parser(
        "article", parents=[common], help="draft, study and report an article in one go"
    )
    _article_options(article)
    article.add_argument("--out", metavar="DIR", help="default: reports/draft-NAME")
    article.add_argument(
        "--market", action="extend", nargs="+", metavar="SYMBOL", help="markets (default: all)"
    )
    article.add_argument(
        "--prices", default="snapshot", metavar="SOURCE", help="snapshot, yahoo, a file or folder"
    )
    add_allow_snapshot(article)
    article.set_defaults(run=_article)


def _article_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("article", metavar="ARTICLE", help="text or HTML file; - for standard input")
    add("--published", required=True, metavar="MOMENT",
        help="when it was published: 2025-06-05T14:10-04:00, or a day")  # fmt: skip
    add("--publisher", metavar="NAME", help="who published it")
    add("--name", metavar="FILE", help="name to keep it under (default: that of the file)")
    add("--reader", metavar="URL",
        help="send the text to a model behind this OpenAI-compatible address (default: nobody); "
             "its key is read from MARKET_REACTION_READER_KEY")  # fmt: skip
    add("--model", metavar="NAME", help="the model to ask there")


def _drafted(options: argparse.Namespace, workspace: Workspace) -> Draft:
    from analysis.drafting.drafts import draft_article
    from analysis.drafting.hours import Hours
    from analysis.seeds.catalogue import load_seeds
    from analysis.sessions.closures import load_corrections

    source = _read(options.article)
    corrections = load_corrections(workspace.data / "calendar_corrections.csv")
    seeds = load_seeds(workspace.seeds)
    return draft_article(
        source,
        file=options.name or _file_name(options.article),
        published=options.published,
        publisher=options.publisher,
        markets=seeds.markets,
        known=seeds.events,
        closes=_closes(workspace, seeds),
        hours=Hours(corrections),
        reader=_reader(options),
    )


def _closes(workspace: Workspace, seeds: Seeds) -> Closes:
    """Return what tells the last kept close of a series up to a day, at most a fortnight old."""
    import pandas as pd

    from analysis.prices import load_prices

    frame = load_prices([m.symbol for m in seeds.markets], data_dir=workspace.data).closes

    def close(symbol: str, day: date) -> float | None:
        if symbol not in frame:
            return None
        near = frame[symbol].loc[pd.Timestamp(day) - pd.Timedelta(days=14) : pd.Timestamp(day)]
        near = near.dropna()
        return float(near.iloc[-1]) if len(near) else None

    return close


def _reader(options: argparse.Namespace) -> Reader:
    from analysis.drafting.reading import read_article

    if options.reader is None:
        if options.model is not None:
            rule = "a model is asked only where --reader names its address."
            raise InputError("model", options.model, rule, "Add --reader URL.")
        return read_article
    from analysis.drafting.remote import KEY_NAME, RemoteReader

    return RemoteReader(options.reader, options.model or "", os.environ.get(KEY_NAME, ""))


def _read(name: str) -> str:
    """Return the text of a file or of standard input; bytes that are no UTF-8 become marks."""
    try:
        raw = sys.stdin.buffer.read(_MOST) if name == _STDIN else read_bounded(Path(name), _MOST)
    except OSError as error:
        raise InputError(
            "ARTICLE", name, f"it cannot be read: {error.strerror or error}.",
            "Name a text or HTML file, or - for standard input.",
        ) from None  # fmt: skip
    text = raw.decode("utf-8-sig", errors="replace")
    if not text.strip():
        raise InputError("ARTICLE", name, "it is empty.", "Name a file with the text in it.")
    return text


def _file_name(name: str) -> str:
    if name == _STDIN:
        return "article.txt"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(name).name).strip("-.")
    return plain or "article.txt"


def _draft(options: argparse.Namespace) -> int:
    from analysis.drafting.draft_file import draft_text
    from analysis.output import new_file

    draft = _drafted(options, find_workspace(options.workspace))
    path = Path(options.out)
    text = draft_text(draft, path.name)
    kept = new_file(path, text, parameter="out", force=options.force)
    print(f"{len(draft.events)} candidate events, {len(draft.claims)} candidate claims, "
          f"{len(draft.unresolved)} expressions of time without an event.")  # fmt: skip
    for event in draft.events:
        print(f"  {event['announced']['best']}  {event['title']}")
    if about := draft.article.get("reader"):
        dropped = ", ".join(f"{n} {why}" for why, n in about["dropped"].items())
        print(f"{about['model']} gave {about['answers']} answers; dropped: {dropped or 'none'}.")
    if kept:
        print(f"What was there before is kept: {kept}")
    print(f"Nothing is used until it is accepted:\n  market-reaction review {path}")
    return 0


def _review(options: argparse.Namespace) -> int:
    from analysis.drafting.draft_file import load_draft
    from analysis.drafting.merge import merge_draft
    from analysis.drafting.review import load_clock, review_draft

    workspace, path = find_workspace(options.workspace), Path(options.draft)
    load_draft(path)  # what is wrong with it is told before prices are loaded
    draft = review_draft(path, clock=load_clock(workspace), ask=input)
    events, claims = draft.accepted("events"), draft.accepted("claims")
    print(f"\nAccepted: {len(events)} events, {len(claims)} claims.")
    if not options.merge:
        if events or claims:
            print(f"Put them into seeds/ with:\n  market-reaction review {path} --merge")
        return 0
    if workspace.bundled:
        raise InputError(
            "workspace", str(workspace.root), "the founding workspace is not written to.",
            "Make one of your own with: market-reaction new NAME.",
        )  # fmt: skip
    for line in merge_draft(draft, workspace.seeds, not_twins=options.keep):
        print(f"  {line}")
    return 0


def _article(options: argparse.Namespace) -> int:
    from analysis.drafting.single import report_article
    from analysis.reactions.run_spec import RunSpec

    workspace = find_workspace(options.workspace)
    draft = _drafted(options, workspace)
    name = Path(str(draft.article["file"])).stem.casefold()
    out = Path(options.out) if options.out else workspace.reports / f"draft-{name}"
    run = RunSpec(
        markets=tuple(options.market) if options.market else None,
        prices=price_source(options.prices, workspace),
        allow_snapshot=options.allow_snapshot,
        largest_factor=options.largest_factor,
        accept_prices=options.accept_prices,
    )
    return report_article(draft, workspace, run, out=out)
