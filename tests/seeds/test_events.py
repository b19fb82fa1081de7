"""Events: the founding file, and what an event may not be."""

from __future__ import annotations

import copy
import pickle
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from analysis.errors import SeedError
from analysis.seeds.articles import Article, load_articles
from analysis.seeds.events import CATEGORIES, Event, event_doubts, load_events
from analysis.seeds.markets import Market, load_markets

SEEDS = Path(__file__).parents[2] / "seeds"

GOOD = """\
- id: first-call
  title: Two people talk
  role: headline
  category: thaw
  announced:
    best: '2025-06-05T13:15:00Z'
    earliest: '2025-06-05T12:30:00Z'
    latest: '2025-06-05T13:27:00Z'
    precision: hour
    basis: A stamped page
    local: 09:15
    zone: America/New_York
  reported_in:
    - article: one.txt
      how: headline
      said: They talked
  implied_direction: {AAA: up, BBB: none}
  implied_why: Said so
  evidence:
    - url: https://example.org/page
      says: Stamped 13:27
  confounders: [Something else]
  doubts: []
"""


def _market(symbol: str) -> Market:
    return Market(symbol, symbol, symbol, "stock", "XNYS", "USD", "study", "^IDX", "market_model")


def _article(file: str) -> Article:
    day = date(2025, 6, 5)
    return Article(file, None, None, day, day, day, "x", "first-call", "x", "x")


MARKETS = (_market("AAA"), _market("BBB"))
ARTICLES = (_article("one.txt"), _article("two.txt"))


def _load(folder: Path, content: str, **options) -> tuple[Event, ...]:
    path = folder / "events.yaml"
    path.write_text(content)
    return load_events(path, **({"markets": MARKETS, "articles": ARTICLES} | options))


def _founding() -> tuple[Event, ...]:
    return load_events(
        SEEDS / "events.yaml",
        markets=load_markets(SEEDS / "markets.yaml"),
        articles=load_articles(SEEDS / "articles.yaml"),
    )


def test_every_field_arrives(tmp_path):
    (event,) = _load(tmp_path, GOOD)
    assert event.announced_at == datetime(2025, 6, 5, 13, 15, tzinfo=UTC)
    assert (event.earliest.hour, event.latest.minute) == (12, 27)
    assert (event.role, event.category, event.precision) == ("headline", "thaw", "hour")
    assert (event.local_time_in_source, event.source_zone) == ("09:15", "America/New_York")
    assert (event.articles[0].file, event.articles[0].how) == ("one.txt", "headline")
    assert event.expected_direction == {"AAA": "up", "BBB": "none"}
    assert event.evidence[0].url == "https://example.org/page"
    assert (event.confounders, event.doubts) == (("Something else",), ())


def test_offsets_are_converted_to_utc(tmp_path):
    # 22:15 in Tokyo (UTC+9) is 13:15 UTC.
    (event,) = _load(tmp_path, GOOD.replace("05T13:15:00Z", "05T22:15+09:00"))
    assert event.announced_at == datetime(2025, 6, 5, 13, 15, tzinfo=UTC)
    assert event.announced_at.tzinfo is UTC


def test_events_of_a_user_need_no_articles_or_evidence(tmp_path):
    short = GOOD.replace("role: headline", "role: context")
    cut = short[: short.index("  reported_in")] + "  implied_direction: {AAA: up, BBB: none}\n"
    (event,) = _load(tmp_path, cut.replace("    local: 09:15\n    zone: America/New_York\n", ""))
    assert (event.articles, event.evidence, event.expected_note) == ((), (), "")


def test_a_day_whose_bounds_are_one_moment_is_said(tmp_path):
    best = "2025-06-05T13:15:00Z"
    exact = GOOD.replace("2025-06-05T12:30:00Z", best).replace("2025-06-05T13:27:00Z", best)
    day = exact.replace("precision: hour", "precision: day")
    events = [
        *_load(tmp_path, day),
        *_load(tmp_path, GOOD.replace("precision: hour", "precision: day")),
        *_load(tmp_path, exact.replace("precision: hour", "precision: minute")),
    ]
    (said,) = event_doubts(events)
    assert said.startswith("first-call: `precision: day`, but `earliest` and `latest` are the same")
    assert "first-call and 4995 more" in event_doubts(events[:1] * 5000)[0]
    assert event_doubts(events[1:]) == event_doubts(_founding()) == ()


def test_bounds_within_a_year_pass(tmp_path):
    wide = GOOD.replace("2025-06-05T12:30:00Z", "2024-06-05T12:30:00Z")
    (event,) = _load(tmp_path, wide.replace("precision: hour", "precision: day"))
    assert (event.announced_at - event.earliest).days == 365


def test_event_can_be_hashed_copied_and_pickled(tmp_path):
    (event,) = _load(tmp_path, GOOD)
    assert len({event, copy.deepcopy(event), pickle.loads(pickle.dumps(event))}) == 1


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            "13:15:00Z",
            "13:15:00",
            ["`announced.best`", "needs its zone", "write '2025-06-05T13:15:00Z'"],
        ),
        (
            "2025-06-05T13:15:00Z",
            "2025-06-05",
            ["`announced.best`", "a moment is needed, not a day"],
        ),
        ("2025-06-05T13:15:00Z", "5 June 2025 13:15", ["`announced.best`", "YYYY-MM-DDTHH:MM:SSZ"]),
        ("2025-06-05T13:15:00Z", "2025-06-05 13:15:00Z", ["YYYY-MM-DDTHH:MM:SSZ"]),
        ("2025-06-05T13:15:00Z", "20250605T131500Z", ["YYYY-MM-DDTHH:MM:SSZ"]),
        ("2025-06-05T13:15:00Z", "2025-13-05T13:15:00Z", ["there is no such moment"]),
        ("2025-06-05T13:15:00Z", "2025-06-05T25:15:00Z", ["there is no such moment"]),
        ("2025-06-05T13:15:00Z", "2025-06-05T13:15:00+30:00", ["there is no such moment"]),
        ("2025-06-05T13:15:00Z", "1989-06-05T13:15:00Z", ["between 1990 and 2100"]),
        ("2025-06-05T13:27:00Z", "2101-06-05T13:27:00Z", ["`announced.latest`", "1990 and 2100"]),
        (
            "2025-06-05T12:30:00Z",
            "2025-06-05T13:15:01Z",
            ["events.yaml:7", "must not come after `best`"],
        ),
        (
            "2025-06-05T13:27:00Z",
            "2025-06-05T13:14:59Z",
            ["events.yaml:8", "must not come before `best`"],
        ),
        (
            "2025-06-05T12:30:00Z",
            "2000-06-05T12:30:00Z",
            ["events.yaml:7", "`announced.earliest`", "25.0 years before `best`, 2025-06-05"],
        ),
        (
            "2025-06-05T13:27:00Z",
            "2027-06-05T13:27:00Z",
            ["events.yaml:8", "`announced.latest`", "2.0 years after `best`, 2025-06-05"],
        ),
        (
            "13:15:00Z'\n    earliest: '2025-06-05T12:30:00Z'\n    latest: '2025-06-05T13:27:00Z'\n"
            "    precision: hour\n    basis: A stamped page\n    local: 09:15\n",
            "13:15-05:00'\n    earliest: '2025-06-05T12:30Z'\n    latest: '2025-06-06T13:27Z'\n"
            "    precision: hour\n    basis: A stamped page\n",
            ["`announced.best`", "-05:00 is not that of America/New_York then, which is -04:00"],
        ),
        ("best: '2025-06-05T13:15:00Z'", "best: null", ["`announced.best`: found nothing"]),
        ("precision: hour", "precision: hours", ["did you mean 'hour'?", "part-of-day"]),
        ("zone: America/New_York", "zone: America/NewYork", ["did you mean 'America/New_York'?"]),
        ("zone: America/New_York", "zone: EXT", ["there is no such time zone"]),
        ("    basis: A stamped page\n", "", ["`announced.basis`: found nothing"]),
        ("role: headline", "role: header", ["`role`: found 'header'", "did you mean 'headline'?"]),
        ("category: thaw", "category: escallation", ["did you mean 'escalation'?"]),
        (
            "article: one.txt",
            "article: oen.txt",
            ["`reported_in[1].article`", "did you mean 'one.txt'?"],
        ),
        ("how: headline", "how: heading", ["`reported_in[1].how`", "did you mean 'headline'?"]),
        ("how: headline", "how: mention", ["needs an article in `reported_in` with how: headline"]),
        ("      said: They talked\n", "", ["`reported_in[1].said`: found nothing"]),
        (
            "  implied_direction",
            "    - {article: one.txt, how: mention, said: x}\n  implied_direction",
            ["name each article once"],
        ),
        ("{AAA: up, BBB: none}", "{AAA: up, BBB: most}", ["`implied_direction.BBB`: found 'most'"]),
        ("{AAA: up, BBB: none}", "{AAA: upp, BBB: none}", ["did you mean 'up'?"]),
        (
            "{AAA: up, BBB: none}",
            "{AAA: up, BBB: none, CCC: up}",
            ["`implied_direction.CCC`: found an unknown"],
        ),
        ("{AAA: up, BBB: none}", "[up, none]", ["`implied_direction`: found a list"]),
        (
            "https://example.org/page",
            "ftp://example.org",
            ["`evidence[1].url`", "http:// or https://"],
        ),
        ("https://example.org/page", "https://", ["`evidence[1].url`"]),
        ("https://example.org/page", "javascript:alert(1)", ["`evidence[1].url`"]),
        ("https://example.org/page", "https://exa mple.org", ["`evidence[1].url`"]),
        ("https://example.org/page", "http://[::1", ["`evidence[1].url`"]),
        (
            "confounders: [Something else]",
            "confounders: Something else",
            ["`confounders`", "write a list"],
        ),
        (
            "confounders: [Something else]",
            "confounders: [{a: b}]",
            ["`confounders[1]`: found named fields"],
        ),
        (
            "confounders: [Something else]",
            "confounders: [a, null]",
            ["`confounders[2]`: found nothing"],
        ),
        (
            "doubts: []",
            "doupts: []",
            ["`doupts`: found an unknown field", "did you mean `doubts`?"],
        ),
        ("id: first-call", "id: First call", ["`id`: found 'First call'"]),
    ],
)
def test_wrong_event_is_refused(tmp_path, old, new, parts):
    assert old in GOOD
    with pytest.raises(SeedError, match=r"^1 problem in the seeds:") as caught:
        _load(tmp_path, GOOD.replace(old, new, 1))
    message = str(caught.value)
    assert not [part for part in parts if part not in message], message


def test_event_after_the_last_possible_moment_is_refused(tmp_path):
    limit = datetime(2025, 6, 5, 13, 0, tzinfo=UTC)
    with pytest.raises(SeedError, match="cannot lie after 2025-06-05T13:00:00Z"):
        _load(tmp_path, GOOD, not_after=limit)
    assert _load(tmp_path, GOOD, not_after=limit.replace(hour=14))


def test_unknown_markets_and_articles_are_left_unchecked(tmp_path):
    text = GOOD.replace("one.txt", "other.txt").replace("AAA", "ZZZ")
    (event,) = _load(tmp_path, text, markets=None, articles=None)
    assert (event.articles[0].file, event.expected_direction["ZZZ"]) == ("other.txt", "up")


def test_founding_events():
    events = _founding()
    assert len(events) == len({event.id for event in events}) == 52
    assert Counter(event.category for event in events) == {
        "thaw": 19,
        "escalation": 13,
        "control-tightening": 3,
        "control-easing": 7,
        "macro": 1,
        "corporate": 5,
        "other": 4,
    }
    assert set(CATEGORIES) == {event.category for event in events}
    assert Counter(event.role for event in events) == {"headline": 5, "mentioned": 42, "context": 5}
    assert all(event.evidence for event in events)
    assert all(event.earliest <= event.announced_at <= event.latest for event in events)
    assert all(set(e.expected_direction) == {"NVDA", "^N225", "^TWII", "^HSI"} for e in events)


# Dated facts, checked by hand against the pages they rest on.
@pytest.mark.parametrize(
    ("event_id", "moment"),
    [
        # Semafor had it at 09:27 in New York, before the opening bell.
        ("trump-xi-call-2025-06-05", datetime(2025, 6, 5, 13, 15, tzinfo=UTC)),
        # Late on Monday 14 July in New York is already 15 July in UTC.
        ("nvidia-h20-resumption-2025-07-14", datetime(2025, 7, 15, 2, 30, tzinfo=UTC)),
        # 11:00 in Korea is 02:00 UTC; the meeting took 100 minutes.
        ("busan-summit-2025-10-30", datetime(2025, 10, 30, 3, 40, tzinfo=UTC)),
        # Indian page of 20:05 (UTC+5:30).
        ("xi-trump-call-2025-11-24", datetime(2025, 11, 24, 14, 35, tzinfo=UTC)),
        # AP alert of 22:55 in New York on 1 May bounds it from above, at 02:55 UTC.
        ("mofcom-evaluating-talks-2025-05-02", datetime(2025, 5, 2, 0, 30, tzinfo=UTC)),
    ],
)
def test_founding_moments(event_id, moment):
    found = {event.id: event.announced_at for event in _founding()}
    assert found[event_id] == moment


def test_an_event_may_be_limited_to_the_markets_of_its_company(tmp_path):
    own = GOOD.replace("{AAA: up, BBB: none}", "{AAA: up}") + "  markets: [AAA]\n"
    (event,) = _load(tmp_path, own)
    assert event.markets == ("AAA",)
    assert event.expected_direction == {"AAA": "up"}
    assert (event.concerns("AAA"), event.concerns("BBB")) == (True, False)
    (free,) = _load(tmp_path, GOOD)
    assert free.markets is None
    assert free.concerns("BBB")


@pytest.mark.parametrize(
    ("markets", "told"),
    [
        ("[AAB]", "markets[1]`: found 'AAB'; there is no such study market; did you mean 'AAA'"),
        ("[AAA, AAA]", "markets[2]`: found 'AAA'; name each market once"),
    ],
)
def test_markets_of_an_event_that_do_not_exist_or_stand_twice(tmp_path, markets, told):
    with pytest.raises(SeedError) as caught:
        _load(tmp_path, GOOD + f"  markets: {markets}\n")
    assert told in str(caught.value)


def test_a_row_of_csv_limits_an_event_to_markets(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("id,title,announced.best,markets\none,One,2025-06-05T13:15:00Z,BBB\n")
    (event,) = load_events(path, markets=MARKETS, articles=ARTICLES)
    assert (event.markets, event.expected_direction) == (("BBB",), {"BBB": "none"})
