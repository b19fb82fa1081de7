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

    def equal(found: Sequence[Reproduced], *hows: bool) -> str:
        return str(sum(one.equal and (one.figure.how == "engine") in hows for one in found))

    return Table.of(
        list(gallery),
        (
            ("study", lambda pair: pair[0].title),
            ("published", lambda pair: str(pair[0].described["study"])),
            ("printed", lambda pair: str(len(pair[1]))),
            ("engine", lambda pair: equal(pair[1], True)),
            ("named rule", lambda pair: equal(pair[1], False)),
            ("not", lambda pair: str(sum(not one.equal for one in pair[1]))),
            ("data", lambda pair: str(pair[0].described["licence"]["data"])),
        ),
        caption="Studies by others, run again",
        numeric=(2, 3, 4, 5),
        note="Engine: equal to every printed digit as it stands. Named rule: equal once the rule "
        "of the other program is applied to the same abnormal returns.",
    )


def figures_table(study: Replication, found: Sequence[Reproduced]) -> Table:
    """One row for each printed figure, those that take a rule or do not come out first."""
    order = sorted(found, key=lambda one: (one.equal and one.figure.how == "engine", one.equal))
    left = len(order) - _MOST
    return Table.of(
        order[:_MOST],
        (
            ("figure", lambda f: f"{f.figure.statistic.replace('_', ' ')}, {f.figure.event}"),
            ("window", lambda f: f.figure.window),
            ("printed", lambda f: _short(f.figure.printed)),
            ("ours", lambda f: "–" if f.reason else f"{f.ours:.6g}"),
            (
                "equal to",
                lambda f: f.reason or ("every digit" if f.equal else f"{f.digits or 0} decimals"),
            ),
            ("rule", lambda f: f.figure.how.replace("_", " ").removeprefix("engine")),
        ),
        caption=f"Printed figures of the study: {study.title}",
        numeric=(2, 3),
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
