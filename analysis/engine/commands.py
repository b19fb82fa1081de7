"""The command about tests themselves: ``sizes``."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.errors import InputError, ReportError

FEWEST = 20


def add_engine_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
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
    from analysis.engine.size_tables import breaches, size_markdown, sizes, with_tables

    if options.replications < FEWEST:
        raise InputError(
            "replications",
            options.replications,
            f"it must be {FEWEST} or more.",
            "For example 2000.",
        )
    page = None if options.write is None else Path(options.write)
    if page is not None:
        with_tables(_read(page), "")  # refused now rather than after the work
    study = sizes(options.replications, options.seed, scheduler=options.scheduler)
    tables = size_markdown(study, options.seed)
    if page is None:
        print(tables)
    else:
        page.write_text(with_tables(_read(page), tables), encoding="utf-8", newline="\n")
        print(f"Wrote the sizes into {page}.")
    for line in breaches(study.size):
        print(f"beyond its bounds: {line}")
    return 0


def _read(page: Path) -> str:
    try:
        return page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(f"{page} cannot be read: {error}.") from error
