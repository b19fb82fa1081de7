"""The process kernels are forked from: libraries are loaded once, every kernel is a fresh child.

Run as ``python -m analysis.report.zygote``. It reads one request a line (JSON) from standard input
and answers one line; when its input ends, as it does when the runner dies, it ends its children and
itself. No thread and no socket is made here, since a fork copies neither.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from analysis.errors import MarketReactionError

_PRELOADED = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "IPython.core.completer",
    "matplotlib.figure",
    "matplotlib.style",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "pandas.io.formats.style",
    "exchange_calendars",
    "analysis.reactions.open_study",
    "analysis.chapters.all_events.words",
    "analysis.chapters.all_events.tables",
    "analysis.chapters.all_events.grid",
    "analysis.chapters.article.words",
    "analysis.chapters.event.pictures",
    "analysis.chapters.together.pictures",
    "analysis.reactions.study",
    "analysis.seeds.catalogue",
    "analysis.engine.simulate",
)


def serve() -> None:
    """Load what notebooks use, then fork a kernel for every request until the input ends."""
    if sys.path and sys.path[0] == str(Path.cwd()):
        del sys.path[0]  # the folder it was started in is no part of a kernel's path
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # kernels get no input, and print to our errors
    os.dup2(2, 1)
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # see light_imports
    # An ordinary kernel has this before matplotlib is loaded; pyplot is left to the kernels, since
    # its inline backend looks for the shell when it is imported.
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    _preload()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the runner decides when to end
    children: set[int] = set()
    _answer(answers, {"ready": True})
    for line in requests:
        request = json.loads(line)
        if "poll" in request:
            _answer(answers, {"code": _code(int(request["poll"]), children)})
            continue
        pid = os.fork()
        if pid == 0:
            requests.close()
            answers.close()
            _become_kernel(request)
        with suppress(OSError):
            os.setpgid(pid, pid)  # here and in the child: whoever comes first
        children.add(pid)
        _answer(answers, {"pid": pid})
    for pid in children:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


def _preload() -> None:
    """Import libraries and read the seeds of the folder named on the command line, if one is."""
    for name in _PRELOADED:
        with suppress(ImportError):  # a kernel that needs it will say so itself
            importlib.import_module(name)
    if len(sys.argv) > 1:
        with suppress(MarketReactionError, OSError):  # as above
            importlib.import_module("analysis.seeds.catalogue").load_seeds(sys.argv[1])


def _answer(stream: Any, content: dict[str, Any]) -> None:
    stream.write(json.dumps(content).encode() + b"\n")
    stream.flush()


def _code(pid: int, children: set[int]) -> int | None:
    """Return the exit code of a child as `subprocess` gives it; None while it runs."""
    if pid not in children:
        return 0
    found, status = os.waitpid(pid, os.WNOHANG)
    if found == 0:
        return None
    children.discard(pid)
    return os.waitstatus_to_exitcode(status)


def _become_kernel(request: dict[str, Any]) -> None:
    """Turn this child into the kernel that was asked for; never returns."""
    code = 1
    try:
        parent = os.getppid()
        with suppress(OSError):
            os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update({**request["env"], "JPY_PARENT_PID": str(parent)})
        os.chdir(request["cwd"])
        arguments = [*request["arguments"], f"--IPKernelApp.parent_handle={parent}"]
        launcher = importlib.util.find_spec("ipykernel_launcher")
        sys.argv = [(launcher and launcher.origin) or "ipykernel_launcher", *arguments]
        _reseed()
        _start(arguments)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _reseed() -> None:
    """Give the child random numbers of its own, as a process that starts has."""
    import random

    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def _start(arguments: list[str]) -> None:
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
    app.initialize(arguments)
    app.start()


if __name__ == "__main__":
    serve()
