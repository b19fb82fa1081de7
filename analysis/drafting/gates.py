"""What must hold of a claim beyond its own clause: the other claims, and the closes known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from analysis.drafting.claims import DraftClaim

__all__ = ["Closes", "near_known_closes", "without_conflicts"]

Closes = Callable[[str, date], float | None]
"""Returns the last close of a series up to a day; None where none is known near it."""

_ROUNDING = 0.0011
"""Two roundings of one move differ by no more: "0.5 %" and "0.44 %"."""
_LEVEL_REACH = 0.25
"""A level told lies within this part of the last close: else it is of another series."""


def without_conflicts(claims: Sequence[DraftClaim]) -> tuple[DraftClaim, ...]:
    """Return claims; two different moves of one series on one day leave both undecided."""
    alike: dict[tuple[object, ...], list[DraftClaim]] = {}
    for claim in claims:
        if claim.size is not None and claim.day is not None and not claim.extreme:
            key = (claim.series, claim.day, claim.session, claim.horizon)
            alike.setdefault(key, []).append(claim)
    torn: dict[int, str] = {}
    for group in alike.values():
        signed = [(c.size or 0.0) * {"up": 1, "down": -1}.get(c.direction, 0) for c in group]
        if max(signed) - min(signed) > _ROUNDING:
            told = ", ".join(f'"{claim.text}"' for claim in group[:3])
            why = f"The text tells different moves of {group[0].series} on {group[0].day}: {told}."
            torn |= {claim.start: why for claim in group}
    return tuple(
        replace(claim, checks=(), undecidable=torn[claim.start], caveat="", day_told=False)
        if claim.start in torn and claim.size is not None
        else claim
        for claim in claims
    )


def near_known_closes(
    claims: Sequence[DraftClaim], closes: Closes | None
) -> tuple[DraftClaim, ...]:
    """Return claims; one whose level is far from every close known is undecided."""
    return tuple(_at_its_level(claim, closes) if closes else claim for claim in claims)


def _at_its_level(claim: DraftClaim, closes: Closes) -> DraftClaim:
    known = closes(claim.series, claim.day) if claim.level and claim.day else None
    if not known or not claim.level or abs(claim.level / known - 1) <= _LEVEL_REACH:
        return claim
    why = f"The level told, {claim.level:,.8g}, is far from the close known, {known:,.8g}."
    return replace(claim, checks=(), undecidable=why, caveat="", day_told=False)
