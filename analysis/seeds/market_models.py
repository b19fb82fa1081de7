"""Markets as pydantic models: fields, what they may hold, rules between them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from analysis.seeds import markets
from analysis.seeds.exchanges import EXCHANGE_RULE, exchange_code, exchange_rule
from analysis.seeds.kinds import (
    FileName,
    Row,
    Text,
    Title,
    Zone,
    among,
    broken,
    context,
    matching,
    one_of,
    refuse,
    refuse_each,
)
from analysis.seeds.values import no_such

_SYMBOL = re.compile(r"\^?[A-Z0-9][A-Z0-9.=&_-]*")
_SYMBOL_RULE = "write the symbol as Yahoo Finance does, e.g. 'NVDA', '^N225' or '7203.T'"
_EXCHANGE = re.compile(r"[A-Za-z0-9/_]{2,10}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_CURRENCY_RULE = "write the three-letter currency code (ISO 4217) in capitals, e.g. 'USD'"
_CLOCK = re.compile(r"[0-2][0-9]:[0-5][0-9]")
_CLOCK_RULE = "write a clock time as HH:MM, in quotes, e.g. '18:00'"


Symbol = Annotated[str, *matching(_SYMBOL, _SYMBOL_RULE)]
Clock = Annotated[str, *matching(_CLOCK, _CLOCK_RULE)]
Against = Annotated[Text, among("barred", "series with bars")]


def _exchange(code: str) -> str:
    if rule := exchange_rule(code):
        refuse(rule)
    return exchange_code(code)


class BarsRow(Row):
    """The intraday bars of a series."""

    makes = markets.MarketBars
    file: FileName
    zone: Zone | None = None
    stamp: Annotated[str, *one_of(markets.STAMPS, "kind of stamp")] | None = None
    against: Annotated[
        tuple[Against, ...], AfterValidator(lambda names: names or (markets.TOTAL,))
    ] = (markets.TOTAL,)


class StandInRow(Row):
    """A series that answers while a market is closed."""

    makes = markets.StandIn
    zone: Zone | None = Field(None, validate_default=True)
    symbol: Symbol
    short: Text
    opens: Clock
    closes: Clock
    bars: BarsRow

    @field_validator("zone")
    @classmethod
    def _named(cls, zone: str | None) -> str:
        return zone or refuse("name the IANA zone of its exchange, e.g. 'America/New_York'")


class MarketRow(Row):
    """A market or related series."""

    makes = markets.Market
    symbol: Symbol
    name: Title
    short: Title
    kind: Annotated[str, *one_of(markets.KINDS, "kind")]
    exchange: Annotated[str, *matching(_EXCHANGE, EXCHANGE_RULE), AfterValidator(_exchange)]
    currency: Annotated[str, *matching(_CURRENCY, _CURRENCY_RULE)]
    role: Annotated[str, *one_of(markets.ROLES, "role")]
    benchmarks: tuple[Text, ...] | None = None
    benchmark: Text | None = Field(None, validate_default=True)
    model: Annotated[str, *one_of(markets.MODELS, "model")] | None = Field(
        None, validate_default=True
    )
    note: Text = ""
    opening: Annotated[str, *one_of(markets.OPENINGS, "kind of opening")] = ""
    bars: BarsRow | None = None
    stand_in: StandInRow | None = None

    @field_validator("role")
    @classmethod
    def _some_study(cls, role: str, info: ValidationInfo) -> str:
        if context(info, "first") and context(info, "study") is False:
            refuse("at least one market must have the role 'study'")
        return role

    @field_validator("benchmarks", "benchmark")
    @classmethod
    def _others(cls, given: Any, info: ValidationInfo) -> Any:
        """Refuse benchmarks that are the market itself, stand there twice or not in the file."""
        names = given if isinstance(given, tuple) else (given,) if given else ()
        listed = context(info, "listed")
        wrong = []
        for place, name in enumerate(names):
            if name == info.data.get("symbol"):
                wrong.append("a market cannot be its own benchmark")
            elif name in names[:place]:
                wrong.append(f"{name!r} stands there twice")
            elif listed is not None and name not in listed:
                wrong.append(no_such(name, listed, what="symbol in this file"))
        refuse_each(((), broken(rule)) for rule in wrong)
        return given

    @field_validator("benchmark", "model")
    @classmethod
    def _by_role(cls, value: str | None, info: ValidationInfo) -> str | None:
        role, field = info.data.get("role"), str(info.field_name)
        given: Any = value
        if field == "benchmark":
            if "benchmarks" not in info.data:
                return value
            several = info.data["benchmarks"]
            if value and several:
                refuse("write it as the first of `benchmarks`, and leave this out")
            given, field = value or several, field if several is None else "benchmarks"
        if role == "study" and not given:
            refuse("a study market needs one", field=field)
        if role == "related" and given:
            refuse("leave it out: only study markets have one", field=field)
        return value

    def parts(self) -> dict[str, Any]:
        """Return the parts, with one benchmark as a list of one."""
        found = super().parts()
        one = found.pop("benchmark")
        several = found["benchmarks"] or ((one,) if one else ())
        return {**found, "benchmarks": several, "model": self.model or ""}
