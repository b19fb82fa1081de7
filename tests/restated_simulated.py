"""Sentences on tests, simulated sizes and studies by others, derived from what their pages carry.

It shares no code with ``analysis``. Import it to register its rules with `restated_sentences`.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import restated
import yaml
from restated_pieces import PHRASES, Tables, count, listing, number, percent, size, span
from restated_sentences import rule

PHRASES.update({"on one date", "one-sample t", "with seven digits"})
STUDIES = Path(restated.__file__).parents[1] / "data" / "replications"


def shown(t: Tables, caption: str) -> list[list[str]]:
    """Rows of the table of a page with a caption, the head first."""
    for table in re.findall(r"<table.*?</table>", t.page, re.S):
        if caption in unescape(re.sub(r"(?s).*<caption>(.*?)</caption>.*", r"\1", table)):
            rows = re.findall(r"<tr.*?</tr>", table, re.S)
            cells = [re.findall(r"<t[dh].*?</t[dh]>", row, re.S) for row in rows]
            return [[" ".join(unescape(re.sub("<[^>]+>", "", c)).split()) for c in row]
                    for row in cells]  # fmt: skip
    raise AssertionError(f"no table {caption!r}")


# -- all tests of one study ----------------------------------------------------------------------


def reach(name: str) -> tuple[int, int]:
    first, last = re.findall(r"-?\d+", name.split("[")[1])
    return int(first), int(last)


def cars(t: Tables, window: tuple[int, int]) -> pd.DataFrame:
    """CAR and sessions of every distinct reaction of the market of the page."""
    rows = t.abnormal_returns
    rows = rows[(rows.market == t.parameter("market")) & (rows.model == t.model) & ~rows.candidate]
    rows = rows[rows.event_day.between(*window)].drop_duplicates(["day0", "event_day"])
    return rows.groupby("day0").agg(car=("ar", "sum"), sessions=("session", list))


@rule(r"battery-\[.*")
def _(t: Tables, name: str) -> list[str]:
    window = name.removeprefix("battery-")
    found = cars(t, reach(name))
    tests = t.csv("p-values-of-tests")
    tests = tests[tests.window == window]
    p = tests.p_value.dropna()
    marked = list(tests[tests.p_value <= 0.05].test)
    verb = "rejects" if len(marked) == 1 else "reject"
    none = "none of them rejects" if not marked else f"{number(len(marked))} of them {verb}"
    mean = percent(found.car.mean(), 2)
    return [f"Event days {window}: ", f"of {len(found)} sessions is {mean}.",
            f"{len(p)} of {len(tests)} tests apply, with p from {span(p.min(), p.max())}; {none}",
            "5 %"]  # fmt: skip


@rule(r"battery-shared-.*")
def _(t: Tables, name: str) -> list[str]:
    """Reactions whose tested sessions are those of another one, too."""
    sets = [set(sessions) for sessions in cars(t, reach(name)).sessions]
    n = sum(any(a & b for j, b in enumerate(sets) if j != i) for i, a in enumerate(sets))
    return [f"{n} of these sessions", name.removeprefix("battery-shared-")]


@rule("battery-looks")
def _(t: Tables, name: str) -> list[str]:
    n = t.csv("p-values-of-tests").window.nunique() - 1
    return [f"The {number(n)} windows beyond day 0" if n > 1 else "beyond day 0", "one look in 20"]


# -- simulated sizes -----------------------------------------------------------------------------


@rule("size-.*")
def _(t: Tables, name: str) -> list[str]:
    rows = t.csv("size-of-tests")
    rows = rows[np.isclose(rows.level, 0.05) & (rows.scenario == name[5:]) & (rows.n_panels > 0)]
    off = rows[(rows.low > 0.05) | (rows.high < 0.05)].test.nunique()
    worst = rows.loc[(rows.rate - 0.05).abs().idxmax()]
    every = rows.test.nunique()
    kinds = listing([number(n) for n in sorted(rows.n_events.unique())])
    return [f"{every - off} of {every} tests", f"with {kinds} events, as far as "
            f"{rows.n_panels.max()} markets", f"{worst.test} with {number(worst.n_events)} events: "
            f"{size(worst.rate)} instead of 5 %"]  # fmt: skip


@rule("dependence-.*")
def _(t: Tables, name: str) -> list[str]:
    """The cells of the table of both ways to weigh, which has no file of its own."""
    _, scenario, window = name.split("-", 2)
    kinds = {"clustered": "one date", "bunched": "neighbouring dates",
             "staggered": "different dates"}  # fmt: skip
    head, *rows = shown(t, "one date, neighbouring dates")
    at = next(i for i, cell in enumerate(head)
              if cell.startswith(kinds[scenario]) and cell.endswith(window))  # fmt: skip
    rates = {row[0]: row[at].rstrip(" *") for row in rows}
    return [f"event days {window}", f"in {rates['bmp_t']} of", rates["kolari_pynnonen_t"],
            rates["kolari_pynnonen_t:all_pairs"], "5 %"]  # fmt: skip


# -- studies by others ---------------------------------------------------------------------------


def study(name: str) -> tuple[dict, str]:
    """The record of a study by its sentence's name, and what the sentence is about."""
    folder = next(f for f in sorted(STUDIES.iterdir()) if name.startswith(f"replication-{f.name}-"))
    record = yaml.safe_load((folder / "study.yaml").read_text("utf-8"))
    return record, name.removeprefix(f"replication-{folder.name}-")


@rule("replication-all(-missing)?")
def _(t: Tables, name: str) -> list[str]:
    table = t.csv("printed-figures-by-study")
    engine, named, missing = (int(table[c].sum()) for c in ("engine", "named rule", "not"))
    if name.endswith("missing"):
        return [f"Not reproducible: {missing} "]
    every = engine + named + missing
    return [f"{engine + named} of {every} printed figures of {number(len(table))} studies",
            f"{engine} by the engine as it stands, {named} once"]  # fmt: skip


@rule("replication-(?!all(-missing)?$).*")
def _(t: Tables, name: str) -> list[str]:
    record, what = study(name)
    table = t.csv("printed-figures-by-study").iloc[0]
    engine, named, missing = (int(table[c]) for c in ("engine", "named rule", "not"))
    if what in ("claim", "honest"):  # the record's own words
        own = " ".join(record[what].split())
        return [f"The study: {record['study']}. {own}"] if what == "claim" else [own]
    if what == "missing":
        return [f"Not reproducible: {missing} "]
    if what == "out":
        every = engine + named + missing
        return [f"{engine + named} of ", str(every) if every > 9 else number(every),
                f"digit, {engine} of them by the engine"]  # fmt: skip
    rows = shown(t, "Printed figures of the study")
    rows = [row for row in rows if row[-1].replace(" ", "_") == what]
    out = [row for row in rows if row[4] == "every digit"]
    return [count(len(out), "figure").capitalize(), f"by the rule {what}"]
