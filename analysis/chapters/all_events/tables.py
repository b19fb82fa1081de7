"""All events in figures: what stands out, market by market, and category by category."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.figures import STANDS_OUT, distinct_reactions, variants
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.table import Table
from analysis.chapters.shared.words import by_role, implied_by
from analysis.seeds.events import CATEGORIES
from analysis.wording import count, day, p_range, p_value, percent, sentence_case, size

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds


def largest_table(study: StudyStore, seeds: Seeds, *, most: int = 12) -> Table:
    """Return the most unusual distinct reactions, the smallest placebo p first.

    Parameters
    ----------
    study, seeds
        The figures, and names of events and markets.
    most
        How many reactions to show.
    """

    def titles(row: Row) -> str:
        events = by_role(row["event_ids"], seeds)
        rest = len(events) - 1
        return events[0].title + (f" and {count(rest, 'other event')}" if rest else "")

    return Table.of(
        records(distinct_reactions(study).head(most)),
        (
            ("Market, day 0", lambda r: f"{seeds.market(r['market']).short}, {day(r['day0'])}"),
            ("Events with this day 0", titles),
            ("Beyond normal", lambda r: percent(r["ar"], 2)),
            ("SAR", lambda r: f"{r['sar']:+.2f}".replace("-", "−")),
            ("p, placebo days", lambda r: p_value(r["p_value"])),
            ("p over the variants", lambda r: p_range(variants(r))),
            ("largest p over candidates", lambda r: p_value(r["p_largest"])),
            ("Noticed from", lambda r: size(r["mde"])),
        ),
        caption="The most unusual reactions",
        numeric=range(2, 8),
        note="Events with the same day 0 are one reaction. Noticed from: the smallest size found "
        "four times in five on such a day.",
        name=lambda r: named.unusual(r["market"], r["day0"]),
    )


def markets_table(study: StudyStore, seeds: Seeds) -> Table:
    """Return, market by market, how many reactions there were and how many stand out."""
    found = distinct_reactions(study)
    markets = [m for m in seeds.markets if m.symbol in set(found["market"])]
    parts = [(m.symbol, m.short, found[found["market"] == m.symbol]) for m in markets]
    return Table.of(
        [*parts, ("all", "All", found)],
        (
            ("Market", lambda p: p[1]),
            ("Events", lambda p: str(sum(map(len, p[2]["event_ids"])))),
            ("Distinct day 0s", lambda p: str(len(p[2]))),
            ("Stand out", lambda p: str(int((p[2]["p_value"] <= STANDS_OUT).sum()))),
            ("By chance", lambda p: f"{len(p[2]) * STANDS_OUT:.1f}"),
            ("Median size", lambda p: size(p[2]["ar"].abs().median(), 2)),
            ("Noticed from (median)", lambda p: size(p[2]["mde"].median(), 2)),
        ),
        caption="Marks found, and marks chance alone would make",
        numeric=range(1, 7),
        note="Stand out: placebo p at most 0.05. By chance: one in twenty of the distinct day 0s.",
        name=lambda p: named.counts(p[0]),
    )


def categories_table(study: StudyStore, seeds: Seeds) -> Table:
    """Return mean reactions by category and market, signed by the implied direction."""
    frame = study.directions
    frame = frame[(frame["model"] == study.spec.study.model) & (frame["window"] == "[0,0]")]
    order = {m.symbol: n for n, m in enumerate(seeds.markets)}
    names = {f"category:{name}": n for n, name in enumerate(CATEGORIES)}
    chosen = [r for r in records(frame) if r["scope"] in names and r["n_sessions"] >= 2]
    chosen.sort(key=lambda r: (names[r["scope"]], order[r["market"]]))

    def kind(row: Row) -> str:
        category = sentence_case(str(row["scope"]).removeprefix("category:"))
        return f"{category}, {seeds.market(row['market']).short}"

    return Table.of(
        chosen,
        (
            ("Category, market", kind),
            ("Events", lambda r: str(r["n_events"])),
            ("Sessions", lambda r: str(r["n_sessions"])),
            ("As implied", lambda r: f"{r['n_as_implied']} of {r['n_sessions']}"),
            ("Mean", lambda r: percent(r["estimate"], 2)),
            ("p, t-test", lambda r: p_value(r["p_value"])),
            ("p, sign flip", lambda r: p_value(r["p_sign_flip"])),
            ("Noticed from", lambda r: size(r["mde"], 2)),
        ),
        caption=f"Mean day-0 reaction in the direction {implied_by(seeds)}",
        numeric=range(1, 8),
        note="Over distinct sessions; only events with an implied direction count, and a session "
        "on which two of them point different ways does not. A single session is no mean and is "
        "left out. The sign flip is exact; with two sessions it cannot fall below one half.",
        name=lambda r: named.direction(r["scope"], r["market"]),
    )
