"""A walk through a draft in the terminal: accept, edit or reject, with day 0 shown at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from analysis.drafting.draft_file import load_draft, write_draft
from analysis.drafting.drafts import Draft
from analysis.drafting.merge import same_happening
from analysis.drafting.seed_records import event_record
from analysis.errors import InputError
from analysis.seeds.events import CATEGORIES, DIRECTIONS, Event
from analysis.seeds.values import SLUG, SLUG_RULE, parse_instant
from analysis.wording import INSTANT

if TYPE_CHECKING:
    from analysis.seeds.catalogue import Seeds
    from analysis.sessions import MarketSessions, Reaction
    from analysis.workspace import Workspace

__all__ = ["MarketClock", "load_clock", "review_draft", "show_event"]

_WIDTH, _INDENT = 96, " " * 12
_ASK = "[a]ccept  [e]dit  [r]eject  [s]kip  [q]uit > "
_FIELDS = {
    "events": ("title", "id", "category", "best", "earliest", "latest", "direction"),
    "claims": ("statement", "id"),
}
_MOMENTS = ("best", "earliest", "latest")


@dataclass(frozen=True, eq=False)
class MarketClock:
    """Tells day 0 of a drafted event in every study market: seeds, and sessions per symbol."""

    seeds: Seeds
    sessions: Mapping[str, MarketSessions]

    def event(self, record: Mapping[str, Any], draft: Draft) -> Event:
        """Return a drafted event as the record the studies know."""
        study = [market.symbol for market in self.seeds.study_markets]
        plain = event_record(record, file=str(draft.article["file"]), study_markets=study)
        announced = plain["announced"]
        moments = {}
        for name in _MOMENTS:
            moment = parse_instant(str(announced.get(name, "")))
            if isinstance(moment, str):
                raise InputError(
                    f"{record['id']}, announced.{name}", announced.get(name), moment + "."
                )
            moments[name] = moment
        return Event(
            id=plain["id"], title=plain["title"], role=plain["role"], category=plain["category"],
            announced_at=moments["best"], earliest=moments["earliest"], latest=moments["latest"],
            precision=announced["precision"], time_basis=announced["basis"],
            local_time_in_source=announced.get("local"), source_zone=announced.get("zone"),
            articles=(), expected_direction=plain["implied_direction"], expected_note="",
            evidence=(), confounders=(), doubts=tuple(plain["doubts"]),
        )  # fmt: skip

    def reactions(self, event: Event) -> tuple[Reaction, ...]:
        """Return the reactions of one event, one per study market."""
        from analysis.sessions import reactions

        benchmarks = {m.symbol: m.benchmark for m in self.seeds.study_markets if m.benchmark}
        return reactions([event], self.sessions, benchmarks=benchmarks)


def load_clock(workspace: Workspace) -> MarketClock:
    """Lay the sessions of the study markets and their benchmarks on the kept prices."""
    from analysis.prices import load_prices
    from analysis.seeds.catalogue import load_seeds
    from analysis.sessions import market_sessions
    from analysis.sessions.closures import load_corrections

    seeds = load_seeds(workspace.seeds)
    study = {m.symbol for m in seeds.study_markets}
    wanted = study | {m.benchmark for m in seeds.study_markets if m.benchmark}
    prices = load_prices([m.symbol for m in seeds.markets], data_dir=workspace.data)
    corrections = load_corrections(workspace.data / "calendar_corrections.csv")
    sessions = {
        market.symbol: market_sessions(market, prices, corrections=corrections)
        for market in seeds.markets
        if market.symbol in wanted
    }
    return MarketClock(seeds, sessions)


def _line(label: str, text: str) -> str:
    return fill(text, _WIDTH, initial_indent=f"  {label:10}", subsequent_indent=_INDENT)


def show_event(record: Mapping[str, Any], draft: Draft, clock: MarketClock | None) -> str:
    """Return a drafted event as text: sentence, moment, and day 0 in every market."""
    announced, date = record["announced"], record.get("date") or {}
    why, told = record.get("category_from"), f"{announced['earliest']} and {announced['latest']}"
    from_ = f'from "{why}"' if why else "nothing implies one"
    lines = [
        f"{record['title']}",
        f"  id        {record['id']}",
        _line("words", f"“{record.get('sentence', '')}”"),
        f"  moment    {announced['best']}  (between {told})",
        _line("because", f"{announced['basis']}"),
        f"  category  {record['category']} ({from_})",
    ]
    if record.get("ambiguous"):
        words = f'"{date.get("text")}"'
        lines.append(f"  NOTE      {words} has more than one reading; the bounds hold each")
    if clock is not None:
        event = clock.event(record, draft)
        sentence = str(record.get("sentence", ""))
        lines += _days(event, record.get("implied_direction") or {}, clock)
        twins = [
            known for known in clock.seeds.events
            if same_happening(event.title, event.earliest, event.latest, known, sentence=sentence)
        ]  # fmt: skip
        lines += [f"  SAME AS?  {known.id}: {known.title}" for known in twins[:3]]
    return "\n".join(lines)


def _days(event: Event, implied: Mapping[str, str], clock: MarketClock) -> list[str]:
    lines = []
    for reaction in clock.reactions(event):
        name = clock.seeds.market(reaction.market).short
        told = f"no day 0: {reaction.status.replace('_', ' ')}"
        if reaction.status == "ok":
            others = ", ".join(str(day) for day in reaction.candidates if day != reaction.day0)
            doubt = f"  could also be {others}" if others else "  (near the close)"
            told = f"{reaction.day0}  {reaction.phase.replace('_', ' ')}"
            told += doubt if reaction.ambiguous else ""
        lines.append(f"  day 0     {name:10} {told}  [{implied.get(reaction.market, 'none')}]")
    return lines


def _show_claim(record: Mapping[str, Any]) -> str:
    sentence = _line("words", f"“{record.get('sentence', '')}”")
    lines = [str(record["statement"]), f"  id        {record['id']}", sentence]
    for check in record.get("checks") or ():
        size = f" {check['size']:.2%}" if check.get("size") is not None else ""
        lines.append(
            f"  check     {check['series']} {check['direction']} {check.get('hedge') or ''}{size}, "
            f"close of {check.get('from')} to {check['to']}"
        )
    if record.get("undecidable"):
        lines.append(f"  no check  {record['undecidable']}")
    return "\n".join(lines)


def review_draft(
    path: Path,
    *,
    clock: MarketClock | None = None,
    ask: Callable[[str], str] = input,
    tell: Callable[[str], None] = print,
) -> Draft:
    """Walk through what is still a draft; every answer is written to the file at once.

    Parameters
    ----------
    path
        The file, ``draft.yaml``.
    clock
        Tells day 0; None to leave that out.
    ask, tell
        How to ask and to show; the terminal by default.

    Returns
    -------
    Draft
        As it stands afterwards.

    Raises
    ------
    InputError
        If the file is no draft.
    """
    draft = load_draft(path)
    for kind in ("events", "claims"):
        records = [dict(record) for record in getattr(draft, kind)]
        waiting = [n for n, record in enumerate(records) if record["status"] == "draft"]
        for count, n in enumerate(waiting, 1):
            tell(f"\n{kind[:-1].capitalize()} {count} of {len(waiting)}")
            answer = _one(records, n, draft, clock, kind, ask, tell)
            kept = tuple(records)
            draft = replace(draft, events=kept) if kind == "events" else replace(draft, claims=kept)
            write_draft(draft, path)
            if answer == "q":
                return draft
    return draft


def _one(
    records: list[dict[str, Any]], n: int, draft: Draft, clock: MarketClock | None, kind: str,
    ask: Callable[[str], str], tell: Callable[[str], None],
) -> str:  # fmt: skip
    """Ask about one record until there is an answer; edits change it in place."""
    while True:
        record = records[n]
        tell(show_event(record, draft, clock) if kind == "events" else _show_claim(record))
        try:
            answer = ask(_ASK).strip().casefold()[:1]
        except EOFError:
            return "q"
        if answer in ("a", "r"):
            record["status"] = "accepted" if answer == "a" else "rejected"
            return answer
        if answer in ("s", "q"):
            return answer
        if answer == "e":
            _edit(record, kind, ask, tell)
        else:
            tell("Type a, e, r, s or q.")


def _edit(
    record: dict[str, Any], kind: str, ask: Callable[[str], str], tell: Callable[[str], None]
) -> None:
    """Ask for new values, field by field; an empty answer keeps what stands there."""
    announced = dict(record.get("announced") or {})
    for name in _FIELDS[kind]:
        old = announced.get(name, record.get(name, ""))
        if name == "direction":
            old = ", ".join(f"{s} {d}" for s, d in (record.get("implied_direction") or {}).items())
        try:
            new = ask(f"  {name} [{old}]: ").strip()
        except EOFError:
            break
        if new and (problem := _apply(record, announced, name, new)):
            tell(f"  not changed: {problem}")
    if announced:
        if not announced["earliest"] <= announced["best"] <= announced["latest"]:
            tell("  bounds widened so that they hold the moment")
            moments = sorted(announced[name] for name in _MOMENTS)
            announced |= {"earliest": moments[0], "latest": moments[-1]}
        record["announced"] = announced


def _apply(record: dict[str, Any], announced: dict[str, Any], name: str, new: str) -> str:
    """Set a field; return what is wrong with the value, or nothing."""
    if name in ("best", "earliest", "latest"):
        moment = parse_instant(new)
        if isinstance(moment, str):
            return moment
        announced[name] = moment.strftime(INSTANT)
        if name == "best":
            announced["basis"] = "Set in review"
    elif name == "id" and not SLUG.fullmatch(new):
        return SLUG_RULE
    elif name == "category" and new not in CATEGORIES:
        return "choose one of " + ", ".join(CATEGORIES)
    elif name == "direction":
        pairs = [part.split() for part in new.split(",")]
        if any(len(pair) != 2 or pair[1] not in DIRECTIONS for pair in pairs):
            return "write it as NVDA up, ^N225 down"
        record["implied_direction"] = {pair[0]: pair[1] for pair in pairs}
    else:
        record[name] = new
    return ""
