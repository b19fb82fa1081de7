"""``study`` over partitioned prices, and ``prices partition``, from the command line."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from analysis.errors import InputError, PlausibilityWarning

if TYPE_CHECKING:
    from analysis.engine.spec import StudySpec

_URL = "://"


def add_scheduler_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that says where a study is computed."""
    parser.add_argument(
        "--scheduler",
        metavar="WHERE",
        help="where to compute: local, local:4 or tcp://HOST:8786 (default: this process)",
    )


def is_partitioned(events: str | None) -> bool:
    """Whether events are a table of (event_id, security, session), not a catalogue of news."""
    if events is None or events.endswith((".yaml", ".yml")):
        return False
    path = Path(events)
    if events.endswith(".csv"):
        return _is_table_of_events(path)
    return _URL in events or events.endswith(".parquet") or path.is_dir()


def _is_table_of_events(path: Path) -> bool:
    """Whether a CSV file has most columns of events by security, none of which a catalogue has."""
    try:
        with path.open(encoding="utf-8-sig") as stream:
            head = stream.readline(100_000)
    except (OSError, UnicodeDecodeError):
        return False
    names = {name.strip().strip('"').casefold() for name in head.split(",")}
    keys = ({"event_id"}, {"security", "symbol"}, {"session", "date"})
    return sum(bool(names & either) for either in keys) >= 2


def run_partitioned(options: argparse.Namespace, spec: StudySpec) -> int:
    """Run the study the options describe, and say what was found."""
    from analysis.engine.models import TOTAL_REACTION
    from analysis.scale.study import partitioned_study

    for name, given in (
        ("market", options.market), ("allow_snapshot", options.allow_snapshot),
        ("largest_factor", options.largest_factor), ("event", options.event_ids),
        ("draws", options.draws),
    ):  # fmt: skip
        if given:
            raise InputError(
                name.replace("_", "-"),
                given,
                "a study over partitions takes all securities and events as they are.",
                "Leave it out.",
            )
    began = time.perf_counter()
    print(f"A table study over partitions: events {options.events}, prices {options.prices}.")
    if options.benchmark is None and spec.model == TOTAL_REACTION:
        print("No benchmark was given: the usual return of a security is its own mean over event "
              f"days {list(spec.estimation_window)}.")  # fmt: skip
    with _Lines(sys.stderr) as lines, warnings.catch_warnings():
        warnings.simplefilter("ignore", PlausibilityWarning)  # said below, as notes
        result = partitioned_study(
            options.prices,
            options.events,
            benchmark=options.benchmark,
            spec=spec,
            scheduler=options.scheduler,
            out=options.out,
            progress=lines,
            tell=lines.line,
        )
    print(f"{result.n_usable:,} of {result.n_requested:,} events computed "
          f"in {time.perf_counter() - began:.1f} s.")  # fmt: skip
    for note in result.notes:
        print(f"note: {note}")
    for row in result.outcomes.itertuples():
        if row.status != "ok":
            print(f"  {row.status} ({row.n_events:,}): {row.examples}")
    for name, why in result.lost.items():
        print(f"  left out: {name}: {why}")
    shown = result.tests().drop(columns=["df", "details", "null", "source", "reason"])
    print(shown.to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    print(f"Tables and run.json: {options.out}")
    return 0


def run_partition(options: argparse.Namespace) -> int:
    """Rewrite prices in partitions by security."""
    from analysis.scale.repartition import PARTITIONS, partition_prices

    for name in ("prices", "out"):
        if getattr(options, name) is None:
            raise InputError(
                name, None, "prices are partitioned from somewhere to somewhere.",
                "market-reaction prices partition --prices DIR --out DIR",
            )  # fmt: skip
    count = PARTITIONS if options.partitions is None else options.partitions
    files = partition_prices(options.prices, options.out, n_partitions=count)
    print(f"{len(files)} partitions in {options.out}; every security lies in one of them.")
    return 0


class _Lines:
    """One line a pass: live on a terminal, else when the pass ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._began = stream, time.perf_counter()
        self._open = False

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._open:
            print(file=self._stream)

    def __call__(self, label: str, done: int, total: int) -> None:
        elapsed = time.perf_counter() - self._began
        text = f"[{elapsed:6.1f} s] {label}: {done} of {total}"
        live = self._stream.isatty()
        self._open = live and done < total
        if live:
            print(f"\r{text:<70}", end="" if self._open else "\n", file=self._stream, flush=True)
        elif done == total:
            print(text, file=self._stream, flush=True)

    def line(self, text: str) -> None:
        print(text, file=self._stream, flush=True)
