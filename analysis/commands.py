"""Commands about data, ``prices`` and ``new``, and about the tests, ``sizes``."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import InputError, PriceError, ReportError
from analysis.files import write_whole
from analysis.scale.commands import run_partition
from analysis.wording import INSTANT

if TYPE_CHECKING:
    import pandas as pd

    from analysis.prices import Prices
    from analysis.workspace import Workspace

_FRAGMENT = "<!-- market-reaction prices check -->"
"""First line of a fragment: a file without it is not replaced."""
#: Fewest samples a size is simulated from.
FEWEST = 20


def add_data_commands(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    common: argparse.ArgumentParser,
) -> None:
    """Add the commands to a parser."""
    prices = commands.add_parser(
        "prices", parents=[common], help="check prices, download them, or partition large ones"
    )
    prices.add_argument("action", choices=["check", "fetch", "partition"])
    prices.add_argument(
        "--prices", metavar="SOURCE", help="snapshot (default), yahoo, a file or a folder"
    )
    prices.add_argument(
        "--market", action="extend", nargs="+", metavar="SYMBOL", help="series (default: all)"
    )
    prices.add_argument("--start", metavar="DATE", help="first date, YYYY-MM-DD")
    prices.add_argument("--end", metavar="DATE", help="last date, YYYY-MM-DD")
    prices.add_argument(
        "--interval", choices=["1m", "5m", "1h"], help="fetch: intraday bars instead of closes"
    )
    prices.add_argument("--html", metavar="FILE", help="write the report as an HTML fragment, too")
    prices.add_argument(
        "--out",
        metavar="PATH",
        help="partition: folder of the Parquet files; fetch --interval: CSV of the bars",
    )
    prices.add_argument("--partitions", type=int, metavar="N", help="partition: files (default 32)")
    add_allow_snapshot(prices)
    prices.set_defaults(run=_prices)
    new = commands.add_parser("new", help="make a workspace of your own, with an example that runs")
    new.add_argument("name", metavar="NAME", help="name of the folder to make, here")
    new.set_defaults(run=_new)


def add_allow_snapshot(parser: argparse.ArgumentParser) -> None:
    """Add the options that let kept prices stand in and large moves pass."""
    parser.add_argument(
        "--largest-factor",
        type=float,
        metavar="F",
        help="largest believable ratio of successive closes (default: 1.8, indices 2.5)",
    )
    parser.add_argument(
        "--allow-snapshot",
        action="store_true",
        help="where Yahoo cannot be reached, use kept prices and say so at the top of every page",
    )
    parser.add_argument(
        "--accept-prices",
        action="store_true",
        help="use prices whose days do not fit their exchange, and say so at the top of every page",
    )


def print_remarks(read: Iterable[str], noticed: Iterable[str]) -> None:
    """Print how files were read, and what the gate noticed."""
    for sentence in read:
        print(f"read as: {sentence}")
    for sentence in noticed:
        print(f"note: {sentence}")


def price_source(text: str, workspace: Workspace) -> str:
    """Return a source of prices as a run keeps it: a path from the workspace on, or a whole one."""
    from analysis.prices.sources import is_named

    path = Path(text).expanduser()
    if is_named(text) or not path.exists():
        return text
    whole = path.resolve()
    root = workspace.root.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(whole)


def _prices(options: argparse.Namespace) -> int:
    from analysis.workspace import find_workspace

    if options.action == "partition":
        return run_partition(options)
    workspace = find_workspace(options.workspace)
    if options.action == "fetch" and options.prices not in (None, "yahoo"):
        raise InputError(
            "prices", options.prices, "only Yahoo's prices are fetched.", "Leave --prices out."
        )
    if options.interval and options.action != "fetch":
        raise InputError(
            "interval", options.interval, "it belongs to `prices fetch`.", "Leave it out."
        )
    if options.action == "fetch":
        return (_fetch_minutes if options.interval else _fetch)(options, workspace)
    return _check(options, workspace)


def _load(options: argparse.Namespace, workspace: Workspace, source: str) -> Prices:
    from analysis.prices import load_prices
    from analysis.prices.sources import is_named
    from analysis.seeds.markets import load_markets

    symbols = options.market or [m.symbol for m in load_markets(workspace.seeds / "markets.yaml")]
    here = workspace.root / price_source(source, workspace)
    return load_prices(
        symbols,
        here if not is_named(source) and here.exists() else source,
        data_dir=workspace.data,
        start=options.start,
        end=options.end,
        cache_dir=workspace.cache,
        allow_snapshot=options.allow_snapshot,
        largest_factor=options.largest_factor,
    )


def _fetch(options: argparse.Namespace, workspace: Workspace) -> int:
    prices = _load(options, workspace, "yahoo")
    closes = prices.closes
    for symbol in closes:
        series = closes[symbol].dropna()
        print(f"{symbol:8} {len(series):5} closes, {series.index[0]:%Y-%m-%d} to "
              f"{series.index[-1]:%Y-%m-%d}")  # fmt: skip
    print_remarks([*filter(None, [prices.banner]), *prices.notes, *prices.read], prices.odd)
    print(f"Kept in {workspace.cache}; a run with --prices yahoo starts from there.")
    return 0


def _fetch_minutes(options: argparse.Namespace, workspace: Workspace) -> int:
    """Write intraday bars to a file that minutes and ``seeds/markets.yaml`` can name."""
    from analysis.files import csv_text
    from analysis.prices.yahoo_minutes import yahoo_minutes
    from analysis.seeds.markets import load_markets

    if not options.out:
        raise InputError("out", None, "bars are written to a file.", "Say --out bars.csv.")
    symbols = options.market or [m.symbol for m in load_markets(workspace.seeds / "markets.yaml")]
    first, last = (_day(n, getattr(options, n)) for n in ("start", "end"))
    table = yahoo_minutes(
        symbols, interval=options.interval, first=first, last=last, cache_dir=workspace.cache
    )
    for symbol, bars in table.groupby("symbol", sort=False):
        span = bars["bar_start"]
        print(f"{symbol:8} {len(bars):6} bars, {span.min():%Y-%m-%d %H:%M} to "
              f"{span.max():%Y-%m-%d %H:%M} UTC (starts)")  # fmt: skip
    stamps = table["bar_start"].dt.strftime(INSTANT)
    _write_longer(Path(options.out), csv_text(table.assign(bar_start=stamps)))
    print(f"Written to {options.out}.")
    return 0


def _write_longer(file: Path, text: str) -> None:
    """Write a file over an earlier one of which no line gets lost, but over nothing else."""
    if os.path.lexists(file):
        lines = set(text.splitlines())
        try:
            plain = file.is_file() and not file.is_symlink()
            kept = plain and lines.issuperset(file.read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError):
            kept = False
        if not kept:
            raise InputError(
                "out", str(file), "it holds lines these bars have not, which would be lost.",
                "Name a new file.",
            )  # fmt: skip
    write_whole(file, text)


def _day(name: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InputError(name, text, "a date is written YYYY-MM-DD.", "Like 2025-03-28.") from None


def _check(options: argparse.Namespace, workspace: Workspace) -> int:
    from analysis.seeds.markets import load_markets
    from analysis.sessions.audit import audit_prices
    from analysis.sessions.closures import load_corrections

    source = options.prices or "snapshot"
    prices = _load(options, workspace, source)
    report = audit_prices(
        prices,
        markets=load_markets(workspace.seeds / "markets.yaml"),
        corrections=load_corrections(workspace.data / "calendar_corrections.csv"),
        snapshot=_snapshot(workspace) if source == "yahoo" else None,
    )
    print(report.text())
    if options.html:
        _write(Path(options.html), f"{_FRAGMENT}\n{report.html()}\n")
    return report.exit_code


def _snapshot(workspace: Workspace) -> pd.DataFrame | None:
    from analysis.prices.snapshot import CLOSES, read_snapshot

    try:
        return read_snapshot(CLOSES, data_dir=workspace.data)[0].closes
    except PriceError:  # a workspace may do without a snapshot
        return None


def _write(file: Path, text: str) -> None:
    """Write a fragment over an earlier one, but over nothing else."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if file.is_file() and file.read_text(encoding="utf-8").startswith(_FRAGMENT):
            write_whole(file, text)
            return
    if file.exists() or file.is_symlink():
        raise InputError(
            "html", str(file), "there is something else of that name, which would be lost.",
            "Name a new file.",
        )  # fmt: skip
    write_whole(file, text)


def _new(options: argparse.Namespace) -> int:
    from analysis.seeds.scaffold import new_workspace

    folder = new_workspace(options.name, parent=Path.cwd())
    print(
        f"Made {folder}. It runs as it is:\n\n"
        f"  cd {options.name}\n  market-reaction report\n\n"
        "Then put your own events into seeds/events.yaml; README.md says how."
    )
    return 0


def add_size_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to a parser."""
    sizes = commands.add_parser(
        "sizes", help="simulate how often every test rejects when nothing happened"
    )
    sizes.add_argument(
        "--replications", type=int, default=2000, metavar="N", help="samples each (default: 2000)"
    )
    sizes.add_argument("--seed", type=int, default=16, metavar="N", help="seed (default: 16)")
    sizes.add_argument(
        "--scheduler",
        metavar="WHERE",
        help="where samples are simulated: local, local:4, tcp://...",
    )
    sizes.add_argument(
        "--write",
        metavar="FILE",
        help="a page whose tables of sizes are replaced (docs/methods.md)",
    )
    sizes.set_defaults(run=_sizes)


def _sizes(options: argparse.Namespace) -> int:
    from analysis.engine import long_windows
    from analysis.engine.size_tables import HEADING, breaches, size_markdown, sizes, with_tables

    if options.replications < FEWEST:
        raise InputError(
            "replications",
            options.replications,
            f"it must be {FEWEST} or more.",
            "For example 2000.",
        )
    page = None if options.write is None else Path(options.write)
    places = (HEADING, long_windows.HEADING)
    if page is not None:
        for heading in places:
            with_tables(_read(page), "", heading)  # refused now rather than after the work
    asked = {"replications": options.replications, "seed": options.seed}
    study = sizes(**asked, scheduler=options.scheduler)
    long = long_windows.long_window_sizes(**asked, scheduler=options.scheduler)
    tables = (
        size_markdown(study, options.seed),
        long_windows.long_window_markdown(long, options.seed),
    )
    if page is None:
        print("\n\n".join(tables))
    else:
        text = _read(page)
        for heading, table in zip(places, tables, strict=True):
            text = with_tables(text, table, heading)
        write_whole(page, text)
        print(f"Wrote the sizes into {page}.")
    for line in breaches(study.size):
        print(f"beyond its bounds: {line}")
    return 0


def _read(page: Path) -> str:
    try:
        return page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(f"{page} cannot be read: {error}.") from error
