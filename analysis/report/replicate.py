"""Commands about other people's figures: ``replicate`` and ``explain``."""

from __future__ import annotations

import argparse
import io
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import InputError
from analysis.files import read_bounded, write_whole
from analysis.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    import pandas as pd

    from analysis.engine.results import EventStudyResult
    from analysis.reactions.replication import Replication
    from analysis.reactions.reproduction import Reproduced

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_TEMPLATE = """\
title: What was studied, in a few words
study: Author Year, where it was published
source: where the data and the printed figures are
licence: {repository: the licence, data: the licence}
claim: What was claimed, in one sentence of your own.
honest: What honest inference adds.
market: where
tables:
  - name: all                       # the label in expected.csv, column event; or of: security,
                                    # of: event_id where labels are securities or ids
    benchmark: {benchmark: INDEX}   # file benchmark.csv, column INDEX; leave out for none
    spec:
      model: market_model
      estimation_window: [-130, -11]
      event_window: [-1, 1]
      windows: [[0, 0], [-1, 1]]
"""
_START, _END = "<!-- gallery -->", "<!-- end of the gallery -->"
_HEADS = {
    "expected.csv": "how,statistic,event,window,printed,decimals,where\n",
    "events.csv": "event_id,security,session\n",
    "returns.csv": "date\n",
    "benchmark.csv": "date\n",
}


def add_replication_commands(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add the commands to a parser."""
    replicate = commands.add_parser(
        "replicate", parents=[common], help="run studies by others and hold their figures to ours"
    )
    replicate.add_argument("study", nargs="?", metavar="STUDY", help="one of them (default: all)")
    replicate.add_argument(
        "--data",
        metavar="FOLDER",
        type=Path,
        help="where the files of a study lie that is not carried",
    )
    replicate.add_argument(
        "--new", metavar="FOLDER", type=Path, help="make the folder of a further study"
    )
    replicate.add_argument(
        "--table", metavar="FILE", type=Path, help="write the table of all studies into a text"
    )
    replicate.set_defaults(run=_replicate)
    explain = commands.add_parser(
        "explain", parents=[common], help="which program prints what, and which rule gives a number"
    )
    explain.add_argument(
        "test", nargs="?", metavar="TEST", help="a test (list tests), car, car_percent or car_t"
    )
    explain.add_argument("--returns", metavar="FILE", help="CSV: date, then decimal returns")
    explain.add_argument("--events", metavar="FILE", help="CSV: event_id, security, session")
    explain.add_argument(
        "--benchmark", metavar="FILE", help="CSV: date, then the benchmark's return"
    )
    explain.add_argument("--study", metavar="STUDY", help="a study of list replicate, or a folder")
    explain.add_argument("--window", nargs=2, type=int, default=(0, 0), metavar=("A", "B"))
    explain.add_argument("--model", default="market_model", metavar="MODEL")
    for name, default in (("estimation", (-130, -11)), ("event", (-5, 10))):
        explain.add_argument(
            f"--{name}-window", nargs=2, type=int, default=default, metavar=("A", "B")
        )
    explain.add_argument("--return-kind", default="simple", metavar="KIND")
    explain.add_argument("--printed", metavar="NUMBER", help="what the other program says")
    explain.add_argument("--as", dest="program", metavar="NAME", help="only this rule or program")
    explain.set_defaults(run=_explain)


# -- replicate -----------------------------------------------------------------------------------


def _replicate(options: argparse.Namespace) -> int:
    from analysis.reactions.reproduction import run_replication

    if options.new is not None:
        return _new(options.new)
    studies = _studies(find_workspace(options.workspace), options.study, options.data)
    if options.table is not None:
        return _write_table(options.table, studies)
    missed = 0
    for study in studies:
        if not (study.data / "expected.csv").is_file():
            print(f"{study.name}: described; its data are not carried (--data FOLDER).")
            continue
        found = run_replication(study)
        if options.study:
            print("\n".join(figure_lines(found, study.own)))
            print("".join(f"Read: {remark}.\n" for remark in study.remarks), end="")
        print(f"{study.name}: {summary_line(found, study.own)}")
        missed += sum(not one.equal and not one.reason for one in found)
    return 1 if missed else 0


def figure_lines(found: Sequence[Reproduced], own: frozenset[str] = frozenset()) -> list[str]:
    """Return one line for each printed figure: what is printed, ours, and how they agree.

    Figures whose rule is in ``own`` are no published ones, and are called noted.
    """
    lines = []
    for one in found:
        figure = one.figure
        name = f"{figure.statistic} {figure.event} {figure.window}"
        ours = "-" if one.reason else f"{one.ours:.12g}"
        said, how = ("noted  ", "engine") if figure.how in own else ("printed", figure.how)
        verdict = _verdict(replace(one, figure=replace(figure, how=how)))
        lines.append(f"  {name:<52} {said} {figure.printed:>22}  ours {ours:>20}  {verdict}")
    return lines


def _verdict(one: Reproduced) -> str:
    if one.reason:
        return f"not reproducible: {one.reason}"
    rule = "" if one.figure.how == "engine" else f", by the rule {one.figure.how}"
    if one.equal:
        return f"equal to every printed digit{rule}"
    return f"equal to {one.digits} decimals{rule}" if one.digits is not None else f"off{rule}"


def summary_line(found: Sequence[Reproduced], own: frozenset[str] = frozenset()) -> str:
    """Return how many printed figures come out, and by which rules; ``own`` are not printed."""
    noted = [one for one in found if one.figure.how in own]
    if noted:
        text = f"{sum(n.equal for n in noted)} of {len(noted)} figures of our own, printed nowhere"
        if len(noted) == len(found):
            return f"{text}; no printed figure."
        rest = [one for one in found if one.figure.how not in own]
        return f"{summary_line(rest)[:-1]}; {text}."
    equal = [one for one in found if one.equal]
    rules = Counter(one.figure.how for one in equal if one.figure.how != "engine")
    named = ", ".join(f"{name} {n}" for name, n in sorted(rules.items()))
    engine = len(equal) - sum(rules.values())
    text = f"{len(equal)} of {len(found)} printed figures, {engine} by the engine as it stands"
    if rules:
        text += f", {sum(rules.values())} by a named rule ({named})"
    reasons = sorted({f"{one.figure.how}: {one.reason}" for one in found if one.reason})
    return text + "".join(f"; not reproducible: {reason}" for reason in reasons) + "."


def gallery_table(studies: Sequence[Replication]) -> list[str]:
    """Return the table of confirmation in Markdown: studies, and how their figures come out.

    Studies whose data are carried are run; of the others ``measured`` of their description counts.
    """
    rows, sums = [], Counter[str]()
    for study in studies:
        counts = _counted(study)
        sums.update(counts)
        sums["studies"] += counts["printed"] > 0
        name = f"{study.described['title']} ({study.described['study']})"
        cells = (counts[name] for name in ("printed", "engine", "rule", "not"))
        rows.append(f"| `{study.name}`: {name} | " + " | ".join(map(str, cells)) + " |")
    equal = sums["engine"] + sums["rule"]
    return [
        f"{equal} of {sums['printed']} printed figures of {sums['studies']} studies by others come "
        f"out to every printed digit, {sums['engine']} as the engine stands and {sums['rule']} by "
        f"a named rule of the other program; {sums['not']} cannot.",
        "",
        "| study | printed | as it stands | by a named rule | not |",
        "|---|---|---|---|---|",
        *rows,
    ]


def _counted(study: Replication) -> Counter[str]:
    from analysis.reactions.reproduction import run_replication

    if not (study.data / "expected.csv").is_file():
        return Counter({name: int(n) for name, n in study.described["measured"].items()})
    found = [one for one in run_replication(study) if one.figure.how not in study.own]
    engine = sum(one.equal and one.figure.how == "engine" for one in found)
    rule = sum(one.equal for one in found) - engine
    return Counter(
        printed=len(found), engine=engine, rule=rule, **{"not": len(found) - engine - rule}
    )


def with_gallery(text: str, studies: Sequence[Replication]) -> str:
    """Return a text with the table between its two marks written anew."""
    head, start, rest = text.partition(_START)
    _, end, tail = rest.partition(_END)
    if not (start and end):
        raise InputError(
            "table", text[:60], f"the table stands between {_START} and {_END}.", "Add both lines."
        )
    return "\n".join([head + start, *gallery_table(studies), end + tail])


def _write_table(file: Path, studies: Sequence[Replication]) -> int:
    try:
        text = read_bounded(file).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "table", str(file), f"it cannot be read ({error}).",
            f"Name a text with the lines {_START} and {_END}.",
        ) from None  # fmt: skip
    write_whole(file, with_gallery(text, studies))
    print(f"The table of the gallery is written to {file}.")
    return 0


def _studies(workspace: Workspace, name: str | None, data: Path | None) -> tuple[Replication, ...]:
    from analysis.reactions.replication import load_replication, load_replications

    folder = workspace.data / "replications"
    known = [file.parent.name for file in sorted(folder.glob("*/study.yaml"))]
    if name is None:
        if data is not None:
            raise InputError("data", data, "it belongs to one study.", "Name the study, too.")
        return load_replications(folder)
    if name in known:
        return (load_replication(folder / name, data=data),)
    if (Path(name) / "study.yaml").is_file():
        return (load_replication(Path(name), data=data),)
    raise InputError.choice("study", name, known)


def _new(folder: Path) -> int:
    if os.path.lexists(folder):
        raise InputError("new", str(folder), "it is there already.", "Name a folder that is not.")
    for name, text in {"study.yaml": _TEMPLATE, **_HEADS}.items():
        write_whole(folder / name, text)
    print(f"{folder}: fill in study.yaml and the CSV files, then: replicate {folder}")
    return 0


# -- explain -------------------------------------------------------------------------------------


def _explain(options: argparse.Namespace) -> int:
    if options.test is None:
        from analysis.engine.conventions import CONVENTIONS

        for record in CONVENTIONS.values():
            print(f"{record.name:<18} {record.used_by}: {record.differs}. Errs: {record.errs}.")
        return 0
    result = _asked_study(options)
    found = result.explain(options.test, tuple(options.window), printed=options.printed)
    if options.program:
        found = _of_program(found, options.program, options.test)
    if options.printed is not None:
        if not found["gives_it"].any():
            print(f"No rule known here gives {options.printed}; ours and the others are:")
        else:
            found = found[found["gives_it"] | (found["convention"] == "ours")]
    for row in found.head(40).to_dict("records"):
        who = " ".join(str(row[name]) for name in ("event_id", "security") if row[name] != "")
        line = f"{row['convention']:<18} {who:<24} {row['value']:>14.6g}"
        if options.printed is not None:
            line += "  gives it" if row["gives_it"] else "          "
        text = "; ".join(str(row[name]) for name in ("used_by", "differs") if row[name])
        print(f"{line}  {text}{' (a known error)' if row['known_error'] else ''}")
    return 0


def _of_program(found: pd.DataFrame, program: str, test: str) -> pd.DataFrame:
    """Keep the rows of a rule or program; one that has no such figure is told so."""
    from analysis.engine.conventions import CONVENTIONS

    kept = found[[_meant(program, row) for row in found.to_dict("records")]]
    if not kept.empty:
        return kept
    has = [name for name in dict.fromkeys(found["convention"]) if name != "combination"]
    every = [{"convention": r.name, "used_by": r.used_by} for r in CONVENTIONS.values()]
    if any(_meant(program, row) for row in every):
        raise InputError(
            "as", program, f"it has no rule of its own for {test} in this window; those that have "
            f"one: {', '.join(has)}.", "market-reaction explain lists what each differs in.",
        )  # fmt: skip
    raise InputError.choice("as", program, ["ours", *CONVENTIONS])


def _meant(program: str, row: Mapping[Any, object]) -> bool:
    wanted = program.casefold()
    return wanted == str(row["convention"]) or wanted in str(row["used_by"]).casefold()


def _asked_study(options: argparse.Namespace) -> EventStudyResult:
    if options.study:
        studies = _studies(find_workspace(options.workspace), options.study, None)
        return studies[0].tables[0].result
    if not (options.returns and options.events):
        raise InputError(
            "returns",
            options.returns,
            "a study is needed: files of returns and events, or --study.",
            "For example --returns r.csv --events e.csv --benchmark b.csv.",
        )
    from analysis.engine.spec import StudySpec
    from analysis.engine.study import event_study

    returns = _read_csv("returns", options.returns, index_col=0, parse_dates=[0])
    events = _read_csv("events", options.events)
    benchmark = None
    if options.benchmark:
        frame = _read_csv("benchmark", options.benchmark, index_col=0, parse_dates=[0])
        if frame.shape[1] == 0:
            raise InputError(
                "benchmark", options.benchmark, "it has no column beside the dates.",
                "CSV: date, then the benchmark's return.",
            )  # fmt: skip
        benchmark = frame.iloc[:, 0]
    window = tuple(options.window)
    spec = StudySpec(
        model=options.model,
        estimation_window=tuple(options.estimation_window),
        event_window=tuple(options.event_window),
        windows=(window,),
        return_kind=options.return_kind,
    )
    return event_study(returns, events, benchmark=benchmark, spec=spec)


def _read_csv(parameter: str, file: str, **how: Any) -> pd.DataFrame:
    import pandas as pd

    try:
        frame: pd.DataFrame = pd.read_csv(io.BytesIO(read_bounded(Path(file))), **how)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise InputError(
            parameter, file, f"it cannot be read ({error}).", "Name a CSV file with a head."
        ) from None
    return frame
