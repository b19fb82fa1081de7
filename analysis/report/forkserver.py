"""Kernels forked from a process that has loaded the libraries: real kernels that start at once.

Where processes cannot be forked safely, or the forking process died, ordinary kernels take over.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SWITCH = "MARKET_REACTION_KERNELS"
"""Environment variable: ``ordinary`` starts every kernel as a new interpreter."""

#: Seconds a kernel may take to load its libraries on a busy machine.
_PATIENCE = 60.0


class ForkServer:
    """One zygote process and the kernels it forked.

    Parameters
    ----------
    environment
        Of the zygote; what numerical libraries read when they are loaded must be in it.
    seeds
        Folder whose seeds notebooks will ask for, to be read once.
    """

    def __init__(self, environment: Mapping[str, str], *, seeds: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._ready = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "analysis.report.zygote", *([str(seeds)] if seeds else [])],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )

    def fork(self, arguments: list[str], *, cwd: str, env: Mapping[str, str]) -> ForkedKernel:
        """Start a kernel.

        Raises
        ------
        OSError
            If the zygote is gone.
        """
        answer = self._ask({"arguments": arguments, "cwd": cwd, "env": dict(env)})
        return ForkedKernel(self, int(answer["pid"]))

    def code(self, pid: int) -> int | None:
        """Return the exit code of a kernel; None while it runs."""
        try:
            found = self._ask({"poll": pid})["code"]
        except OSError:  # nobody is left to tell, and nobody may work on beside a second attempt
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
            return -signal.SIGKILL
        return None if found is None else int(found)

    def close(self) -> None:
        """End the zygote and what it forked."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        try:
            self._process.wait(timeout=0.5 if not self._ready else 5)
        except subprocess.TimeoutExpired:  # still loading
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            try:
                if not self._ready:
                    self._read()
                    self._ready = True
                self._process.stdin.write(json.dumps(request).encode() + b"\n")  # type: ignore[union-attr]
                self._process.stdin.flush()  # type: ignore[union-attr]
                return self._read()
            except ValueError as error:
                raise OSError(f"the process kernels are forked from is gone ({error})") from error

    def _read(self) -> dict[str, Any]:
        stream: Any = self._process.stdout
        ready, _, _ = select.select([stream], [], [], _PATIENCE)
        line = stream.readline() if ready else b""
        if not line:
            raise OSError("the process kernels are forked from is gone")
        return dict(json.loads(line))


class ForkedKernel:
    """A forked kernel with the face of `subprocess.Popen` that Jupyter looks at."""

    stdin = stdout = stderr = None

    def __init__(self, server: ForkServer, pid: int) -> None:
        self._server = server
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self.returncode is None:
            self.returncode = self._server.code(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code."""
        until = time.monotonic() + (_PATIENCE if timeout is None else timeout)
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("kernel", timeout or _PATIENCE)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the kernel has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


_CURRENT: ForkServer | None = None
_GUARD = threading.Lock()


def start_fork_server(
    environment: Mapping[str, str], *, seeds: Path | None = None
) -> ForkServer | None:
    """Return the fork server of this process, started if need be; None where there can be none.

    Notes
    -----
    Linux only: the system libraries of macOS may not be used after a fork.
    """
    global _CURRENT
    if sys.platform != "linux" or os.environ.get(SWITCH, "") == "ordinary":
        return None
    with _GUARD:
        if _CURRENT is None:
            try:
                _CURRENT = ForkServer(environment, seeds=seeds)
            except OSError:
                return None
        return _CURRENT


def current_fork_server() -> ForkServer | None:
    """Return the fork server that runs, if one does."""
    return _CURRENT


def end_fork_server() -> None:
    """End the fork server of this process and every kernel it forked."""
    global _CURRENT
    with _GUARD:
        server, _CURRENT = _CURRENT, None
    if server is not None:
        server.close()
