"""Printed figures beside ours."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.chapters.replication.words import Gallery
from analysis.chapters.shared.table import Table
from analysis.engine.results import window_label
from analysis.reactions.replication import Replication
from analysis.reactions.reproduction import Reproduced
from analysis.wording import p_value

#: From the test that takes most for granted to those that take less.
_HONEST = ("cross_sectional_t", "bmp_t", "kolari_pynnonen_t", "calendar_time_t")
_MOST = 60
"""Rows of figures a page shows; the command prints each of them."""


def gallery_table(gallery: Gallery) -> Table:
    """One row for each study: what is printed, and how it comes out."""
    rows = []
    for study, found in gallery:
        equal = [one for one in found if one.equal]
        engine = sum(one.figure.how == "engine" for one in equal)
        rows.append(
            (
                study.title,
                str(study.described["study"]),
                str(len(found)),
                str(engine),
                str(len(equal) - engine),
                str(len(found) - len(equal)),
                str(study.described["licence"]["data"]),
            )
        )
    return Table(
        "Studies by others, run again",
        ("study", "published", "printed", "engine", "named rule", "not", "data"),
        tuple(rows),
        numeric=frozenset({2, 3, 4, 5}),
        note="Engine: equal to every printed digit as it stands. Named rule: equal once the rule "
        "of the other program is applied to the same abnormal returns.",
    )


def figures_table(study: Replication, found: Sequence[Reproduced]) -> Table:
    """One row for each printed figure, those that take a rule or do not come out first."""
    order = sorted(found, key=lambda one: (one.equal and one.figure.how == "engine", one.equal))
    rows = tuple(
        (
            f"{one.figure.statistic.replace('_', ' ')}, {one.figure.event}",
            one.figure.window,
            _short(one.figure.printed),
            "–" if one.reason else f"{one.ours:.6g}",
            one.reason or ("every digit" if one.equal else f"{one.digits or 0} decimals"),
            "" if one.figure.how == "engine" else one.figure.how.replace("_", " "),
        )
        for one in order[:_MOST]
    )
    left = len(found) - len(rows)
    return Table(
        f"Printed figures of the study: {study.title}",
        ("figure", "window", "printed", "ours", "equal to", "rule"),
        rows,
        numeric=frozenset({2, 3}),
        note=f"{left} further figures come out by the engine as it stands; "
        f"market-reaction replicate {study.name} prints each of them."
        if left > 0
        else f"Source: {study.described['source']}.",
    )


def _short(printed: str) -> str:
    """Write a printed figure with at most ten characters of decimals."""
    return printed if len(printed) <= 14 else f"{float(printed):.10g}…"


def honest_table(study: Replication) -> Table:
    """Test the study's windows under tests that take more or less for granted, a row each."""
    from analysis.engine.inference import TESTS, InapplicableTest

    rows = []
    for table in study.tables:
        for window in table.result.spec.windows or ():
            for name in _HONEST:
                found = table.result.test(name, window)
                if not isinstance(found, InapplicableTest):
                    label = f"{table.name} {window_label(window)}: {TESTS[name].title}"
                    rows.append(
                        (
                            label,
                            f"{found.statistic:+.2f}",
                            p_value(found.p_value),
                            str(found.n_events),
                        )
                    )
    return Table(
        "The same windows under tests that assume less",
        ("window and test", "statistic", "p", "N"),
        tuple(dict.fromkeys(rows)) or (("nothing to test: one event", "–", "–", "–"),),
        numeric=frozenset({1, 2, 3}),
        note="From the test that takes all events as independent to those that allow for shared "
        "dates.",
    )


def rules_table() -> Table:
    """Every rule of other programs: who uses it, in what it differs, which way it errs."""
    from analysis.engine.conventions import CONVENTIONS

    return Table(
        "Rules of other programs",
        ("rule", "used by", "differs in", "errs"),
        tuple(
            (r.name.replace("_", " "), r.used_by, r.differs, r.errs) for r in CONVENTIONS.values()
        ),
    )
