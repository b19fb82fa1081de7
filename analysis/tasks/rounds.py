"""What a round of tasks is and comes to, and how it runs in one process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from analysis.errors import InputError, MarketReactionError, ReportError, StudyError

Item = TypeVar("Item")
Result = TypeVar("Result")
#: Receives the name of a pass, tasks done, and tasks in all.
Progress = Callable[[str, int, int], None]
#: Errors that are not those of one item: a wrong parameter, an output that cannot be written.
FATAL = (InputError, ReportError)


@dataclass(frozen=True, eq=False, repr=False)
class Gathered(Generic[Result]):
    """What a round of tasks came to.

    Attributes
    ----------
    result : object or None
        Results of all tasks that ended well, merged in their order; None if none did.
    lost : dict of int to str
        Positions of tasks that failed for good, and why.
    """

    result: Result | None
    lost: dict[int, str]

    def complete(self) -> Result:
        """Return the merged result of rounds whose tasks must all end well.

        Raises
        ------
        StudyError
            If a task failed for good, or there was none.
        """
        if self.lost or self.result is None:
            reason = next(iter(self.lost.values()), "there was none")
            raise StudyError(f"{len(self.lost)} tasks failed; the first: {reason}")
        return self.result


class Scheduler(Protocol):
    """Runs a function over many items and merges what it returns."""

    @property
    def where(self) -> str:
        """Say where tasks run, for people."""

    def run(
        self,
        label: str,
        task: Callable[..., Result],
        items: Sequence[Item],
        *shared: object,
        merge: Callable[[Result, Result], Result],
        progress: Progress | None = None,
    ) -> Gathered[Result]:
        """Call ``task(item, *shared)`` for every item and merge the results pairwise.

        Raises
        ------
        InputError, ReportError
            If a task says that a parameter is wrong or that output cannot be written; other errors
            cost only their own item.
        """


class InProcess:
    """One task after another in this process; memory is bounded by one partition."""

    where = "this process"

    def run(
        self,
        label: str,
        task: Callable[..., Result],
        items: Sequence[Item],
        *shared: object,
        merge: Callable[[Result, Result], Result],
        progress: Progress | None = None,
    ) -> Gathered[Result]:
        """Run the tasks; see :class:`Scheduler`."""
        lost: dict[int, str] = {}
        done = 0

        def over(low: int, high: int) -> Result | None:
            nonlocal done
            if high - low > 1:
                middle = middle_of(low, high)
                left, right = over(low, middle), over(middle, high)
                if left is None or right is None:
                    return right if left is None else left
                return merge(left, right)
            result = None
            try:
                result = task(items[low], *shared)
            except FATAL:
                raise
            except Exception as error:
                lost[low] = reason_of(error)
            done += 1
            if progress is not None:
                progress(label, done, len(items))
            return result

        return Gathered(over(0, len(items)) if len(items) else None, lost)


Key = TypeVar("Key")


def join_arrays(
    a: Mapping[Key, npt.NDArray[np.float64]], b: Mapping[Key, npt.NDArray[np.float64]]
) -> dict[Key, npt.NDArray[np.float64]]:
    """Append the arrays of two results, key by key; a key of one only stays as it is."""
    return {
        key: np.concatenate([part[key] for part in (a, b) if key in part]) for key in {**a, **b}
    }


def reason_of(error: BaseException | None) -> str:
    """Say in one line why a task failed."""
    if error is None:
        return "it was cancelled"
    if type(error).__name__ == "KilledWorker":
        return "every worker that took it died, as one does that runs out of memory"
    first = next(iter(str(error).splitlines()), "")
    return first if isinstance(error, MarketReactionError) else f"{type(error).__name__}: {first}"


def middle_of(low: int, high: int) -> int:
    """Return where a span of tasks is cut in two."""
    return (low + high + 1) // 2
