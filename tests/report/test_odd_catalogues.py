"""Catalogues that leave nothing to compare with: every page is made, and says so."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from run_pages import notebooks, outputs

from analysis.chapters.shared.telling import open_telling
from analysis.errors import InputError, StudyError
from analysis.reactions.open_study import OpenStudy, open_study
from analysis.report.events import write_event_pages
from analysis.report.front import front_page
from analysis.report.manifest import Provenance
from analysis.report.site import write_index
from analysis.seeds.scaffold import new_workspace

ROOT = Path(__file__).resolve().parents[2]
SESSIONS = 165
ASKED = f"n{SESSIONS - 20}"
#: Notebooks on articles, and on data of their own, which these catalogues have not.
OTHER = ("05_", "13_")
NOTEBOOKS = [path for path in notebooks(ROOT) if path.name[:3] not in OTHER]
NO_VALUE = re.compile(r"(?<![\w-])(?:nan|inf|None|NaT)(?![\w-])(?! of | lies)")


def news(name: str, moment: str, markets: list[str] | None = None) -> dict[str, object]:
    """One event as ``seeds/events.yaml`` has it."""
    said = {"best": moment, "earliest": moment, "latest": moment, "precision": "minute"}
    return {
        "id": name, "title": f"News {name}", "role": "context", "category": "other",
        "announced": {**said, "basis": "Stamped"},
        "implied_direction": dict.fromkeys(markets or ["NVDA", "^N225"], "up"),
        **({"markets": markets} if markets else {}),
    }  # fmt: skip


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Make the study of a catalogue, given what it holds for each session of the prices."""
    parent = tmp_path_factory.mktemp("odd")

    def make(name, catalogue) -> OpenStudy:
        root = new_workspace(name, parent=parent)
        closes = pd.read_csv(root / "data" / "closes.csv", index_col=0).tail(SESSIONS)
        closes.to_csv(root / "own.csv")
        events = catalogue(list(closes.index))
        (root / "seeds" / "events.yaml").write_text(yaml.safe_dump(events), encoding="utf-8")
        return open_study('{"prices": "own.csv"}', str(root))

    return make


@pytest.fixture(scope="module")
def every(opened):
    """News before every session: no session is an ordinary day."""
    return opened("every", lambda days: [news(f"n{n}", f"{d}T12:00Z") for n, d in enumerate(days)])


def words(shown: str) -> str:
    """What a page says, without what is drawn and embedded."""
    bare = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", shown, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", bare))


def test_news_on_every_session_leaves_no_p(every):
    assert every.study.placebo.empty
    assert (every.study.reactions["status"] == "ok").sum() > 10
    assert every.study.placebo["p_value"].dtype == float  # though the file has no row


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_shows_a_catalogue_without_ordinary_days(every, notebook):
    said = words("\n".join(outputs(notebook, {}, {"open_study": lambda *_, **__: every})))
    assert said
    assert not NO_VALUE.findall(said)
    if notebook.name[:2] in ("02", "03", "09"):
        assert re.search("no ordinary day|No placebo|no p", said, re.IGNORECASE)


@pytest.fixture(scope="module")
def site(every, tmp_path_factory):
    """The front page and pages of events of that catalogue."""
    out, told = tmp_path_factory.mktemp("pages"), open_telling(every)
    with pytest.MonkeyPatch.context() as few:
        few.setattr("analysis.report.events.MOST_PAGES", 3)
        links = write_event_pages(out, told, provenance=Provenance(), reports={}, asked=[ASKED])
    write_index(out, context=front_page(told, reports=[], links=links, provenance=Provenance()))
    return out


def test_the_front_page_says_that_no_ordinary_day_is_left(site):
    said = words((site / "index.html").read_text("utf-8"))
    assert "No answer: no ordinary day is left to compare with" in said
    assert "have no p: news met every session there" in said
    assert f"the other {SESSIONS - 3} are in reactions.csv" in said
    assert not NO_VALUE.findall(said)


def test_the_page_of_an_event_shows_the_move_and_why_there_is_no_p(site):
    said = words((site / "events" / f"{ASKED}.html").read_text("utf-8"))
    assert "No ordinary day is left to tell: " in said
    assert "is left to compare with" in said
    assert not NO_VALUE.findall(said)


def test_one_market_without_ordinary_days_is_told_beside_one_that_has_them(opened):
    half = opened(
        "half",
        lambda days: [
            *(news(f"n{n}", f"{day}T12:00Z", ["NVDA"]) for n, day in enumerate(days)),
            news("one", f"{days[-20]}T05:00Z", ["^N225"]),
        ],
    )
    page = front_page(open_telling(half), reports=[], links={}, provenance=Provenance())
    assert page.answer.headline.startswith("No: Nikkei ")
    assert any("in Nvidia have no p: " in sentence for sentence in page.answer.deck)
    assert half.event_id() == "one"
    assert half.market() == "^N225"


def test_events_of_one_day_are_one_reaction(opened):
    day = opened(
        "day", lambda days: [news(f"n{n}", f"{days[-20]}T1{n // 6}:{n % 6}0Z") for n in range(12)]
    )
    page = front_page(open_telling(day), reports=[], links={}, provenance=Provenance())
    assert "12 news items" in page.answer.deck[0]
    assert "two reactions" in page.answer.deck[1]


def test_what_is_left_out_is_the_most_unusual_event_and_market(every):
    latest = every.study.reactions.query("status == 'ok'").sort_values("announced_at").iloc[-1]
    assert every.event_id() == latest["event_id"]
    assert every.event_id("n3") == "n3"
    assert every.market("NVDA") == "NVDA"
    with pytest.raises(InputError, match="no such name"):
        every.event_id("never")
    with pytest.raises(InputError, match="market"):
        every.market("AMD")
    with pytest.raises(InputError, match=r"articles\.yaml has none"):
        every.article()


@pytest.mark.parametrize(
    ("moments", "said"), [((), "there is no event; add one"), (("1999-03-05",), "lies outside")]
)
def test_a_catalogue_without_a_reaction_says_why(opened, moments, said):
    name = f"none-{len(moments)}"
    with pytest.raises(StudyError, match=said):
        opened(name, lambda _: [news(f"n{at}", f"{at}T12:00Z") for at in moments])
