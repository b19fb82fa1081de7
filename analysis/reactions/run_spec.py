"""What a study of markets is applied to: the method, and which events, markets and prices."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from analysis.engine.models import MODELS
from analysis.engine.spec import StudySpec, known_fields, listed, plain_values
from analysis.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """A study spec and which events, markets and prices it is applied to.

    Attributes
    ----------
    study : StudySpec
        The method.
    events : tuple of str or None
        Ids of the events to report; None for all of the catalogue.
    markets : tuple of str or None
        Symbols of the markets; None for every study market.
    prices : str
        ``"snapshot"``, ``"yahoo"`` or a path.
    benchmark : str or None
        Symbol that replaces every market's own benchmark.
    allow_snapshot : bool
        Whether kept prices may stand in, with a banner, where Yahoo cannot be reached.
    largest_factor : float or None
        Largest believable ratio of successive closes; None for 1.8 (shares) and 2.5 (indices).
    accept_prices : bool
        Whether a person has looked at prices the gate refuses, and wants them.
    """

    study: StudySpec = field(default_factory=StudySpec)
    events: tuple[str, ...] | None = None
    markets: tuple[str, ...] | None = None
    prices: str = "snapshot"
    benchmark: str | None = None
    allow_snapshot: bool = False
    largest_factor: float | None = None
    accept_prices: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.study, StudySpec):
            raise InputError("study", self.study, "it must be a StudySpec.", "Leave it out.")
        if self.study.alternative != "two-sided":
            raise InputError(
                "alternative", self.study.alternative,
                "a catalogue of news is judged two-sided: its directions were read from articles "
                "written afterwards.",
                "Leave it out; a table of events takes it.",
            )  # fmt: skip
        model = MODELS[self.study.model]
        if model.estimates_nothing and not model.needs_benchmark:
            raise InputError(
                "model", self.study.model,
                "reactions of markets are held against what is normal, and it takes nothing out.",
                "Use constant_mean; a table of events takes it.",
            )  # fmt: skip
        for name in ("events", "markets"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _names(name, getattr(self, name)))
        _text("prices", self.prices, "Name snapshot, yahoo, a file or a folder.")
        if self.benchmark is not None:
            _text("benchmark", self.benchmark, "Name a symbol, or leave it out.")
        if not isinstance(self.allow_snapshot, bool):
            raise InputError("allow_snapshot", self.allow_snapshot, "it must be true or false.")
        _factor("largest_factor", self.largest_factor)

    def to_json(self) -> str:
        """Return the JSON that papermill is given and `run.json` keeps."""
        values = {
            "study": self.study.to_dict(),
            "events": plain_values(self.events),
            "markets": plain_values(self.markets),
            "prices": self.prices,
            "benchmark": self.benchmark,
        }
        if self.allow_snapshot:
            values["allow_snapshot"] = True
        if self.largest_factor is not None:
            values["largest_factor"] = self.largest_factor
        if self.accept_prices:
            values["accept_prices"] = True
        return json.dumps(values, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Build a run spec from its JSON.

        Raises
        ------
        InputError
            If the text is not JSON, or holds an unknown name or a value that breaks a rule.
        """
        try:
            values = json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise InputError("spec", str(text)[:60], f"it must be JSON ({error}).") from error
        if not isinstance(values, dict):
            raise InputError("spec", text[:60], "it must be a JSON object.")
        known = known_fields(cls, values)
        known["study"] = StudySpec.from_dict(known.get("study", {}))
        return cls(**known)

    @classmethod
    def from_keywords(cls, given: Mapping[str, Any]) -> Self:
        """Build a run spec from names and values, those of the method among them.

        Raises
        ------
        InputError
            If a name is neither of a run nor of a method, or a value breaks a rule.
        """
        own = {field.name for field in fields(cls)} - {"study"}
        method = {field.name for field in fields(StudySpec)}
        for name in given:
            if name not in own | method:
                raise InputError.choice("keyword", name, sorted(own | method))
        study = StudySpec.from_dict({n: v for n, v in given.items() if n in method})
        return cls(study=study, **{n: v for n, v in given.items() if n in own})

    def with_study(self, **changes: Any) -> RunSpec:
        """Return a copy with some fields of the study changed."""
        return replace(self, study=replace(self.study, **changes))


def _text(name: str, value: object, remedy: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InputError(name, value, "it must be a text.", remedy)


def _names(parameter: str, value: object) -> tuple[str, ...]:
    names = listed(parameter, value)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise InputError(
            parameter, value, "it must be a list of names, one or more.", "Leave it out for all."
        )
    return names


def _factor(name: str, value: object) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not (number and 1 < value < math.inf):  # type: ignore[operator]
        raise InputError(name, value, "it must be a number above 1.", "For example 2.5.")
