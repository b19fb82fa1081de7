"""Sentences ask what they are about: none says what its run does not have."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from plain_words import faults
from run_pages import notebooks, outputs, words

from analysis.chapters.all_events.categories import categories_picture
from analysis.chapters.all_events.tables import categories_table
from analysis.chapters.all_events.words import all_events, overview
from analysis.chapters.article.words import article
from analysis.chapters.contagion import words as contagion
from analysis.chapters.event.tables import windows_table
from analysis.chapters.event.words import event as event_words
from analysis.chapters.few_events import words as few_events
from analysis.chapters.few_events.pictures import implied_picture
from analysis.chapters.few_events.tables import samples_table
from analysis.chapters.robustness import words as robustness
from analysis.chapters.shared.sentences import Sentence, selection
from analysis.chapters.shared.voice import page_words
from analysis.chapters.together.words import together
from analysis.engine.spec import StudySpec
from analysis.errors import InputError
from analysis.reactions.further import further_tables
from analysis.reactions.open_study import OpenStudy, open_study
from analysis.reactions.run_spec import RunSpec

NEWS = "nvidia-h20-resumption-2025-07-14"


@dataclass(frozen=True)
class Case:
    """A run, what may not be said of it, and what must be."""

    run: RunSpec
    never: tuple[str, ...]
    said: tuple[str, ...] = ()
    other: bool = False
    unseen: tuple[str, ...] = ()
    """What no page may show, tables, captions and notes included."""


CASES = {
    "constant mean": Case(
        RunSpec(study=StudySpec(model="constant_mean"), markets=("NVDA", "^N225")),
        never=("beyond the benchmark", "S&P 500 explains", "understates"),
        unseen=(
            "beyond the benchmark",
            "understates",
            "(beyond|against|expected from) the S&P",
            "Benchmark ignored",
            "benchmark ha[ds] the news",
            "had the news on day 0",
            "the last two columns",
            "windows and benchmarks",
        ),
        said=("beyond its usual mean",),
    ),
    "chip index, one event": Case(
        RunSpec(benchmark="^SOX", events=(NEWS,)),
        never=("S&P", r"\b1 (events|reactions)\b", "one of 1", "51 events", r"(\S+) %? to \1 %"),
        said=("the Chip index explains",),
        unseen=("(beyond|against|expected from) the S&P", r"\b1 (events|reactions)\b", "one of 1"),
    ),
    "one market": Case(
        RunSpec(markets=("NVDA",)),
        never=("Nikkei", "Hang Seng", "pairs of markets", "all markets"),
        said=("One market alone cannot react together.",),
        unseen=("pairs of markets", "[Aa]ll markets", "four markets"),
    ),
    "other subject, no articles, market adjusted": Case(
        RunSpec(study=StudySpec(model="market_adjusted")),
        never=("Nvidia", "tariff", "[Aa]rticles? (are|were|is|implied|report)", "New York", "chip"),
        said=("the catalogue expected",),
        unseen=(
            "Nvidia",
            "NVDA",
            "tariff",
            "[Aa]rticles? (are|implied|and)",
            "chip",
            "written after the move",
            "usual relation",
            "earlier sessions",
            "explains",
        ),
        other=True,
    ),
}

MARKETS = """\
- {symbol: ^N225, name: Nikkei 225, short: Tokyo, kind: index, exchange: XTKS, currency: JPY,
   role: study, benchmark: ^GSPC, model: market_adjusted}
- {symbol: ^HSI, name: Hang Seng Index, short: Hong Kong, kind: index, exchange: XHKG,
   currency: HKD, role: study,
   benchmark: ^GSPC, model: market_adjusted}
- {symbol: ^GSPC, name: S&P 500, short: S&P 500, kind: index, exchange: XNYS, currency: USD,
   role: related}
"""
EVENT = """\
- id: decision-{n}
  title: The bank decides, {n}
  role: context
  category: macro
  announced:
    best: 2025-{month:02}-{day:02}T05:00Z
    zone: UTC
    earliest: 2025-{month:02}-{day:02}T04:55Z
    latest: 2025-{month:02}-{day:02}T05:05Z
    precision: minute
    basis: The bank's own clock
  implied_direction: {{^N225: up, ^HSI: down}}
"""


@pytest.fixture(scope="module")
def other_workspace(tmp_path_factory, workspace):
    """Decisions of a bank in two markets, on the founding prices; no article."""
    root = tmp_path_factory.mktemp("bank")
    for name in ("data", "notebooks"):
        shutil.copytree(workspace.root / name, root / name)
    (root / "seeds").mkdir()
    days = [(2, 12), (3, 13), (4, 15), (5, 20), (6, 17), (7, 16), (8, 19), (9, 17), (10, 16)]
    events = "".join(EVENT.format(n=n, month=m, day=d) for n, (m, d) in enumerate(days, 1))
    for file, text in (
        ("markets", MARKETS), ("events", events), ("articles", "[]\n"), ("claims", "[]\n"),
    ):  # fmt: skip
        (root / "seeds" / f"{file}.yaml").write_text(text, encoding="utf-8")
    shutil.copy(workspace.root / "seeds" / "studies.yaml", root / "seeds")
    return root


def sentences(opened: OpenStudy) -> list[Sentence]:
    """Every sentence of the pages of a run."""
    study, seeds, further = opened.study, opened.seeds, further_tables(opened)
    told = [e.id for e in seeds.events if study.spec.events is None or e.id in study.spec.events]
    parts: list[Callable[[], object]] = [
        lambda: overview(study, seeds),
        lambda: all_events(study, seeds),
        lambda: together(study, seeds),
        lambda: selection(bool(seeds.articles)),
        lambda: few_events.survivors(study, seeds),
        lambda: few_events.as_implied(study, seeds),
        lambda: few_events.stars(further),
        lambda: few_events.sizes(further),
        lambda: robustness.overlaps(further),
        lambda: contagion.lead_and_lag(further),
        lambda: contagion.event_days(further),
        lambda: contagion.spillovers(further),
        lambda: contagion.few_pairs(further),
        *(lambda e=e: event_words(study, seeds, e) for e in told[:3]),
        *(lambda a=a: article(study, seeds, a.file) for a in seeds.articles),
    ]
    out: list[Sentence] = []
    for part in parts:
        found = part()
        out.extend([found] if isinstance(found, Sentence) else found)
    return out


@pytest.mark.parametrize("name", CASES)
def test_no_sentence_says_what_its_run_does_not_have(name, workspace, other_workspace, tmp_path):
    case = CASES[name]
    root = other_workspace if case.other else workspace.root
    opened = open_study(case.run.to_json(), str(root), str(tmp_path))
    texts = [sentence.text for sentence in sentences(opened)]
    wrong = [(p, text) for p in case.never for text in texts if re.search(p, text)]
    assert not wrong, wrong[:3]
    for part in case.said:
        assert any(part in text for text in texts), part
    for text in texts:
        assert "nan" not in text.lower().split(), text
        assert not re.search(r": \.|, \.|\(\)|  ", text), text
    for name, cells in pages(opened, case.run).items():
        assert len(cells) == len(set(cells)), f"{name} shows something twice"
        for shown in map(words, cells):
            bad = [p for p in (*case.unseen, *_NEVER) if re.search(p, shown)]
            assert not bad, (name, bad, shown[:600])
        reading = name.startswith(_READING)
        assert faults("\n".join(cells), reading=reading) == [], name


#: Notebooks of pages for reading; the others hold figures, for those who check.
_READING = ("02_", "05_", "16_")

#: What no page of any run shows.
_NEVER = (r"\bnan\b", r"\binf\b", r": \.(?!\d)|, \.(?!\d)|\(\)")


def pages(opened: OpenStudy, run: RunSpec) -> dict[str, list[str]]:
    """Run every notebook that tells this study, and return what its cells show."""
    told = [e.id for e in opened.seeds.events if run.events is None or e.id in run.events]
    further = further_tables(opened)
    given = {"open_study": lambda *_, **__: opened, "further_tables": lambda *_, **__: further}
    values = {
        "event_id": NEWS if NEWS in told else told[0],
        "market": opened.seeds.study_markets[0].symbol,
    }
    return {
        path.name: [shown for shown in outputs(path, values, given) if shown]
        for path in notebooks(Path(opened.workspace.root))
        if opened.seeds.articles or "article" not in path.name
    }


def test_captions_ask_whether_there_are_articles(store, seeds):
    """Captions said "the articles implied" where the catalogue has no article."""
    bare = replace(seeds, articles=(), claims=())
    for make in (categories_picture, categories_table, implied_picture, samples_table):
        with_, without = (make(store, s)._repr_html_() for s in (seeds, bare))
        assert "the articles implied" in with_ or make is implied_picture
        assert "articles implied" not in without


def test_longer_windows_say_of_how_many_looks_they_are(store, seeds):
    table = windows_table(store, seeds, NEWS)
    assert table.note.startswith(f"These are {len(table.rows)} looks of ")
    assert "not judged together" in table.note


def test_a_direction_the_catalogue_expected_is_not_what_a_benchmark_led_one_to_expect():
    facts = {"yardstick": "the index", "n": "9", "chance": "0", "span": "May", "length": "120"}
    words = page_words(facts)
    assert "g-expected" not in words.mark("9 of 9 moves went the way the catalogue expected.")
    assert "g-expected" in words.mark("That is less than the index would have led one to expect.")


def test_meanings_of_days_are_not_given_to_minutes():
    facts = {"yardstick": "the index", "n": "9", "chance": "0", "span": "May", "length": "120"}
    said = "three of 263 ordinary stretches of the same hours; judged together it is not."
    words = page_words(facts)
    assert words.mark(said).count("href") == 2
    assert "href" not in words.without("ordinary", "together").mark(said)


def test_raw_returns_are_no_study_of_markets():
    """Its pages would have said "beyond its usual mean", which nothing had taken out."""
    with pytest.raises(InputError, match="Use constant_mean"):
        RunSpec(study=StudySpec(model="raw_returns"))


def test_without_articles_nothing_is_said_of_how_they_picked():
    assert "Articles" in selection().text
    assert "Articles" not in selection(articles=False).text
    assert "not that the news moved it" in selection(articles=False).text
