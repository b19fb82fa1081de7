"""Co-movement where pairs are few, in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.table import Table, row_anchors
from analysis.engine.models import WITHOUT_BENCHMARK
from analysis.wording import p_value, signed

if TYPE_CHECKING:
    from analysis.reactions.further import FurtherTables


def few_pairs_table(further: FurtherTables) -> Table:
    """Return correlations inside articles and categories, with exact p and its floor."""
    rows = further.table("small")
    rows = rows[rows["model"] == further.study.spec.study.model]
    whole = further.study.spec.study.model in WITHOUT_BENCHMARK
    kind = "Total reactions" if whole else "Reactions beyond the benchmark"
    articles = {a.file: a.label for a in further.seeds.articles}
    lines = []
    for row in rows.to_dict("records"):
        name = str(row["scope"]).partition(":")[2]
        names = [further.seeds.market(row[k]).short for k in ("market_a", "market_b")]
        lines.append(
            (
                articles.get(name, name.replace("-", " ").capitalize()),
                f"{names[0]}, {names[1]}",
                str(row["n"]),
                signed(row["pearson"]),
                signed(row["spearman"]),
                f"{signed(row['low_left_out'])} to {signed(row['high_left_out'])}",
                p_value(row["p_permutation"]),
                p_value(row["floor"]),
            )
        )
    return Table(
        caption=f"{kind} inside {'articles and ' if articles else ''}categories",
        columns=(
            "Events", "Markets", "Pairs", "Pearson", "Spearman", "One pair left out",
            "Permutation p", "Its floor",
        ),
        rows=tuple(lines),
        numeric=frozenset(range(2, 8)),
        note="Pairs of distinct day 0s, 3 to 15. All orders are tried up to 8 pairs, 1,999 random "
        "ones above. No interval: with so few pairs it would span nearly everything.",
        anchors=row_anchors(
            named.few(row["scope"], row["market_a"], row["market_b"])
            for row in rows.to_dict("records")
        ),
    )  # fmt: skip
