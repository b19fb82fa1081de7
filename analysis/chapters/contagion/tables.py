"""Co-movement where pairs are few, in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.table import Table
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

    def scope(row: Row) -> str:
        name = str(row["scope"]).partition(":")[2]
        return articles.get(name, name.replace("-", " ").capitalize())

    def pair(row: Row) -> str:
        return ", ".join(further.seeds.market(row[k]).short for k in ("market_a", "market_b"))

    return Table.of(
        records(rows),
        (
            ("Events", scope),
            ("Markets", pair),
            ("Pairs", lambda r: str(r["n"])),
            ("Pearson", lambda r: signed(r["pearson"])),
            ("Spearman", lambda r: signed(r["spearman"])),
            (
                "One pair left out",
                lambda r: f"{signed(r['low_left_out'])} to {signed(r['high_left_out'])}",
            ),
            ("Permutation p", lambda r: p_value(r["p_permutation"])),
            ("Its floor", lambda r: p_value(r["floor"])),
        ),
        caption=f"{kind} inside {'articles and ' if articles else ''}categories",
        numeric=range(2, 8),
        note="Pairs of distinct day 0s, 3 to 15. All orders are tried up to 8 pairs, 1,999 random "
        "ones above. No interval: with so few pairs it would span nearly everything.",
        name=lambda r: named.few(r["scope"], r["market_a"], r["market_b"]),
    )
