"""Studies: the founding file, and what a study may not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import SeedError
from analysis.seeds.articles import load_articles
from analysis.seeds.studies import load_studies

SEEDS = Path(__file__).parents[2] / "seeds"

GOOD = """\
- name: one-event
  title: What happened?
  question: What happened, and how sure is it?
  notebook: 02_one_event.ipynb
  tier: core
  parameters: {event_id: first-call, n: 3}
"""


def _load(folder: Path, content: str, **options):
    path = folder / "studies.yaml"
    path.write_text(content)
    return load_studies(path, **options)


def test_founding_studies():
    articles = load_articles(SEEDS / "articles.yaml")
    studies = load_studies(
        SEEDS / "studies.yaml",
        articles=articles,
        event_ids={"nvidia-h20-resumption-2025-07-14", "trump-xi-call-2025-06-05"},
    )
    assert all(study.title.endswith("?") for study in studies)
    deeper = {study.name for study in studies if study.tier == "full"}
    assert deeper >= {"few-events", "moving-together", "robustness"}
    studies = [study for study in studies if study.tier == "core"]
    by_article = {study.article: study for study in studies if study.article}
    assert set(by_article) == {article.file for article in articles}
    assert {study.notebook for study in by_article.values()} == {"05_article.ipynb"}
    rest = {study.name: study.notebook for study in studies if study.article is None}
    # a new page adds to them, and touches nothing here
    assert (
        rest.items()
        >= {
            "data-and-events": "01_data_and_events.ipynb",
            "one-event": "02_one_event.ipynb",
            "all-events": "03_all_events.ipynb",
            "reactions-together": "04_reactions_together.ipynb",
            "in-minutes": "16_minutes.ipynb",
            "simulated-market": "06_simulated_market.ipynb",
        }.items()
    )
    assert studies[-1].parameters["n_seeds"] == 200


def test_parameters_are_json_values(tmp_path):
    (study,) = _load(tmp_path, GOOD)
    assert study.parameters == {"event_id": "first-call", "n": 3}
    assert study.article is None


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("name: one-event", "name: One Event", ["`name`: found 'One Event'", "single hyphens"]),
        ("name: one-event", "name: ../one", ["`name`: found '../one'"]),
        ("name: one-event", "name: a.b", ["`name`: found 'a.b'"]),
        ("02_one_event.ipynb", "../02.ipynb", ["`notebook`", "without a folder"]),
        ("02_one_event.ipynb", "02_one_event.py", ["`notebook`"]),
        ("02_one_event.ipynb", "02_one_evnt.ipynb", ["did you mean '02_one_event.ipynb'?"]),
        ("tier: core", "tier: cor", ["`tier`: found 'cor'", "did you mean 'core'?"]),
        ("first-call", "frist-call", ["`parameters.event_id`", "did you mean 'first-call'?"]),
        ("event_id: first-call", "event_id: 5", ["`parameters.event_id`", "write a name here"]),
        ("n: 3", "article: x.txt", ["`parameters.article`: found 'x.txt'", "no such article"]),
        ("{event_id: first-call, n: 3}", "[a]", ["`parameters`: found a list"]),
        ("n: 3", "n: 3, n: 4", ["`parameters.n`: found the key a second time"]),
        ("n: 3", "n: !!python/tuple [1]", ["`parameters.n`", "refused"]),
        ("  question: What happened, and how sure is it?\n", "", ["`question`: found nothing"]),
    ],
)
def test_wrong_study_is_refused(tmp_path, old, new, parts):
    (tmp_path / "02_one_event.ipynb").touch()
    with pytest.raises(SeedError, match=r"^1 problem in the seeds:") as caught:
        _load(
            tmp_path,
            GOOD.replace(old, new, 1),
            articles=(),
            event_ids=["first-call"],
            notebooks=tmp_path,
        )
    message = str(caught.value)
    assert not [part for part in parts if part not in message], message


def test_two_studies_of_one_name_are_refused(tmp_path):
    with pytest.raises(SeedError, match="each name is used once"):
        _load(tmp_path, GOOD + GOOD)
