"""How the markets move together over time, and whether event days differ."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.figures import STANDS_OUT
from analysis.chapters.shared.pairs import PANELS, of_pairs, which_pairs
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.sentences import Cite, Sentence
from analysis.wording import count, listing, number, p_value, signed

if TYPE_CHECKING:
    from analysis.reactions.further import FurtherTables

_SHOWN = 4
#: Pairs that are all named; of more, the closest.
_AT_MOST = 10


def lead_and_lag(further: FurtherTables) -> tuple[Sentence, ...]:
    """Say where the co-movement of quiet days sits, and at which lags events differ."""
    rows = further.table("lead_lag")
    if rows.empty:
        return (Sentence("lead-lag", "One market alone has no lead or lag.", finding=False),)
    quiet = rows[rows["days"] == "quiet"]
    clear = quiet[(quiet["low"] > 0) | (quiet["high"] < 0)]
    same, other = clear[clear["lag"] == 0], clear[clear["lag"] != 0]
    words = [f"{_pair(further, row)} at {_lag(row)} ({_r(row)})" for row in records(other)]
    told = same
    if len(same) > _AT_MOST:
        told = same.loc[same["pearson"].abs().nlargest(_SHOWN).index]
    named_pairs = listing([f"{_pair(further, row)} {_r(row)}" for row in records(told)])
    first = (
        f"On quiet days {number(len(same), none='none')} of "
        f"{count(quiet.groupby(['leader', 'follower']).ngroups, 'pair')} co-move where the clock "
        f"puts them ({'most of all ' * (len(told) < len(same))}{named_pairs}), "
        "and "
        + (f"beyond that {listing(words, most=_SHOWN)}." if words else "none at any other lag.")
    )
    events = rows[(rows["days"] == "events") & (rows["p_placebo"] <= STANDS_OUT)]
    marked = [
        f"{_pair(further, row)} at {_lag(row)} ({_r(row)}, p = {p_value(row['p_placebo'])})"
        for row in records(events.sort_values("p_placebo", kind="stable"))
    ]
    total = int((rows["days"] == "events").sum())
    second = (
        f"On event days {number(len(marked), none='none')} of {total} pairs and lags differ from "
        f"placebo days at 5 %, where chance alone would make about {total * STANDS_OUT:.0f}"
        + (f": {listing(marked, most=_SHOWN)}." if marked else ".")
        + " Lag 0 pairs a market's day 0 with what the other did between the same two closes, "
        "which may be another session than its own day 0: figures differ from those of day-0 pairs."
    )
    drawn = named.figure("lead-and-lag")
    quiet_cites = [*records(told), *records(other)[:_SHOWN]]
    event_cites = records(events.sort_values("p_placebo", kind="stable"))[:_SHOWN]
    return (
        Sentence("lead-lag-quiet", first, cites=tuple(Cite(_r(r), drawn) for r in quiet_cites)),
        Sentence("lead-lag-events", second, cites=tuple(Cite(_r(r), drawn) for r in event_cites)),
    )


def event_days(further: FurtherTables) -> tuple[Sentence, ...]:
    """Compare event days with calm ones, with what the higher variance alone would do."""
    out = []
    every = further.table("contagion")
    rows = of_pairs(every, further.study, PANELS, ("leader", "follower"))
    for row in records(rows):
        if not min(row["n_event"], row["n_calm"]) >= 3:
            continue
        text = (
            f"{_pair(further, row)}: correlation {signed(row['rho_event'])} on {row['n_event']} "
            f"event pairs, {signed(row['rho_calm'])} on calm days. With the variance of the first "
            f"market {row['variance_ratio']:.1f} times as large, Forbes and Rigobon's form gives "
            f"{signed(row['rho_adjusted'])}; its difference from calm days is "
            f"{signed(row['difference_adjusted'])}"
        )
        if isfinite(row["low_adjusted"]):
            text += f" ({signed(row['low_adjusted'])} to {signed(row['high_adjusted'])})"
        figures = ("rho_event", "rho_calm", "rho_adjusted", "difference_adjusted")
        cites = tuple(Cite(signed(row[name]), named.figure("event-days")) for name in figures)
        name = f"event-days-{row['leader']}-{row['follower']}"
        out.append(Sentence(name, f"{text}.", cites=cites))
    if not out:
        return ()
    caution = (
        "A difference is not contagion: news that reaches all markets at once, as this does, "
        "raises the adjusted correlation too." + which_pairs(len(rows), len(every), kept="Told")
    )
    return (*out, Sentence("not-contagion", caution, finding=False))


def spillovers(further: FurtherTables) -> tuple[Sentence, ...]:
    """Say whether one market's reaction says anything about the next, given the benchmark."""
    out = []
    rows = further.table("spillover").query("days == 'events'")
    for row in records(of_pairs(rows, further.study, PANELS, ("from", "to"))):
        if not row["n"] >= 6:
            continue
        verdict = "unusual" if row["p_placebo"] <= STANDS_OUT else "not unusual"
        names = [further.seeds.market(row[side]).short for side in ("from", "to")]
        text = (
            f"From {names[0]} to the next session of {names[1]}, the benchmark held fixed: slope "
            f"{signed(row['slope'])} (t = {signed(row['t'], 1)}) over {row['n']} event sessions, "
            f"{verdict} among placebo moments ({signed(row['placebo_low'])} to "
            f"{signed(row['placebo_high'])}, p = {p_value(row['p_placebo'])})."
        )
        shown = (signed(row["slope"]), p_value(row["p_placebo"]))
        cites = tuple(Cite(figure, named.figure("spillovers")) for figure in shown)
        out.append(Sentence(f"spillover-{row['from']}-{row['to']}", text, cites=cites))
    return tuple(out)


def few_pairs(further: FurtherTables) -> tuple[Sentence, ...]:
    """Say how little correlations inside one article or category can show."""
    rows = further.table("small")
    rows = rows[rows["model"] == further.study.spec.study.model]
    if rows.empty:
        none = f"No {'article or ' if further.seeds.articles else ''}category has three pairs."
        return (Sentence("few-pairs", none, finding=False),)
    widest = records(rows.assign(width=rows["high_left_out"] - rows["low_left_out"]).sort_values(
        "width", ascending=False, kind="stable"
    ))[0]  # fmt: skip
    spread = f"{signed(widest['low_left_out'])} to {signed(widest['high_left_out'])}"
    text = (
        f"Inside single {'articles and ' if further.seeds.articles else ''}categories there are "
        f"{rows['n'].min()} to {rows['n'].max()} pairs, too few to say more than the table does: "
        "one pair left out moves "
        f"{_scope(further, widest)}, {_names(further, widest['market_a'], widest['market_b'])}, "
        f"over {spread}. Their permutation p is against zero and no evidence: markets go together "
        "every day."
    )
    cite = Cite(spread, named.few(widest["scope"], widest["market_a"], widest["market_b"]))
    return (Sentence("few-pairs", text, cites=(cite,)),)


def _scope(further: FurtherTables, row: Row) -> str:
    kind, _, name = row["scope"].partition(":")
    if kind == "article":
        return next((a.label for a in further.seeds.articles if a.file == name), name)
    return f"category “{name.replace('-', ' ')}”" if name else "all events"


def _pair(further: FurtherTables, row: Row) -> str:
    return _names(further, row["leader"], row["follower"])


def _names(further: FurtherTables, a: str, b: str) -> str:
    return f"{further.seeds.market(a).short} and {further.seeds.market(b).short}"


def _r(row: Row) -> str:
    return signed(row["pearson"])


def _lag(row: Row) -> str:
    return f"lag {row['lag']:+.0f}".replace("-", "−").replace("+0", "0")
