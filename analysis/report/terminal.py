"""Answers in the terminal: one event, and what there is to choose from, as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.minutes.places import there
from analysis.chapters.shared.rows import records
from analysis.errors import InputError
from analysis.reactions.study_tables import USABLE
from analysis.wording import id_list, p_value

if TYPE_CHECKING:
    from analysis.reactions.study_tables import StudyTables
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.events import Event
    from analysis.workspace import Workspace

_WIDTH, _OTHERS = 96, 12


def event_text(event: Event, study: StudyTables, seeds: Seeds, *, model: str) -> str:
    """Return one event in all studied markets: when it met each of them, and how they moved."""
    lines = [
        event.title,
        f"{event.id} · {event.category} · announced {event.announced_at:%Y-%m-%d %H:%M} UTC "
        f"(between {event.earliest:%Y-%m-%d %H:%M} and {event.latest:%Y-%m-%d %H:%M})",
        "",
        _columns(_event_rows(event.id, study, seeds, model)),
        "",
        fill(
            "AR: abnormal return of day 0. z: AR over its forecast error. p: share of days as "
            "unusual, after allowing for recent volatility (placebo). Noticeable: the smallest "
            "effect this comparison finds four times in five.",
            _WIDTH,
        ),
    ]
    mine = study.reactions[study.reactions["event_id"] == event.id]
    for row in records(mine):
        if row["status"] not in USABLE:
            lines.append(f"{row['market']}: not computed: {row['reason']}")
        elif not _has_p(study, event.id, row["market"], model):
            lines.append(f"{row['market']}: no p: no other session has the prices its windows need")
        if row["status"] == "partial":
            lines.append(f"{row['market']}: {row['reason']}")
        if row["ambiguous"]:
            days = row["candidates"].replace(";", " or ")
            lines.append(f"{row['market']}: day 0 could be {days}")
        if row["shared_with"]:
            others = id_list(row["shared_with"].split(";"), most=_OTHERS, between=", ")
            lines.append(f"{row['market']}: same day 0 as {others}")
    lines += _listed("Also that day", event.confounders) + _listed("In doubt", event.doubts)
    return "\n".join(lines)


def _finite_percent(values: pd.Series[float]) -> str:
    """Write the first value as a percentage; a dash where there is none, or no effect is enough."""
    return f"{values.iloc[0]:.2%}" if len(values) and np.isfinite(values.iloc[0]) else "-"


def _has_p(study: StudyTables, event_id: str, market: str, model: str) -> bool:
    rows = study.placebo
    mine = (rows["event_id"] == event_id) & (rows["market"] == market) & (rows["model"] == model)
    return bool((mine & ~rows["candidate"].astype(bool) & (rows["window"] == "[0,0]")).any())


def _event_rows(event_id: str, study: StudyTables, seeds: Seeds, model: str) -> list[list[str]]:
    rows = [["market", "day 0", "phase", "return", "AR", "z", "p", "noticeable"]]
    day = study.abnormal_returns
    day = day[(day["model"] == model) & ~day["candidate"] & (day["event_day"] == 0)]
    placebo = study.placebo
    placebo = placebo[
        (placebo["model"] == model) & ~placebo["candidate"] & (placebo["window"] == "[0,0]")
    ]
    for reaction in records(study.reactions[study.reactions["event_id"] == event_id]):
        market = reaction["market"]
        name = f"{seeds.market(market).short} ({market})"
        row = [name, reaction["day0"] or "-", reaction["phase"].replace("_", " ")]
        found = day[(day["event_id"] == event_id) & (day["market"] == market)]
        beside = placebo[(placebo["event_id"] == event_id) & (placebo["market"] == market)]
        row += [f"{found[c].iloc[0]:+.2%}" if len(found) else "-" for c in ("ret", "ar")]
        row += [f"{found['sar'].iloc[0]:+.2f}" if len(found) else "-"]
        row += [p_value(beside["p_value"].iloc[0]) if len(beside) else "-"]
        row += [_finite_percent(beside["mde"])]
        rows.append(row)
    return rows


def minutes_text(event: Event, minutes: pd.DataFrame, seeds: Seeds) -> str:
    """Return one event in minutes: the window fixed beforehand of every pair, beside its day.

    Parameters
    ----------
    event
        The event.
    minutes
        Table of windows, as a store has it.
    seeds
        Names of the series.
    """
    mine = minutes[minutes["event_id"] == event.id]
    names = {m.symbol: m.short for m in seeds.markets}
    names |= {m.stand_in.symbol: m.stand_in.short for m in seeds.markets if m.stand_in}
    lines = [
        event.title,
        f"{event.id} · announced {event.announced_at:%Y-%m-%d %H:%M} UTC "
        f"(between {event.earliest:%Y-%m-%d %H:%M} and {event.latest:%Y-%m-%d %H:%M})",
        "",
    ]
    if mine.empty:
        return "\n".join([*lines, "No bars: seeds/markets.yaml names none, or none are there."])
    head = ["series", "against", "window", "from (UTC)", "to", "return", "AR", "z", "p"]
    rows = [[*head, "together", "noticeable", "there"]]
    chosen = mine[mine["primary"].astype(bool) | mine["kind"].isin(("day0", "none"))]
    for row in records(chosen):
        span = [str(row[end])[5:16].replace("T", " ") or "-" for end in ("start", "end")]
        figures = [percent(row["ret"]), percent(row["ar"]), _figure(row["z"], "+.2f")]
        figures += [_figure(row["p"], ".4f"), _figure(row["p_family"], ".3f"), percent(row["mde"])]
        name = names.get(str(row["series"]), str(row["series"]))
        local = there(str(row["series"]), str(row["start"]), str(row["end"]), seeds).replace(
            "–", "-"
        )
        rows.append([name, str(row["benchmark"]), str(row["kind"]), *span, *figures, local])
    notes = [
        f"{names.get(row['series'], row['series'])}, {row['kind']}: {row['note']}"
        for row in records(chosen.drop_duplicates(["series", "kind", "note"]))
        if row["note"]
    ]
    explained = (
        "Beside the whole day stands the window that was fixed beforehand: from the last price "
        "before the news to the first at least half an hour (with hourly bars an hour) after it, "
        "or the largest such stretch within the bounds of the moment. p: share of ordinary "
        "sessions as unusual at the same clock time; together: the same for the largest of all "
        "windows of the pair."
    )
    return "\n".join([*lines, _columns(rows), "", fill(explained, _WIDTH), *notes])


def _figure(value: float, form: str) -> str:
    return "-" if pd.isna(value) else format(value, form)


def list_text(what: str, workspace: Workspace) -> str:
    """Return the names one can choose from, with a line on each."""
    if what == "models":
        from analysis.engine.models import MODELS

        return _columns([[code, model.title] for code, model in MODELS.items()])
    if what == "tests":
        from analysis.engine.inference import TESTS

        return _columns([[t.code, t.title, t.reference, t.source] for t in TESTS.values()])
    from analysis.seeds.catalogue import load_seeds

    seeds = load_seeds(workspace.seeds)
    if what == "events":
        rows = [[e.id, f"{e.announced_at:%Y-%m-%d}", e.category, e.title] for e in seeds.events]
    elif what == "markets":
        rows = [[m.symbol, m.exchange, m.role, m.name] for m in seeds.markets]
    elif what == "studies":
        from analysis.seeds.studies import load_studies

        rows = [
            [s.name, s.tier, s.title]
            for s in load_studies(workspace.seeds / "studies.yaml", articles=seeds.articles)
        ]
    else:
        raise InputError.choice("list", what, ("events", "markets", "models", "tests", "studies"))
    return _columns(rows)


def _listed(title: str, items: Sequence[str]) -> list[str]:
    return [f"{title}:", *(f"  - {item}" for item in items)] if items else []


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def percent(value: float, digits: int = 2) -> str:
    """Write a decimal as a signed percentage, or a dash where there is none."""
    return "-" if pd.isna(value) else f"{value:+.{digits}%}"
