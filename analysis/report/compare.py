"""Two stores side by side: what moved, by how much, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.chapters.shared.figures import STANDS_OUT
from analysis.chapters.shared.rows import records
from analysis.files import csv_text
from analysis.output import OutputFolder
from analysis.reactions.store import read_record
from analysis.reactions.study_tables import TABLES
from analysis.report.render import percent_text, render_template

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore

_KEY = ["event_id", "market"]
_SHOWN = 60
"""Reactions listed on the page; the CSV beside it has all."""
_TINY = 5e-13
"""Differences below this are rounding of another machine's arithmetic, not a change."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing two runs do not share.

    Attributes
    ----------
    kind
        ``prices``, ``seeds``, ``parameters``, ``versions`` or ``code``.
    name
        File, parameter or package.
    old, new
        Its value, or the beginning of its hash.
    """

    kind: str
    name: str
    old: str
    new: str


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """What two stores say differently.

    Attributes
    ----------
    causes
        What the runs do not share.
    reactions
        One row per reaction in both: day 0, ar, p of each, their differences, ``moved``, ``why``.
    only_old, only_new
        Reactions (event, market) that one store alone has a figure for.
    verdicts
        Claims with another stored code (``supported``, ``contradicted``, ``undistinguished``,
        ``undecided``): claim_id, code_old, code_new. Other words for the same code are no change.
    tables
        One row per table: rows old and new, and whether its bytes are the same.
    """

    causes: tuple[Cause, ...]
    reactions: pd.DataFrame
    only_old: tuple[tuple[str, str], ...]
    only_new: tuple[tuple[str, str], ...]
    verdicts: pd.DataFrame
    tables: pd.DataFrame

    @property
    def moved(self) -> pd.DataFrame:
        """The distinct reactions that moved, the largest change first, with all their events."""
        moved = self.distinct[self.distinct["moved"]]
        size = moved["ar_change"].abs().fillna(0)
        return (
            moved.assign(_size=size)
            .sort_values("_size", ascending=False, kind="stable")
            .drop(columns="_size")
        )

    @property
    def distinct(self) -> pd.DataFrame:
        """The reactions of both, events that share them in both put together."""
        key = ["market", "day0_old", "day0_new"]
        together = self.reactions.groupby(key, sort=False, dropna=False)
        frame = together.first().drop(columns="event_id")
        return frame.assign(event_id=together["event_id"].agg("; ".join)).reset_index()

    def sentences(self) -> tuple[str, ...]:
        """Return what moved and why, in words."""
        return (_what_moved(self), *_marks(self), _why(self.causes))


def compare_stores(old: StudyStore, new: StudyStore) -> Comparison:
    """Hold two stores against each other.

    Parameters
    ----------
    old, new
        Stores of any two runs; reactions are matched by event and market, and each run's own model
        is taken.
    """
    left, right = _figures(old), _figures(new)
    both = left.merge(right, on=_KEY, how="inner", suffixes=("_old", "_new"), validate="one_to_one")
    for name in ("ar", "p_value"):
        both[f"{name}_change"] = both[f"{name}_new"] - both[f"{name}_old"]
    both["why"] = [_row_why(row) for row in records(both)]
    both["moved"] = both["why"] != ""
    ours, theirs = ({(r["event_id"], r["market"]) for r in records(f)} for f in (left, right))
    return Comparison(
        causes=causes(old.run, new.run),
        reactions=both,
        only_old=tuple(sorted(ours - theirs)),
        only_new=tuple(sorted(theirs - ours)),
        verdicts=_verdicts(old, new),
        tables=_tables(old, new),
    )


def causes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Cause, ...]:
    """Return what two ``run.json`` do not share: parameters, input files, versions, code."""
    found = []
    before, after = _flat(old["run"]), _flat(new["run"])
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            kind = "prices" if name == "prices" else "parameters"
            found.append(Cause(kind, name, before.get(name, "none"), after.get(name, "none")))
    for part, kind in (("inputs", "inputs"), ("versions", "versions")):
        for name in sorted({*old[part], *new[part]}):
            one, two = old[part].get(name, "none"), new[part].get(name, "none")
            if one != two:
                found.append(_cause(kind, name, one, two))
    return tuple(found)


def write_comparison(out: Path, comparison: Comparison, names: tuple[str, str]) -> Path:
    """Write ``out/comparison.html`` and ``out/comparison.csv``; return the page.

    Parameters
    ----------
    out
        Folder; made if missing.
    comparison
        What to show.
    names
        What to call the old and the new store.
    """
    folder = OutputFolder(out, "a comparison").check()
    table = comparison.reactions.drop(columns=["moved"])
    folder.write("comparison.csv", csv_text(table))
    return folder.write("comparison.html", render_comparison(comparison, names))


def render_comparison(comparison: Comparison, names: tuple[str, str]) -> str:
    """Return the page as text."""
    moved = comparison.moved
    return render_template(
        "comparison.html.j2",
        title="What moved between two runs, and why",
        names=names,
        comparison=comparison,
        sentences=comparison.sentences(),
        moved=[_none_for_nan(row) for row in records(moved.head(_SHOWN))],
        n_moved=len(moved),
        verdicts=records(comparison.verdicts),
        tables=records(comparison.tables),
        root="",
    )


# -- figures -----------------------------------------------------------------------------------


def _figures(store: StudyStore) -> pd.DataFrame:
    """Return day 0, return, expected return, abnormal return and p of every reaction."""
    model = store.spec.study.model
    days = store.abnormal_returns
    days = days[(days["model"] == model) & (days["event_day"] == 0) & ~days["candidate"]]
    placebo = store.placebo
    placebo = placebo[
        (placebo["model"] == model) & (placebo["window"] == "[0,0]") & ~placebo["candidate"]
    ]
    return days[[*_KEY, "day0", "ret", "benchmark_ret", "normal_ret", "ar"]].merge(
        placebo[[*_KEY, "p_value"]], on=_KEY, how="left", validate="one_to_one"
    )


def _row_why(row: Mapping[str, Any]) -> str:
    """Return which part of a reaction changed, the first cause first; empty if nothing did."""
    if row["day0_old"] != row["day0_new"]:
        return "another session counts as day 0"
    if _differs(row, "ret"):
        return "the market's own return on day 0 changed"
    if _differs(row, "benchmark_ret"):
        return "the benchmark's return changed"
    if _differs(row, "normal_ret"):
        return "the expected return changed: another fit or model"
    if _differs(row, "p_value"):
        return "the ordinary days it is compared with changed"
    return ""


def _differs(row: Mapping[str, Any], name: str) -> bool:
    old, new = row[f"{name}_old"], row[f"{name}_new"]
    if pd.isna(old) or pd.isna(new):
        return bool(pd.isna(old) != pd.isna(new))
    return bool(abs(new - old) > _TINY)


def _verdicts(old: StudyStore, new: StudyStore) -> pd.DataFrame:
    before, after = (_codes(store.claims) for store in (old, new))
    both = before.merge(after, on="claim_id", suffixes=("_old", "_new"))
    return both[both["code_old"] != both["code_new"]].reset_index(drop=True)


def _codes(claims: pd.DataFrame) -> pd.DataFrame:
    """Return the code of every claim; stores of early versions have none."""
    return claims[["claim_id"]].assign(code=claims.get("code", "no code"))


def _tables(old: StudyStore, new: StudyStore) -> pd.DataFrame:
    before, after = old.run["outputs"], new.run["outputs"]
    return pd.DataFrame(
        [
            {"table": name, "same": before.get(name) == after.get(name)}
            for name in sorted({*before, *after})
        ]
    )


# -- words -------------------------------------------------------------------------------------


def _what_moved(comparison: Comparison) -> str:
    total, moved = len(comparison.distinct), comparison.moved
    if not len(moved):
        return f"None of the {total} distinct reactions found in both runs moved."
    top = _none_for_nan(records(moved)[0])
    change = percent_text(top["ar_change"]).replace("%", "points")
    return (
        f"{len(moved)} of the {total} distinct reactions found in both runs moved. The largest "
        f"change of an abnormal return: {top['market']} on {top['day0_new']}, by {change} "
        f"(from {percent_text(top['ar_old'])} to {percent_text(top['ar_new'])})."
    )


def _marks(comparison: Comparison) -> tuple[str, ...]:
    distinct = comparison.distinct
    old, new = distinct["p_value_old"] <= STANDS_OUT, distinct["p_value_new"] <= STANDS_OUT
    gained, lost = int((new & ~old).sum()), int((old & ~new).sum())
    if not gained and not lost:
        return (f"The same {int(old.sum())} reactions carry a mark.",)
    return (
        f"{int(old.sum())} reactions carried a mark before, {int(new.sum())} do now: "
        f"{gained} gained one, {lost} lost it.",
    )


def _why(causes: tuple[Cause, ...]) -> str:
    kinds = list(dict.fromkeys(cause.kind for cause in causes))
    if not kinds:
        return "The two runs share all inputs, parameters, versions and code."
    if len(kinds) == 1:
        return f"Only {kinds[0]} differ, so all of it is due to them."
    return (
        f"The runs differ in {', '.join(kinds[:-1])} and {kinds[-1]}; the last column says which "
        "part of each reaction changed."
    )


def _cause(kind: str, name: str, old: str, new: str) -> Cause:
    if kind == "versions":
        if name == "code":
            return Cause("code", "this package", old[:12], new[:12])
        return Cause(kind, name, old, new)
    seeds = name.endswith((".yaml", ".yml"))
    return Cause("seeds" if seeds else "prices", name, old[:12], new[:12])


def _flat(run: Mapping[str, Any]) -> dict[str, str]:
    """Return a run's parameters as text, those of the method by their own names."""
    rest = {name: value for name, value in run.items() if name != "study"}
    return {name: json.dumps(value) for name, value in {**rest, **run.get("study", {})}.items()}


def _none_for_nan(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and pd.isna(value) else value
        for name, value in row.items()
    }


def open_store(path: Path) -> StudyStore:
    """Return the store in a folder, or of a ``run.json``.

    Raises
    ------
    InputError
        If tables are missing, are not as ``run.json`` says, or it cannot be read itself.
    """
    from analysis.reactions.store import StudyStore

    read_record(path)
    store = StudyStore(path if path.is_dir() else path.parent)
    for name in sorted({*store.run["outputs"], *(f"{name}.csv" for name in TABLES)}):
        store.file(name.removesuffix(".csv"))
    return store
