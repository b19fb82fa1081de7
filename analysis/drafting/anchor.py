"""What "Thursday" and "9 a.m." are measured from: publication, dateline, zone and exchange."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from analysis.drafting.grammar import Patterns
from analysis.drafting.text import ArticleText
from analysis.drafting.words import OFFSET_EXCHANGES, PLACES
from analysis.seeds.zones import zone_info

__all__ = ["Anchor", "find_anchor"]

_RE = Patterns("anchor")
_DATELINE_REACH = 400
_HOMES = {
    mic: ZoneInfo(zone)
    for mic, zone in (("XNYS", "America/New_York"), ("XLON", "Europe/London"),
                      ("XPAR", "Europe/Paris"), ("XASX", "Australia/Sydney"))
}  # fmt: skip
"""Zones with a summer time, by the exchange an offset stands for."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What days and hours without more are measured from.

    Attributes
    ----------
    published
        Moment of publication, aware; its last second where only the day is known (``day_only``).
    zone
        Zone of days: of the dateline, else the offset of the publication (``+09:00``).
    exchange
        Market code session words belong to where the text names none; empty if unknown.
    basis
        What zone and exchange rest on.
    """

    published: datetime
    zone: str
    exchange: str
    basis: str
    day_only: bool = False

    @property
    def day(self) -> date:
        """Day of publication in the zone of the anchor."""
        return self.published.astimezone(zone_info(self.zone)).date()

    def zone_on(self, day: date) -> str:
        """Return the zone of clock times on a day: a city keeps its summer time, an offset none."""
        home = _HOMES.get(self.exchange)
        if home is None or self.basis.startswith("dateline"):
            return self.zone
        noon = datetime.combine(day, time(12), home).utcoffset()
        now = self.published.utcoffset()
        told_there = now == self.published.astimezone(home).utcoffset()
        return home.key if told_there and noon != now else self.zone


def find_anchor(text: ArticleText, published: datetime, *, day_only: bool = False) -> Anchor:
    """Return the anchor of an article: its dateline if it has one, else the offset given."""
    match = _RE.dateline.search(text.plain[:_DATELINE_REACH])
    if match is not None:
        place = match["line"] or match["inside"]
        return Anchor(published, *PLACES[place.casefold()], f"dateline {place}", day_only)
    offset = published.utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    zone = f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}" if minutes else "UTC"
    exchange = OFFSET_EXCHANGES.get(minutes, "")
    if exchange == "XLON" and published.astimezone(_HOMES["XLON"]).utcoffset() != offset:
        exchange = "XPAR"  # an hour ahead in winter
    return Anchor(published, zone, exchange, f"offset of the publication, {zone}", day_only)
