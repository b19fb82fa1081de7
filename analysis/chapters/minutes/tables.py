"""Tables of reactions in minutes: what stands out, one event, what can be noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.chapters.minutes.places import there
from analysis.chapters.minutes.words import clock, distinct, told_rows
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.table import Table
from analysis.engine import LEVEL
from analysis.wording import p_value, percent, size

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds


def table_names(seeds: Seeds) -> dict[str, str]:
    """Return the names of all series with bars, as heads of rows."""
    names = {market.symbol: market.short for market in seeds.markets}
    return names | {m.stand_in.symbol: m.stand_in.short for m in seeds.markets if m.stand_in}


def standing_out_table(store: StudyStore, seeds: Seeds) -> Table:
    """Return the windows that stand out alone, the most unusual first, each beside its day."""
    rows, names = told_rows(store, seeds), table_names(seeds)
    found = distinct(rows[rows["primary"].astype(bool)])
    found = found[found["p"] <= LEVEL].sort_values(["p_family", "p"], kind="stable")
    days = rows[rows["kind"] == "day0"].set_index(["event_id", "series"])

    def of_day(row: Row, name: str) -> str:
        return p_value(days.loc[(row["event_id"], row["series"])][name])

    return Table.of(
        records(found),
        (
            ("News", lambda r: seeds.event(r["event_id"]).title),
            ("Series", lambda r: names.get(str(r["series"]), str(r["series"]))),
            ("Window", lambda r: clock(r["start"], r["end"])),
            ("There", lambda r: there(str(r["series"]), r["start"], r["end"], seeds)),
            ("Return", lambda r: percent(r["ret"], 2)),
            ("p", lambda r: p_value(r["p"])),
            ("p, together", lambda r: p_value(r["p_family"])),
            ("p of the day", lambda r: of_day(r, "p")),
            ("p of the day, together", lambda r: of_day(r, "p_family")),
        ),
        caption="Windows that stand out alone, each beside its whole day",
        numeric=range(4, 9),
        note="p: rank among ordinary sessions at the same clock time. Together: all windows, or "
        "all days, of the series moved by the same number of sessions, step-down.",
    )


def noticed_table(store: StudyStore, seeds: Seeds) -> Table:
    """Return the smallest effects that would be noticed: the median of the events, by series."""
    rows, names = told_rows(store, seeds), table_names(seeds)
    cells = []
    for symbol, mine in rows.groupby("series", sort=False):
        day = mine[mine["kind"] == "day0"].groupby("event_id")["mde"].first()
        primary = mine[mine["primary"].astype(bool)].set_index("event_id")
        scanned = primary["kind"].str.startswith("scan")
        ratio = (primary["mde"] / day).median()
        medians = (day.median(), primary.loc[~scanned, "mde"].median(),
                   primary.loc[scanned, "mde"].median())  # fmt: skip
        shown = (size(value) for value in medians)
        text = f"{ratio:.2f}" if pd.notna(ratio) else "–"
        cells.append((names.get(str(symbol), str(symbol)), *shown, text))
    return Table(
        caption="The smallest effect that would be noticed four times in five",
        columns=("Series", "Whole day", "One window", "Largest stretch within bounds",
                 "Window to day"),
        rows=tuple(cells),
        numeric=frozenset(range(1, 5)),
        note="Medians over the events.",
    )  # fmt: skip


def coverage_table(store: StudyStore, seeds: Seeds) -> Table:
    """Return for how many events each series has bars."""
    names = table_names(seeds)
    total = store.minutes["event_id"].nunique()
    cells = [
        (names.get(str(symbol), str(symbol)),
         str(mine.loc[mine["kind"] != "none", "event_id"].nunique()), str(total))
        for symbol, mine in store.minutes.groupby("series", sort=False)
    ]  # fmt: skip
    have = set(store.minutes["series"])
    cells += [(m.short, "0", str(total)) for m in seeds.study_markets if m.symbol not in have]
    return Table(
        caption="Events with bars",
        columns=("Series", "Events with bars", "Events"),
        rows=tuple(cells),
        numeric=frozenset((1, 2)),
    )
