"""One list of mutations through every door: refused, said or passed in silence, as each must be.

A mutation is refused with an error or, if it concerns one event or security, with an outcome that
has a reason; it is said by a PlausibilityWarning and in ``notes``; or it is clean, and nothing is
heard of it. The data are made in `gate_data`, the list is `mutations`.
"""

import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gate_data import (
    CLOSES,
    EVENTS,
    FACTORS,
    INDEX,
    MARKETS,
    NEWS,
    OUTCOME,
    RETURNS,
    SESSIONS,
    SPEC,
    TABLE,
    K,
    N,
    later,
    market,
    put,
    returns,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import MUTATIONS
from partitioned_data import long_form

import analysis
from analysis import StudySpec
from analysis.errors import InputError, PlausibilityWarning, PriceError, StudyError
from analysis.prices import load_prices
from analysis.reactions.price_gate import vet_prices


def heard(door):
    """Return what a door answers: refused, outcome, said or silent, and the words."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = door()
        except (InputError, PriceError, StudyError) as error:
            return "refused", str(error)
    warned = [str(w.message) for w in caught if issubclass(w.category, PlausibilityWarning)]
    notes = tuple(result.notes)
    assert set(warned) <= set(notes)
    outcomes = getattr(result, "outcomes", pd.DataFrame({"status": []}))
    failed = outcomes[outcomes["status"] != "ok"]
    if notes:
        return "said", " ".join(notes)
    return ("outcome", str(failed.to_dict())) if len(failed) else ("silent", "")


def as_returns(case):
    """Return closes as what doors of returns take; other data as they are."""
    if case.kind != "closes":
        return case.values, case.benchmark
    return case.values.pct_change(fill_method=None), case.benchmark.pct_change(fill_method=None)


def through_frame(case, folder):
    values, benchmark = as_returns(case)
    spec = StudySpec(**{**SPEC, **case.spec})
    return analysis.event_study(values, EVENTS, benchmark=benchmark, spec=spec)


def through_factors(case, folder):
    values, benchmark = as_returns(case)
    three = benchmark if case.kind == "factors" else FACTORS.assign(mkt=benchmark)
    spec = StudySpec(**SPEC, model="factor_model", risk_free="rf")
    return analysis.event_study(values, EVENTS, benchmark=three, spec=spec)


def through_panel(case, folder):
    values, benchmark = as_returns(case)
    return analysis.panel_from_returns(values, EVENTS, benchmark=benchmark)


def through_studied_panel(case, folder):
    spec = StudySpec(**{**SPEC, **case.spec})
    return analysis.event_study(through_panel(case, folder), spec=spec)


def through_volume(case, folder):
    return analysis.volume_study(case.values, EVENTS, spec=StudySpec(**SPEC))


def through_cross_section(case, folder):
    return analysis.cross_section(through_frame(returns(), folder), case.values)


def through_partitions(case, folder):
    name = "close" if case.kind == "closes" else "ret"
    rows = long_form(case.values).rename(columns={"level_1": "security", "close": name})
    rows = rows.set_axis(["session", "security", name], axis=1)
    (folder / "prices").mkdir()
    half = rows["security"].isin(case.values.columns[: K // 2])
    rows[half].to_parquet(folder / "prices" / "a.parquet", index=False)
    rows[~half].to_parquet(folder / "prices" / "b.parquet", index=False)
    EVENTS.to_csv(folder / "events.csv", index=False)
    index = case.benchmark.rename("close" if case.kind == "closes" else "mkt")
    index.rename_axis("session").reset_index().to_csv(folder / "index.csv", index=False)
    return analysis.partitioned_study(
        folder / "prices",
        folder / "events.csv",
        benchmark=folder / "index.csv",
        spec=StudySpec(**SPEC),
    )


def stacked(closes):
    parts = [closes.iloc[:, i].dropna() for i in range(closes.shape[1])]
    return pd.concat(
        [p.rename("close").reset_index().assign(symbol=p.name) for p in parts], ignore_index=True
    )


def write(door, closes, folder):
    long = stacked(closes)
    if door == "wide":
        closes.to_csv(folder / "p.csv")
    elif door == "long":
        long.to_csv(folder / "p.csv", index=False)
    elif door == "Parquet":
        long.to_parquet(folder / "p.parquet", index=False)
    else:
        for column in closes:
            one = closes[[column]].dropna().rename(columns={column: "close"})
            one.to_csv(folder / f"{column.replace('^', '%5E')}.csv")
        return folder
    return folder / ("p.parquet" if door == "Parquet" else "p.csv")


def vetted(source, folder, *, markets=MARKETS, accept=False):
    prices = load_prices([m.symbol for m in markets], source, data_dir=folder)
    benchmarks = {m.symbol: m.benchmark for m in markets if m.benchmark}
    return vet_prices(prices, markets, TABLE, benchmarks=benchmarks, accept=accept)


HOME = (*(market(name, "XNYS", "^MK") for name in ("S1", "S2", "S3")), market("^MK", "XNYS"))


def through_file(door):
    """Return the door of a file of prices: three of the shares and the index, or the world."""

    def vet(case, folder):
        values, markets = case.values, MARKETS
        if case.kind == "closes":
            values = values[["S1", "S2", "S3"]].assign(**{"^MK": case.benchmark})
            if case.values.columns.has_duplicates:
                values = pd.concat(
                    [values.loc[:, ~values.columns.duplicated()], 2 * values["S3"]], axis=1
                )
            values, markets = values.rename_axis("date"), HOME
        return Vetted(vetted(write(door, values, folder), folder, markets=markets))

    return vet


@dataclass(frozen=True)
class Vetted:
    """Prices that passed, with what was said of them."""

    notes: tuple[str, ...]


PRICE_FILES = ("wide", "long", "folder", "Parquet")
#: Every door, and the kinds of data that come to it.
DOORS = {
    "frame": (through_frame, ("returns", "closes")),
    "factors": (through_factors, ("returns", "closes", "factors")),
    "panel": (through_panel, ("returns", "closes")),
    "panel, studied": (through_studied_panel, ()),  # what a method is needed for
    "partitions": (through_partitions, ("returns", "closes")),
    "volume": (through_volume, ("volume",)),
    "cross-section": (through_cross_section, ("characteristics",)),
    **{door: (through_file(door), ("closes", "files")) for door in PRICE_FILES},
}


def doors_of(case):
    """Return the doors a mutation goes through."""
    doors = case.doors or [door for door, (_, kinds) in DOORS.items() if case.kind in kinds]
    return tuple(door for door in DOORS if door in doors)


ANSWERS = {"impossible": OUTCOME, "suspicious": ("said", *OUTCOME), "clean": ("silent",)}
ALL = [
    pytest.param(answer, case, door, id=f"{answer}: {name} ({door})")
    for answer, cases in MUTATIONS.items()
    for name, case in cases.items()
    for door in doors_of(case)
]


@pytest.mark.parametrize(("answer", "case", "door"), ALL)
def test_every_door_answers_as_the_mutation_is_classed(answer, case, door, tmp_path):
    found, words = heard(lambda: DOORS[door][0](case, tmp_path))
    assert found in ANSWERS[answer], words


def test_every_door_is_tried_with_each_class():
    tried = {(case.values[0], case.values[2]) for case in ALL}
    every = {(answer, door) for answer in MUTATIONS for door in DOORS}
    assert every - tried == {("suspicious", "panel, studied"), ("clean", "panel, studied")}


def documented():
    """Return what docs/data.md lists as tried: class, doors and names of mutations."""
    text = (Path(__file__).parents[1] / "docs" / "data.md").read_text(encoding="utf-8")
    table = text[text.index("| class | doors | tried as |") :].split("\n\n")[0]
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()[2:]]
    return {(answer, doors): set(names.split("; ")) for answer, doors, names in rows}


def test_the_list_of_the_documentation_is_the_one_that_is_tried():
    tried = {}
    for answer, cases in MUTATIONS.items():
        for name, case in cases.items():
            tried.setdefault((answer, " - ".join(doors_of(case))), set()).add(name)
    assert documented() == tried


def test_what_is_said_stands_in_the_description():
    with pytest.warns(PlausibilityWarning, match="S2"):
        result = through_frame(MUTATIONS["suspicious"]["1:10 reverse split"], None)
    assert result.notes[0] in result.describe()
    assert "split of 1 for 10" in result.notes[0]


def refusal(name):
    return heard(lambda: through_frame(MUTATIONS["impossible"][name], None))[1]


def test_codes_and_units_are_named_with_their_remedy():
    assert "code for a missing value" in refusal("code -77 on day 0")
    assert "divide by 100" in refusal("percent")
    assert "basis points, divide by 10,000" in refusal("basis points")
    assert "pct_change" in refusal("levels")
    assert "Subtract 1" in refusal("gross returns")


@pytest.mark.parametrize("lead", [-1, 1])
def test_markets_of_other_zones_may_follow_by_a_session(lead):
    rng = np.random.default_rng(11)
    news = rng.normal(0, 0.008, N)
    east = pd.Series(0.6 * np.roll(news, lead) + rng.normal(0, 0.009, N), SESSIONS)
    events = EVENTS[:1].assign(security="east")
    result = analysis.event_study(
        east.to_frame("east"), events, benchmark=pd.Series(news, SESSIONS), spec=StudySpec(**SPEC)
    )
    assert result.notes == ()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    column=st.sampled_from(list(RETURNS.columns)),
    code=st.sampled_from([-55.0, -66.0, -77.0, -99.0, -99.99, -999.0]),
    rows=st.lists(st.integers(0, N - 1), min_size=1, max_size=5, unique=True),
)
def test_a_code_anywhere_is_refused(column, code, rows):
    answer, words = heard(lambda: through_frame(returns(put(RETURNS, column, rows, code)), None))
    assert answer == "refused"
    assert f"{column!r}" in words
    assert "code for a missing value" in words


@settings(max_examples=25, deadline=None, derandomize=True)
@given(ratio=st.sampled_from([0.05, 0.1, 0.2, 5, 7.8, 10, 100, 150]), row=st.integers(5, N - 5))
def test_a_change_of_level_is_said_wherever_it_comes(ratio, row):
    moved = (1 + float(RETURNS["S2"].iloc[row])) * ratio - 1
    answer, words = heard(lambda: through_frame(returns(put(RETURNS, "S2", [row], moved)), None))
    assert answer == "said"
    assert str(SESSIONS[row].date()) in words


@pytest.mark.parametrize("text", ["2024-10", "now", "2023-10-20 09:30", "20/10/2023"])
def test_a_session_that_is_no_day_is_refused(text):
    events = EVENTS.assign(session=EVENTS["session"].astype(str).where(EVENTS.index != 2, text))
    with pytest.raises(InputError, match="session"):
        analysis.event_study(RETURNS, events, benchmark=INDEX, spec=StudySpec(**SPEC))
    shifted = RETURNS.set_axis(SESSIONS + pd.Timedelta(hours=16))
    with pytest.raises(InputError, match="time of day"):
        analysis.event_study(shifted, EVENTS, benchmark=INDEX, spec=StudySpec(**SPEC))


def test_sessions_from_tuesday_to_saturday_are_a_day_late():
    late = SESSIONS + pd.Timedelta(days=1)
    events = EVENTS.assign(session=EVENTS["session"] + pd.Timedelta(days=1))
    with pytest.raises(InputError, match="every date seems a day late"):
        analysis.event_study(RETURNS.set_axis(late), events, benchmark=INDEX.set_axis(late))


def test_the_likely_cause_is_named_and_a_person_may_overrule(tmp_path):
    source = write("wide", later(CLOSES), tmp_path)
    with pytest.raises(PriceError, match=r"no price on any Monday.*a day late.*--accept-prices"):
        vetted(source, tmp_path)
    notes = vetted(source, tmp_path, accept=True)
    assert "accepted by --accept-prices: AAA has prices on" in notes[0]


def test_another_exchange_is_named(tmp_path):
    source = write("wide", CLOSES, tmp_path)
    moved = (market("AAA", "XTKS", "^US"), *MARKETS[1:])
    with pytest.raises(PriceError, match=r"AAA has prices .* when XTKS was closed.*fit .*XNYS"):
        vetted(source, tmp_path, markets=moved)


def as_yahoo(closes, folder, **changes):
    return replace(
        load_prices([m.symbol for m in MARKETS], write("wide", closes, folder), data_dir=folder),
        source="yahoo",
        **changes,
    )


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_bar_of_yahoo_on_a_closed_day_is_refused(tmp_path, count):
    closed = pd.DatetimeIndex(["2024-07-04", "2024-11-28", "2024-12-25"])[:count]
    extra = CLOSES.reindex(CLOSES.index.union(closed)).rename_axis("date")
    extra.loc[closed, "AAA"] = extra["AAA"].ffill()[closed]
    prices = as_yahoo(extra, tmp_path)
    with pytest.raises(PriceError, match=r"AAA has prices on 2024-07-04.*copies the close"):
        vet_prices(prices, MARKETS, TABLE, benchmarks={})
    assert vet_prices(prices, MARKETS, TABLE, benchmarks={}, accept=True)
    assert vet_prices(replace(prices, source="p.csv"), MARKETS, TABLE, benchmarks={})
    assert vet_prices(as_yahoo(CLOSES, tmp_path), MARKETS, TABLE, benchmarks={}) == ()


@pytest.mark.parametrize(
    ("quoted", "seeds", "said"),
    [
        ("GBp", "GBP", False),
        ("GBX", "GBP", False),
        ("ZAc", "ZAR", False),
        ("ILA", "ILS", False),
        ("USD", "USD", False),
        ("GBp", "USD", True),
        ("EUR", "USD", True),
        ("USD", "GBP", True),
    ],
)
def test_another_currency_than_in_the_seeds_is_said_and_pence_are_pounds(
    tmp_path, quoted, seeds, said
):
    prices = as_yahoo(CLOSES, tmp_path, currencies={"AAA": quoted})
    markets = (replace(MARKETS[0], currency=seeds), *MARKETS[1:])
    notes = vet_prices(prices, markets, TABLE, benchmarks={})
    assert bool(notes) == said
    assert all(f"AAA is quoted in {quoted}" in note for note in notes)


def test_a_missing_symbol_of_a_late_listing_is_refused(tmp_path):
    long = CLOSES.rename_axis(columns="symbol").stack().rename("close").reset_index()
    long = long[(long["symbol"] != "AAA") | (long["date"] > NEWS)]
    long.assign(symbol=long["symbol"].where(long["symbol"] != "AAA")).to_parquet(
        tmp_path / "p.parquet", index=False
    )
    with pytest.raises(PriceError, match="without a symbol"):
        vetted(tmp_path / "p.parquet", tmp_path, markets=MARKETS[1:])
