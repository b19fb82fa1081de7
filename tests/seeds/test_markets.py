"""Markets: the founding file, and what a market may not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import SeedError
from analysis.seeds.markets import MODELS, load_markets

SEEDS = Path(__file__).parents[2] / "seeds"

GOOD = """\
- symbol: AAA
  name: Alpha
  short: Alpha
  kind: stock
  exchange: XNYS
  currency: USD
  role: study
  benchmark: ^IDX
  model: market_model
- symbol: ^IDX
  name: Index
  short: Index
  kind: index
  exchange: XNYS
  currency: USD
  role: related
"""


def _load(folder: Path, content: str):
    path = folder / "markets.yaml"
    path.write_text(content)
    return load_markets(path)


def test_founding_markets():
    markets = load_markets(SEEDS / "markets.yaml")
    assert [(m.symbol, m.exchange, m.currency) for m in markets if m.role == "study"] == [
        ("NVDA", "XNAS", "USD"),
        ("^N225", "XTKS", "JPY"),
        ("^TWII", "XTAI", "TWD"),
        ("^HSI", "XHKG", "HKD"),
    ]
    assert {(m.benchmark, m.model) for m in markets[:4]} == {("^GSPC", "market_model")}
    assert [(m.symbol, m.exchange) for m in markets[4:]] == [
        ("^HSCE", "XHKG"),
        ("^GSPC", "XNYS"),
        ("^SOX", "XNYS"),
        ("^VIX", "XNYS"),
    ]
    assert all(m.note and m.benchmark is None and m.model == "" for m in markets[4:])


def test_nvidia_has_two_yardsticks_and_the_first_is_the_default():
    nvidia = load_markets(SEEDS / "markets.yaml")[0]
    assert nvidia.benchmarks == ("^GSPC", "^SOX")
    assert nvidia.benchmark == "^GSPC"


@pytest.mark.parametrize("line", ["benchmark: ^IDX", "benchmarks: [^IDX]"])
def test_one_benchmark_may_be_written_either_way(tmp_path, line):
    assert _load(tmp_path, GOOD.replace("benchmark: ^IDX", line))[0].benchmarks == ("^IDX",)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_may_be_named(tmp_path, model):
    assert _load(tmp_path, GOOD.replace("market_model", model))[0].model == model


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("symbol: AAA", "symbol: aaa", ["`symbol`: found 'aaa'", "'^N225'"]),
        ("symbol: AAA", "symbol: ../AAA", ["`symbol`"]),
        ("symbol: AAA", "symbol: ^IDX", ["each symbol is used once", "line 1"]),
        ("kind: stock", "kind: share", ["`kind`: found 'share'", "choose one of stock, index"]),
        ("kind: stock", "kind: stok", ["did you mean 'stock'?"]),
        ("exchange: XNYS", "exchange: NYSE2", ["`exchange`", "ISO 10383"]),
        ("currency: USD", "currency: dollar", ["`currency`: found 'dollar'", "'USD'"]),
        ("role: study", "role: studied", ["did you mean 'study'?"]),
        ("  benchmark: ^IDX\n", "", ["`benchmark`: found nothing", "a study market needs one"]),
        ("benchmark: ^IDX", "benchmark: ^IDY", ["did you mean '^IDX'?", "symbol in this file"]),
        ("benchmark: ^IDX", "benchmark: AAA", ["cannot be its own benchmark"]),
        ("benchmark: ^IDX", "benchmarks: [^IDX, ^IDX]", ["`benchmarks`", "stands there twice"]),
        ("benchmark: ^IDX", "benchmarks: [^IDX, ^IDY]", ["`benchmarks`", "did you mean '^IDX'?"]),
        ("benchmark: ^IDX", "benchmarks: [AAA]", ["cannot be its own benchmark"]),
        (
            "benchmark: ^IDX",
            "benchmark: ^IDX\n  benchmarks: [^IDX]",
            ["`benchmark`", "write it as the first of `benchmarks`"],
        ),
        ("  model: market_model\n", "", ["`model`: found nothing", "a study market needs one"]),
        ("market_model", "capm", ["`model`: found 'capm'", "constant_mean"]),
        ("role: related", "role: related\n  benchmark: AAA", ["only study markets have one"]),
        (
            "role: study\n  benchmark: ^IDX\n  model: market_model",
            "role: related",
            ["at least one market"],
        ),
        ("name: Alpha", "nmae: Alpha", ["`nmae`: found an unknown field", "did you mean `name`?"]),
        ("  currency: USD\n", "", ["`currency`: found nothing; this field is required"]),
        (
            "  name: Alpha\n  short: Alpha\n  kind: stock\n",
            "  name: [Alpha]\n  short: Alpha\n  kind: stock\n"
            "  benchmarks: [^IDY]\n  stand_in: {symbol: S}\n",
            ["`name`: found a list", "there is no such symbol", "name the IANA zone"],
        ),
    ],
)
def test_wrong_market_is_refused(tmp_path, old, new, parts):
    with pytest.raises(SeedError, match=r"markets\.yaml") as caught:
        _load(tmp_path, GOOD.replace(old, new, 1))
    message = str(caught.value)
    assert not [part for part in parts if part not in message], message
