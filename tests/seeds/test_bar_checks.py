"""Claims that bars decide: levels at an instant, moves between two, and their verdicts."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from analysis.errors import SeedError
from analysis.reactions.run_inputs import gather_inputs
from analysis.reactions.run_spec import RunSpec
from analysis.seeds.bar_checks import BarCheck, BarMove, judge_bars
from analysis.seeds.claims import judge, load_claims
from analysis.seeds.verdicts import PriceCheck
from analysis.workspace import find_workspace

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2025, 6, 5, 12, tzinfo=UTC)
ONE = NOON.replace(hour=13)


def check(direction="up", *, size=None, tolerance=0.0, since=None, until=NOON):
    kind = "sign" if size is None else "return"
    asked = PriceCheck("AAA", None, date(2025, 6, 5), kind, direction, size, tolerance)
    return BarCheck("AAA", since, until, asked)


def verdict(*pairs):
    moves = {c.until: move for c, move in pairs}
    found = judge_bars(tuple(c for c, _ in pairs), lambda s, a, b: moves[b], {"AAA": "Asia"})
    return found and found[0]


@pytest.mark.parametrize(
    ("asked", "move", "said"),
    [
        (check(), BarMove(0.01, 3, 200), "supported"),
        (check(), BarMove(0.01, 9, 199), "supported"),  # itself counted, one in twenty
        (check(), BarMove(0.01, 10, 199), "supported, ordinary in size"),
        (check(), BarMove(0.01), "supported"),  # how unusual is not known
        (check("down"), BarMove(0.01, 3, 200), "contradicted"),
        (check(size=0.02, tolerance=0.01), BarMove(0.019, 150, 200), "supported"),
        (check(size=0.02, tolerance=0.01), BarMove(0.01, 150, 200), "right direction, other size"),
        (check(), BarMove(None, reason="no bars"), None),
    ],
)
def test_verdicts_of_one_check(asked, move, said):
    assert verdict((asked, move)) == said


def test_a_claim_that_one_stretch_bears_out_and_another_does_not_holds_in_part():
    before, after = check(until=NOON), check(since=NOON, until=ONE)
    pairs = ((before, BarMove(0.002, 90, 200)), (after, BarMove(-0.006, 3, 200)))
    assert verdict(*pairs) == "supported in part"
    assert verdict(*((c, BarMove(-0.01)) for c, _ in pairs)) == "contradicted"


@pytest.fixture(scope="module")
def founding():
    inputs = gather_inputs(find_workspace(ROOT), RunSpec())
    return inputs.seeds, inputs.study.keywords["minutes"]


# Levels by hand: Nikkei 36705.53 against 36452.30 at 11:30 in Tokyo; S&P 500 and futures from the
# bars of data/bars/.
@pytest.mark.parametrize(
    ("claim_id", "said", "percent"),
    [
        ("nikkei-near-0.7", "supported", 0.65),
        ("us-futures-up", "supported", 0.83),
        ("stocks-dipped-early", "supported, ordinary in size", -0.31),
        ("call-sparks-gains", "supported in part", -0.59),
        ("taiwan-2", "right direction, other size", 2.73),  # no bars of that morning
    ],
)
def test_four_claims_that_closes_could_not_decide(founding, claim_id, said, percent):
    seeds, source = founding
    claim = next(c for c in seeds.claims if c.id == claim_id)
    found = judge(claim, source.prices.closes, bars=source.move)
    assert (found.verdict, round(100 * found.figure, 2)) == (said, percent)


def test_without_bars_closes_decide_as_before(founding):
    seeds, source = founding
    claim = next(c for c in seeds.claims if c.id == "nikkei-near-0.7")
    assert judge(claim, source.prices.closes).verdict == "right direction, other size"
    lost = judge(claim, source.prices.closes, bars=lambda *_: BarMove(None, reason="no bars"))
    assert lost.verdict == "right direction, other size"


def test_the_nikkei_of_half_past_eleven(founding):
    _, source = founding
    until = datetime(2025, 5, 2, 2, 30, tzinfo=UTC)
    assert source.move("^N225", None, until).figure == pytest.approx(36705.53 / 36452.30 - 1)
    no_mark = source.move("^N225", None, until.replace(minute=31))
    assert no_mark.figure is None
    assert "no mark" in no_mark.reason
    assert "no bars" in source.move("^HSI", None, until).reason


CLAIM = """\
- id: a-claim
  article: one.txt
  statement: It rose
  kind: intraday
  how_to_check: Compare
  undecidable: Closes cannot
  on_bars:
    - {series: AAA, CHECK}
  sourced: It did
  reading: Supported
"""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("direction: up", "either `at` or `between`"),
        ("direction: up, at: 'noon'", "`on_bars"),
        ("direction: up, between: ['2025-06-05T13:00:00Z', '2025-06-05T12:00:00Z']", "earlier"),
        ("direction: up, between: ['2025-06-05T13:00:00Z']", "two instants"),
        ("direction: up, at: '2025-06-05T13:00:00Z', size: 0.01", "tolerance"),
        ("direction: up, at: '2025-06-05T13:00:00Z', tolerance: 0.01", "tolerance"),
        ("direction: up, at: '2025-06-05T13:00:00Z', size: -0.01, tolerance: 0.01", "without sign"),
    ],
)
def test_what_is_wrong_with_a_check_is_said(tmp_path, asked, said):
    file = tmp_path / "claims.yaml"
    file.write_text(CLAIM.replace("CHECK", asked))
    with pytest.raises(SeedError, match=said):
        load_claims(file, articles=None, symbols=["AAA"], bar_symbols=["AAA"])


def test_a_series_without_bars_is_refused(tmp_path):
    file = tmp_path / "claims.yaml"
    file.write_text(CLAIM.replace("CHECK", "direction: up, at: '2025-06-05T13:00:00Z'"))
    (claim,) = load_claims(file, articles=None, symbols=["AAA"], bar_symbols=["AAA"])
    assert claim.on_bars[0].until == ONE
    with pytest.raises(SeedError, match="series"):
        load_claims(file, articles=None, symbols=["AAA"], bar_symbols=["BBB"])
