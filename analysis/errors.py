"""Errors a user can act on: one root, one class per kind of failure, messages built from fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class MarketReactionError(Exception):
    """Root of every error this package raises on purpose.

    Attributes
    ----------
    exit_code : int
        What the command line exits with when the error ends a run.
    """

    exit_code = 1


def nearest(received: str, valid: Iterable[str]) -> str | None:
    """Return the valid name closest to ``received``, or None if none is close."""
    folded = {name.casefold(): name for name in valid}
    wanted = received.casefold()
    holding = [name for key, name in folded.items() if len(wanted) > 2 and wanted in key]
    if holding:
        return min(holding, key=len)
    import difflib  # a command line that has nothing to say starts without it

    hits = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.5)
    return folded[hits[0]] if hits else None


_MOST_SHOWN = 1000
"""Characters of what was received that a message repeats."""


class InputError(MarketReactionError, ValueError):
    """A parameter breaks a rule.

    Parameters
    ----------
    parameter
        Name of the parameter as the user wrote it.
    received
        What it was after parsing.
    rule
        What it must satisfy.
    remedy
        What would have worked.
    """

    exit_code = 2

    def __init__(self, parameter: str, received: object, rule: str, remedy: str = "") -> None:
        self.parameter, self.received, self.rule, self.remedy = parameter, received, rule, remedy
        shown = repr(received)
        shown = shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}..."
        super().__init__(f"`{parameter}` received as {shown}: {rule}" + _sentence(remedy))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, object, str, str]]:
        """Travel between processes whole."""
        return type(self), (self.parameter, self.received, self.rule, self.remedy)

    @classmethod
    def choice(
        cls, parameter: str, received: object, valid: Iterable[str], *, otherwise: str = ""
    ) -> InputError:
        """Build the error for a value that is not one of a list of names.

        ``otherwise`` says what else would have worked.
        """
        names = list(valid)
        guess = nearest(str(received), names)
        shown = names if len(names) <= 12 else [*names[:12], "..."]
        remedy = (
            (f"Did you mean {guess!r}? " if guess else "") + "Choose one of: " + ", ".join(shown)
        )
        remedy += "." + _sentence(otherwise)
        return cls(parameter, received, "there is no such name.", remedy)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field of one record of a file.

    Attributes
    ----------
    file, record, field
        Where; ``record`` is an id or ``"record 3"``; both are empty for the file as a whole.
    found
        What stands there.
    rule
        What would be right.
    line
        Line in the file, counted from 1; None where it is not known.
    """

    file: str
    record: str
    field: str
    found: str
    rule: str
    line: int | None = None

    def __str__(self) -> str:
        where = self.file + (f":{self.line}" if self.line else "")
        what = ", ".join(
            part
            for part in (
                f'"{self.record}"' if self.record else "",
                f"`{self.field}`" if self.field else "",
            )
            if part
        )
        return f"{where}{', ' + what if what else ''}: found {self.found}; {self.rule}"


_ALIKE, _LINES = 3, 40
"""Problems of one kind that are written out, and lines of all of them."""


def _problem_lines(problems: Sequence[Problem]) -> list[str]:
    """Return a line per problem; of many alike (one wrong column, say) the first few."""
    lines, alike = [], Counter[tuple[str, str, str]]()
    for problem in problems:
        kind = (problem.file, problem.field, problem.rule)
        alike[kind] += 1
        if alike[kind] <= _ALIKE:
            lines.append(f"- {problem}")
    lines += [
        f"- {file}: {n - _ALIKE} more of {f'`{field}`' if field else 'the file'}, where the rule "
        f"is the same: {rule}"
        for (file, field, rule), n in alike.items()
        if n > _ALIKE
    ]
    more = len(lines) - _LINES
    return [*lines[:_LINES], f"- and {more:,} lines more"] if more > 0 else lines


class SeedError(MarketReactionError, ValueError):
    """A file in ``seeds/`` cannot be used; carries every problem found in it."""

    exit_code = 3

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the seeds"
        super().__init__("\n".join([head + ":", *_problem_lines(self.problems)]))

    def __reduce__(self) -> tuple[type[SeedError], tuple[tuple[Problem, ...]]]:
        """Travel between processes whole."""
        return type(self), (self.problems,)


class PriceError(MarketReactionError, ValueError):
    """Prices cannot be used.

    Parameters
    ----------
    source
        File or service, with the line where one is known.
    found
        What was found there.
    rule
        What prices must satisfy.
    remedy
        What would have worked.
    """

    exit_code = 3

    def __init__(self, source: str, found: str, rule: str, remedy: str = "") -> None:
        self.source, self.found, self.rule, self.remedy = source, found, rule, remedy
        super().__init__(f"{source}: {found}; {rule}" + _sentence(remedy))

    def __reduce__(self) -> tuple[type[PriceError], tuple[str, str, str, str]]:
        """Travel between processes whole."""
        return type(self), (self.source, self.found, self.rule, self.remedy)


class NetworkError(PriceError):
    """A service could not be reached or sent nothing usable."""

    exit_code = 7


class PlausibilityWarning(UserWarning):
    """Something in the data is possible but unlikely; the study runs and its notes repeat it."""


class StudyError(MarketReactionError, ValueError):
    """No event of a study can be used; the message lists the reasons."""

    exit_code = 4


class NotebookError(MarketReactionError):
    """One or more notebooks failed; the message names the notebook and the cell."""

    exit_code = 5


class ReportError(MarketReactionError):
    """A page or folder of the report could not be written."""

    exit_code = 6


def reasons_told(reasons: Iterable[str], *, most: int = 8) -> list[str]:
    """Return the most frequent reasons, each with its count, and a line on those left out.

    Thousands of events outside the prices have thousands of reasons, each with its own date.
    """
    counts = Counter(reasons).most_common()
    rest = counts[most:]
    told = [f"({n:,}): {reason}" for reason, n in counts[:most]]
    return told + [f"({sum(n for _, n in rest):,}): for {len(rest):,} more reasons"] * bool(rest)


def _sentence(remedy: str) -> str:
    return f" {remedy}" if remedy else ""


def lines_of(error: BaseException) -> list[str]:
    """Return the lines of what an error says; its kind where it says nothing."""
    return str(error).strip().splitlines() or [type(error).__name__]
