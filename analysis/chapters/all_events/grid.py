"""All events at a glance: the grid of events and markets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from matplotlib.patches import Rectangle

from analysis.chapters.shared import style
from analysis.chapters.shared.fewer import left_to_data, most_unusual
from analysis.chapters.shared.figures import STANDS_OUT, reaction_figures
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.chapters.shared.rows import Row, records
from analysis.reactions.study_tables import USABLE
from analysis.wording import count, day, listing, percent, sentence_case, short_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.events import Event

_VERY = 0.01
_ROW = 0.225
_DATES, _COLUMN = 0.52, 0.68

Cells = dict[tuple[str, str], Row]


class Block(NamedTuple):
    """One reaction of the grid: events of consecutive rows with the same day 0."""

    column: int
    first: int
    last: int
    figures: Row


@style.styled
def grid_picture(study: StudyStore, seeds: Seeds, *, article: str | None = None) -> Picture:
    """Draw the grid of events and markets, in order of time.

    Parameters
    ----------
    study, seeds
        The figures, and names of events and markets.
    article
        File name of an article, to show only the events it reports; None for all of the study.
    """
    figures = reaction_figures(study)
    studied = set(figures["event_id"])
    shown = [
        event
        for event in seeds.events
        if event.id in studied
        and (article is None or any(mention.file == article for mention in event.articles))
    ]
    shown.sort(key=lambda event: (event.announced_at, event.id))
    every = [event.id for event in shown]
    mine = figures[figures["event_id"].isin(every)]
    chosen = most_unusual(mine)
    shown = [event for event in shown if event.id in chosen]
    markets = [m for m in seeds.markets if m.symbol in set(figures["market"])]
    cells = {(row["event_id"], row["market"]): row for row in records(figures)}
    blocks = list(_blocks(cells, [e.id for e in shown], [m.symbol for m in markets]))
    fig = style.new_figure(0.55 + _ROW * len(shown))
    fig.set_layout_engine("none")
    axes = fig.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, style.WIDTH)
    axes.set_ylim(len(shown) + 0.55, -1.65)
    years = [event.announced_at.year for event in shown]
    for row, event in enumerate(shown):
        _label(
            axes,
            row,
            event,
            _DATES + _COLUMN * len(markets),
            year=row == 0 or years[row] != years[row - 1],
        )
    for column, market in enumerate(markets):
        axes.text(_DATES + (column + 0.5) * _COLUMN, -0.55, market.short, ha="center",
                  weight="bold", fontsize=8)  # fmt: skip
    for block in blocks:
        _draw(axes, block, _DATES + block.column * _COLUMN, _COLUMN)
    usable = records(mine[mine["status"].isin(USABLE)])
    distinct = {(row["market"], row["day0"]): row for row in usable}
    return figure_output(
        fig,
        drawn=Drawn(
            f"grid-{article.partition('.')[0]}" if article else "grid", _table(figures, shown)
        ),
        title=_grid_title(list(distinct.values()), len(every)),
        alt=_grid_alt(list(distinct.values()), seeds),
        caption="Colour and number: return beyond normal on day 0, in percent (blue up, orange "
        "down). One dot: placebo p at most 0.05, two dots: at most 0.01. Events with the same day "
        "0 in a market share one cell. A question mark: day 0 is in doubt. Hatched: not computed."
        + left_to_data(len(shown), len(every), "event", file="reactions.csv"),
        least=660,
    )


def _table(figures: pd.DataFrame, shown: list[Event]) -> pd.DataFrame:
    """Return every cell, in the order of the rows; cells with one day 0 are one reaction."""
    place = {event.id: number for number, event in enumerate(shown)}
    mine = figures[figures["event_id"].isin(place)]
    columns = ["event_id", "market", "day0", "ambiguous", "status", "ar", "p_value"]
    return mine.sort_values("event_id", key=lambda ids: ids.map(place), kind="stable")[columns]


def _blocks(cells: Cells, events: list[str], markets: list[str]) -> Iterator[Block]:
    """Join consecutive rows of a market with one day 0; what it does not study stays blank."""
    for column, market in enumerate(markets):
        first = 0
        while first < len(events):
            head, last = cells.get((events[first], market)), first
            while last + 1 < len(events) and _same(cells.get((events[last + 1], market)), head):
                last += 1
            if head is not None:
                part = [cells[event, market] for event in events[first : last + 1]]
                doubt = any(bool(row["ambiguous"]) for row in part)
                yield Block(column, first, last, {**head, "ambiguous": doubt})
            first = last + 1


def _same(one: Row | None, other: Row | None) -> bool:
    if one is None or other is None:
        return False
    figures = one["status"] in USABLE and other["status"] in USABLE
    return figures and bool(one["day0"] == other["day0"])


def _label(axes: Axes, row: int, event: Event, after: float, *, year: bool) -> None:
    at = event.announced_at
    strong = "bold" if event.role == "headline" else "normal"
    if year:
        axes.text(
            _DATES - 0.08, row - 0.55, str(at.year), ha="right", color=style.SOFT, fontsize=7.5
        )
    axes.text(_DATES - 0.08, row + 0.5, short_day(at), ha="right",
              va="center", color=style.SOFT, fontsize=7.5)  # fmt: skip
    axes.text(after + 0.1, row + 0.5, event.title, va="center", fontsize=7.5, weight=strong)


def _draw(axes: Axes, block: Block, left: float, width: float) -> None:
    height = block.last - block.first + 1
    middle = (left + width / 2, block.first + height / 2)
    usable = block.figures["status"] in USABLE
    fill, ink = style.tone(block.figures["ar"]) if usable else ("none", style.SOFT)
    axes.add_patch(
        Rectangle(
            (left, block.first),
            width,
            height,
            facecolor=fill,
            edgecolor=style.PAPER,
            linewidth=1.2,
            hatch=None if usable else "////",
        )
    )
    if not usable:
        return
    if height > 1:
        axes.add_patch(
            Rectangle((left + 0.012, block.first + 0.1), 0.03, height - 0.2, facecolor=ink, lw=0)
        )
    shown = style.signed(block.figures["ar"], 1).rstrip("%")
    shown += " ?" if block.figures["ambiguous"] else ""
    marked = _marks(block.figures["p_value"])
    axes.text(middle[0] - 0.07 * marked, middle[1], shown, ha="center", va="center", color=ink,
              fontsize=7.5, weight="bold" if marked else "normal")  # fmt: skip
    for number in range(marked):
        axes.plot(left + width - 0.075 - 0.08 * number, middle[1], marker="o", color=ink, ms=3.4)


def _marks(p: float) -> int:
    return int(p <= STANDS_OUT) + int(p <= _VERY)


def _grid_title(reactions: list[Row], n_events: int) -> str:
    marked = sum(_marks(row["p_value"]) > 0 for row in reactions)
    chance = len(reactions) * STANDS_OUT
    words = f"{chance:.0f}" if chance >= 1 else f"{chance:.1f}"
    text = (
        f"{count(n_events, 'event')}, {count(len(reactions), 'distinct reaction')}: "
        f"{count(marked, 'mark')} where chance alone would make about {words}"
    )
    return sentence_case(text)


def _grid_alt(reactions: list[Row], seeds: Seeds) -> str:
    marked = sorted(
        (row for row in reactions if _marks(row["p_value"])), key=lambda row: row["p_value"]
    )
    words = [
        f"{seeds.market(row['market']).short} on {day(row['day0'])} {percent(row['ar'])}"
        for row in marked
    ]
    which = f"Marked as unusual: {listing(words, most=12)}." if words else "None is marked."
    return f"A grid with a row per event and a column per market. {which}"
