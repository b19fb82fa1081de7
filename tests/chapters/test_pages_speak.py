"""What pages say is true of any study and in plain words: founding, one market, nothing, all."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from plain_words import faults, open_text
from scipy import stats

from analysis.chapters.all_events.answer import answer, method_lines, together_sentence
from analysis.chapters.all_events.average import average_paths, average_picture
from analysis.chapters.all_events.cells import grid_html, grid_rows
from analysis.chapters.all_events.reactions_chart import reactions_charts
from analysis.chapters.article.answer import article_answer, claims_line
from analysis.chapters.article.story import (
    answer_block,
    claims_block,
    events_block,
    headline_chart,
    headline_notes,
    sources_block,
)
from analysis.chapters.article.words import article as article_findings
from analysis.chapters.event.multiples import markets_chart
from analysis.chapters.event.paths import price_path
from analysis.chapters.event.story import tell_event
from analysis.chapters.few_events.words import survivors
from analysis.chapters.minutes.pictures import days_and_minutes_chart
from analysis.chapters.minutes.verdict import apart, standing_out, verdict_block
from analysis.chapters.shared.moves import Moves
from analysis.chapters.shared.sentences import say
from analysis.chapters.shared.telling import Telling, telling
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.store import StudyStore, load_or_run
from analysis.report.events import write_event_pages
from analysis.report.front import front_page
from analysis.report.manifest import Provenance
from analysis.report.site import FrontPage, ReportLink, render_index, render_summary
from analysis.seeds.studies import load_studies

STUDIES = Path(__file__).resolve().parents[2] / "seeds" / "studies.yaml"


def changed(store: StudyStore, **tables: object) -> StudyStore:
    """The same study with some tables replaced."""
    other = StudyStore(store.folder)
    for name in ("placebo", "family", "together", "omnibus", "pooled", "placebo_days", "claims"):
        other.table(name)
    for name, make in tables.items():
        other._read[name] = make(other._read[name].copy())
    return other


def all_unusual(placebo):
    return placebo.assign(n_beyond=0, p_value=1 / (placebo["n"] + 1))


def none_unusual(placebo):
    return placebo.assign(n_beyond=placebo["n"] // 2, p_value=0.5)


def without_articles(seeds):
    events = tuple(replace(e, articles=(), role="context") for e in seeds.events)
    return replace(seeds, articles=(), claims=(), events=events)


@pytest.fixture(scope="module")
def tellings(store, seeds, workspace) -> dict[str, Telling]:
    one = load_or_run(RunSpec(markets=("NVDA",)), workspace=workspace)
    mean = load_or_run(
        RunSpec(study=replace(RunSpec().study, model="constant_mean")), workspace=workspace
    )
    everything = changed(
        store, placebo=all_unusual,
        family=lambda f: f.assign(p_stepdown=0.001),
        omnibus=lambda o: o.assign(p_value=0.0002, statistic=2.0),
    )  # fmt: skip
    return {
        "founding": telling(store, seeds),
        "one market": telling(one, seeds),
        "constant mean": telling(mean, seeds),
        "no articles": telling(store, without_articles(seeds)),
        "everything": telling(everything, seeds),
        "nothing": telling(changed(store, placebo=none_unusual), seeds),
        "few days": telling(changed(store, placebo=lambda p: p.assign(n=5, n_beyond=0)), seeds),
    }


KINDS = (
    "founding", "one market", "constant mean", "no articles", "everything", "nothing", "few days",
)  # fmt: skip


def context(told: Telling) -> FrontPage:
    links = {event.id: f"events/{event.id}.html" for event in told.seeds.events}
    reports = [ReportLink(s.title, f"{s.name}/{s.name}.html", question=s.question)
               for s in load_studies(STUDIES)]  # fmt: skip
    return front_page(told, reports=reports, links=links, provenance=Provenance())


def front(told: Telling) -> str:
    return render_index(context(told))


def minutes_page(told: Telling) -> str:
    store, seeds = told.store, told.seeds
    parts = (verdict_block(store, seeds), days_and_minutes_chart(store, seeds),
             say(apart(store, seeds)), standing_out(store, seeds))  # fmt: skip
    return "\n".join(part._repr_html_() for part in parts)


def article_pages(told: Telling) -> list[str]:
    parts = (answer_block, claims_block, headline_chart, headline_notes, events_block,
             sources_block)  # fmt: skip
    return [
        "\n".join(part(told, article.file)._repr_html_() for part in parts)
        for article in told.seeds.articles
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_pages_speak_plainly_whatever_was_found(tellings, kind):
    told = tellings[kind]
    pages = [front(told), render_summary(context(told)), *article_pages(told), minutes_page(told)]
    pages += [tell_event(told, event.id)._repr_html_() for event in told.ordered()[::5]]
    for page in pages:
        assert faults(page, reading=True) == []


def test_the_headline_follows_what_was_found(tellings):
    said = {kind: answer(told).headline for kind, told in tellings.items()}
    assert said["founding"].startswith("Mostly no: taken together, the 128 reactions")
    assert said["everything"].startswith("Yes: taken together, the 128 reactions were larger")
    assert said["nothing"].startswith("No: taken together")
    assert "36 reactions" in said["one market"]
    assert said["few days"] == "No answer: there are too few ordinary days to tell"


def test_nothing_found_has_no_cards_and_everything_has_a_few(tellings):
    nothing, everything = answer(tellings["nothing"]), answer(tellings["everything"])
    assert (nothing.cards, nothing.cards_title) == ((), "")
    assert len(everything.cards) == 6
    assert everything.cards_title == "The 128 that stand out, the six most unusual"
    assert everything.keys[1].figure == "128 of 128"


@pytest.mark.parametrize("kind", ["founding", "one market", "everything"])
def test_a_card_says_where_what_is_left_comes_from(tellings, kind):
    """The 4.7 points stood on the front page without the parts they are made of."""
    cards = answer(tellings[kind]).cards
    assert cards
    for card in cards:
        whole, expected, beyond = (
            float(f"{'-' if sign == '−' else ''}{figure}")
            for sign, figure in re.findall(r"([+−]?) ?([0-9.]+) %", card.parts)
        )
        assert whole == pytest.approx(expected + beyond, abs=1e-9)
    if kind == "founding":
        assert cards[0].parts == "+4.0 % = −0.7 % expected + 4.7 % beyond"
        assert cards[0].parts in front(tellings[kind]).replace("\u202f", " ").replace("\xa0", " ")


def test_an_article_is_answered_by_the_market_it_is_about(tellings):
    """Whether a meeting cost Nvidia was answered with the Hang Seng, which fell by 0.2 %."""
    first = article_answer(tellings["founding"], "003_8744a722d0dff69b.txt").rest[0]
    assert first.startswith("Nvidia, of which it implied a fall, fell 2.0 %")


def test_no_articles_are_not_spoken_of(tellings):
    told = tellings["no articles"]
    page = open_text(front(told)).lower()
    assert "articles are written" not in page
    assert "headline stories stand out" not in page
    assert answer(told).keys[0].figure == "3 of 128"


def test_one_market_moves_with_no_other(tellings):
    assert together_sentence(tellings["one market"]).startswith("One market alone")


def test_without_a_benchmark_none_is_named(tellings):
    told = tellings["constant mean"]
    pages = [front(told), *(tell_event(told, e.id)._repr_html_() for e in told.ordered()[::5])]
    for page in pages:
        text = open_text(page)
        # in minutes the index is a series of its own: it rises and falls, and is no yardstick
        verb = "rose|fell|did not|was|were|and|does"
        own = rf"(?i)the S&P (500|futures)(?= ({verb}))|how the day of S&P"
        left = re.sub(own, "", text)
        for said in (x for event in told.seeds.events for x in event.confounders):
            left = left.replace(said, "")  # the catalogue's own words
        assert "S&P" not in left, left[max(left.find("S&P") - 90, 0) :][:200]
    assert len(reactions_charts(told, lambda _: None)) == 1  # whole moves are what is left
    assert "own average" in " ".join(method_lines(told))


# -- every front-page figure from the tables beside it --------------------------------------------


def test_front_page_figures_follow_from_the_tables(tellings, store):
    told = tellings["founding"]
    placebo = store.placebo
    model = store.spec.study.model
    main = placebo[(placebo["window"] == "[0,0]") & ~placebo["candidate"].astype(bool)]
    own = main[main["model"] == model].drop_duplicates(["market", "day0"])
    out = own[20 * (own["n_beyond"] + 1) <= own["n"] + 1]
    text = open_text(front(told))
    assert f"{len(out)} of {len(own)}" == "3 of 128"
    assert "three of 128 reactions stand out; chance alone would give about six" in text
    for row in out.to_dict("records"):
        move = told.moves.cells[row["event_id"], row["market"]]
        assert (move.count.k, move.count.n) == (row["n_beyond"], row["n"])
        assert f"of {row['n']} ordinary days were as unusual" in text
    pooled = store.pooled
    total = pooled[(pooled["scope"] == "all") & (pooled["market"] == "all")]
    total = total[(total["sample"] == "all") & (total["model"] == "constant_mean")].iloc[0]
    figure = f"{total['n_as_implied']:.0f} of {total['n_sessions']}"
    assert answer(told).keys[2].figure == figure
    assert "whole moves went the way the articles implied" in text
    days = store.abnormal_returns
    for row in out.to_dict("records"):
        same = days[(days["event_id"] == row["event_id"]) & (days["market"] == row["market"])]
        same = same[(same["model"] == model) & (same["event_day"] == 0) & ~same["candidate"]]
        size = abs(round(float(same["ar"].iloc[0]) * 100, 1))
        assert re.search(rf"(That|It) is {size:.1f} points", text)


WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@pytest.mark.parametrize("kind", KINDS)
def test_front_page_sentences_follow_from_the_tables(tellings, kind):
    """Headline, deck, key figures and title of the cards, counted again from the CSV beside it."""
    told = tellings[kind]
    store, model = told.store, told.store.spec.study.model
    main = store.placebo[store.placebo["window"] == "[0,0]"]
    main = main[(main["model"] == model) & ~main["candidate"].astype(bool)]
    own = main[main["n_beyond"].notna()].merge(
        store.family[store.family["model"] == model][["event_id", "market", "p_stepdown"]],
        on=["event_id", "market"], how="left",
    ).drop_duplicates(["market", "day0"])  # fmt: skip
    n = len(own)
    out = own[20 * (own["n_beyond"] + 1) <= own["n"] + 1]
    kept = int((out["p_stepdown"] <= 0.05).sum())
    said, text = answer(told), open_text(front(told))
    assert f"{len(told.ordered())} news items" in said.deck[0]
    assert ("articles tie shares" in said.deck[0]) == bool(told.seeds.articles)
    many = WORDS[len(out)] if len(out) <= 10 else str(len(out))
    chance = round(n / 20)
    assert f"{many} of {n} reactions stand" in said.deck[1]
    assert said.deck[1].endswith(f"about {WORDS[chance] if chance <= 10 else chance}.")
    assert (said.keys[1].figure, said.keys[1].words in text) == (f"{kept} of {n}", True)
    assert (not said.cards) == (not len(out))
    assert len(said.cards) == min(len(out), 6)
    row = store.table("omnibus")
    row = row[(row["scope"] == "all") & (row["market"] == "all") & (row["model"] == model)].iloc[0]
    larger = row["p_value"] <= 0.05 and row["statistic"] > row["placebo_mean"]
    if own["n"].max() < 19:
        assert said.headline.startswith("No answer")
    elif larger:
        assert said.headline == f"Yes: taken together, the {n} reactions were larger than on " + (
            "ordinary days"
        )
    elif not kept:
        assert said.headline.startswith("Mostly no:" if len(out) else "No:")
    for card in said.cards:
        day0 = told.moves.cells[card.rows[0][1].removeprefix("#").split(".", 1)[0],
                                card.rows[0][1].split(".", 1)[1]].day0  # fmt: skip
        assert len(out[(out["day0"] == day0)])
        figures = store.reactions if "ar" in store.reactions else store.abnormal_returns
        same = figures[(figures["model"] == model)] if "model" in figures else figures
        same = same[(same["event_day"] == 0) & ~same["candidate"].astype(bool)]
        sizes = {f"{abs(v) * 100:.1f}" for v in same[same["day0"] == day0]["ar"]}
        assert card.rows[0][0] in sizes


# -- pages of events ------------------------------------------------------------------------------


def test_a_price_leaves_the_band_of_its_day_exactly_if_it_stands_out(tellings):
    told = tellings["founding"]
    for move in told.moves.distinct():
        path = price_path(told.store, move, told.ordinary)
        zero = int(np.flatnonzero(path.day == 0)[0])
        inside = path.low[zero] <= path.price[zero] <= path.high[zero]
        assert inside != move.stands_out, move


def test_a_path_compounds_returns_from_the_last_close(tellings):
    told = tellings["founding"]
    move = told.moves.cells["nvidia-h20-resumption-2025-07-14", "NVDA"]
    path = price_path(told.store, move, told.ordinary)
    at = dict(zip(path.day.tolist(), path.price.tolist(), strict=True))
    assert at[-1] == pytest.approx(100)
    assert at[0] == pytest.approx(100 * (1 + move.ret))
    assert path.expected[list(path.day).index(0)] == pytest.approx(100 * (1 + move.expected))
    assert path.gone_by() == "2025-07-22"


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_has_a_page_within_its_budget(tellings, kind, tmp_path):
    told = tellings[kind]
    some = {e.id for e in told.ordered()[::10]}
    few = replace(
        told.seeds, events=tuple(e for e in told.seeds.events if e.id in some)
    ) if kind != "founding" else told.seeds  # fmt: skip
    cells = {key: m for key, m in told.moves.cells.items() if key[0] in {e.id for e in few.events}}
    short = replace(told, moves=Moves(cells, told.moves.markets))
    written = write_event_pages(tmp_path, short, provenance=Provenance(), reports={})
    assert len(written) == len(few.events)
    for address in written.values():
        text = (tmp_path / address).read_text(encoding="utf-8")
        assert len(text.encode()) < 200_000
        assert text.count("<h1>") == 1
        inside = re.findall(r'href="([\w.-]+\.html)"', text)
        assert all(
            (tmp_path / "events" / name).is_file() or name in _known(told) for name in inside
        )


def _known(told: Telling) -> set[str]:
    return {f"{event.id}.html" for event in told.seeds.events}


def test_the_same_event_gives_the_same_bytes(tellings, tmp_path):
    told = tellings["founding"]
    one = tell_event(told, "nvidia-h20-resumption-2025-07-14")
    again = tell_event(telling(told.store, told.seeds), one.event_id)
    assert one._repr_html_() == again._repr_html_()


# -- many markets ---------------------------------------------------------------------------------


def test_twenty_markets_fit_the_grid_and_the_pictures(tellings, seeds):
    told = tellings["founding"]
    names = tuple(f"M{n}" for n in range(20))
    base = seeds.market("NVDA")
    markets = tuple(replace(base, symbol=name, short=f"Market {name}") for name in names)
    cells = {
        (event.id, name): replace(told.moves.cells[event.id, "NVDA"], market=name, short=name)
        for event in told.ordered()
        for name in names
    }
    many = replace(
        told, moves=Moves(cells, names), seeds=replace(seeds, markets=(*seeds.markets, *markets))
    )
    table = grid_html(grid_rows(many, {}), [(name, "") for name in names])
    assert 'class="grid many crowd"' in table
    assert table.count("<td") == 20 * len(told.ordered())
    move = told.moves.cells["nvidia-h20-resumption-2025-07-14", "NVDA"]
    path = price_path(told.store, move, told.ordinary)
    chart = markets_chart([path] * 20, told.source, base="the index")
    assert "Of 20 markets the 8 most unusual" in chart.reading
    said = " ".join(tell_event(many, told.ordered()[3].id).verdict.deck)
    assert "15 others had an ordinary day" in said
    assert reactions_charts(many, lambda _: None)
    page = front(many)
    assert len(page.encode()) < 400_000
    assert "The grid shows the 32 events" in page
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))


def test_where_yardsticks_disagree_the_first_sentence_says_so(tellings):
    """It stood last, after the count of ordinary days by one of the two."""
    told = tellings["founding"]
    split = "stands out beyond the S&P 500 but not beyond the Chip index"
    event = tell_event(told, "nvidia-h20-resumption-2025-07-14").verdict
    assert event.headline.startswith("It depends on the yardstick: Nvidia rose 4.0 %")
    assert event.headline.endswith(split)
    (card,) = (c for c in answer(told).cards if c.event_id == "nvidia-h20-resumption-2025-07-14")
    assert card.text.startswith(f"It {split}. It is ")


def test_few_events_are_answered_together_first(store, seeds):
    first, second = [sentence.text for sentence in survivors(store, seeds)[:2]]
    assert first.startswith("Beyond the benchmark, 128 distinct reactions taken together were no ")
    assert "mean |z| 0.69 against 0.76 (joint placebo p = 0.74)" in first
    assert second.startswith("In total, 128 distinct reactions")


# -- articles -------------------------------------------------------------------------------------


def test_an_article_is_answered_from_its_own_story(tellings):
    told = tellings["founding"]
    found = article_answer(told, "004_6aaa1e52580df79e.txt")
    assert found.answer == "No market moved by more than an ordinary day brings."
    assert found.rest[0].startswith("The most unusual was Taiwan, which rose 2.7 %; one ordinary")
    assert "16 events, 31 reactions; one stands out (Nikkei on 3 April 2025)" in found.counts
    assert found.claims == (
        "Of 12 claims prices decide four: three hold and one does not hold. "
        "One is left open by the figure."
    )


def test_the_claims_come_with_their_verdicts_first(tellings):
    html = claims_block(tellings["founding"], "004_6aaa1e52580df79e.txt").html
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", html[html.index("<tbody>") :])
    signs = {re.sub(r"<[^>]+>", "", cell).strip()[0] for cell in cells[::3]}
    assert signs == {"✓", "–", "✗"}
    assert "left open: direction right, size other" in html


@pytest.mark.parametrize(
    ("code", "line", "cell"),
    [
        ("undistinguished", "in direction only, on an ordinary day", "≈"),
        ("undecided", "prices decide none", "–"),
    ],
)
def test_the_words_on_claims_follow_their_codes(tellings, code, line, cell):
    """They followed the bare sign: an ordinary day was printed as a claim that holds."""
    told = tellings["founding"]
    other = replace(told, store=changed(told.store, claims=lambda c: c.assign(code=code)))
    file = "004_6aaa1e52580df79e.txt"
    assert line in claims_line(other, file)
    html = claims_block(other, file).html
    assert "✓" not in html
    assert cell in html
    sentence = article_findings(other.store, other.seeds, file)[-1].text
    assert "supported" not in sentence


def test_no_cell_of_an_articles_grid_points_to_a_row_that_is_not_there(tellings):
    told = tellings["founding"]
    for article in told.seeds.articles:
        html = events_block(told, article.file).html
        anchors = set(re.findall(r'<td id="([^"]+)"', html))
        assert set(re.findall(r'href="#([^"]+)"', html)) <= anchors


# -- the average path -----------------------------------------------------------------------------


def test_the_average_path_is_the_mean_of_date_means(store, seeds):
    table = average_paths(store, seeds)
    days = store.abnormal_returns
    days = days[(days["model"] == "market_model") & ~days["candidate"].astype(bool)]
    order = {e.id: n for n, e in enumerate(sorted(seeds.events, key=lambda e: e.announced_at))}
    first = {}
    for row in sorted(days.to_dict("records"), key=lambda r: order[r["event_id"]]):
        first.setdefault((row["market"], row["day0"]), row["event_id"])
    by_date: dict[str, list[float]] = {}
    for (market, day0), event_id in first.items():
        if seeds.event(event_id).category != "thaw":
            continue
        mine = days[(days["event_id"] == event_id) & (days["market"] == market)]
        upto = mine[mine["event_day"] <= 0]["ar"]
        if mine["ar"].notna().all() and len(mine) == 16:
            by_date.setdefault(day0, []).append(float(upto.sum()))
    thaw = table[(table["kind"] == "thaw") & (table["event_day"] == 0)].iloc[0]
    means = [np.mean(values) for values in by_date.values()]
    assert thaw["n_dates"] == len(means)
    assert thaw["caar"] == pytest.approx(np.mean(means))
    assert thaw["high"] == pytest.approx(
        stats.t.ppf(0.975, len(means) - 1) * np.std(means, ddof=1) / np.sqrt(len(means))
    )
    assert average_picture(store, seeds).title
