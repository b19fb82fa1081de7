"""Where tasks run: in this process, on local worker processes, or on a dask scheduler.

All three run the same tasks and merge their results in the same order, so that the answer does not
depend on where it was computed, to the last bit.
"""

from __future__ import annotations

import logging
import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from analysis.errors import InputError
from analysis.tasks.cluster import OnCluster, TaskExecutor
from analysis.tasks.rounds import Gathered, InProcess, Progress, Scheduler, join_arrays, reason_of

__all__ = [
    "Gathered",
    "InProcess",
    "OnCluster",
    "Progress",
    "Scheduler",
    "TaskExecutor",
    "connected",
    "executor_on",
    "join_arrays",
    "quiet_logs",
    "reason_of",
]

#: Seconds a scheduler may take to answer, and its workers to come.
_PATIENCE = 10
_LOCAL_FORM = re.compile(r"local(:(?P<workers>[1-9]\d*))?")


@contextmanager
def connected(scheduler: str | None) -> Iterator[Scheduler]:
    """Open what tasks run on, and close it again.

    Parameters
    ----------
    scheduler
        None for this process; ``local`` or ``local:4`` for worker processes of this machine;
        ``tcp://host:8786`` for the scheduler of a cluster.

    Raises
    ------
    InputError
        If it is none of these, nobody answers there, or dask is not installed.
    """
    if scheduler is None:
        yield InProcess()
        return
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise InputError(
            "scheduler", scheduler, "it needs dask.distributed.",
            'Install it with: pip install "market-reaction[cluster]"',
        ) from error  # fmt: skip
    local = _LOCAL_FORM.fullmatch(scheduler)
    if local:
        count = int(local["workers"] or os.cpu_count() or 1)
        with ExitStack() as stack:
            with _interrupts_kept():
                cluster = stack.enter_context(
                    LocalCluster(
                        n_workers=count,
                        threads_per_worker=1,
                        dashboard_address="127.0.0.1:0",
                        # what happens to workers is told by outcomes and errors, not by their logs
                        silence_logs=logging.CRITICAL,
                    )
                )
            client = stack.enter_context(Client(cluster))
            with suppress(TimeoutError):  # on a busy machine one may come late: begin without it
                client.wait_for_workers(count, timeout=_PATIENCE)
            yield OnCluster(client)
        return
    if "://" not in scheduler:
        raise InputError(
            "scheduler", scheduler, "it is no address.",
            "Use local, local:4 or an address such as tcp://127.0.0.1:8786.",
        )  # fmt: skip
    try:
        client = Client(scheduler, timeout=_PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            "scheduler", scheduler, f"no scheduler answers there within {_PATIENCE} seconds.",
            "Start one with: dask scheduler",
        ) from error  # fmt: skip
    with client:
        yield OnCluster(client)


@contextmanager
def executor_on(scheduler: str | None) -> Iterator[TaskExecutor | None]:
    """Lend an executor on the workers :func:`connected` finds; None for this process."""
    with connected(scheduler) as where:
        yield TaskExecutor(where.client) if isinstance(where, OnCluster) else None


def quiet_logs() -> None:
    """Keep the log of dask off the terminal: outcomes and errors tell what became of workers."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)


@contextmanager
def _interrupts_kept() -> Iterator[None]:
    """Keep Ctrl-C, which a terminal sends to every process, from workers started in the meantime.

    They inherit the mask of the thread that starts them, and are ended by this process.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # starting it later would lift the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
