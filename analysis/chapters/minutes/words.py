"""What minutes show that days do not: counts with chance, what holds, one event in minutes."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING

import pandas as pd

from analysis.chapters.minutes.places import there_words
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.sentences import Sentence
from analysis.chapters.shared.voice import moved
from analysis.chapters.shared.yardstick import with_article
from analysis.engine import LEVEL
from analysis.engine.models import WITHOUT_BENCHMARK
from analysis.wording import count, day, listing, number, percent, sentence_case

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

TOTAL = "total"
_SHOWN = 3
_SPOKEN_OF = 2
"""Series of one event that are spoken of."""
NO_BARS = "There are no intraday bars: seeds/markets.yaml names none, or none are there."


def short_names(seeds: Seeds) -> dict[str, str]:
    """Return the names of all series with bars, stand-ins included.

    Markets of the study are named as on all pages: "the" would not suit one named as its country.
    """
    names = {m.symbol: m.short if m.role == "study" else with_article(m) for m in seeds.markets}
    return names | {
        m.stand_in.symbol: f"the {m.stand_in.short}" for m in seeds.markets if m.stand_in
    }


def told_rows(store: StudyStore, seeds: Seeds, event_id: str = "") -> pd.DataFrame:
    """Return the rows pages speak of: of each series those against its own benchmark, or in total.

    The run says which benchmark that is, and whether there is one. Of one event if it is named.
    """
    rows = store.minutes
    rows = rows[rows["event_id"] == event_id] if event_id else rows
    measured = rows.loc[rows["kind"] != "none", ["series", "benchmark"]]
    run = store.spec
    bare = run.study.model in WITHOUT_BENCHMARK
    own = {m.symbol: TOTAL if bare else run.benchmark or m.benchmark for m in seeds.markets}
    places = [rows.index[:0]]
    for symbol, mine in measured.groupby("series", sort=False)["benchmark"]:
        benchmarks = list(mine.unique())
        wanted = own.get(str(symbol))
        lead = wanted if wanted in benchmarks else TOTAL if TOTAL in benchmarks else benchmarks[0]
        if lead in (wanted, TOTAL) or not (bare or run.benchmark):  # else by a yardstick not asked
            places.append(mine.index[mine == lead])
    return rows.loc[places[0].append(places[1:])].reset_index(drop=True)


def distinct(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with a figure, every window of a series once."""
    known = rows[rows["z"].notna() & rows["p"].notna()]
    return known.drop_duplicates(["series", "benchmark", "start", "end"])


def found_words(row: Row, names: Mapping[str, str]) -> str:
    """Say which series moved how far, and when."""
    beyond = ""
    if row["benchmark"] != TOTAL:
        beyond = f" ({percent(row['ar'])} beyond {names.get(row['benchmark'], row['benchmark'])})"
    name = names.get(row["series"], row["series"])
    return f"{name} {moved(row['ret'])}{beyond} from {clock(row['start'], row['end'])}"


def clock(start: str, end: str) -> str:
    """Write a span of two instants: 14:55 to 15:25 UTC on 10 October 2025."""
    if start[:10] == end[:10]:
        return f"{start[11:16]} to {end[11:16]} UTC on {day(start[:10])}"
    return f"{start[11:16]} UTC on {day(start[:10])} to {end[11:16]} on {day(end[:10])}"


def overview(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Say how many windows stand out, with chance, and which hold among all."""
    rows, names = told_rows(store, seeds), short_names(seeds)
    windows = distinct(rows[rows["primary"].astype(bool)])
    days = distinct(rows[rows["kind"] == "day0"])
    if windows.empty:
        return (Sentence("minutes-none", NO_BARS, finding=False),)
    alone, by_day = (int((t["p"] <= LEVEL).sum()) for t in (windows, days))
    held, held_days = (t[t["p_family"] <= LEVEL] for t in (windows, days))
    counts = (
        f"In minutes {number(alone)} of {len(windows)} reactions stand out alone, where chance "
        f"gives about {len(windows) * LEVEL:.0f}; in days {number(by_day)} of {len(days)}, where "
        f"it gives {len(days) * LEVEL:.0f}."
    )
    return (
        Sentence("minutes-held", _held(held, names)),
        Sentence("minutes-counts", counts),
        Sentence("days-held", _days(held_days, names)),
        Sentence(
            "minutes-shared",
            "Series share their news, so these counts are no count of separate happenings.",
            finding=False,
        ),
    )


def _held(held: pd.DataFrame, names: Mapping[str, str]) -> str:
    if held.empty:
        return "No reaction in minutes is still unusual once all of its series are judged together."
    shown = listing([found_words(row, names) for row in records(held)], most=_SHOWN)
    verb = "holds" if len(held) == 1 else "hold"
    return (
        f"In minutes {count(len(held), 'reaction')} {verb} when all of a series are judged "
        f"together: {shown}."
    )


def _days(held: pd.DataFrame, names: Mapping[str, str]) -> str:
    if held.empty:
        return "No whole day holds when all are judged together."
    shown = listing([found_words(row, names) for row in records(held)], most=_SHOWN)
    verb = "holds" if len(held) == 1 else "hold"
    return f"When all are judged together, {count(len(held), 'whole day')} {verb}: {shown}."


def front_sentence(store: StudyStore, seeds: Seeds) -> str:
    """Return the sentence that is true in minutes, for the front page; empty without bars."""
    rows = told_rows(store, seeds)
    windows = distinct(rows[rows["primary"].astype(bool)])
    if windows.empty:
        return ""
    held = int((windows["p_family"] <= LEVEL).sum())
    if not held:
        return "In minutes no reaction holds when all of a series are judged together."
    verb = "holds" if held == 1 else "hold"
    return f"In minutes {count(held, 'reaction')} {verb} when all of a series are judged together."


def event_words(store: StudyStore, seeds: Seeds, event_id: str) -> tuple[str, ...]:
    """Say of one event what its primary windows show; empty without bars."""
    names, known = short_names(seeds), primary_rows(store, seeds, event_id)
    if known.empty:
        return ()
    spoken_of = records(known)[:_SPOKEN_OF]
    sentences = [_answer(row, names) for row in spoken_of]
    shut = [
        names.get(str(r["series"]), str(r["series"])) for r in spoken_of if r["phase"] == "closed"
    ]
    if shut:
        verb = "was" if len(shut) == 1 else "were"
        sentences.append(
            f"{sentence_case(listing(shut))} {verb} shut when the news came, so minutes add little "
            "there."
        )
    sentences.append(_beside_day(store, spoken_of[0], names))
    lacking = _without_bars(store, seeds, event_id)
    if lacking:
        sentences.append(f"No bars for {listing(lacking)}.")
    return tuple(filter(None, sentences))


def local_words(store: StudyStore, seeds: Seeds, event_id: str) -> str:
    """Say when the windows spoken of were where their series trade; empty without bars."""
    return there_words(records(primary_rows(store, seeds, event_id))[:_SPOKEN_OF], seeds)


def primary_rows(store: StudyStore, seeds: Seeds, event_id: str) -> pd.DataFrame:
    """Return the windows of an event that were fixed beforehand, the most unusual series first."""
    rows = told_rows(store, seeds, event_id)
    mine = rows[rows["primary"].astype(bool)]
    return mine[mine["p"].notna()].sort_values("p", kind="stable")


def rows_beside(store: StudyStore, row: Row) -> dict[str, Row]:
    """Return all windows of the event, series and benchmark of a row, by kind."""
    found = store.minutes[store.minutes["event_id"] == row["event_id"]]
    mine = found[(found["series"] == row["series"]) & (found["benchmark"] == row["benchmark"])]
    return {str(one["kind"]): one for one in records(mine)}


def _beside_day(store: StudyStore, row: Row, names: Mapping[str, str]) -> str:
    """Say where whole day and minutes disagree on one series; like is compared with like."""
    of_day = rows_beside(store, row).get("day0")
    if of_day is None or not isfinite(of_day["p"]):
        return ""
    by_day, in_minutes = (bool(one["p"] <= LEVEL) for one in (of_day, row))
    if by_day == in_minutes:
        return ""
    name = names.get(row["series"], row["series"])
    if by_day:
        return (
            f"The whole day of {name} stands out, the minutes after the news do not: it moved at "
            "another hour."
        )
    return f"By the whole day {name} does not stand out."


def k_of_n(row: Row, *, short: bool = False) -> str:
    """Say how many ordinary sessions were as unusual, or had such a stretch in the same hours."""
    n = int(row["n_placebo"])
    k = round(row["p"] * (n + 1)) - 1
    if short:
        return f"{k} of {n}"
    where = "stretches of the same hours" if row["kind"].startswith("scan") else "sessions"
    verb = "was" if k == 1 else "were"
    return f"{number(k, none='none')} of {n} ordinary {where} {verb} as unusual"


def _answer(row: Row, names: Mapping[str, str]) -> str:
    said = f"{found_words(row, names)}; {k_of_n(row)}"
    if row["p_family"] <= LEVEL:
        return f"Yes: {said}, and it holds when all of its series are judged together."
    if row["p"] <= LEVEL:
        return f"Unusual alone: {said}. Judged together with all others it is not."
    return f"Ordinary: {said}. A move had to reach {percent(row['mde']).lstrip('+')} to be noticed."


def _without_bars(store: StudyStore, seeds: Seeds, event_id: str) -> list[str]:
    rows = store.minutes[store.minutes["event_id"] == event_id]
    none = set(rows.loc[rows["kind"] == "none", "series"])
    have = set(store.minutes["series"])
    return [m.short for m in seeds.study_markets if m.symbol in none or m.symbol not in have]
