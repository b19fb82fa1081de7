"""Tasks on a dask cluster: workers come and go, and the result is the same."""

from __future__ import annotations

import contextlib
import queue
import socket
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from concurrent.futures import Future as CfFuture
from typing import TYPE_CHECKING, Any, Generic

from analysis.errors import InputError, StudyError
from analysis.tasks.rounds import FATAL, Gathered, Item, Progress, Result, middle_of, reason_of
from analysis.versions import code_hash

if TYPE_CHECKING:
    from distributed import Client, Future

#: Seconds without any worker after which a run gives up.
WITHOUT_WORKERS = 60.0
#: Times a task is tried again after an error that is not one of its data.
RETRIES = 2
#: Times results are computed again that died with their workers, beside a task that ends those.
RESTARTS = 3
_LOOK_EVERY = 2.0
#: First item and the one after the last.
Span = tuple[int, int]


class OnCluster:
    """Tasks of a dask cluster: workers come and go, a lost result is computed again.

    Parameters
    ----------
    client
        Connected to the scheduler.
    """

    def __init__(self, client: Client) -> None:
        self.client = client

    @property
    def where(self) -> str:
        """Address of the scheduler, and of its dashboard."""
        address = str(self.client.scheduler_info()["address"])
        return f"{address} (dashboard: {self.client.dashboard_link})"

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
        token = uuid.uuid4().hex[:8]
        # constants are results of tasks, so that no worker takes one away for good when it dies
        constants: dict[str, list[Future[Any]]] = {}
        expected = code_hash()

        def known(chance: str) -> list[Future[Any]]:
            if chance not in constants:  # of a new chance all is new: constants may be what is lost
                constants[chance] = [
                    self.client.submit(_same, value, key=f"known-{token}{chance}-{i}")
                    for i, value in enumerate(shared)
                ]
            return constants[chance]

        def submit(i: int, chance: str) -> Future[Any]:
            return self.client.submit(
                _checked, expected, task, items[i], *known(chance),
                retries=RETRIES, key=f"{label}-{token}{chance}-{i:06d}",
            )  # fmt: skip

        reduction = _Reduction(self.client, submit, len(items), merge, f"merge-{label}-{token}")
        try:
            return reduction.finish(lambda done: progress and progress(label, done, len(items)))
        except BaseException:
            reduction.cancel()
            raise


class TaskExecutor(Executor):
    """The workers of a cluster as an executor of single tasks.

    Parameters
    ----------
    client
        Connected to the scheduler.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inner = client.get_executor(retries=RETRIES)

    @property
    def places(self) -> int:
        """Tasks the workers can run at a time; at least 1."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return max(1, sum(int(worker["nthreads"]) for worker in workers))

    def submit(self, task: Callable[..., Result], /, *args: Any, **named: Any) -> CfFuture[Result]:
        """Run a task on a worker that has the same code."""
        return self._inner.submit(_checked, code_hash(), task, *args, **named)  # type: ignore[no-any-return]


class _Reduction(Generic[Result]):
    """Merges the results of tasks pairwise where they lie, as soon as both of a pair are there."""

    def __init__(
        self,
        client: Client,
        submit: Callable[[int, str], Future[Any]],
        n: int,
        merge: Callable[[Result, Result], Result],
        label: str,
    ) -> None:
        self._client, self._submit, self._merge, self._label = client, submit, merge, label
        self._n = n
        self._parents = dict(_parents(0, n))
        self._running: dict[Span, Future[Any]] = {}
        self._ready: dict[Span, Future[Any] | None] = {}
        self._ended: queue.SimpleQueue[Span] = queue.SimpleQueue()
        self._killed: list[int] = []
        self._alone: set[int] = set()
        self._restarts = 0
        self.lost: dict[int, str] = {}
        for i in range(n):
            self._watch((i, i + 1), submit(i, ""))

    def finish(self, progress: Callable[[int], object]) -> Gathered[Result]:
        """Wait for everything; raise what cannot be an outcome of one partition."""
        done: set[int] = set()
        while self._running or self._killed:
            if not self._running:
                self._try_alone(self._killed.pop())
            span = self._next()
            future = self._running.pop(span)
            is_leaf = span[1] - span[0] == 1
            if future.status == "finished":
                self._settle(span, future)
            elif is_leaf and self._is_suspect(span[0], future):
                continue
            elif self._restarts < RESTARTS and self._is_lost(future, is_leaf=is_leaf):
                self._start_again(span)
                continue
            else:
                self._fail(span, future, is_leaf=is_leaf)
                self._settle(span, None)
            if is_leaf and span[0] not in done:
                done.add(span[0])
                progress(len(done))
        whole = self._ready.get((0, self._n))
        try:
            return Gathered(None if whole is None else whole.result(), self.lost)
        except Exception as error:
            raise StudyError(f"the cluster lost the result: {reason_of(error)}.") from error

    def _start_again(self, span: Span) -> None:
        """Compute all tasks of a span again: what it was merged from died with the workers."""
        self._restarts += 1
        for i in range(*span):
            if i not in self.lost:
                self._watch((i, i + 1), self._submit(i, f"-again{self._restarts}"))
        for i in range(*span):
            if i in self.lost:
                self._settle((i, i + 1), None)

    def _is_lost(self, future: Future[Any], *, is_leaf: bool) -> bool:
        """Whether a merge died with its workers, or a scheduler that is there let a task go."""
        if future.status == "cancelled":  # as it does where it finds no trace of what a task needs
            return bool(self._client.status == "running")
        return not is_leaf and _is_killed(future)

    def _is_suspect(self, item: int, future: Future[Any]) -> bool:
        """Put aside a task whose workers died: it may only have waited beside the one to blame."""
        if item in self._alone or not _is_killed(future):
            return False
        self._killed.append(item)
        return True

    def _try_alone(self, item: int) -> None:
        self._alone.add(item)
        self._watch((item, item + 1), self._submit(item, "-alone"))

    def cancel(self) -> None:
        """Stop what still runs."""
        kept = [future for future in self._ready.values() if future is not None]
        with contextlib.suppress(Exception):  # the scheduler may be what is gone
            self._client.cancel([*self._running.values(), *kept], force=True)

    def _watch(self, span: Span, future: Future[Any]) -> None:
        self._running[span] = future
        future.add_done_callback(lambda _: self._ended.put(span))

    def _next(self) -> Span:
        waited = 0.0
        while True:
            try:
                return self._ended.get(timeout=_LOOK_EVERY)
            except queue.Empty:
                if self._client.status != "running":
                    raise StudyError(
                        "the scheduler is gone; nothing of this pass is kept."
                    ) from None
                alone = not self._client.scheduler_info()["workers"]
                waited = waited + _LOOK_EVERY if alone else 0.0
                if waited >= WITHOUT_WORKERS:
                    raise StudyError(
                        f"no worker has been connected for {WITHOUT_WORKERS:.0f} seconds; start "
                        "one: dask worker ADDRESS --nthreads 1"
                    ) from None

    def _fail(self, span: Span, future: Future[Any], *, is_leaf: bool) -> None:
        error = future.exception() if future.status == "error" else None
        if isinstance(error, FATAL):
            raise error
        if isinstance(error, ModuleNotFoundError):
            raise InputError(
                "scheduler",
                str(error),
                "its workers lack a module.",
                'Install there what is installed here: pip install "market-reaction[cluster]"',
            )
        if error is None:
            raise StudyError("the scheduler is gone or cancelled the run; nothing of it is kept.")
        if not is_leaf:
            raise StudyError(f"the cluster lost a result for good: {reason_of(error)}.")
        self.lost[span[0]] = reason_of(error)

    def _settle(self, span: Span, value: Future[Any] | None) -> None:
        """Put a result in its place, and merge upwards as far as both halves are there."""
        self._ready[span] = value
        while span in self._parents:
            parent, left, right = self._parents[span]
            if left not in self._ready or right not in self._ready:
                return
            first, second = self._ready.pop(left), self._ready.pop(right)
            if first is not None and second is not None:
                key = f"{self._label}-{self._restarts}-{parent[0]}-{parent[1]}"
                self._watch(parent, self._client.submit(self._merge, first, second, key=key))
                return
            span = parent
            self._ready[span] = second if first is None else first


def _is_killed(future: Future[Any]) -> bool:
    """Whether the workers that took a task died."""
    return future.status == "error" and type(future.exception()).__name__ == "KilledWorker"


def _checked(expected: str, task: Callable[..., Result], *args: Any, **named: Any) -> Result:
    """Run a task on a worker, if the worker has the same code."""
    if code_hash() != expected:
        raise InputError(
            "scheduler",
            socket.gethostname(),
            "a worker there runs another version of this package.",
            "Install the same version on every worker.",
        )
    return task(*args, **named)


def _same(value: object) -> object:
    return value


def _parents(low: int, high: int) -> Iterator[tuple[Span, tuple[Span, Span, Span]]]:
    """Yield every span but the whole with the span above it and the two halves of that."""
    if high - low > 1:
        middle = middle_of(low, high)
        left, right = (low, middle), (middle, high)
        yield left, ((low, high), left, right)
        yield right, ((low, high), left, right)
        yield from _parents(*left)
        yield from _parents(*right)
