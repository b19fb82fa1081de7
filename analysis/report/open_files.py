"""How many files a process may have open: notebooks need more than some shells allow."""

from __future__ import annotations

import contextlib

from analysis.errors import ReportError

#: What kernels, their sockets and their fonts were seen to need, and some more.
NEEDED = 160


def allow_open_files(needed: int = NEEDED) -> None:
    """Let this process, and the kernels it starts, open as many files as its system lets it.

    Raises
    ------
    ReportError
        If that is too few for notebooks, which would fail in the middle and not say why.
    """
    try:
        import resource
    except ImportError:  # a system without such limits
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard == resource.RLIM_INFINITY or hard > soft:
        aim = 1024 if hard == resource.RLIM_INFINITY else min(hard, 1024)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (aim, hard))
            soft = aim
    if soft < needed:
        raise ReportError(
            f"This shell lets a process open {soft} files at once (ulimit -n), while the notebooks "
            f"of a report need about {needed}. Run `ulimit -n 1024` first; `study` and `show` need "
            "no notebooks."
        )
