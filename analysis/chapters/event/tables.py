"""One event in every market, in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.figures import STANDS_OUT, event_rows, variants
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.table import Table
from analysis.chapters.shared.words import implied_by, rounded
from analysis.engine.models import TOTAL_REACTION, WITHOUT_BENCHMARK
from analysis.engine.rows import window_label
from analysis.wording import count, day, moment, p_range, p_value, percent, signed, size

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.events import Event

_PHASES = {
    "before_open": "before the open",
    "in_session": "during trading",
    "in_break": "in the lunch break",
    "after_close": "after the close",
    "closed_day": "on a day without trading",
}
_NONE = "–"
_BOTH_ENDS = " Event days are sessions of the market, both ends included."
_BEYOND_NEWS = (
    " From the day on which the benchmark has the news, the figures show what went beyond its "
    "reaction; the last two columns show the whole."
)
_CITED = {
    "Return": "ret",
    "Beyond normal (AR)": "ar",
    "Standard error": "se",
    "p, placebo days": "p_value",
    "p over the variants": "variants",
    "largest p over day-0 candidates": "p_largest",
    "Noticed 4 times in 5 from": "mde",
}
"""Names under which sentences cite lines of the table of one event."""


def event_table(study: StudyStore, seeds: Seeds, event_id: str) -> Table:
    """Return day 0 of one event in every market: when, how far, how unusual, how certain.

    Parameters
    ----------
    study, seeds
        The figures, and names of events and markets.
    event_id
        The event.
    """
    rows = event_rows(study, seeds, event_id)
    total = {row["market"]: row for row in event_rows(study, seeds, event_id, model=TOTAL_REACTION)}
    bare = study.spec.study.model in WITHOUT_BENCHMARK
    benchmark = _benchmark_name(study, seeds, rows)
    lines: list[tuple[str, list[str]]] = [
        ("Day 0", [_day(row["day0"]) for row in rows]),
        ("The news came", [_PHASES.get(row["phase"], _NONE) for row in rows]),
        ("Time to the next close", [_duration(row["minutes_to_close"]) for row in rows]),
        ("Day 0 in doubt", [_candidates(row) for row in rows]),
        *(
            []
            if bare
            else [
                (
                    f"{benchmark} had the news on day 0",
                    [_yes(r["benchmark_contains_news"]) for r in rows],
                )
            ]
        ),
        ("Return", [percent(row["ret"], 2) for row in rows]),
        ("Beyond normal (AR)", [percent(row["ar"], 2) for row in rows]),
        ("Standard error", [size(row["se"]) for row in rows]),
        ("In standard errors (SAR)", [signed(row["sar"]) for row in rows]),
        ("p, t-test", [p_value(row["p_t"]) for row in rows]),
        ("p, placebo days", [p_value(row["p_value"]) for row in rows]),
        ("p over the variants", [_range(row) for row in rows]),
        ("largest p over day-0 candidates", [p_value(row["p_largest"]) for row in rows]),
        ("Noticed 4 times in 5 from", [size(row["mde"]) for row in rows]),
    ]
    if study.spec.study.model != TOTAL_REACTION:
        name = "Beyond the usual mean, benchmark ignored"
        lines.append((name, [percent(total[row["market"]]["ar"], 2) for row in rows]))
        lines.append(
            ("p of that, placebo days", [p_value(total[row["market"]]["p_value"]) for row in rows])
        )
    return Table(
        caption=f"Day 0 in every market: {seeds.event(event_id).title}",
        columns=("", *(seeds.market(row["market"]).short for row in rows)),
        rows=tuple((name, *cells) for name, cells in lines),
        numeric=frozenset(range(1, len(rows) + 1)),
        note=_table_note(rows, seeds, bare=bare),
        anchors={
            (number, column): named.reaction(event_id, row["market"], _CITED[name])
            for number, (name, _) in enumerate(lines)
            if name in _CITED
            for column, row in enumerate(rows, start=1)
        },
    )


def candidates_table(study: StudyStore, seeds: Seeds, event_id: str) -> Table:
    """Return every session that may be day 0 of an event, in every market, with its figures."""
    model = study.spec.study.model
    frame = study.placebo
    frame = frame[
        (frame["event_id"] == event_id) & (frame["model"] == model) & (frame["window"] == "[0,0]")
    ]
    rows = []
    for market in seeds.markets:
        mine = frame[frame["market"] == market.symbol].sort_values("day0")
        for row in records(mine):
            which = "other" if row["candidate"] else "likeliest"
            cells = (_day(row["day0"]), which, percent(row["estimate"], 2), p_value(row["p_value"]))
            rows.append((market.short, *cells, size(row["mde"])))
    return Table(
        caption="Every session that may be day 0",
        columns=("Market", "Day 0", "", "Beyond normal", "p, placebo days", "Noticed from"),
        rows=tuple(rows),
        numeric=frozenset({3, 4, 5}),
        note="A market has one line where the minute of the news leaves no doubt.",
    )


def windows_table(study: StudyStore, seeds: Seeds, event_id: str) -> Table:
    """Return the summed abnormal returns of an event over every window and market."""
    frame = study.placebo
    frame = frame[(frame["event_id"] == event_id) & ~frame["candidate"]]
    tests = study.tests
    tests = tests[(tests["event_id"] == event_id) & tests["test"].isin(["ar_t", "car_t"])]
    key = ["market", "window", "model"]
    merged = frame.merge(
        tests[[*key, "p_value"]].rename(columns={"p_value": "p_t"}), on=key, validate="one_to_one"
    )
    cells = {(r["window"], r["market"], r["model"]): r for r in records(merged)}
    model = study.spec.study.model
    bare = model in WITHOUT_BENCHMARK
    markets = [m for m in seeds.markets if m.symbol in set(frame["market"])]
    rows = []
    for start, end in study.spec.study.windows or ():
        if (start, end) == (0, 0):
            continue
        window = window_label((start, end))
        for market in markets:
            row = cells.get((window, market.symbol, model))
            if row is None:
                continue
            total = cells.get((window, market.symbol, TOTAL_REACTION))
            whole = (
                percent(total["estimate"], 2) if total else _NONE,
                p_value(total["p_value"]) if total else _NONE,
            )
            rows.append(
                (
                    f"{window} {market.short}",
                    percent(row["estimate"], 2),
                    p_value(row["p_t"]),
                    p_value(row["p_value"]),
                    size(row["mde"]),
                    *(() if bare else whole),
                )
            )
    return Table(
        caption="Summed over several days",
        columns=(
            "Event days, market",
            "Beyond normal (CAR)",
            "p, t-test",
            "p, placebo",
            "Noticed from",
            *(() if bare else ("Benchmark ignored", "p of that, placebo")),
        ),
        rows=tuple(rows),
        numeric=frozenset(range(1, 5 if bare else 7)),
        note=_looks(study, len(rows)) + _BOTH_ENDS + ("" if bare else _BEYOND_NEWS),
    )


def moment_table(seeds: Seeds, event_id: str) -> Table:
    """Return what is known of the moment of an event, and what else was going on."""
    event = seeds.event(event_id)
    rows = [
        ("Became public", moment(event.announced_at)),
        ("Not before", moment(event.earliest)),
        ("Not after", moment(event.latest)),
        ("Rests on", event.time_basis),
        (f"Direction {implied_by(seeds)}", _directions(event, seeds)),
        ("Also in the news then", "\n".join(event.confounders) or "nothing catalogued"),
        ("In doubt", "\n".join(event.doubts) or "nothing catalogued"),
    ]
    return Table(caption=f"The moment: {event.title}", columns=("", "Known"), rows=tuple(rows))


def _looks(study: StudyStore, here: int) -> str:
    """Say of how many looks beyond day 0 a page is, so that one of twenty is no surprise."""
    frame = study.placebo[~study.placebo["candidate"]]
    frame = frame[(frame["window"] != "[0,0]") & (frame["model"] == study.spec.study.model)]
    every = len(frame.drop_duplicates(["market", "window", "day0"]))
    return (
        f"These are {count(here, 'look')} of {every} beyond day 0 in the catalogue, not judged "
        f"together; chance gives a p of at most 0.05 in about {rounded(here * STANDS_OUT)} "
        f"of those here and {every * STANDS_OUT:.0f} of all."
    )


def _benchmark_name(study: StudyStore, seeds: Seeds, rows: list[Row]) -> str:
    """Return the name of the benchmark where there is one only, else a general word."""
    names = {
        seeds.market(
            study.spec.benchmark or seeds.market(r["market"]).benchmark or r["market"]
        ).short
        for r in rows
    }
    return names.pop() if len(names) == 1 else "Benchmark"


def _table_note(rows: list[Row], seeds: Seeds, *, bare: bool) -> str:
    late = [seeds.market(r["market"]).short for r in rows if r["benchmark_contains_news"] is True]
    others = (
        "scales and estimation windows" if bare else "scales, estimation windows and benchmarks"
    )
    parts = [
        "p, placebo days: share of ordinary days at least as unusual; the variants (variants.csv) "
        f"are other forms of p, {others}, and the t-test."
    ]
    if late and not bare:
        parts.append(
            "Where the benchmark had the news, beyond normal means beyond its own reaction: "
            + ", ".join(late) + "."
        )  # fmt: skip
    parts += [
        f"{seeds.market(r['market']).short}: {r['reason']}." for r in rows if r["status"] != "ok"
    ]
    return " ".join(parts)


def _candidates(row: Row) -> str:
    if not row["ambiguous"]:
        return "no"
    return (
        "or " + ", ".join(_day(d) for d in str(row["candidates"]).split(";") if d != row["day0"])
        if ";" in str(row["candidates"])
        else "news close to the bell"
    )


def _directions(event: Event, seeds: Seeds) -> str:
    words = [
        f"{m.short} {event.expected_direction.get(m.symbol, 'none')}"
        for m in seeds.study_markets
        if event.concerns(m.symbol)
    ]
    return ", ".join(words)


def _duration(minutes: Any) -> str:
    if pd.isna(minutes):
        return _NONE
    hours, rest = divmod(round(float(minutes)), 60)
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"


def _day(value: Any) -> str:
    return _NONE if pd.isna(value) or not value else day(str(value))


def _yes(value: Any) -> str:
    return _NONE if pd.isna(value) else "yes" if value else "no"


def _range(row: Row) -> str:
    found = variants(row)
    return p_range(found) if found else _NONE
