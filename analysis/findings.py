"""What was found, in sentences: every one computed from the figures of a store.

Each sentence has an id. ``finding`` sentences state a result: with other prices they change or
disappear. The others state what holds whatever the prices did (dates, doubts, method).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from analysis.frames import Row, records
from analysis.wording import count, day, listing, p_range, p_value, percent, sentence_case, size

if TYPE_CHECKING:
    from analysis.seeds import Seeds
    from analysis.store import StudyStore

#: A reaction stands out if its placebo p is at most this.
STANDS_OUT = 0.05


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a report.

    Attributes
    ----------
    id : str
        Stable name, unique on a page.
    text : str
        Plain text.
    finding : bool
        Whether it states a result.
    """

    id: str
    text: str
    finding: bool = True

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Said:
    """Sentences as a notebook shows them."""

    sentences: tuple[Sentence, ...]

    def __repr__(self) -> str:
        return "\n".join(sentence.text for sentence in self.sentences)

    def _repr_html_(self) -> str:
        kind = {True: "finding", False: "remark"}
        return "\n".join(
            f'<p class="{kind[s.finding]}" data-sentence="{escape(s.id)}">{escape(s.text)}</p>'
            for s in self.sentences
        )


def say(*parts: Sentence | Iterable[Sentence]) -> Said:
    """Show sentences in a notebook."""
    flat: list[Sentence] = []
    for part in parts:
        flat.extend([part] if isinstance(part, Sentence) else part)
    return Said(tuple(flat))


def distinct_reactions(store: StudyStore, model: str | None = None) -> pd.DataFrame:
    """Return one row per market and distinct day 0: events that share a session are joined.

    Columns: market, day0, event_ids (tuple), ar, se, sar, t p-value, placebo p-values, mde,
    ambiguous, p_largest (over day-0 candidates of any of the events).
    """
    rows = reaction_figures(store, model)
    rows = rows[rows["status"] == "ok"]
    joined = rows.groupby(["market", "day0"], sort=False)
    frame = joined.first().drop(columns="event_id")
    frame["event_ids"] = joined["event_id"].agg(tuple)
    frame["ambiguous"] = joined["ambiguous"].any()
    frame["p_largest"] = joined["p_largest"].max()
    return frame.reset_index().sort_values("p_value", kind="stable").reset_index(drop=True)


def reaction_figures(store: StudyStore, model: str | None = None) -> pd.DataFrame:
    """Return one row per event and market with its day-0 figures side by side.

    Parameters
    ----------
    store
        The study.
    model
        Normal-return model; None for the chosen one.

    Returns
    -------
    DataFrame
        Columns of ``reactions`` plus ret, benchmark_ret, ar, se, sar (day 0, decimal), p_t
        (classical), and from the placebo comparison: statistic, p_value, p_twice_tail, p_raw,
        p_all, p_implied, direction, n_placebo, mde, p_largest (largest over candidates).
    """
    model = model or store.spec.study.model
    key = ["event_id", "market"]
    days = store.abnormal_returns
    days = days[(days["model"] == model) & (days["event_day"] == 0) & ~days["candidate"]]
    days = days[[*key, "ret", "benchmark_ret", "ar", "se", "sar", "span"]]
    placebo = store.placebo
    placebo = placebo[(placebo["model"] == model) & (placebo["window"] == "[0,0]")]
    largest = placebo.groupby(key)["p_value"].max().rename("p_largest").reset_index()
    main = placebo[~placebo["candidate"]].rename(columns={"n": "n_placebo"})
    main = main[
        [*key, "statistic", "p_value", "p_twice_tail", "p_raw", "p_all", "p_implied",
         "direction", "n_placebo", "mde"]
    ]  # fmt: skip
    tests = store.tests
    classical = tests[
        (tests["scope"] == "event")
        & (tests["test"] == "ar_t")
        & (tests["model"] == model)
        & (tests["window"] == "[0,0]")
    ][[*key, "p_value"]].rename(columns={"p_value": "p_t"})
    frame = store.reactions
    for part in (days, classical, main, largest):
        frame = frame.merge(part, on=key, how="left", validate="one_to_one")
    return frame


def variants(row: Row) -> list[float]:
    """Return the p-values of one reaction under the reasonable variants."""
    names = ("p_value", "p_twice_tail", "p_raw", "p_all", "p_t")
    return [float(row[name]) for name in names if pd.notna(row[name])]


def selection() -> Sentence:
    """Say once what no p-value says."""
    return Sentence(
        "selection",
        "Articles are written because markets moved: these events were picked partly for their "
        "outcome. A p-value here says how unusual the day was, not that the news moved it.",
        finding=False,
    )


def overview(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Return the finding of the whole run in two sentences."""
    found = distinct_reactions(store)
    marked = found[found["p_value"] <= STANDS_OUT]
    up = int((marked["ar"] > 0).sum())
    n_events = store.reactions["event_id"].nunique()
    markets = dict.fromkeys(_in_order(found, seeds)["market"])
    names = listing([seeds.market(market).short for market in markets])
    first = (
        f"{n_events} events gave {len(found)} distinct reactions in {names}; "
        f"{_marks(len(marked), up)} at the 5 % level, where chance alone would mark about "
        f"{_rounded(len(found) * STANDS_OUT)}; a typical reaction had to reach "
        f"{size(found['mde'].median())} beyond normal to be noticed."
    )
    sentences = [Sentence("overview-count", sentence_case(first))]
    if len(marked):
        sentences.append(Sentence("overview-largest", _largest(records(marked)[0], seeds, store)))
    else:
        sentences.append(
            Sentence(
                "overview-largest",
                "No reaction stands out; the most unusual one is "
                + _reaction_words(records(found)[0], seeds, store)
                + ".",
            )
        )
    return tuple(sentences)


def all_events(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Return the sentences on all reactions: which stand out, which cannot be told apart."""
    found = distinct_reactions(store)
    marked = found[found["p_value"] <= STANDS_OUT]
    sentences = [overview(store, seeds)[0]]
    for row in records(marked):
        words = _reaction_words(row, seeds, store)
        sentences.append(
            Sentence(f"stands-out-{row['market']}-{row['day0']}", sentence_case(words) + ".")
        )
    for market, part in _in_order(found, seeds).groupby("market", sort=False):
        quiet = part[part["p_value"] > STANDS_OUT]
        text = (
            f"{seeds.market(str(market)).short}: {count(len(quiet), 'reaction')} of {len(part)} "
            f"cannot be told from ordinary days; each would have had to reach "
            f"{size(quiet['mde'].min())} to {size(quiet['mde'].max())} (median "
            f"{size(quiet['mde'].median())}) to be noticed four times in five."
        )
        sentences.append(Sentence(f"not-noticed-{market}", text))
    return (*sentences, *_doubtful(store, seeds))


def event(store: StudyStore, seeds: Seeds, event_id: str) -> tuple[Sentence, ...]:
    """Return what one event did in every market, and what speaks against reading more into it."""
    record = seeds.event(event_id)
    figures = reaction_figures(store)
    mine = _in_order(figures[figures["event_id"] == event_id], seeds)
    sentences: list[Sentence] = []
    for row in records(mine):
        sentences.extend(_market_sentences(row, seeds, store))
    if record.confounders:
        text = "Also in the news then: " + "; ".join(record.confounders) + "."
        sentences.append(Sentence(f"confounders-{event_id}", text, finding=False))
    else:
        sentences.append(
            Sentence(f"confounders-{event_id}", "No confounder is catalogued.", finding=False)
        )
    return tuple(sentences)


def article(store: StudyStore, seeds: Seeds, file: str) -> tuple[Sentence, ...]:
    """Return what prices say on one article: its headline event, the others, its claims."""
    record = seeds.article(file)
    mentioned = [e for e in seeds.events if any(m.file == file for m in e.articles)]
    found = distinct_reactions(store)
    ids = {e.id for e in mentioned}
    mine = found[[bool(ids & set(names)) for names in found["event_ids"]]]
    marked = mine[mine["p_value"] <= STANDS_OUT]
    headline = seeds.event(record.headline_event)
    first = _headline_words(store, seeds, headline.id)
    up = int((marked["ar"] > 0).sum())
    second = (
        f"The article reports or refers to {count(len(mentioned), 'event')}, which gave "
        f"{count(len(mine), 'distinct reaction')}; {_marks(len(marked), up)} at the 5 % level, "
        f"about {_rounded(len(mine) * STANDS_OUT)} by chance alone; a typical one had to reach "
        f"{size(mine['mde'].median())}."
    )
    return (
        Sentence(f"headline-{headline.id}", first),
        Sentence(f"article-count-{file}", second),
        _claims_sentence(store, file),
    )


def categories(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Return, by category and market, whether reactions have the sign the articles implied."""
    model = store.spec.study.model
    rows = _in_order(store.directions[store.directions["model"] == model], seeds)
    sentences = []
    for row in records(rows[rows["scope"].str.startswith("category:")]):
        if row["n_sessions"] < 2:
            continue
        name = row["scope"].removeprefix("category:")
        p: float = row["p_sign_flip"] if pd.notna(row["p_sign_flip"]) else row["p_value"]
        text = (
            f"{sentence_case(name)}, {seeds.market(row['market']).short}: over "
            f"{count(row['n_sessions'], 'distinct session')} with an implied direction the mean "
            f"abnormal return was {percent(row['estimate'], 2)} that way ({row['n_as_implied']} of "
            f"{row['n_sessions']} as implied, p = {p_value(p)}); {size(row['mde'])} would have "
            "been noticed four times in five."
        )
        sentences.append(Sentence(f"category-{name}-{row['market']}", text))
    return tuple(sentences)


def _market_sentences(row: Row, seeds: Seeds, store: StudyStore) -> list[Sentence]:
    market = seeds.market(row["market"])
    key = f"{row['event_id']}-{market.symbol}"
    if row["status"] != "ok":
        return [Sentence(f"not-computed-{key}", f"{market.short}: not computed. {row['reason']}.")]
    out = []
    moved = (
        f"{market.short} moved {percent(row['ret'])} on {day(row['day0'])}, "
        f"{percent(row['ar'])} beyond {_normal(store, seeds, market.symbol)} "
        f"(standard error {size(row['se'])})"
    )
    if row["p_value"] <= STANDS_OUT:
        text = (
            f"{moved}: it stands out. Of {row['n_placebo']} comparable days, "
            f"{_beyond(row)} as unusual (placebo p = {p_value(row['p_value'])}; "
            f"{p_range(variants(row))} over the variants)."
        )
    else:
        text = (
            f"{moved}: not to be told from an ordinary day "
            f"(placebo p = {p_value(row['p_value'])}; {p_range(variants(row))} over the variants). "
            f"Only {size(row['mde'])} or more would have been noticed four times in five."
        )
    out.append(Sentence(f"reaction-{key}", text))
    if row["ambiguous"]:
        out.append(_ambiguous_sentence(row, market.short, key))
    if row["shared_with"]:
        titles = [seeds.event(e).title for e in row["shared_with"].split(";")]
        text = (
            f"{market.short}: the same session is day 0 of {listing(titles)}; this is one "
            "reaction, not several."
        )
        out.append(Sentence(f"shared-{key}", text, finding=False))
    return out


def _ambiguous_sentence(row: Row, short: str, key: str) -> Sentence:
    days = listing([day(d) for d in row["candidates"].split(";")]).replace(" and ", " or ")
    main, largest = row["p_value"] <= STANDS_OUT, row["p_largest"] <= STANDS_OUT
    robust = main == largest
    verdict = "the verdict is the same for each" if robust else "the verdict depends on which"
    text = (
        f"{short}: the minute of the news is in doubt, so day 0 could be {days}; {verdict} "
        f"(largest p {p_value(row['p_largest'])}, abnormal return on the likeliest day "
        f"{percent(row['ar'])})."
    )
    return Sentence(f"ambiguous-{key}", text)


def _headline_words(store: StudyStore, seeds: Seeds, event_id: str) -> str:
    figures = reaction_figures(store)
    mine = figures[(figures["event_id"] == event_id) & (figures["status"] == "ok")]
    parts = []
    for row in records(_in_order(mine, seeds)):
        unusual = "stands out" if row["p_value"] <= STANDS_OUT else "does not stand out"
        parts.append(
            f"{seeds.market(row['market']).short} {percent(row['ar'])} on {day(row['day0'])} "
            f"({unusual}, p = {p_value(row['p_value'])})"
        )
    return f"{seeds.event(event_id).title}: beyond normal, " + "; ".join(parts) + "."


def _claims_sentence(store: StudyStore, file: str) -> Sentence:
    claims = store.claims[store.claims["article"] == file]
    decided = claims[claims["verdict"] != "not checkable"]
    counts = decided["verdict"].value_counts()
    if not len(decided):
        text = (
            f"Of its {count(len(claims), 'claim')} daily closes can decide none; the reasons stand "
            "beside each."
        )
        return Sentence(f"claims-{file}", text, finding=False)
    words = listing([f"{count(int(n), str(name), str(name))}" for name, n in counts.items()])
    figures = listing([percent(f, 2) for f in decided["figure"] if pd.notna(f)], most=4)
    text = (
        f"Of its {count(len(claims), 'claim')} daily closes can decide {len(decided)}: {words} "
        f"(figures {figures})."
    )
    return Sentence(f"claims-{file}", text)


def _doubtful(store: StudyStore, seeds: Seeds) -> list[Sentence]:
    reactions = store.reactions
    ambiguous = reactions[reactions["ambiguous"].astype(bool)]
    shared = reactions[reactions["shared_with"] != ""]
    confounded = [e.id for e in seeds.events if e.confounders]
    unusable = reactions[reactions["status"] != "ok"]
    out = [
        Sentence(
            "ambiguous-count",
            f"In {len(ambiguous)} of {len(reactions)} event-market pairs the minute is too "
            "uncertain to fix day 0; every candidate is computed.",
            finding=False,
        ),
        Sentence(
            "shared-count",
            f"{len(shared)} pairs share their day 0 with another event and are shown joined.",
            finding=False,
        ),
        Sentence(
            "confounded-count",
            f"{len(confounded)} of {len(seeds.events)} events have a catalogued confounder.",
            finding=False,
        ),
    ]
    if len(unusable):
        reasons = listing([str(r) for r in unusable["reason"].unique()], most=3)
        text = f"{len(unusable)} pairs could not be computed: {reasons}."
        out.append(Sentence("unusable-count", text, finding=False))
    return out


def _marks(marked: int, up: int) -> str:
    if not marked:
        return "no reaction stands out"
    verb = "stands" if marked == 1 else "stand"
    return f"{count(marked, 'reaction')} {verb} out ({up} up, {marked - up} down)"


def _largest(row: Row, seeds: Seeds, store: StudyStore) -> str:
    return "The most unusual is " + _reaction_words(row, seeds, store) + "."


def _reaction_words(row: Row, seeds: Seeds, store: StudyStore) -> str:
    titles = [f"“{seeds.event(e).title}”" for e in _by_role(row["event_ids"], seeds)]
    return (
        f"{seeds.market(row['market']).short} on {day(row['day0'])} ({listing(titles, most=2)}): "
        f"{percent(row['ar'])} beyond {_normal(store, seeds, row['market'])}, placebo "
        f"p = {p_value(row['p_value'])} ({p_range(variants(row))} over the variants)"
    )


def _by_role(event_ids: Sequence[str], seeds: Seeds) -> list[str]:
    order = {"headline": 0, "mentioned": 1, "context": 2}
    return sorted(event_ids, key=lambda e: order[seeds.event(e).role])


def _normal(store: StudyStore, seeds: Seeds, symbol: str) -> str:
    if store.spec.study.model == "constant_mean":
        return "its usual mean"
    benchmark = store.spec.benchmark or seeds.market(symbol).benchmark
    return f"what the {seeds.market(benchmark).short} explains" if benchmark else "normal"


def _beyond(row: Row) -> str:
    n = round(row["p_value"] * (row["n_placebo"] + 1)) - 1
    return count(n, "was", "were")


def _in_order(frame: pd.DataFrame, seeds: Seeds) -> pd.DataFrame:
    """Sort rows by scope or event where there is one, then by market as the seeds list them."""
    order = {market.symbol: i for i, market in enumerate(seeds.markets)}
    keys = [c for c in ("scope",) if c in frame]
    rank = frame["market"].map(order)
    ranked = frame.assign(_rank=rank)
    return ranked.sort_values([*keys, "_rank"], kind="stable").drop(columns="_rank")


def _rounded(value: float) -> str:
    return f"{value:.0f}" if value >= 1 else f"{value:.1f}"
