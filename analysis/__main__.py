"""Command line: ``market-reaction`` and ``python -m analysis``. Thin; the work is elsewhere."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import __version__
from analysis.commands import (
    add_allow_snapshot,
    add_data_commands,
    add_size_command,
    price_source,
    print_remarks,
)
from analysis.drafting.commands import add_draft_commands
from analysis.errors import InputError, MarketReactionError, reasons_told
from analysis.reactions.table_commands import (
    Listed,
    add_table_options,
    run_table,
    study_kind,
    table_request,
    why_no_page,
)
from analysis.report.commands import add_report_commands
from analysis.report.replicate import add_replication_commands
from analysis.scale.commands import add_scheduler_option, run_partitioned
from analysis.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from analysis.engine.spec import StudySpec
    from analysis.reactions.run_spec import RunSpec

LISTS = ("events", "markets", "models", "tests", "studies")
#: Exit codes: 128 + SIGINT, as shells have it; a file that is not there.
_INTERRUPTED, _NO_FILE = 130, 6


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Exit codes: 0 done, 2 a wrong parameter, 3 seeds or prices cannot be used, 4 no event can be
    studied, 5 a notebook failed, 6 a report cannot be written, 7 Yahoo cannot be reached, 130
    interrupted.
    """
    # Matrices here are small: threads of the algebra library would spin, not help.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    given = list(sys.argv[1:] if argv is None else argv)
    options = _parser().parse_args(given or ["report"])
    _say_what_hides()
    if getattr(options, "scheduler", None):
        from analysis.tasks import quiet_logs

        quiet_logs()
    try:
        return int(options.run(options))
    except MarketReactionError as error:
        print(f"market-reaction: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("market-reaction: interrupted; what was finished is kept.", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:  # what no door of ours had in mind: a disk, a device, a name
        where = f"{error.filename}: " if error.filename else ""
        print(f"market-reaction: {where}{error.strerror or error}.", file=sys.stderr)
        return _NO_FILE


def _say_what_hides() -> None:
    from analysis.workspace import hidden_by

    hidden = hidden_by(Path.cwd())
    if hidden is not None:
        print(
            f"note: notebooks and scripts in this folder find {hidden.name} when they import "
            "`analysis`, not this package; rename it.",
            file=sys.stderr,
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="market-reaction",
        description="Did the news move the markets more than they would have moved anyway?",
        epilog="Without a command: report. Every command takes --help.",
    )
    parser.add_argument("--version", action="version", version=f"market-reaction {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--workspace",
        metavar="DIR",
        help="folder with seeds/, data/ and notebooks/ (default: this folder if it is one, "
        "else the founding workspace)",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    add_report_commands(
        commands, common, method=_method_options, run_spec=_run_spec, table=_report_table
    )
    _add_study(commands, common)
    show = commands.add_parser("show", parents=[common], help="one event in all markets, as text")
    show.add_argument("event", metavar="EVENT", help="id of an event (see: list events)")
    show.add_argument(
        "--minutes", action="store_true", help="its windows of intraday bars instead of its days"
    )
    _method_options(show)
    show.set_defaults(run=_show)
    lists = commands.add_parser("list", parents=[common], help="what there is to choose from")
    lists.add_argument("what", choices=LISTS)
    lists.set_defaults(run=_list)
    events = commands.add_parser("events", parents=[common], help="check the seeds")
    events.add_argument("action", choices=["check"])
    events.add_argument("--events", metavar="FILE", help="another events file")
    events.set_defaults(run=_check_events)
    add_data_commands(commands, common)
    add_size_command(commands)
    add_draft_commands(commands, common)
    add_replication_commands(commands, common)
    return parser


def _add_study(commands: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:  # type: ignore[type-arg]
    study = commands.add_parser(
        "study", parents=[common], help="write the figures of all events x markets, no notebook"
    )
    study.add_argument("--out", metavar="DIR", required=True, help="where the tables go")
    study.add_argument(
        "--events", metavar="FILE",
        help="another catalogue (YAML, CSV), or a table of companies' events (CSV, TSV, xlsx)",
    )  # fmt: skip
    study.add_argument(
        "--report", action="store_true", help="a table of events: also a page, DIR/index.html"
    )
    add_table_options(study)
    _method_options(study)
    study.add_argument(
        "--tests", nargs="+", metavar="TEST", help="tests across events, or all (see: list tests)"
    )
    study.add_argument(
        "--window", nargs=2, type=_day, action="append", metavar=("A", "B"),
        help="tested event days; may be given several times",
    )  # fmt: skip
    study.add_argument(
        "--draws", type=int, metavar="N", help="joint placebo draws of a catalogue (default: 5000)"
    )
    study.add_argument(
        "--min-present", type=float, metavar="SHARE",
        help="share of the days of a window an event needs to count in it (default: 1)",
    )  # fmt: skip
    study.add_argument(
        "--alternative", metavar="SIDE",
        help="two-sided (default); greater or less: direction of the mean effect, fixed beforehand",
    )  # fmt: skip
    study.add_argument(
        "--donors", action="extend", nargs="+", metavar="NAME",
        help="series synthetic_control may use (default: all without an event in the windows)",
    )  # fmt: skip
    add_scheduler_option(study)
    study.set_defaults(run=_study)


def _method_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--prices", default="snapshot", metavar="SOURCE", help="snapshot, yahoo, a file or folder")
    add("--market", action="extend", nargs="+", metavar="SYMBOL", help="markets (default: all)")
    add(
        "--event",
        action="extend",
        nargs="+",
        metavar="ID",
        dest="event_ids",
        help=argparse.SUPPRESS,
    )
    add("--model", metavar="MODEL", help="normal-return model (see: list models)")
    add("--benchmark", metavar="SYMBOL", action=Listed, help="in place of every market's own "
        "benchmark (a table of companies: also a file, a column, peers, COLUMN:a=X,b=Y, or several "
        "side by side)")  # fmt: skip
    for window, example in (("estimation", "-130 -11"), ("event", "-5 10")):
        add(f"--{window}-window", nargs=2, type=_day, metavar=("A", "B"),
            help=f"inclusive event days (default: {example})")  # fmt: skip
    add("--scale", metavar="SCALE", help="estimation (default) or ewma: day-before volatility")
    add("--return-kind", metavar="KIND", help="simple (default) or log")
    add_allow_snapshot(parser)
    add("--price", metavar="KIND", help="close (default) or adj_close")


def _day(text: str) -> int | str:
    """Read an event day, or a date as it stands: a table of events on one date takes both."""
    try:
        return int(text)
    except ValueError:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return text
        raise


def _run_spec(options: argparse.Namespace, workspace: Workspace) -> RunSpec:
    from analysis.reactions.run_spec import RunSpec

    given = _study_changes(options)
    if "model" not in given:
        given["model"] = _default_model(workspace, options.market)
    return RunSpec(
        study=_study_spec(given),
        markets=tuple(options.market) if options.market else None,
        events=tuple(options.event_ids) if options.event_ids else None,
        prices=price_source(options.prices, workspace),
        allow_snapshot=options.allow_snapshot,
        largest_factor=options.largest_factor,
        accept_prices=options.accept_prices,
        benchmark=options.benchmark,
    )


def _study_changes(options: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of the method the command line names."""
    changes = {
        "model": options.model,
        "estimation_window": options.estimation_window,
        "event_window": options.event_window,
        "return_kind": options.return_kind,
        "scale": options.scale,
        "price": options.price,
        "min_present": getattr(options, "min_present", None),
        "alternative": getattr(options, "alternative", None),
        "donors": getattr(options, "donors", None),
    }
    given = {name: value for name, value in changes.items() if value is not None}
    for name in ("estimation_window", "event_window"):
        if name in given:
            given[name] = tuple(given[name])
    if getattr(options, "window", None):
        given["windows"] = tuple(map(tuple, options.window))
    if getattr(options, "tests", None):
        given["tests"] = tuple(options.tests)
    return given


def _study_spec(given: Mapping[str, Any]) -> StudySpec:
    from analysis.engine.inference import TESTS
    from analysis.engine.spec import StudySpec

    if given.get("tests") == ("all",):
        given = {**given, "tests": tuple(TESTS)}
    return StudySpec(**given)


def _default_model(workspace: Workspace, symbols: Sequence[str] | None) -> str:
    """Return the model most of the chosen markets name in seeds/markets.yaml; say which, if any."""
    from analysis.seeds.markets import load_markets

    markets = load_markets(workspace.seeds / "markets.yaml")
    chosen = [m for m in markets if (m.symbol in symbols if symbols else m.role == "study")]
    models = Counter(market.model for market in chosen).most_common()
    if len(models) > 1:
        named = ", ".join(f"{m.symbol} {m.model}" for m in chosen if m.model != models[0][0])
        print(
            f"read as: all markets are studied with {models[0][0]}, though some name another "
            f"({named}); choose with --model.",
            file=sys.stderr,
        )
    return models[0][0] if models else "market_model"


def _study(options: argparse.Namespace) -> int:
    kind = study_kind(options.events, options.prices, lambda: find_workspace(options.workspace))
    if kind == "partitions":
        reason = why_no_page(options) if options.report else "none was asked for"
        if not reason:
            print("A table study over partitions, read whole, since a page was asked for.")
            return _table(options)
        if options.report:
            print(f"A table study over partitions without a page: {reason}.")
        from analysis.engine.models import TOTAL_REACTION
        from analysis.reactions.table_study import fitting_windows

        method = fitting_windows(_study_changes(options))
        if options.benchmark is None and "model" not in method:
            method["model"] = TOTAL_REACTION
        return run_partitioned(options, _study_spec(method))
    if kind == "table":
        return _table(options)
    from analysis.output import OutputFolder
    from analysis.reactions.run_inputs import gather_inputs
    from analysis.reactions.store import write_study
    from analysis.report.progress import Progress

    workspace, out = find_workspace(options.workspace), OutputFolder(Path(options.out)).check().root
    events_file = Path(options.events) if options.events else None
    inputs = gather_inputs(workspace, _run_spec(options, workspace), events_file=events_file)
    draws = {} if options.draws is None else {"n_draws": options.draws}
    inputs = inputs.vetted()
    print_remarks(inputs.read, inputs.gate)
    print(
        f"A catalogue of news: {len(inputs.seeds.events)} events, for the markets of the workspace."
    )
    study = inputs.study(scheduler=options.scheduler, tell=Progress(sys.stdout).line, **draws)
    write_study(study, out, inputs=inputs)
    usable = int((study.reactions["status"] == "ok").sum())
    print(f"{usable} of {len(study.reactions)} reactions computed, prices to {inputs.data_end}.")
    lost = study.reactions.loc[study.reactions["status"] != "ok", "reason"]
    for line in reasons_told(lost):  # reactions.csv has them all
        print(f"  not computed {line}")
    print(f"Tables and run.json: {out}")
    return 0


def _report_table(options: argparse.Namespace) -> int:
    """Make the page of a table of events: the same as ``study --report``."""
    kind = study_kind(options.events, options.prices, lambda: find_workspace(options.workspace))
    if kind == "partitions" and (reason := why_no_page(options)):
        raise InputError("prices", options.prices, f"{reason}.", "Use study, which makes tables.")
    if kind == "catalogue":
        raise InputError(
            "events", options.events, "a page of its own is made of a table of companies' events.",
            "A catalogue belongs into seeds/events.yaml of a workspace: market-reaction new NAME.",
        )  # fmt: skip
    options.out = options.out or f"{Path(options.events).stem}-report"
    options.report = True
    return _table(options)


def _table(options: argparse.Namespace) -> int:
    method = _study_changes(options)
    if method.get("tests") == ("all",):
        from analysis.engine.inference import TESTS

        method["tests"] = tuple(TESTS)
    request = table_request(options, method, find_workspace(options.workspace))
    if not options.report:
        return run_table(request, Path(options.out))
    from analysis.report.table_page import make_page

    return run_table(request, Path(options.out), page=make_page)


def _show(options: argparse.Namespace) -> int:
    from analysis.reactions.run_inputs import gather_inputs
    from analysis.reactions.store import stored_study
    from analysis.report.terminal import event_text, minutes_text

    workspace = find_workspace(options.workspace)
    inputs = gather_inputs(workspace, _run_spec(options, workspace))
    event = inputs.seeds.event(options.event)
    study = stored_study(inputs, workspace.stores)
    print_remarks(study.run.get("read_as", ()), study.run.get("gate", ()))
    if options.minutes:
        print(minutes_text(event, study.minutes, inputs.seeds))
        return 0
    print(event_text(event, study, inputs.seeds, model=inputs.run.study.model))
    return 0


def _list(options: argparse.Namespace) -> int:
    from analysis.report.terminal import list_text

    print(list_text(options.what, find_workspace(options.workspace)))
    return 0


def _check_events(options: argparse.Namespace) -> int:
    from analysis.seeds.catalogue import load_seeds
    from analysis.seeds.events import event_doubts

    workspace = find_workspace(options.workspace)
    events_file = Path(options.events) if options.events else None
    seeds = load_seeds(workspace.seeds, events_file=events_file)
    print_remarks((), event_doubts(seeds.events))
    print(
        f"No problem found: {len(seeds.events)} events, {len(seeds.articles)} articles, "
        f"{len(seeds.claims)} claims, {len(seeds.markets)} series."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
