"""What pages on events and articles are told from: a study, its records, moves and closes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from analysis.chapters.shared.moves import Moves, all_moves
from analysis.chapters.shared.ordinary import Ordinary
from analysis.chapters.shared.voice import (
    Words,
    page_words,
)
from analysis.chapters.shared.words import rounded
from analysis.chapters.shared.yardstick import Yardstick, common
from analysis.engine.models import TOTAL_REACTION
from analysis.wording import (
    day,
)

if TYPE_CHECKING:
    from analysis.reactions.minute_paths import MinutePaths
    from analysis.reactions.open_study import OpenStudy
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.events import Event
    from analysis.sessions import MarketSessions


@dataclass(frozen=True, eq=False, repr=False)
class Telling:
    """What every page on events and articles is told from.

    Attributes
    ----------
    store, seeds
        The study and its records.
    moves
        Every move, one record each.
    ordinary, whole
        Ordinary days under the model of the study, and for whole moves.
    closes
        Closes by date and symbol; empty if they are not at hand.
    sessions
        Trading hours by market; empty if they are not at hand.
    paths
        Makes paths of prices around events; None if bars are not at hand.
    """

    store: StudyStore
    seeds: Seeds
    moves: Moves
    ordinary: Ordinary
    whole: Ordinary
    closes: pd.DataFrame = field(default_factory=pd.DataFrame)
    sessions: Mapping[str, MarketSessions] = field(default_factory=dict)
    paths: MinutePaths | None = None

    @property
    def source(self) -> str:
        """Where figures come from, with their date: stands on every picture."""
        return f"Source: Market reaction; daily closes to {day(self.store.run['data_end'])}."

    @cached_property
    def stick(self) -> Yardstick:
        """The yardstick of all markets, or words for several."""
        return common([move.yardstick for move in self.moves.cells.values()])

    @cached_property
    def n(self) -> int:
        """Distinct reactions."""
        return len(self.moves.distinct())

    def ordered(self) -> list[Event]:
        """Return the events of the study in order of time."""
        return list(self._ordered)

    @cached_property
    def _ordered(self) -> list[Event]:
        ids = {event_id for event_id, _ in self.moves.cells}
        return sorted((e for e in self.seeds.events if e.id in ids),
                      key=lambda e: (e.announced_at, e.id))  # fmt: skip

    @cached_property
    def words(self) -> Words:
        """The words that pages explain."""
        days = self.store.placebo_days["session"]
        span = "on which prices are at hand"
        if len(days):
            first, last = (_month(str(at)) for at in (days.min(), days.max()))
            span = f"{first} to {last}"
        start, end = self.store.spec.study.estimation_window
        facts = {
            "yardstick": self.stick.name, "n": str(self.n), "chance": rounded(self.n / 20),
            "span": span, "length": str(end - start + 1) if self.stick.fitted else "",
        }  # fmt: skip
        return page_words(facts)


def open_telling(opened: OpenStudy, *, hours: bool = True) -> Telling:
    """Gather what pages are told from; ``hours``: with trading hours, which reads calendars."""
    return telling(
        opened.study,
        opened.seeds,
        closes=opened.closes(),
        sessions=opened.market_data().sessions if hours else {},
        paths=opened.minute_paths() if hours and len(opened.study.minutes) else None,
    )


def telling(
    store: StudyStore,
    seeds: Seeds,
    *,
    closes: pd.DataFrame | None = None,
    sessions: Mapping[str, MarketSessions] | None = None,
    paths: MinutePaths | None = None,
) -> Telling:
    """Gather what pages are told from, from a store alone if need be."""
    return Telling(
        store=store,
        seeds=seeds,
        moves=all_moves(store, seeds),
        ordinary=Ordinary(store, store.spec.study.model),
        whole=Ordinary(store, TOTAL_REACTION),
        closes=pd.DataFrame() if closes is None else closes,
        sessions=sessions or {},
        paths=paths,
    )


def _month(session: str) -> str:
    return day(session).split(" ", 1)[1]
