"""Claims as pydantic models: fields, what they may hold, rules between them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from analysis.seeds import bar_checks, claims, verdicts
from analysis.seeds.kinds import (
    Count,
    Day,
    Instant,
    Number,
    Row,
    Slug,
    Text,
    Url,
    among,
    one_of,
    refuse,
)
from analysis.seeds.values import parse_instant


def _without_sign(size: float | None) -> float | None:
    if size is not None and size <= 0:
        refuse("write the size without sign; `direction` says up or down")
    return size


Way = Annotated[str, *one_of(verdicts.DIRECTIONS, "direction")]
Hedge = Annotated[str, *one_of(list(verdicts.HEDGES), "hedge word")]
Series = Annotated[Text, among("symbols", "series")]


class CheckRow(Row):
    """What closes must show for a claim."""

    makes = verdicts.PriceCheck
    statistic: Annotated[str, *one_of(verdicts.STATISTICS, "statistic")]
    direction: Way
    to: Day
    from_: Day | None = Field(None, alias="from", validate_default=True)
    series: Series
    size: Number | None = Field(None, validate_default=True)
    tolerance: Number | None = Field(None, validate_default=True)
    hedge: Hedge | None = None
    benchmark: Series | None = Field(None, validate_default=True)
    sessions: Count | None = Field(None, validate_default=True)

    @field_validator("from_", "sessions", "benchmark", "size", "tolerance")
    @classmethod
    def _fits(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse a part that the statistic or its direction lacks or cannot have."""
        statistic, direction = info.data.get("statistic"), info.data.get("direction")
        wanted = {
            "from_": statistic != "above_moving_average",
            "sessions": statistic == "above_moving_average",
            "benchmark": statistic == "return_relative_to",
        }
        if direction is not None:
            sized = statistic == "return" and direction != "none"
            wanted |= {"size": sized, "tolerance": sized or direction == "none"}
        needs = wanted.get(str(info.field_name)) if statistic is not None else None
        given = bool(value and value > 0) if info.field_name == "tolerance" else value is not None
        if needs is not None and given != needs:
            with_ = f" with direction '{direction}'" if direction else ""
            rule = "needs it" if needs else "does not use it"
            field = str(info.field_name).rstrip("_")  # pydantic tells a lacking one by our name
            refuse(f"the statistic '{statistic}'{with_} {rule}", field=field)
        return value

    @field_validator("from_")
    @classmethod
    def _before(cls, day: Any, info: ValidationInfo) -> Any:
        to = info.data.get("to")
        return refuse(f"it must come before `to`, {to}") if day and to and day >= to else day

    _unsigned = field_validator("size")(_without_sign)
    _zero = field_validator("tolerance")(lambda size: size or 0.0)

    @field_validator("hedge")
    @classmethod
    def _hedges(cls, word: str | None, info: ValidationInfo) -> str | None:
        said = info.data.get("statistic"), info.data.get("direction")
        if word and None not in said and not (said[0] == "return" and said[1] != "none"):
            refuse("a hedge word needs a `size` to stand before")
        return word


class BarCheckRow(Row):
    """What intraday bars must show for a claim."""

    makes = bar_checks.BarCheck
    series: Annotated[Text, among("bar_symbols", "series")]
    between: tuple[Text, ...] = ()
    at: Instant | None = Field(None, validate_default=True)
    size: Annotated[Number, AfterValidator(_without_sign)] | None = None
    direction: Way
    tolerance: Number | None = Field(None, validate_default=True)
    hedge: Hedge | None = None

    @field_validator("between")
    @classmethod
    def _two(cls, texts: tuple[str, ...]) -> tuple[datetime, ...]:
        found = map(parse_instant, texts)
        times = tuple(moment for moment in found if isinstance(moment, datetime))
        if texts and not (len(times) == 2 == len(texts) and times[0] < times[1]):
            refuse("write two instants in UTC, the earlier first", found=str(texts))
        return times

    @field_validator("at")
    @classmethod
    def _either(cls, at: datetime | None, info: ValidationInfo) -> datetime | None:
        if "between" in info.data and (at is None) == (not info.data["between"]):
            refuse("a check on bars has either `at` or `between`")
        return at

    @field_validator("tolerance")
    @classmethod
    def _needed(cls, value: float | None, info: ValidationInfo) -> float:
        size, direction = info.data.get("size", ...), info.data.get("direction")
        known = size is not ... and (size is not None or direction is not None)
        needs = size is not None or direction == "none"
        if known and needs != bool(value and value > 0):
            refuse("a size needs it, and so does the direction none; no other does")
        return value or 0.0

    def parts(self) -> dict[str, Any]:
        """Return the parts, asked as a check on closes is."""
        asked = super().parts()
        at = asked.pop("at")
        since, until = asked.pop("between") or (None, at)
        statistic = "sign" if self.size is None else "return"
        check = verdicts.PriceCheck(**asked, from_=None, to=until.date(), statistic=statistic)
        return {"series": self.series, "since": since, "until": until, "asked": check}


class ClaimRow(Row):
    """A claim of an article."""

    makes = claims.Claim
    id: Slug
    article: Annotated[Text, among("files", "article")]
    statement: Text
    kind: Annotated[str, *one_of(claims.KINDS, "kind of claim")]
    checks: tuple[CheckRow, ...] = ()
    undecidable: Text | None = Field(None, validate_default=True)
    how_to_check: Text
    caveat: Text = ""
    sourced: Text
    reading: Text
    sources: tuple[Url, ...] = ()
    asserts: Annotated[str, *one_of(claims.ASSERTS, "kind of assertion")] = "price"
    on_bars: tuple[BarCheckRow, ...] = ()

    @field_validator("undecidable")
    @classmethod
    def _either(cls, reason: str | None, info: ValidationInfo) -> str | None:
        checks = info.data.get("checks")
        if checks and reason:
            refuse("a claim has either `checks` or `undecidable`, not both")
        if checks == () and not reason:
            rule = "a claim needs `checks`, or `undecidable` with the reason"
            refuse(rule, field="checks")
        return reason
