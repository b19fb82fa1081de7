"""Drafts as files: review, merging, and the commands."""

# ruff: noqa: E501  (a case a line reads better than wrapped)
from __future__ import annotations

import contextlib
import shutil

import pytest
import yaml
from corpus_scores import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.__main__ import main
from analysis.drafting import draft_article, load_draft, merge_draft, review_draft, write_draft
from analysis.drafting.review import load_clock
from analysis.errors import InputError, MarketReactionError, SeedError, StudyError
from analysis.seeds.catalogue import load_seeds
from analysis.seeds.events import load_events
from analysis.seeds.markets import load_markets
from analysis.workspace import find_workspace

TEXT = (
    "HARROW, Ark. - A made-up regulator approved a made-up merger of two lamp makers on March 12, 2025 at 10 a.m. ET. "
    "Nvidia rose 1.5% on Wednesday. The lamp ministry announced a review of glass on March 6, 2025."
)  # fmt: skip
PUBLISHED = "2025-03-12T17:00-04:00"
MARKETS = load_markets(ROOT / "seeds" / "markets.yaml")


@pytest.fixture
def draft_file(tmp_path):
    draft = draft_article(
        TEXT, file="lamps.txt", published=PUBLISHED, publisher="Lamp Post", markets=MARKETS
    )
    write_draft(draft, tmp_path / "draft.yaml")
    return tmp_path / "draft.yaml"


@pytest.fixture
def seeds(tmp_path):
    return shutil.copytree(ROOT / "seeds", tmp_path / "seeds")


def answers(*words):
    left = list(words)
    return lambda prompt: left.pop(0)


def test_a_draft_points_at_the_words_it_came_from(draft_file):
    draft = load_draft(draft_file)
    assert [e["status"] for e in draft.events] == ["draft", "draft"]
    first = draft.events[0]
    assert TEXT[slice(*first["span"])] == first["sentence"]
    assert TEXT[slice(*first["date"]["span"])] == "March 12, 2025 at 10 a.m. ET"
    assert first["announced"]["best"] == "2025-03-12T14:00:00Z"
    assert first["announced"]["precision"] == "minute"
    assert first["announced"]["zone"] == "America/New_York"
    assert first["headline"]
    (claim,) = draft.claims
    assert TEXT[slice(*claim["span"])] == "rose 1.5%"


def test_no_study_reads_a_draft(draft_file):
    with pytest.raises(SeedError, match="must be a list of records"):
        load_events(draft_file, markets=MARKETS, articles=())
    records = yaml.safe_load(draft_file.read_text())["events"]
    only = draft_file.with_name("events.yaml")
    only.write_text(yaml.safe_dump(records))
    with pytest.raises(SeedError, match="an unknown field"):
        load_events(only, markets=MARKETS, articles=())


def test_review_shows_day_0_in_every_market_and_writes_each_answer(draft_file):
    shown = []
    clock = load_clock(find_workspace(ROOT))
    review_draft(draft_file, clock=clock, ask=answers("x", "a", "r", "q"), tell=shown.append)
    text = "\n".join(shown)
    assert "lamp makers" in text
    assert "2025-03-12" in text
    assert "Type a, e, r, s or q." in shown
    for name in ("Nvidia", "Nikkei", "Taiwan", "Hang Seng"):
        assert f"day 0     {name}" in text
    assert "Nikkei     2025-03-13  after close" in text  # 10:00 in New York is 23:00 in Tokyo
    assert [e["status"] for e in load_draft(draft_file).events] == ["accepted", "rejected"]


def test_editing_checks_what_is_typed(draft_file):
    shown = []
    words = ("e", "Two lamp makers merge", "Bad Id", "thow", "2025-03-12T15:00:00Z", "", "soon",
             "NVDA up", "a", "q")  # fmt: skip
    review_draft(draft_file, ask=answers(*words), tell=shown.append)
    event = load_draft(draft_file).events[0]
    assert event["title"] == "Two lamp makers merge"
    assert event["announced"]["best"] == event["announced"]["latest"] == "2025-03-12T15:00:00Z"
    assert event["implied_direction"] == {"NVDA": "up"}
    assert sum("not changed" in line for line in shown) == 3


def accept_all(path):
    return review_draft(path, ask=lambda prompt: "a", tell=lambda text: None)


def test_merging_keeps_comments_and_order(draft_file, seeds):
    before = {
        name: (seeds / name).read_text() for name in ("events.yaml", "claims.yaml", "articles.yaml")
    }
    events_before = len(load_seeds(seeds).events)
    lines = merge_draft(accept_all(draft_file), seeds)
    assert len(lines) == 4
    for name, text in before.items():
        kept, new = text.splitlines(), iter((seeds / name).read_text().splitlines())
        assert all(line in new for line in kept), name  # every old line, in the old order
    loaded = load_seeds(seeds)
    bests = [e.announced_at for e in loaded.events]
    assert bests == sorted(bests)
    assert loaded.article("lamps.txt").label == "Lamp Post, 12 Mar 2025"
    assert len(loaded.events) == events_before + 2
    assert len(loaded.claims) == 31


def test_merging_twice_is_refused_by_showing_both(draft_file, seeds):
    draft = accept_all(draft_file)
    merge_draft(draft, seeds)
    after = (seeds / "events.yaml").read_bytes()
    with pytest.raises(InputError, match=r"(?s)same happening.*draft: .*seeds: "):
        merge_draft(draft, seeds)
    assert (seeds / "events.yaml").read_bytes() == after


def test_the_same_happening_in_other_words_is_refused_until_a_person_says_otherwise(
    tmp_path, seeds
):
    words = "BEIJING, June 5 - Xi and Trump held a telephone conversation on Thursday, state media said."
    draft = draft_article(
        words, file="other.txt", published="2025-06-05T21:30+08:00", markets=MARKETS
    )
    write_draft(draft, tmp_path / "draft.yaml")
    accepted = accept_all(tmp_path / "draft.yaml")
    with pytest.raises(InputError, match=r"(?s)seeds: trump-xi-call-2025-06-05"):
        merge_draft(accepted, seeds)
    names = [event["id"] for event in accepted.events]
    assert merge_draft(accepted, seeds, not_twins=names)


def test_merging_nothing_and_breaking_the_seeds_are_refused(draft_file, seeds):
    with pytest.raises(InputError, match="nothing in it is accepted"):
        merge_draft(load_draft(draft_file), seeds)
    text = draft_file.read_text().replace("category: ", "category: un", 1)
    draft_file.write_text(text)
    before = (seeds / "events.yaml").read_bytes()
    with pytest.raises(SeedError, match="category"):
        merge_draft(accept_all(draft_file), seeds)
    assert (seeds / "events.yaml").read_bytes() == before


@pytest.mark.parametrize(
    "text",
    ["", "[]", "article: 3", "{article: {}, events: {a: b}}", "{article: {file: a, published_day: x}, events: {a: b}}", "{article: {file: a, published_day: x}, events: [3]}", "\x00", "a: &a [*a]",
     "{article: {file: a, published_day: x}, events: [{id: x, status: maybe, title: t, announced: {a: b}, category: c}]}"],
)  # fmt: skip
def test_a_file_that_is_no_draft_is_refused(tmp_path, text):
    (tmp_path / "draft.yaml").write_text(text)
    with pytest.raises(InputError, match=r"draft"):
        load_draft(tmp_path / "draft.yaml")


def test_commands(tmp_path, monkeypatch, capsys, seeds):
    monkeypatch.chdir(tmp_path)
    for name in ("data", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "my article.txt").write_text(TEXT, encoding="utf-8")
    assert main(["draft", "my article.txt", "--published", PUBLISHED]) == 0
    assert "2 candidate events, 1 candidate claims" in capsys.readouterr().out
    monkeypatch.setattr("builtins.input", lambda prompt: "a")
    assert main(["review", "draft.yaml", "--merge"]) == 0
    assert "events.yaml: " in capsys.readouterr().out
    assert main(["events", "check"]) == 0
    assert main(["review", "draft.yaml", "--merge"]) == 2
    assert "same happening" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["draft", "no-such.txt", "--published", PUBLISHED], "it cannot be read"),
        (["draft", "empty.txt", "--published", PUBLISHED], "it is empty"),
        (["draft", "a.txt", "--published", "yesterday"], "`published` received as 'yesterday'"),
        (["review", "a.txt"], "a draft has article, events and claims"),
    ],
)
def test_refusals(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "a.txt").write_text("It fell.")
    assert main([*arguments, "--workspace", str(ROOT)]) == 2
    assert message in capsys.readouterr().err


def test_an_article_without_events_is_refused_before_anything_is_written(tmp_path):
    from analysis.drafting.single import draft_workspace

    draft = draft_article("Nothing here.", file="a.txt", published=PUBLISHED, markets=MARKETS)
    with pytest.raises(StudyError, match="no event was found"):
        draft_workspace(draft, find_workspace(ROOT), tmp_path / "_draft")
    assert not (tmp_path / "_draft").exists()


def test_the_workspace_of_a_draft_loads_and_leaves_the_seeds_alone(tmp_path, draft_file):
    from analysis.drafting.single import draft_workspace

    place = draft_workspace(load_draft(draft_file), find_workspace(ROOT), tmp_path / "_draft")
    loaded = load_seeds(place.seeds)
    assert [e.role for e in loaded.events] == ["headline", "mentioned"]
    assert [a.file for a in loaded.articles] == ["lamps.txt"]


def test_the_banner_stands_at_the_top_of_the_page(tmp_path, draft_file, monkeypatch):
    """The whole way but the notebook, which is run elsewhere: a failed one gets a page, too."""
    from analysis.drafting.single import BANNER, report_article
    from analysis.reactions.run_spec import RunSpec

    monkeypatch.setattr("analysis.report.build.run_reports", lambda planned, **more: [])
    monkeypatch.setattr("analysis.report.build.zip", lambda a, b, strict: [], raising=False)
    out = tmp_path / "out"
    report_article(
        load_draft(draft_file), find_workspace(ROOT), RunSpec(markets=("NVDA",)), out=out
    )
    page = (out / "index.html").read_text(encoding="utf-8")
    assert BANNER in page
    assert page.index(BANNER) < page.index("<h1")


def test_moments_may_be_written_without_quotes(draft_file):
    text = draft_file.read_text(encoding="utf-8")
    draft_file.write_text(
        text.replace("'2025-03-12T14:00:00Z'", "2025-03-12T14:00:00Z"), encoding="utf-8"
    )
    assert load_draft(draft_file).events[0]["announced"]["best"] == "2025-03-12T14:00:00Z"


@given(
    st.integers(0, 3000),
    st.integers(0, 40),
    st.sampled_from(["", "x", "[]", "{}", "null", "- ", ": ", "\n", "&a *a", "2025"]),
)
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_mangled_draft_is_reviewed_or_refused(draft_file, place, length, noise):
    whole = draft_file.with_name("whole.yaml")
    if not whole.exists():
        whole.write_bytes(draft_file.read_bytes())
    text = whole.read_text(encoding="utf-8")
    place = place % len(text)
    draft_file.write_text(text[:place] + noise + text[place + length :], encoding="utf-8")
    with contextlib.suppress(MarketReactionError):  # a clear refusal; anything else fails
        draft = review_draft(draft_file, ask=lambda prompt: "a", tell=lambda shown: None)
        assert all(record["status"] != "draft" for record in (*draft.events, *draft.claims))
