"""What survives: family-wise, pooled as the articles implied, over variants and minutes."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

import pandas as pd

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.figures import STANDS_OUT
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.sentences import Cite, Sentence
from analysis.chapters.shared.words import implied_by
from analysis.engine import LEVEL
from analysis.engine.models import TOTAL_REACTION
from analysis.reactions.power import wildest_week
from analysis.wording import count, day, listing, month, number, p_range, p_value, percent, size

if TYPE_CHECKING:
    from analysis.reactions.further import FurtherTables
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_SHOWN = 4
_NAMED = 20
"""Survivors that are named in a sentence; more are counted."""


def cells(store: StudyStore, model: str) -> pd.DataFrame:
    """Return the family of one model, one row per distinct reaction, with its size.

    Columns of ``family``, ``ar`` (decimal) and ``floor`` (the smallest p its placebo days allow),
    the most unusual first.
    """
    family = store.family[store.family["model"] == model]
    placebo = store.placebo
    main = placebo[
        (placebo["model"] == model)
        & (placebo["window"] == "[0,0]")
        & ~placebo["candidate"].astype(bool)
    ]
    both = family.merge(
        main[["event_id", "market", "estimate", "floor"]].rename(columns={"estimate": "ar"}),
        on=["event_id", "market"],
        how="left",
        validate="one_to_one",
    )
    distinct = both.drop_duplicates(["market", "day0"])
    return distinct.sort_values(["p_stepdown", "p_single"], kind="stable", ignore_index=True)


def _joined_cells(store: StudyStore, model: str) -> pd.DataFrame:
    """Return the cells that joint draws say something of."""
    found = cells(store, model)
    return found[found["p_stepdown"].notna()]


def survivors(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Say how all reactions did at once, then which are unusual as the largest of the grid."""
    models = list(dict.fromkeys([store.spec.study.model, TOTAL_REACTION]))
    out = taken_together(store, models)
    for model in models:
        found = _joined_cells(store, model)
        if len(found):
            text, cites = _family_words(found, model, seeds)
            out.append(Sentence(f"family-{model}", text, cites=cites))
    return tuple(out)


def taken_together(store: StudyStore, models: Sequence[str]) -> list[Sentence]:
    """Say by model whether all reactions at once were larger than at joint placebo moments."""
    rows = store.omnibus[(store.omnibus["scope"] == "all") & (store.omnibus["market"] == "all")]
    by_model = {row["model"]: row for row in records(rows) if pd.notna(row["p_value"])}
    out = []
    for model in (m for m in models if m in by_model):
        row = by_model[model]
        what = "In total" if model == TOTAL_REACTION else "Beyond the benchmark"
        mean, usual = row["statistic"], row["placebo_mean"]
        more = "larger" if row["p_value"] <= STANDS_OUT and mean > usual else "no larger"
        text = (
            f"{what}, {count(int(row['n_reactions']), 'distinct reaction')} taken together were "
            f"{more} than at placebo moments: mean |z| {mean:.2f} against {usual:.2f} "
            f"(joint placebo p = {p_value(row['p_value'])})."
        )
        out.append(Sentence(f"omnibus-{model}", text))
    return out


def _family_words(found: pd.DataFrame, model: str, seeds: Seeds) -> tuple[str, tuple[Cite, ...]]:
    kept = found[found["p_stepdown"] <= STANDS_OUT]
    first = records(found)[0]
    what = "Of the total reactions" if model == TOTAL_REACTION else "Beyond the benchmark"
    many = f"{what}, with all {len(found)} distinct reactions looked at together,"
    if len(kept):
        names = [_cell(row, seeds) for row in records(kept)]
        named_ones = listing(names, most=_NAMED)
        text = f"{many} {count(len(kept), 'reaction')} still at p ≤ 0.05: {named_ones}."
        cited = records(kept.head(_NAMED))
        return text, tuple(Cite(percent(row["ar"]), _row(row)) for row in cited)
    text = (
        f"{many} none is unusual at 5 %: the most unusual one, {_cell(first, seeds)}, has "
        f"p = {p_value(first['p_single'])} alone and {p_value(first['p_stepdown'])} as one of "
        f"{len(found)} (Benjamini-Hochberg {p_value(first['p_bh'])}); chance alone would put about "
        f"{first['expected_beyond']:.0f} of them beyond their own 5 % point."
    )
    p_values = (p_value(first[name]) for name in ("p_single", "p_stepdown", "p_bh"))
    return text, tuple(Cite(shown, _row(first)) for shown in (percent(first["ar"]), *p_values))


def _row(row: Row) -> str:
    return named.family(row["model"], row["market"], row["day0"])


def _cell(row: Row, seeds: Seeds) -> str:
    return f"{seeds.market(row['market']).short} on {day(row['day0'])} ({percent(row['ar'])})"


def of_article(found: pd.DataFrame, store: StudyStore, seeds: Seeds, file: str) -> pd.DataFrame:
    """Return those members of the family that are reactions to events of an article."""
    ids = {e.id for e in seeds.events if any(m.file == file for m in e.articles)}
    shared = store.reactions[store.reactions["event_id"].isin(ids)]
    return found.merge(shared[["market", "day0"]].drop_duplicates(), on=["market", "day0"])


def article_survivors(store: StudyStore, seeds: Seeds, file: str) -> Sentence:
    """Say which of an article's reactions survive being looked at with all the others."""
    found = _joined_cells(store, store.spec.study.model)
    mine = of_article(found, store, seeds, file)
    if mine.empty:
        return Sentence(f"article-family-{file}", "No reaction could be computed.", finding=False)
    first = records(mine)[0]
    kept = int((mine["p_stepdown"] <= STANDS_OUT).sum())
    text = (
        f"Looked at with all {len(found)} reactions of the catalogue, "
        f"{number(kept, none='none')} of the article's {len(mine)} stays unusual; nearest to it is "
        f"{_cell(first, seeds)}, p = {p_value(first['p_stepdown'])} family-wise."
    )
    figures = (percent(first["ar"]), p_value(first["p_stepdown"]))
    cites = tuple(Cite(shown, _row(first)) for shown in figures)
    return Sentence(f"article-family-{file}", text, cites=cites)


def as_implied(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Say whether prices went the way the articles implied, category by category, all markets."""
    rows = store.pooled[(store.pooled["sample"] == "all") & (store.pooled["market"] == "all")]
    rows = rows[rows["n_dates"] >= 2]
    out = []
    for model in dict.fromkeys([TOTAL_REACTION, store.spec.study.model]):
        mine = rows[rows["model"] == model]
        for row in records(mine[mine["scope"] == "all"]):
            out.append(_pooled_sentence(f"implied-{model}", row, seeds))
        small = mine[mine["scope"].str.startswith("category:")]
        for row in records(small.sort_values("p_joint_two_sided", kind="stable")):
            category = row["scope"].removeprefix("category:")
            out.append(_pooled_sentence(f"implied-{model}-{category}", row, seeds))
    return tuple(out)


def _pooled_sentence(name: str, row: Row, seeds: Seeds) -> Sentence:
    figures = (
        percent(row["estimate"]),
        count(row["n_sessions"], "session"),
        p_value(row["p_joint_two_sided"]),
    )
    anchor = named.pooled(row["scope"], row["model"])
    cites = tuple(Cite(shown, anchor) for shown in figures)
    return Sentence(name, _pooled_words(row, seeds), cites=cites)


def _pooled_words(row: Row, seeds: Seeds) -> str:
    """Say a signed mean with its two-sided p and what it rests on.

    Directions were read after the move was known, so the one-sided p is not said.
    """
    what = "total reaction" if row["model"] == TOTAL_REACTION else "reaction beyond the benchmark"
    scope = row["scope"].removeprefix("category:").replace("-", " ")
    events = "All events" if row["scope"] == "all" else f"Events of the kind “{scope}”"
    return (
        f"{events}, {what}, counted in the direction {implied_by(seeds)}: "
        f"{percent(row['estimate'])} on average over {count(row['n_sessions'], 'session')} of "
        f"{count(row['n_dates'], 'date')}, "
        f"{row['n_as_implied']:.0f} of them that way; {_beyond_placebo(row)} (two-sided joint "
        f"placebo p = {p_value(row['p_joint_two_sided'])}"
        f"{_without('date', row['p_low_left_out'], row['p_high_left_out'])}"
        f"{_without('month', row['p_low_month_out'], row['p_high_month_out'])})."
    )


def _beyond_placebo(row: Row) -> str:
    if not isfinite(float(row["p_joint_two_sided"])):
        return "no placebo moment is left to judge that by"
    if not row["p_joint_two_sided"] <= STANDS_OUT:
        return "no more than at placebo moments"
    verdict = f"{'more' if row['estimate'] > 0 else 'less'} than at placebo moments"
    for label, p in (("date_left_out", "p_high_left_out"), ("month_left_out", "p_high_month_out")):
        if row[p] > STANDS_OUT:
            when = day(row[label]) if label == "date_left_out" else month(str(row[label]))
            return f"{verdict}, but not without {when}"
    return verdict


def _without(what: str, low: float, high: float) -> str:
    return "" if pd.isna(low) else f"; without any one {what} p = {p_range([low, high])}"


def stars(further: FurtherTables) -> tuple[Sentence, ...]:
    """Say how many verdicts at 5 % depend on how the placebo test is run."""
    model = further.study.spec.study.model
    rows = further.table("variants")
    rows = rows[rows["model"] == model].drop_duplicates(["market", "day0", "variant"])
    span = rows.groupby(["market", "day0"])["p_value"].agg(["min", "max"])
    always, never = (span["max"] <= STANDS_OUT).sum(), (span["min"] > STANDS_OUT).sum()
    either = span[(span["min"] <= STANDS_OUT) & (span["max"] > STANDS_OUT)]
    figures = cells(further.study, model).set_index(["market", "day0"])["ar"]
    names = [
        f"{further.seeds.market(row['market']).short} on {day(row['day0'])} "
        f"({percent(float(figures.get((row['market'], row['day0']), float('nan'))))}, "
        f"p = {p_range([row['min'], row['max']])})"
        for row in records(either.sort_values("min").reset_index())
    ]
    cites = tuple(
        Cite(f"{percent(float(figures[row['market'], row['day0']]))}",
             named.family(model, row["market"], row["day0"]))
        for row in records(either.sort_values("min").reset_index().head(_SHOWN))
        if (row["market"], row["day0"]) in figures.index
    )  # fmt: skip
    text = (
        f"Over {rows['variant'].nunique()} reasonable ways to run the placebo test, "
        f"{number(int(always), none='none')} of {len(span)} reactions "
        f"{'is' if always == 1 else 'are'} always at p ≤ 0.05, {number(int(never), none='none')} "
        f"never, {number(len(either), none='none')} in some only"
        + (f": {listing(names, most=_SHOWN)}" if names else "")
        + "."
    )
    return (Sentence("variants", text, cites=cites), *_minutes(further))


def _minutes(further: FurtherTables) -> list[Sentence]:
    rows = further.table("doubts")
    rows = rows[(rows["window"] == "[0,0]") & (rows["model"] == further.study.spec.study.model)]
    if rows.empty:
        return [Sentence("minutes", "No day 0 is in doubt.", finding=False)]
    depends = rows[rows["verdict"] == "depends on the minute"]
    names = [
        f"“{further.seeds.event(row['event_id']).title}” "
        f"in {further.seeds.market(row['market']).short} "
        f"({percent(row['estimate_low'])} to {percent(row['estimate_high'])}, "
        f"p = {p_range([row['p_best'], row['p_worst']])})"
        for row in records(depends)
    ]
    text = (
        f"Of {count(len(rows), 'reaction')} whose day 0 is in doubt, "
        f"{number(len(rows) - len(depends), none='none')} keep their verdict at 5 % whatever the "
        f"minute was"
        + (f"; it depends on the minute for {listing(names, most=_SHOWN)}." if names else ".")
    )
    return [Sentence("minutes", text)]


def sizes(further: FurtherTables) -> tuple[Sentence, ...]:
    """Say how often tests reject on quiet days, and what the wildest week does to them."""
    rows = further.table("sizes")
    model = further.study.spec.study.model
    rows = rows[(rows["model"] == model) & (rows["window"] == "[0,0]") & (rows["level"] == LEVEL)]

    def share(test: str, period: str) -> str:
        mine = rows[(rows["test"] == test) & (rows["period"] == period)]
        known = mine[mine["n"] > 0]
        if known.empty:
            return "–"
        return size(float((known["rejected"] * known["n"]).sum() / known["n"].sum()))

    first, last = wildest_week(further.market_data)
    text = (
        f"At 5 % the t-test of one day rejects on {share('ar_t', 'all')} of quiet days: "
        f"{share('ar_t', 'calm')} in the calm third, {share('ar_t', 'turbulent')} in the turbulent "
        f"one, and {share('ar_t', 'shock_in_estimation')} while the wildest week of these "
        f"markets ({day(str(first))} to {day(str(last))}) lies in its estimation window. "
        f"With the volatility of the day before these become "
        f"{share('ar_t_conditional', 'all')}, {share('ar_t_conditional', 'calm')}, "
        f"{share('ar_t_conditional', 'turbulent')} and "
        f"{share('ar_t_conditional', 'shock_in_estimation')}."
    )
    periods = ("all", "calm", "turbulent", "shock_in_estimation")
    cites = tuple(
        Cite(share(test, period), named.quiet_days(test, period))
        for test in ("ar_t", "ar_t_conditional")
        for period in periods
    )
    return (Sentence("sizes", text, cites=cites), *_detectable(further))


def _detectable(further: FurtherTables) -> list[Sentence]:
    rows = further.table("power")
    rows = rows[(rows["model"] == further.study.spec.study.model) & (rows["test"] == "placebo_p")]
    rows = rows[rows["window"] == "[0,0]"].drop_duplicates("market")
    words = [
        f"{size(row['mde'])} in {further.seeds.market(row['market']).short}"
        for row in records(rows)
        if row["mde"] > 0
    ]
    if not words:
        return []
    text = f"To be found four times in five on day 0, an effect had to reach {listing(words)}."
    cites = tuple(
        Cite(size(row["mde"]), named.figure("power")) for row in records(rows) if row["mde"] > 0
    )
    return [Sentence("detectable", text, cites=cites)]
