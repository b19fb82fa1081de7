"""Commands about reports: ``report`` and what can be done with finished ones."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import InputError
from analysis.reactions.table_commands import add_table_options
from analysis.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from analysis.reactions.run_spec import RunSpec

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
    MakeRun = Callable[[argparse.Namespace, Workspace], RunSpec]

_DIFFERS = 1
_NOT_ASKED = frozenset({"run", "out", "workspace", "jobs", "force", "scheduler"})
"""Options that change no byte of a page."""


def add_report_commands(
    commands: Commands,
    common: argparse.ArgumentParser,
    *,
    method: Callable[[argparse.ArgumentParser], None],
    run_spec: MakeRun,
    table: Callable[[argparse.Namespace], int],
) -> None:
    """Add the commands to a parser.

    Parameters
    ----------
    commands
        Where they go.
    common
        Options every command has.
    method
        Adds the options of the method.
    run_spec
        Makes a run of the parsed options.
    table
        Makes the page of a table of events (``--events``).
    """
    report = commands.add_parser(
        "report", parents=[common], help="run the studies and write reports/index.html"
    )
    report.add_argument("--out", metavar="DIR", help="where reports go (default: reports/)")
    report.add_argument(
        "--only", metavar="STUDY", action="extend", nargs="+", help="run only these studies"
    )
    report.add_argument(
        "--full", action="store_true", help="run the studies marked full as well as the core ones"
    )
    report.add_argument("--jobs", type=int, default=2, metavar="N", help="kernels at a time (2)")
    report.add_argument(
        "--force", action="store_true", help="run notebooks again whose inputs have not changed"
    )
    report.add_argument(
        "--scheduler",
        metavar="WHERE",
        help="run notebooks on local, local:4 or tcp://HOST:8786, whose workers see these folders",
    )
    method(report)
    report.add_argument(
        "--events", metavar="FILE", help="a page on a table of companies' events instead"
    )
    report.add_argument(
        "--window", nargs=2, type=int, action="append", metavar=("A", "B"),
        help="with --events: tested event days; may be given several times",
    )  # fmt: skip
    add_table_options(report)
    report.set_defaults(
        run=lambda options: table(options) if options.events else _report(options, run_spec)
    )
    _add_rest(commands, common)


def _add_rest(commands: Commands, common: argparse.ArgumentParser) -> None:
    compare = commands.add_parser("compare", help="a page on two runs: what moved, and why")
    compare.add_argument("old", metavar="OLD", help="folder of tables with run.json")
    compare.add_argument("new", metavar="NEW", help="another one")
    compare.add_argument(
        "--out", metavar="DIR", default="comparison", help="where the page goes (comparison/)"
    )
    compare.set_defaults(run=_compare)
    again = commands.add_parser(
        "rerun", parents=[common], help="compute a stored study again: the same bytes, or why not"
    )
    again.add_argument("record", metavar="RUN_JSON", help="such as reports/data/run.json")
    again.add_argument("--out", metavar="DIR", help="keep the tables in this folder")
    again.set_defaults(run=_rerun)
    publish = commands.add_parser(
        "publish", parents=[common], help="finished reports as a folder for a static host"
    )
    publish.add_argument("target", metavar="DIR", help="new, empty or published before")
    publish.add_argument("--reports", metavar="DIR", help="finished reports (default: reports/)")
    publish.add_argument(
        "--address", metavar="URL", default="", help="where it will be on the web, for shared links"
    )
    publish.add_argument(
        "--api", metavar="DIR", help="reference of the package (make docs), laid in api/"
    )
    publish.set_defaults(run=_publish)


def _report(options: argparse.Namespace, run_spec: MakeRun) -> int:
    from analysis.report.current import site_parts, up_to_date

    if options.jobs < 1:
        raise InputError("jobs", options.jobs, "at least one kernel is needed.", "Use --jobs 2.")
    workspace = find_workspace(options.workspace)
    if options.out:
        workspace = replace(workspace, reports=Path(options.out).resolve())
    parts = site_parts(workspace, _asked(options))
    if parts is not None and not options.force and up_to_date(workspace.reports, parts):
        print("Nothing changed: inputs, code, parameters and versions are as they were. Open:")
        print(workspace.reports / "index.html")
        return 0
    from analysis.report.build import build_reports

    pages, options.event_ids = options.event_ids or (), None  # a page more, not a smaller study
    with _ended_gently():
        return build_reports(
            workspace,
            run_spec(options, workspace),
            only=options.only,
            full=options.full,
            jobs=options.jobs,
            force=options.force,
            parts=parts,
            scheduler=options.scheduler,
            events=pages,
        )


def _asked(options: argparse.Namespace) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(options).items()
        if name not in _NOT_ASKED and value not in (None, False)
    }


@contextmanager
def _ended_gently() -> Iterator[None]:
    """Take a request to end (SIGTERM) as an interruption, so that kernels are stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _compare(options: argparse.Namespace) -> int:
    from analysis.report.compare import compare_stores, open_store, write_comparison

    comparison = compare_stores(open_store(Path(options.old)), open_store(Path(options.new)))
    page = write_comparison(Path(options.out), comparison, (options.old, options.new))
    for sentence in comparison.sentences():
        print(sentence)
    print(page)
    return 0


def _rerun(options: argparse.Namespace) -> int:
    from analysis.report.rerun import rerun

    keep = Path(options.out) if options.out else None
    found = rerun(Path(options.record), find_workspace(options.workspace), keep=keep)
    print(found.text())
    return 0 if found.same else _DIFFERS


def _publish(options: argparse.Namespace) -> int:
    from analysis.report.publish import publish

    given = options.reports
    reports = Path(given) if given else find_workspace(options.workspace).reports
    api = Path(options.api) if options.api else None
    names = publish(reports, Path(options.target), address=options.address, api=api)
    print(f"{len(names)} files, ready for any static host: {Path(options.target).resolve()}")
    return 0
