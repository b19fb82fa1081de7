"""One run at a time in a folder of results; the second waits for the first."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from analysis.errors import ReportError

LOCK = ".lock"
_OLD = 3600.0
"""Seconds after which a half-written store is surely nobody's work any more."""


@contextlib.contextmanager
def sole_writer(folder: Path, *, waiting: Callable[[], object]) -> Iterator[None]:
    """Hold a folder for this process; the system lets go of it however the process ends.

    Parameters
    ----------
    folder
        Folder of reports or tables; made if missing.
    waiting
        Called once if another run holds it.

    Raises
    ------
    ReportError
        If the folder cannot be written to.

    Notes
    -----
    Where the file system knows no locks (some network drives), nobody waits: every file is still
    written whole under a name of its own.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ReportError(
            f"{folder} cannot be written to: {error.strerror or error}. "
            "Choose another folder with --out, or make this one writable."
        ) from error
    try:
        if not _taken(handle):
            waiting()
            while not _taken(handle):
                time.sleep(0.2)
        _sweep(folder)
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    """Try to lock a file; True if it is ours now, or cannot be locked at all."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in {errno.EAGAIN, errno.EACCES, errno.EDEADLK}
    return True


def _sweep(folder: Path) -> None:
    """Remove what a killed run left half-written: the lock is held, so it is nobody's."""
    import shutil

    stale = time.time() - _OLD
    places = [folder, *(place for place in folder.iterdir() if place.is_dir())]
    for place in places:
        for file in place.glob(".*.tmp"):
            file.unlink(missing_ok=True)
        for part in place.glob(".writing-*"):
            with contextlib.suppress(OSError):
                if place.name != "_store" or part.stat().st_mtime < stale:
                    shutil.rmtree(part, ignore_errors=True)
