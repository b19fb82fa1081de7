"""The only door to Jupyter: read a notebook, list its parameters, run it in a kernel of our own.

Kernels are processes of the interpreter that runs this code, whatever kernelspecs are installed;
they talk over local sockets without ports, keep no history and read no personal start-up files.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.report.forkserver import (
    ForkedKernel,
    current_fork_server,
    end_fork_server,
    start_fork_server,
)

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager
    from nbformat import NotebookNode

_SOCKET_PATH_LIMIT = 90
"""A local socket's path may have 104 bytes (macOS) or 108 (Linux), with a suffix of about 12."""


_LAUNCHER = ("-m", "ipykernel_launcher")
_RUNNING: set[int] = set()
"""Process ids of the kernels that run now; each leads a process group of its own."""
_STOP = threading.Event()


def light_imports() -> None:
    """Keep nbformat, papermill and nbconvert from compiling a grammar nobody uses.

    jsonschema imports ``rfc3987_syntax`` where it is installed (it comes with the jupyter
    metapackage), which compiles a grammar for 2.2 s; no notebook schema uses it, and jsonschema
    works without it.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None blocks the import


def read_notebook(path: Path) -> NotebookNode:
    """Return a notebook from disk, with the kernel named as ours."""
    light_imports()
    import nbformat

    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    return notebook


def notebook_text(notebook: NotebookNode) -> str:
    """Return a notebook as the text of an ``.ipynb`` file."""
    light_imports()
    import nbformat

    return str(nbformat.writes(notebook, version=4)) + "\n"  # type: ignore[no-untyped-call]


def execute(
    notebook: NotebookNode,
    *,
    parameters: Mapping[str, Any],
    cwd: Path,
    timeout: float,
    ordinary: bool = False,
) -> tuple[NotebookNode, Exception | None]:
    """Run a notebook with papermill in a fresh kernel.

    Parameters
    ----------
    notebook
        As `read_notebook` returns it; not changed.
    parameters
        JSON values, all of them declared.
    cwd
        Folder the kernel starts in.
    timeout
        Seconds one cell may take.
    ordinary
        Whether the kernel must be a new interpreter, not a fork.

    Returns
    -------
    NotebookNode
        The executed notebook, as far as it got.
    Exception or None
        What ended it early.
    """
    light_imports()
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from analysis.report.engine import ENGINE

    with tempfile.TemporaryDirectory(prefix="mr-", ignore_cleanup_errors=True) as folder:
        saved = Path(folder) / "executed.ipynb"
        error: Exception | None = None
        try:
            papermill.execute_notebook(
                notebook,
                saved,
                parameters=dict(parameters),
                engine_name=ENGINE,
                kernel_name="python3",
                progress_bar=False,
                log_output=False,
                kernel_manager_class=kernel_class(Path(folder), ordinary=ordinary),
                shutdown_kernel="immediate",
                execution_timeout=int(timeout),
                coalesce_streams=True,
                resources={"metadata": {"path": str(cwd)}},
            )
        except (
            papermill.PapermillException,
            CellTimeoutError,
            DeadKernelError,
            RuntimeError,
            OSError,
        ) as stopped:
            error = stopped
        finally:
            _close_event_loop()
        return (read_notebook(saved) if saved.exists() else notebook), error


def kernel_died(error: Exception | None) -> bool:
    """Tell whether a notebook ended early because its kernel did, or because it never answered."""
    import papermill

    # nbclient's DeadKernelError, and what jupyter_client raises before the first cell
    return isinstance(error, RuntimeError) and not isinstance(error, papermill.PapermillException)


def _close_event_loop() -> None:
    """Close the event loop Jupyter keeps for this thread; it would be left open when it ends."""
    from jupyter_core.utils import ensure_event_loop

    ensure_event_loop().close()


def kernel_class(folder: Path, *, ordinary: bool = False) -> type[AsyncKernelManager]:
    """Return a kernel manager that starts this interpreter and keeps its files in a folder.

    Parameters
    ----------
    folder
        Private to one kernel, removed by the caller.
    ordinary
        Whether the kernel must be a new interpreter, not a fork.

    Notes
    -----
    Numerical libraries get one thread each, because two kernels run at a time. Where
    `warm_kernels` was called the kernel is forked from a process that has the libraries loaded;
    nothing else changes.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

    spec = KernelSpec(
        argv=[
            sys.executable,
            *_LAUNCHER,
            "-f",
            "{connection_file}",
            "--HistoryManager.enabled=False",
        ],
        display_name="Python 3",
        language="python",
        env=_kernel_environment(folder),
    )
    connection = folder / "kernel.json"
    local = os.name == "posix" and len(os.fsencode(connection)) < _SOCKET_PATH_LIMIT

    class ForkProvisioner(LocalProvisioner):
        async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
            forked: Any = None if ordinary else _forked(cmd, **options)
            if forked is None:
                return await super().launch_kernel(cmd, **options)
            self.process, self.pid, self.pgid = forked, forked.pid, forked.pid
            self.cwd = options.get("cwd")
            return self.connection_info

    class PrivateKernelManager(AsyncKernelManager):
        def __init__(self, **options: Any) -> None:
            wire = {"transport": "ipc"} if local else {}
            super().__init__(**{"connection_file": str(connection), **wire, **options})

        async def _async_pre_start_kernel(self, **options: Any) -> Any:
            self.kernel_id = self.kernel_id or options.pop("kernel_id", None) or folder.name
            if self.provisioner is None:
                self.provisioner = ForkProvisioner(
                    kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
                )
            return await super()._async_pre_start_kernel(**options)

        async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
            await super()._async_launch_kernel(kernel_cmd, **options)
            _note_kernel(getattr(self.provisioner, "pid", None))

        async def _async_cleanup_resources(self, restart: bool = False) -> None:
            _RUNNING.discard(getattr(self.provisioner, "pid", None) or 0)
            await super()._async_cleanup_resources(restart=restart)

        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

    return PrivateKernelManager


@contextlib.contextmanager
def warm_kernels(seeds: Path | None = None) -> Iterator[None]:
    """Load the libraries of notebooks once, in a process kernels are forked from, while inside.

    Kernels are as separate as ever; where forking is not to be had they start as usual. A process
    that is there already is used, and left to who started it.

    Parameters
    ----------
    seeds
        Folder whose seeds notebooks will ask for.
    """
    ours = current_fork_server() is None
    start_fork_server(_kernel_environment(None, base=os.environ), seeds=seeds)
    try:
        yield
    finally:
        if ours:
            end_fork_server()


def _forked(cmd: list[str], **options: Any) -> ForkedKernel | None:
    """Return a forked kernel; None if an ordinary one must do."""
    server = current_fork_server()
    if server is None:
        return None
    arguments = cmd[1 + len(_LAUNCHER) :]
    try:
        return server.fork(arguments, cwd=str(options.get("cwd") or "."), env=options["env"])
    except OSError:
        return None


def stop_kernels() -> None:
    """End all kernels of this process now, and start no more until `resume_kernels`."""
    _STOP.set()
    for pid in list(_RUNNING):
        _end(pid)


def resume_kernels() -> None:
    """Allow kernels to start again."""
    _STOP.clear()


def kernels_stopped() -> bool:
    """Tell whether `stop_kernels` was called: what a kernel sent since then is not a result."""
    return _STOP.is_set()


def _note_kernel(pid: int | None) -> None:
    if pid is None:
        return
    _RUNNING.add(pid)
    if _STOP.is_set():  # asked to stop while this one was starting
        _end(pid)


def _end(pid: int) -> None:
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)


def _kernel_environment(
    folder: Path | None, *, base: Mapping[str, str] | None = None
) -> dict[str, str]:
    environment = {**(base or {}), "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    if folder is not None:
        environment["IPYTHONDIR"] = str(folder / "ipython")
    source = Path(__file__).resolve().parents[2]
    if (source / "pyproject.toml").exists():  # run from a checkout: the kernel uses this code too
        before = os.environ.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join([str(source), *([before] if before else [])])
    return environment
