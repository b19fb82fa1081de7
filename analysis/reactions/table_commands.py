"""``study`` of a table of events and a file of prices, from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from analysis.errors import InputError
from analysis.files import MOST_BYTES
from analysis.scale.commands import is_partitioned

if TYPE_CHECKING:
    from analysis.reactions.table_ladder import Judged
    from analysis.reactions.table_study import TableRequest, TableStudy
    from analysis.workspace import Workspace

Kind = Literal["partitions", "table", "catalogue"]
#: Makes the page of a study in its folder and returns its path.
Page = Callable[["TableStudy", "Judged", Path], Path]
_URL = "://"


class Listed(argparse.Action):
    """Keep the values of an option given several times as one list with commas."""

    def __call__(
        self, _parser: object, options: argparse.Namespace, value: object, _name: object = None
    ) -> None:
        """Add a value to those before it."""
        before = getattr(options, self.dest, None)
        setattr(options, self.dest, value if before is None else f"{before},{value}")


def add_table_options(parser: argparse.ArgumentParser) -> None:
    """Add the options only a table of events has."""
    add = parser.add_argument
    add("--closed-day", choices=["next", "previous", "skip"], default=None,
        help="a table of events: where a day without a session goes (default: next)")  # fmt: skip
    add("--exchange", metavar="MIC", help="a table of events: whose sessions and hours count, for "
        "all, by a column of the events, or as AAA=XNYS,BBB=XTKS")  # fmt: skip
    add("--zone", metavar="ZONE", help="a table of events: zone of its times, Europe/London")
    add(
        "--currency",
        metavar="CODE",
        help="a table of events: convert all series into it; what is "
        "quoted in which stands in a column currency of the prices or events, or comes from Yahoo",
    )
    add("--rates", metavar="FILE", help="rates of exchange for --currency, a column USDEUR each")


def study_kind(events: str | None, prices: str, workspace: Callable[[], Workspace]) -> Kind:
    """Say which study files ask for: over partitions, of a table of events, or of a catalogue.

    Raises
    ------
    InputError
        If a spreadsheet has no column of companies and there is no workspace whose markets could
        be meant.
    """
    from analysis.engine.event_time import days_among
    from analysis.seeds.event_tables import kind_of, missing_column

    if events is None:
        return "catalogue"
    if _is_partitions(prices) and is_partitioned(events):
        return "partitions"
    if _URL in events or Path(events).is_dir():
        return "partitions"
    kind, header = kind_of(events)
    if (
        events.endswith(".parquet")
        and prices.endswith(".parquet")
        and {"event_id", "security", "session"} <= {*header}
    ):
        return "partitions"
    if kind == "table" or days_among(header):
        return "table"
    if header and (is_partitioned(events) or workspace().bundled):
        raise missing_column(header, Path(events).name)
    return "catalogue"


def _is_partitions(prices: str) -> bool:
    """Whether prices are an address of Parquet files rather than files people keep."""
    if _URL in prices:
        return True
    path = Path(prices)
    return path.is_dir() and next(path.rglob("*.parquet"), None) is not None


def why_no_page(options: argparse.Namespace) -> str:
    """Say why a study over partitions has no page; nothing where it fits in memory, and has one."""
    if getattr(options, "scheduler", None):
        return "a scheduler computes it, and a page is made by one process"
    if _URL in options.prices or not str(options.events).endswith(".csv"):
        return "a page needs partitions of this machine, and events in a CSV file"
    folder = Path(options.prices)
    files = [file for file in folder.rglob("*.parquet") if file.is_file()]
    if any(file.parent != folder for file in files):
        return "its partitions lie in folders of their own; a page needs them side by side"
    size = sum(file.stat().st_size for file in files)
    if size > MOST_BYTES:
        return (f"its prices take {size / 1e6:,.0f} MB, and a page is made in memory of up to "
                f"{MOST_BYTES / 1e6:,.0f}")  # fmt: skip
    return ""


def table_request(
    options: argparse.Namespace, method: Mapping[str, Any], workspace: Workspace
) -> TableRequest:
    """Turn parsed options into a request.

    Raises
    ------
    InputError
        If an option has no meaning for a table of events.
    """
    from analysis.prices.snapshot import CLOSES
    from analysis.reactions.table_study import TableRequest

    for name, given in (
        ("market", options.market), ("event", options.event_ids),
        ("draws", getattr(options, "draws", None)),
        ("scheduler", getattr(options, "scheduler", None)),
    ):  # fmt: skip
        if given:
            raise InputError(
                name, given, "a table of events names its own securities and events.",
                "Leave it out.",
            )  # fmt: skip
    prices = options.prices
    if prices == "snapshot":
        prices = str(workspace.data / CLOSES)
    method = dict(method)
    dates: tuple[str, str] | None = None
    window = method.get("estimation_window")
    if window is not None and any(isinstance(day, str) for day in window):
        method.pop("estimation_window")
        dates = (str(window[0]), str(window[1]))
    return TableRequest(
        events=_whole(options.events), prices=_whole(prices),
        benchmark=None if options.benchmark is None else _whole_list(options.benchmark),
        method=method, estimation_dates=dates, closed_day=options.closed_day or "next",
        exchange=options.exchange, zone=options.zone, largest_factor=options.largest_factor,
        currency=getattr(options, "currency", None),
        rates=None if getattr(options, "rates", None) is None else _whole(options.rates),
        accept_prices=getattr(options, "accept_prices", False),
    )  # fmt: skip


def _whole(text: str) -> str:
    """Return a path that means the same in another folder; a name stays a name."""
    path = Path(text).expanduser()
    return str(path.resolve()) if path.exists() else text


def _whole_list(text: str) -> str:
    """Return a list of names and paths with every path whole."""
    if Path(text).exists():
        return _whole(text)
    return ",".join(_whole(part.strip()) for part in text.split(","))


def run_table(request: TableRequest, out: Path, *, page: Page | None = None) -> int:
    """Run the study, write its files, and say what was found."""
    from analysis.output import OutputFolder
    from analysis.reactions.table_files import write_table_study
    from analysis.reactions.table_ladder import judge
    from analysis.reactions.table_study import table_study

    OutputFolder(out).check()
    study = table_study(request)
    print("\n".join(study.said))
    judged = judge(study)
    _say_result(study, judged)
    missing = write_table_study(
        study, judged, out,
        waiting=lambda: print("Another study is writing to this folder; waiting for it to end."),
    )  # fmt: skip
    for text in missing:
        print(f"not written: {text}")
    print(f"Tables, tables.tex and run.json: {out}")
    if page is not None:
        print("The page:")
        print(page(study, judged, out))
    return 0


def _say_result(study: TableStudy, judged: Judged) -> None:
    outcomes = study.result.outcomes
    usable = study.result.usable
    print(f"{int(usable.sum()):,} of {len(outcomes):,} event{'s' * (len(outcomes) != 1)} computed.")
    for status, rows in outcomes[outcomes["status"] != "ok"].groupby("status"):
        first = rows.iloc[0]
        print(f"  {status} ({len(rows):,}): {first['event_id']}: {first['reason']}")
    shifts = study.placed.shifts
    if len(shifts):
        first = shifts.iloc[0]
        print(
            f"{len(shifts):,} {'event' if len(shifts) == 1 else 'events'} moved to another session "
            "(shifts.csv), the first: "
            f"{first['event_id']} from {first['given']} to {first['session']}, {first['why']}."
        )
    for note in study.notes:
        gate = note in study.result.notes or note in study.odd
        print(note if note.startswith("read as: ") else f"{'note' if gate else 'noticed'}: {note}")
    print(judged.table.to_frame().to_string(index=False))
    print(judged.table.note)
    print(_read(study, judged))


def _read(study: TableStudy, judged: Judged) -> str:
    """Say which p to read; a lone event has one of its own and no mean that could be tested."""
    rung = judged.main[judged.main.read]
    if rung.p_value == rung.p_value:
        naive = judged.main["naive"].p_value
        return (f"To read: {judged.main.p_name} = {rung.p_value:.4g} by {rung.title} (naive: "
                f"{naive:.4g}).")  # fmt: skip
    alone = study.result.event_tests(judged.window)["p_value"].dropna()
    own = f"; its own test has p = {alone.iloc[0]:.4g}" if len(alone) else ""
    return f"No mean is tested: one reaction has no spread{own} (event_outcomes.csv)."
