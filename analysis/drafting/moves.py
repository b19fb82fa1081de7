"""Statements that a price moved, in the forms markets pages use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from analysis.drafting.figures import Move, figure_of, made, read_move, span_named
from analysis.drafting.grammar import Patterns
from analysis.drafting.names import SeriesName
from analysis.drafting.refusals import refused, span_unclear
from analysis.drafting.subjects import Topics, as_series, subjects
from analysis.drafting.text import ArticleText, Sentence
from analysis.drafting.words import STATES, VERBS

__all__ = ["Move", "find_moves", "without_quotes"]

_RE = Patterns("moves")
_FORMS = _RE.forms("forms")
_HEADING = 40
_WIDER = ("week", "month", "quarter", "year")


def find_moves(text: ArticleText, series: Sequence[SeriesName]) -> tuple[Move, ...]:
    """Return the price moves a text states, in order.

    A figure counts only if its series stands in its clause, is the one the sentence refers back
    to ("it", "the index"), or is a company named as the subject. Quotes that a page puts beside
    names are not read; sales, prices of goods, yields and the like are no series.
    """
    finder = _Finder(blanked(_RE.tickers, without_quotes(text.plain)), text, series)
    for number, sentence in enumerate(text.sentences):
        finder.read(number, sentence)
    return tuple(sorted(finder.moves, key=lambda move: move.start))


def without_quotes(plain: str) -> str:
    """Return a text with blanks for the quotes a page puts beside names."""
    return blanked(_RE.widgets, plain)


def blanked(pattern: re.Pattern[str], plain: str) -> str:
    """Return a text of the same length with blanks for what a pattern finds."""
    return pattern.sub(lambda match: " " * len(match[0]), plain)


class _Finder:
    """Walks through the sentences; remembers what was spoken of and the heading above."""

    def __init__(self, plain: str, text: ArticleText, series: Sequence[SeriesName]) -> None:
        self.plain = plain
        self.moves: list[Move] = []
        self.groups: dict[int, list[SeriesName]] = {}
        for name in series:
            self.groups.setdefault(text.sentence_index(name.start), []).append(name)
        self.topics, self.heading = Topics(), ""
        self.span, self.told_to = "", -2

    def read(self, index: int, whole: Sentence) -> None:
        """Read the moves of a sentence."""
        sentence = replace(whole, text=self.plain[whole.start : whole.end])
        named = self.groups.get(index, [])
        if sentence.text.rstrip().endswith(":") and len(sentence.text) <= _HEADING:
            self.heading = span_named(sentence.text)
        found: list[Move] = []
        movers: list[SeriesName] = []
        for form, match in _matches(sentence):
            if _unreal(sentence.text, match):
                continue  # what could, would or is expected to happen
            for subject in subjects(form, match, sentence, named, self.plain, self.topics):
                move = None
                if not refused(form, match, subject, sentence, self.plain):
                    move = read_move(form, match, subject, sentence, self.heading)
                if move:
                    found.append(move)
                    movers.append(subject)
        found = self._respective(sentence, named, _same_span(found, sentence))
        found = [_with_session_before(move, found) for move in found]
        found += self._bare(sentence, named, found)
        more = self._elliptic(sentence, named, found)
        found = _span_behind(found, more) + more
        before = self.span if sentence.start <= self.told_to + 1 else ""
        distinct = list({(m.start, m.series): m for m in reversed(found)}.values())[::-1]
        self.moves += [
            m for m in distinct if m.horizon and not span_unclear(m, found, sentence, before)
        ]
        self._note_span(found, sentence, before)
        self.topics.note([n for n in named if n.kind != "currency"], movers, sentence.text)

    def _note_span(self, found: Sequence[Move], sentence: Sentence, before: str) -> None:
        """Remember the one span wider than a day that a sentence tells its moves of."""
        spans = {move.horizon for move in found}
        told = spans.pop() if len(spans) == 1 else ""
        week = re.search(r"\b(?:losing|winning) week\b|same period", sentence.text)
        dated = re.search(r"\w+day\b", sentence.text)
        self.span = "week" if week and not dated else told if found else before
        self.told_to = sentence.end

    def _respective(
        self, sentence: Sentence, named: Sequence[SeriesName], found: list[Move]
    ) -> list[Move]:
        """Give "fell 3%, 2% and 1%, respectively" to the three names before it, if there are."""
        for match in _RE.respectively.finditer(sentence.text):
            low, high = sentence.start + match.start(), sentence.start + match.end()
            found = [move for move in found if not (move.start < high and low < move.end)]
            figures = list(re.finditer(r"\d[\d.]*\d|\d", match["figures"]))
            names = self._listed_before(low, sentence, named)[-len(figures) :]
            if len(names) != len(figures):
                continue
            direction = VERBS[match["verb"]] if match["verb"] else STATES[match["state"]]
            first = sentence.start + match.start("figures")
            for number, (figure, name) in enumerate(zip(figures, names, strict=True)):
                start, end = first + figure.start() if number else low, first + figure.end()
                digits, size = len(figure[0].partition(".")[2]), round(float(figure[0]) / 100, 8)
                found.append(made(start, end, name, direction, sentence, self.heading,
                                  size=size, digits=digits))  # fmt: skip
        return found

    def _listed_before(
        self, low: int, sentence: Sentence, named: Sequence[SeriesName]
    ) -> list[SeriesName]:
        """Return the names of a list that ends where a verb starts, known or capitalised."""
        words = re.sub(r" +", " ", self.plain[sentence.start : low]).replace(" ,", ",")
        listed, names = _RE.listed.search(words), []
        for part in re.finditer(_RE.capital, listed["names"] if listed else ""):
            at = max(self.plain.find(part[0], sentence.start, low), sentence.start)
            end = at + len(part[0]) + 3  # a ticker in brackets may follow
            known = [n for n in named if n.start < end and at < n.end]
            names.append(known[0] if known else as_series(part[0], at))
        return names

    def _bare(
        self, sentence: Sentence, named: Sequence[SeriesName], found: Sequence[Move]
    ) -> list[Move]:
        """Return moves without a figure: "The HSCEI rose", "U.S. futures slipped"."""
        bare = []
        for name in named:
            match = _RE.bare.match(sentence.text, self._end_of_list(name, named) - sentence.start)
            governed = _RE.governed.search(self.plain[sentence.start : name.start])
            if match is None or governed or name.generic or name.kind in ("currency", "commodity"):
                continue
            low, high = sentence.start + match.start("verb"), sentence.start + match.end()
            if not any(m.series == name.symbol and m.start < high and low < m.end for m in found):
                bare.append(made(low, high, name, VERBS[match["verb"]], sentence, self.heading))
        return bare

    def _end_of_list(self, name: SeriesName, named: Sequence[SeriesName]) -> int:
        """Return where "the yuan and the Australian dollar" ends, for either of them."""
        joined = re.compile(r",? and (?:the )?(?:tech-heavy )?")
        ends = (
            other.end for other in named
            if other.start > name.end and joined.fullmatch(self.plain, name.end, other.start)
        )  # fmt: skip
        return next(ends, name.end)

    def _elliptic(
        self, sentence: Sentence, named: Sequence[SeriesName], found: Sequence[Move]
    ) -> list[Move]:
        """Return "Apple 4.8%" after "Nvidia fell 6.4%"."""
        more: list[Move] = []
        floor = min((m.end for m in found if m.size is not None or m.points), default=sentence.end)
        places = [name for name in named if name.end > floor]
        for match in _RE.name.finditer(sentence.text):
            at = sentence.start + match.start("name")
            if at >= floor and not any(n.start <= at < n.end for n in named):
                places.append(as_series(match["name"], at))
        for name in places:
            figure = _RE.ellipsis.match(sentence.text, name.end - sentence.start)
            if figure is None:
                continue
            low, high = sentence.start + figure.start() + 1, sentence.start + figure.end()
            earlier = [m for m in found if m.end <= low and m.direction != "none"]
            if earlier and not any(move.start < high and low < move.end for move in found):
                more.append(made(low, high, name, earlier[-1].direction, sentence, self.heading,
                                 **figure_of(figure)))  # fmt: skip
        return more


def _same_span(found: list[Move], sentence: Sentence) -> list[Move]:
    """Carry the span of "the S&P 500 fell 1.2% last week and the Nasdaq shed 2.1%" to its end."""
    kept = found[:1]
    for move in found[1:]:
        last = kept[-1]
        between = sentence.text[last.end - sentence.start : move.start - sentence.start]
        joined = re.match(r"(?: (?:last|this) \w+)?(?:,| and|, and) (?:the |[A-Z])", between)
        told = re.search(r"\bday\b|\w+day\b", between) or move.session or move.extreme
        wider = last.horizon in _WIDER and move.horizon == "day"
        alike = move.series != last.series and move.text[0].isalpha()
        carried = joined and wider and alike and not told
        kept.append(replace(move, horizon=last.horizon) if carried else move)
    return kept


def _span_behind(found: list[Move], more: Sequence[Move]) -> list[Move]:
    """Give "gained 3.4 percent and the Nasdaq almost 4 percent for the week" its span, too."""
    kept = list(found)
    for one in more:
        before = [n for n, move in enumerate(kept) if move.end <= one.start and not move.extreme]
        if before and one.horizon not in ("day", "") and kept[before[-1]].horizon == "day":
            kept[before[-1]] = replace(kept[before[-1]], horizon=one.horizon)
    return kept


def _unreal(text: str, match: re.Match[str]) -> bool:
    """Tell what could or is to happen; "recovered to close 1 % higher" did happen."""
    before = text[: match.start()]
    aim = before.endswith(" to ") and not re.match(r"close|end|finish|settle|trade", match[0])
    return aim or _RE.unreal.search(before) is not None


def _with_session_before(move: Move, found: Sequence[Move]) -> Move:
    """Return "an all-time high" with the session word of "closed 4% higher at" before it."""
    if not move.extreme or move.session:
        return move
    before = [m for m in found if m.series == move.series and 0 <= move.start - m.end <= 12]
    return replace(move, session=before[-1].session) if before else move


def _matches(sentence: Sentence) -> list[tuple[str, re.Match[str]]]:
    """Return the forms found, the longest of those that overlap, in order."""
    found = [(name, match) for name, form in _FORMS for match in form.finditer(sentence.text)]
    found.sort(key=lambda pair: pair[1].start() - pair[1].end())
    kept: list[tuple[str, re.Match[str]]] = []
    for name, match in found:
        if all(m.end() <= match.start() or match.end() <= m.start() for _, m in kept[:200]):
            kept.append((name, match))
    return sorted(kept, key=lambda pair: pair[1].start())
