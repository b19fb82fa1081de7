"""All events in figures: what stands out, market by market, and category by category."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.figures import STANDS_OUT, distinct_reactions, variants
from analysis.chapters.shared.rows import records
from analysis.chapters.shared.table import Table, row_anchors
from analysis.chapters.shared.words import implied_by
from analysis.seeds.events import CATEGORIES
from analysis.wording import count, day, p_range, p_value, percent, sentence_case, size

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_ROLES = {"headline": 0, "mentioned": 1, "context": 2}


def largest_table(study: StudyStore, seeds: Seeds, *, most: int = 12) -> Table:
    """Return the most unusual distinct reactions, the smallest placebo p first.

    Parameters
    ----------
    study, seeds
        The figures, and names of events and markets.
    most
        How many reactions to show.
    """
    rows = []
    found = records(distinct_reactions(study).head(most))
    for row in found:
        events = sorted((seeds.event(e) for e in row["event_ids"]), key=lambda e: _ROLES[e.role])
        rows.append(
            (
                f"{seeds.market(row['market']).short}, {day(row['day0'])}",
                _titles([event.title for event in events]),
                percent(row["ar"], 2),
                f"{row['sar']:+.2f}".replace("-", "−"),
                p_value(row["p_value"]),
                p_range(variants(row)),
                p_value(row["p_largest"]),
                size(row["mde"]),
            )
        )
    return Table(
        caption="The most unusual reactions",
        columns=(
            "Market, day 0", "Events with this day 0", "Beyond normal", "SAR", "p, placebo days",
            "p over the variants", "largest p over candidates", "Noticed from",
        ),
        rows=tuple(rows),
        numeric=frozenset(range(2, 8)),
        note="Events with the same day 0 are one reaction. Noticed from: the smallest size found "
        "four times in five on such a day.",
        anchors=row_anchors(named.unusual(row["market"], row["day0"]) for row in found),
    )  # fmt: skip


def markets_table(study: StudyStore, seeds: Seeds) -> Table:
    """Return, market by market, how many reactions there were and how many stand out."""
    found = distinct_reactions(study)
    markets = [m for m in seeds.markets if m.symbol in set(found["market"])]
    parts = [(m.short, found[found["market"] == m.symbol]) for m in markets]
    parts.append(("All", found))
    rows = []
    for name, part in parts:
        marked = int((part["p_value"] <= STANDS_OUT).sum())
        rows.append(
            (
                name,
                str(sum(map(len, part["event_ids"]))),
                str(len(part)),
                str(marked),
                f"{len(part) * STANDS_OUT:.1f}",
                size(part["ar"].abs().median(), 2),
                size(part["mde"].median(), 2),
            )
        )
    return Table(
        caption="Marks found, and marks chance alone would make",
        columns=(
            "Market", "Events", "Distinct day 0s", "Stand out", "By chance", "Median size",
            "Noticed from (median)",
        ),
        rows=tuple(rows),
        numeric=frozenset(range(1, 7)),
        note="Stand out: placebo p at most 0.05. By chance: one in twenty of the distinct day 0s.",
        anchors=row_anchors(named.counts(name) for name in (*(m.symbol for m in markets), "all")),
    )  # fmt: skip


def categories_table(study: StudyStore, seeds: Seeds) -> Table:
    """Return mean reactions by category and market, signed by the implied direction."""
    frame = study.directions
    frame = frame[(frame["model"] == study.spec.study.model) & (frame["window"] == "[0,0]")]
    order = {m.symbol: n for n, m in enumerate(seeds.markets)}
    names = {f"category:{name}": n for n, name in enumerate(CATEGORIES)}
    rows = []
    chosen = [r for r in records(frame) if r["scope"] in names and r["n_sessions"] >= 2]
    chosen.sort(key=lambda r: (names[r["scope"]], order[r["market"]]))
    for row in chosen:
        kind = sentence_case(str(row["scope"]).removeprefix("category:"))
        rows.append(
            (
                f"{kind}, {seeds.market(row['market']).short}",
                str(row["n_events"]),
                str(row["n_sessions"]),
                f"{row['n_as_implied']} of {row['n_sessions']}",
                percent(row["estimate"], 2),
                p_value(row["p_value"]),
                p_value(row["p_sign_flip"]),
                size(row["mde"], 2),
            )
        )
    return Table(
        caption=f"Mean day-0 reaction in the direction {implied_by(seeds)}",
        columns=(
            "Category, market", "Events", "Sessions", "As implied", "Mean", "p, t-test",
            "p, sign flip", "Noticed from",
        ),
        rows=tuple(rows),
        numeric=frozenset(range(1, 8)),
        note="Over distinct sessions; only events with an implied direction count, and a session "
        "on which two of them point different ways does not. A single session is no mean and is "
        "left out. The sign flip is exact; with two sessions it cannot fall below one half.",
        anchors=row_anchors(named.direction(r["scope"], r["market"]) for r in chosen),
    )  # fmt: skip


def _titles(titles: list[str]) -> str:
    rest = len(titles) - 1
    return titles[0] + (f" and {count(rest, 'other event')}" if rest else "")
