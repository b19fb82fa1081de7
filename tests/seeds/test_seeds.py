"""All seeds together: the founding ones, links between files, and their documentation."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest
import yaml

from analysis.errors import InputError, SeedError
from analysis.seeds.catalogue import load_seeds
from analysis.seeds.verdicts import HEDGES, STATISTICS

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_founding_seeds_load():
    seeds = load_seeds(SEEDS)
    counts = [len(part) for part in (seeds.markets, seeds.articles, seeds.events, seeds.claims)]
    assert counts == [8, 5, 52, 30]
    assert [market.short for market in seeds.study_markets] == [
        "Nvidia",
        "Nikkei",
        "Taiwan",
        "Hang Seng",
    ]
    digest = hashlib.sha256((SEEDS / "events.yaml").read_bytes()).hexdigest()
    assert dict(seeds.files)["events.yaml"] == digest


def test_lookups_name_the_nearest():
    seeds = load_seeds(SEEDS)
    assert seeds.event("busan-summit-2025-10-30").role == "headline"
    assert seeds.market("^HSI").currency == "HKD"
    assert seeds.article("001_0cc0bfed72777d2e.txt").publisher == "Benzinga"
    with pytest.raises(InputError, match=r"`event_id` .*Did you mean 'busan-summit-2025-10-30'"):
        seeds.event("busan-sumit")
    with pytest.raises(InputError, match=r"`market` .*Did you mean '\^HSI'"):
        seeds.market("HSI")


@pytest.mark.parametrize(
    ("file", "old", "new", "parts"),
    [
        (
            "articles.yaml",
            "headline_event: busan-summit-2025-10-30",
            "headline_event: busan-summit-2025-10-31",
            ['"003_8744a722d0dff69b.txt", `headline_event`', "mean 'busan-summit-2025-10-30'?"],
        ),
        (
            "articles.yaml",
            "headline_event: busan-summit-2025-10-30",
            "headline_event: london-framework-2025-06-10",
            ["must name this article in `reported_in` with how: headline"],
        ),
        (
            "articles.yaml",
            "earliest: '2025-11-24'",
            "earliest: '2025-11-25'",
            ["`published.earliest`", "must not come after `best`, 2025-11-24"],
        ),
        ("articles.yaml", "'2025-11-26'", "'2025-11-31'", ["no such day in the calendar"]),
        ("articles.yaml", "'2025-11-26'", "26.11.2025", ["write a date as YYYY-MM-DD"]),
        ("articles.yaml", "label: Benzinga", "lable: Benzinga", ["did you mean `label`?"]),
        ("articles.yaml", "https://www.benz", "www.benz", ["`url`", "http:// or https://"]),
        ("articles.yaml", "file: 001_", "file: a/001_", ["`file`", "without a folder"]),
        ("claims.yaml", "article: 004_6", "article: 004_7", ["`article`", "no such article"]),
        ("claims.yaml", "series: ^N225", "series: ^N226", ["`checks[1].series`", "'^N225'?"]),
        (
            "markets.yaml",
            "symbol: ^HSI\n",
            "symbol: ^HSX\n",
            ["`implied_direction.^HSI`", "did you mean `^HSX`?"],
        ),
    ],
)
def test_broken_links_are_refused(folder, file, old, new, parts):
    _replace(folder / file, old, new)
    with pytest.raises(SeedError, match=r"in the seeds:\n- ") as caught:
        load_seeds(folder)
    message = str(caught.value)
    assert not [part for part in parts if part not in message], message


def test_problems_of_all_files_come_at_once(folder):
    for file, old in (
        ("markets.yaml", "kind: stock"),
        ("articles.yaml", "label: Benzinga"),
        ("events.yaml", "category: thaw"),
        ("claims.yaml", "kind: price"),
    ):
        _replace(folder / file, old, "wrong: 1")
    with pytest.raises(SeedError, match=r"in the seeds") as caught:
        load_seeds(folder)
    problems = caught.value.problems
    assert {p.file.rsplit("/", 1)[-1] for p in problems} == {
        "markets.yaml",
        "articles.yaml",
        "events.yaml",
        "claims.yaml",
    }
    assert {p.field for p in problems} == {"wrong", "kind", "label", "category"}


def test_missing_file_is_refused(folder):
    (folder / "claims.yaml").unlink()
    with pytest.raises(SeedError, match=r"seeds/claims\.yaml: found no such file"):
        load_seeds(folder)


def test_events_of_the_user_replace_the_founding_ones(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text(
        "- id: mine\n  title: Mine\n  role: context\n  category: other\n"
        "  announced: {best: 2025-05-02T00:30Z, earliest: 2025-05-02T00:00Z,"
        " latest: 2025-05-02T01:00Z, precision: hour, basis: own}\n"
        "  implied_direction: {NVDA: up, ^N225: none, ^TWII: none, ^HSI: none}\n"
    )
    seeds = load_seeds(SEEDS, events_file=own)
    assert [event.id for event in seeds.events] == ["mine"]
    assert "own.yaml" in dict(seeds.files)
    assert len(seeds.claims) == 30


def _paths(value: object, prefix: str = "") -> set[str]:
    if isinstance(value, list):
        return set().union(*(_paths(item, prefix) for item in value), set())
    if not isinstance(value, dict):
        return set()
    inner = (_paths(item, f"{prefix}{key}.") for key, item in value.items())
    return {f"{prefix}{key}" for key in value}.union(*inner)


# Keys of these mappings are symbols or parameters.
_FREE = re.compile(r"(implied_direction|parameters)\.")
# These only hold fields that are described; rows of `checks` have a table of their own.
_HOLDERS = {"announced", "published", "bars", "stand_in.bars"}


@pytest.mark.parametrize("name", ["markets", "articles", "events", "claims", "studies"])
def test_readme_describes_every_field(name):
    text = (SEEDS / "README.md").read_text()
    section = text.split(f"## {name}.yaml", 1)[1].split("\n## ", 1)[0]
    documented = set(re.findall(r"`([^`]+)`", section))
    records = yaml.load((SEEDS / f"{name}.yaml").read_text(), Loader=yaml.BaseLoader)
    fields = {path.removeprefix("checks.") for path in _paths(records) if not _FREE.search(path)}
    undocumented = fields - documented - _HOLDERS
    assert not undocumented


def test_readme_describes_every_statistic_and_hedge_word():
    text = (SEEDS / "README.md").read_text()
    assert not [word for word in (*STATISTICS, *HEDGES) if f"`{word}`" not in text]
