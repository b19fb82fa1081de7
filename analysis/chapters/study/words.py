"""Sentences of the page of a table study; every name and figure comes from the study."""

from __future__ import annotations

import re
from html import escape

import numpy as np

from analysis import __version__
from analysis.chapters.shared.sentences import Sentence
from analysis.chapters.study.told import Told
from analysis.engine import LEVEL
from analysis.engine.models import WITHOUT_BENCHMARK
from analysis.engine.rows import window_text
from analysis.wording import count, day, listing, p_value, signed, signed_percent, tie

_MODELS = {
    "constant_mean": "each {noun}’s own mean return over event days {window}",
    "raw_returns": "no move at all",
    "market_adjusted": "the return of {name} on the same days",
    "market_model": "what {name} explains, fitted over event days {window}",
    "synthetic_control": "the mix of other securities that moved most like the one with the event "
    "over event days {window}",
    "factor_model": "what {name} explain, fitted over event days {window}",
}

#: Differences of groups told one by one.
_MOST_TOLD = 3


class Answer:
    """The head of the page: verdict, deck, counts; a notebook shows it as HTML."""

    def __init__(self, told: Told) -> None:
        self.headline, self.deck, self.counts = headline(told), deck(told), counts(told)

    def __repr__(self) -> str:
        return "\n".join([self.headline, self.deck, self.counts])

    def _repr_html_(self) -> str:
        return (
            f"<h1>{escape(tie(self.headline))}</h1>"
            f'<p class="deck">{escape(tie(self.deck))}</p>'
            f'<p class="by">{escape(tie(self.counts))}</p>'
        )


def points(value: float, digits: int = 1, *, sign: bool = True) -> str:
    """Write a decimal in points, per cent of the price summed over days."""
    if not np.isfinite(value):
        return "–"
    text = signed_percent(value, digits, unit="")
    return text if sign else text.lstrip("+−")


def fine(value: float, *, sign: bool = True) -> str:
    """Write points with one decimal, or with two where one would hide that they are not zero."""
    hidden = not points(value).strip("+−0.") and points(value, 2).strip("+−0.")
    return points(value, 2 if hidden else 1, sign=sign)


def minus(text: str) -> str:
    """Write the event days in a text with a true minus."""
    return re.sub(r"(?<=[\[ ])-(?=\d)", "−", text)


def yardstick(told: Told) -> str:
    """Say what is usual, in a clause."""
    spec, name = told.study.spec, told.study.benchmark.name
    first, last = spec.estimation_window
    window = f"{first} to {last}".replace("-", "−")
    known = _MODELS.get(spec.model)
    if known is None:
        return f"what the model {spec.model} expects of {name or 'its own past'}"
    return known.format(window=window, name=name, noun=told.noun)


def _than(told: Told) -> str:
    if told.study.spec.model in WITHOUT_BENCHMARK or not told.study.benchmark.name:
        return "usual"
    name = told.study.benchmark.name
    if told.study.benchmark.kind == "own":
        return "their own benchmarks explain"
    verb = "explain" if told.study.benchmark.kind == "factors" else "explains"
    return f"{name} {verb}"


def _span(window: tuple[int, int]) -> str:
    n = window[1] - window[0] + 1
    return "the day of the news" if window == (0, 0) else f"{n} days" if n > 1 else "one day"


def _size(value: float) -> str:
    text = fine(value, sign=False)
    return text if float(text) else points(value, 2, sign=False)


def headline(told: Told) -> str:
    """Say the answer: the whole move first, then what is left of it."""
    n = told.counted["security"].nunique()
    who = f"the {told.noun}" if n == 1 else f"the {count(n, told.noun, plural(told.noun))}"
    moved = told.moved
    verb = "rose" if moved > 0 else "fell"
    size = _size(moved)
    move = f"{who} {verb} {size} %" if float(size) else f"{who} did not move on average"
    span = _span(told.judged.window)
    place = f"on {span}" if span.startswith("the") else f"in {span}"
    left = _size(told.beyond)
    rest = (
        f"{left} points {'more' if told.beyond > 0 else 'less'} than {_than(told)}"
        if float(left)
        else f"as much as {_than(told)}"
    )
    if told.found:
        return f"Yes: {move} {place}, {rest}, beyond chance"
    verdict = "Not beyond chance"
    if not told.tested:
        alone = told.counted.iloc[0]
        verdict = "Not tested" if len(told.counted) > 1 or not alone["ordinary"] else (
            "Unusual" if alone["stands_out"] else "An ordinary stretch"
        )  # fmt: skip
    return f"{verdict}: {move} {place}, {rest}"


def deck(told: Told) -> str:
    """Say in four sentences what the answer rests on."""
    found = told.judged.main
    parts = []
    given = told.study.benchmark.kind != "none"
    if not given:
        parts.append(f"No benchmark was given, so “usual” is {yardstick(told)}.")
    rung = found["placebo"]
    if np.isfinite(rung.p_value):
        k = round(rung.p_value * (found.n_calendars + 1)) - 1
        verb = "was" if k == 1 else "were"
        parts.append(f"Of {found.n_calendars:,} placebo calendars, {k:,} {verb} as unusual.")
    elif told.tested:
        parts.append(f"Clustered by date, {found.p_name} = {p_value(found['date'].p_value)}.")
    else:
        parts += [*_alone(told), f"No mean is tested: {found[found.read].reason}."]
    gap = told.gap
    if gap is not None:
        differ = "differ" if gap.p_value < LEVEL else "do not differ"
        parts.append(f"{gap.first} and {gap.second} {differ} beyond chance.")
    if not told.found and np.isfinite(found.mde):
        parts.append(
            f"An average effect had to reach {fine(found.mde, sign=False)} points to be noticed "
            "four times in five."
        )
    if given:
        parts.append(f"“Usual” is {yardstick(told)}.")
    return " ".join(parts)


def question(told: Told) -> str:
    """Return what the study asks, for the line above the answer."""
    n, dates = told.counted["security"].nunique(), told.judged.main.by_date.n_clusters
    news = count(len(told.counted), "event") if told.study.in_event_time else (
        _many(dates, "date", "dates")
    )  # fmt: skip
    who = f"the {told.noun}" if n == 1 else f"the {count(n, told.noun, plural(told.noun))}"
    return f"did {who} react to {news}?"


def _alone(told: Told) -> list[str]:
    """Say how unusual a lone event is among ordinary stretches of its security."""
    if len(told.counted) > 1 or not (n := int(told.counted["ordinary"].iloc[0])):
        return []
    k = int(told.counted["as_unusual"].iloc[0])
    verb = "was" if k == 1 else "were"
    return [f"Of {n:,} ordinary stretches of the same {told.noun}, {k:,} {verb} as unusual."]


def plural(noun: str) -> str:
    """Return the plural of what a study is about."""
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def counts(told: Told) -> str:
    """Return the line of counts."""
    found, events = told.judged.main, told.events
    low, high = found.interval
    parts = [
        f"{len(told.counted):,} of {_many(len(events), 'event', 'events')}",
        *([] if told.study.in_event_time else [_many(found.by_date.n_clusters, "date", "dates")]),
        _many(told.counted["security"].nunique(), told.noun, plural(told.noun)),
        f"window {window_text(found.window)}",
    ]
    if told.tested:
        naive = p_value(found["naive"].p_value)
        parts.append(f"{found.p_name} = {p_value(found.p_value)} (naive {naive})")
    if np.isfinite(low):
        parts.append(f"95 % range {points(low)} to {points(high)} points")
    return " · ".join(parts)


def _many(n: int, one: str, more: str) -> str:
    return f"{n:,} {one if n == 1 else more}"


def sum_parts(told: Told) -> tuple[float, float, float, int]:
    """Return whole move, usual and beyond so that they add up as printed, and their decimals.

    One decimal where figures rounded to it add up, else two.
    """
    moved, usual, left = (round(value, 3) for value in (told.moved, told.usual, told.beyond))
    if moved and usual and left and abs(moved - usual - left) < 1e-9:
        return moved, usual, left, 1
    moved, left = round(told.moved, 4), round(told.beyond, 4)
    return moved, moved - left, left, 2


def tick_text(value: float) -> str:
    """Return a figure on an axis."""
    return f"{value:+g}".replace("-", "−") if value else "0"


def sum_words(told: Told) -> str:
    """Say that prices did not go the way of what is left, where the two differ in sign."""
    if told.moved > 0 > told.beyond:
        return "Prices did not fall: they rose by less than usual."
    if told.moved < 0 < told.beyond:
        return "Prices did not rise: they fell by less than usual."
    return ""


def events_words(told: Told) -> Sentence:
    """Say how many events stand out alone, and how many would by chance."""
    n = len(told.counted)
    if not told.counted["ordinary"].gt(0).any():
        return Sentence("events", "No event was held against ordinary stretches.", finding=False)
    marked, chance = int(told.counted["stands_out"].sum()), n / 20
    verb = "stands" if marked == 1 else "stand"
    text = (
        f"Alone, {marked:,} of {n:,} {verb} out; chance alone would give about "
        f"{f'{chance:,.0f}' if chance >= 1 else f'{chance:.1f}'}. Sorted by how unusual they are "
        f"against ordinary stretches of their own {told.noun}."
    )
    return Sentence("events", text)


def ladder_words(told: Told) -> Sentence:
    """Say which row to read, and how often the naive test errs here."""
    found = told.judged.main
    rung = found[found.read]
    text = f"Read the row “{rung.title}” ({found.p_name} = {p_value(rung.p_value)})."
    if not told.tested:
        text = f"There is no p to read: {rung.reason}."
    naive = found["naive"]
    if naive.n_calendars:
        text += (
            f" On placebo calendars made from these prices, where there is nothing to find, the "
            f"naive test says “below .05” {100 * naive.rejects:.0f} times in a hundred; five would "
            "be right. A larger p is not a more honest one."
        )
    if told.judged.why_no_calendars:
        text += f" There are no placebo calendars: {told.judged.why_no_calendars}."
    return Sentence("ladder", text)


def group_words(told: Told) -> list[Sentence]:
    """Say of every grouping whether two groups differ."""
    out = []
    for groups in told.judged.groups:
        if groups.window != told.judged.window:
            continue
        gaps = [gap for gap in groups.differences if np.isfinite(gap.p_value)]
        for gap in gaps if len(gaps) <= _MOST_TOLD else []:  # the table has all of them
            verdict = "beyond chance" if gap.p_value < LEVEL else "not beyond chance"
            out.append(
                Sentence(
                    f"group-{groups.column}-{gap.first}",
                    f"{gap.first} less {gap.second}: {fine(gap.estimate)} points, {verdict} "
                    f"(Welch on means of dates, t = {signed(gap.statistic)}, {gap.df:.1f} degrees "
                    f"of freedom, p = {p_value(gap.p_value)}"
                    + (
                        f"; labels permuted over dates, p = {p_value(gap.permutation_p)}"
                        if np.isfinite(gap.permutation_p)
                        else ""
                    )
                    + ").",
                )
            )
    return out


def method_words(told: Told) -> list[Sentence]:
    """Say what was computed, with what, and how to cite it."""
    spec, study = told.study.spec, told.study
    lines = [
        f"{spec.return_kind.capitalize()} returns. Expected: {yardstick(told)}; at least "
        f"{spec.fewest_returns} returns are needed. Points are sums of daily returns beyond the "
        f"expected. Events of one {told.noun} with the same day count once.",
        f"Placebo calendars: there are none, {told.judged.why_no_calendars}."
        if told.judged.why_no_calendars
        else "Placebo calendars: the gaps between the dates are shuffled, the start is drawn, all "
        f"{plural(told.noun)} of a date stay together, and the t clustered by date is ranked.",
        "What no p-value says: events that were chosen because prices moved are unusual by choice.",
    ]
    days = study.result.outcomes["session"].dropna()
    span = f" from {day(days.min())} to {day(days.max())}" if len(days) else ", none of them known"
    lines.append(
        f"Cite as: market-reaction {__version__}, table study of {study.table.source}, "
        f"{_many(told.judged.main.by_date.n_clusters, 'date', 'dates')}{span}, window "
        f"{window_text(told.judged.window)}."
    )
    lines.append("Files read: " + listing([f"{n} ({d[:12]})" for n, d in study.files]) + ".")
    lines.append(
        "Sources: Brown and Warner 1985 (tests); Cameron and Miller 2015 (clusters); Kolari and "
        "Pynnonen 2010; Jaffe 1974 (calendar time)."
    )
    return [Sentence(f"method-{n}", line, finding=False) for n, line in enumerate(lines)]


def noticed_words(told: Told) -> list[Sentence]:
    """Return how the files were understood and what was noticed, a sentence each."""
    lines = [*told.study.said, *told.study.notes]
    lines = [minus(line if line.endswith((".", "?")) else f"{line}.") for line in lines]
    return [Sentence(f"noticed-{n}", text, finding=False) for n, text in enumerate(lines)]
