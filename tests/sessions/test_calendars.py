"""Every calendar against a recorded list, and the names exchanges go by."""

from datetime import UTC, date
from pathlib import Path

import exchange_calendars
import numpy as np
import pytest
from recorded_sessions import lines, local_hours, read

from analysis.errors import InputError, SeedError
from analysis.seeds.exchanges import ALIASES, CALENDARS, calendar_of, exchange_rule
from analysis.seeds.markets import load_markets
from analysis.sessions import calendar_code
from analysis.sessions import package as calendar_package
from analysis.sessions.calendars import _from_package, exchange_calendar, first_close_after
from analysis.sessions.package import schedule

RECORDED = read(Path(__file__).with_name("recorded.txt"))


def test_the_list_covers_every_calendar_of_the_package():
    names = set(exchange_calendars.get_calendar_names(include_aliases=False))
    assert set(RECORDED) == names == CALENDARS


@pytest.mark.parametrize("code", sorted(RECORDED))
def test_sessions_opens_closes_and_breaks_are_as_recorded(code):
    first, last, zone, expected = RECORDED[code]
    table, found_zone = schedule(code, str(first), str(last))
    assert found_zone == zone
    columns = table[["open", "break_start", "break_end", "close"]].to_numpy("datetime64[s]")
    sessions = {
        day: local_hours(day, zone, [None if m is None else m.replace(tzinfo=UTC) for m in moments])
        for day, moments in zip(table.index.date, columns.tolist(), strict=True)
    }
    assert list(lines(sessions, first, last)) == expected


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("XBOM", "2024-01-20"),  # the Saturday before the holiday of Ayodhya
        ("XBOM", "2025-02-01"),  # budget Saturday
        (
            "XMOS",
            "2009-01-11",
        ),  # a working Sunday, lost under pandas 2, too
        ("XMOS", "2024-04-27"),  # a working Saturday of Russia
        ("XTAE", "2025-06-08"),  # a Sunday; from 2026 Tel Aviv trades Monday to Friday
    ],
)
def test_sessions_at_the_weekend_that_pandas_3_loses(code, day):
    table, _ = schedule(code, f"{day[:4]}-01-01", f"{day[:4]}-12-31")
    assert np.datetime64(day) in table.index.to_numpy().astype("datetime64[D]")


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("ASEX", "2024-05-06"),  # Orthodox Easter Monday
        ("XBSE", "2024-05-06"),
        ("XCYS", "2024-05-06"),
        ("XBEL", "2024-05-06"),
        ("XTAE", "2024-10-03"),  # Rosh Hashanah
    ],
)
def test_holidays_by_another_calendar_that_pandas_3_breaks(code, day):
    table, _ = schedule(code, "2023-12-01", "2025-12-31")
    assert np.datetime64(day) not in table.index.to_numpy().astype("datetime64[D]")


def test_whatever_the_package_raises_is_an_error_of_ours(monkeypatch):
    def fail(*_, **__):
        raise NotImplementedError("implemented by subclasses " + "x" * 5000)

    monkeypatch.setattr(calendar_package._mended(), "get_calendar", fail)
    with pytest.raises(InputError, match=r"XLON.*cannot give the sessions.*implemented") as caught:
        schedule("XLON", "2024-01-01", "2024-02-01")
    assert len(str(caught.value)) < 400


def test_days_before_a_calendar_begins_are_refused_and_days_after_its_end_left_out():
    with pytest.raises(InputError, match="XSAU"):
        schedule("XSAU", "2010-01-01", "2022-01-01")
    table, _ = schedule("XBOM", "2026-12-01", "2027-01-20")  # known to the end of 2026
    assert table.index[-1].date() == date(2026, 12, 31)


# -------------------------------------------------------------------------------------- names


def test_every_alias_of_the_package_means_what_it_means_there():
    """Two are left out, for they have two meanings: OSE (Oslo, Osaka) and BSE (Bombay, ...)."""
    package = exchange_calendars.calendar_utils._default_calendar_aliases
    assert {name: calendar_of(name) for name in package if name not in ("OSE", "BSE")} == {
        name: code for name, code in package.items() if name not in ("OSE", "BSE")
    }
    assert set(ALIASES) <= set(package)


def test_hkex_keeps_the_sessions_of_hong_kong():
    assert calendar_code("HKEX") == calendar_code("XHKG") == "XHKG"


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("XNSE", "India.*'XBOM'"),
        ("TWSE", "Taiwan.*'XTAI'"),
        ("OTCM", "OTC Markets.*'OOTC'"),
        ("XKOS", "Kosdaq.*'XKRX'"),
        ("NSE", "India.*'XBOM'"),
        ("KRX", "Korea.*'XKRX'"),
        ("TSE", "'XTKS' is Tokyo"),
        ("BSE", "'XBOM' is Bombay"),
        ("hkex", "write 'XHKG'"),
        ("xlon", "write 'XLON'"),
        ("XXXX", "no calendar of this exchange"),
    ],
)
def test_other_names_are_refused_by_their_meaning(tmp_path, name, right):
    """By spelling XNSE was near XNYS, TWSE near TASE, which is Tel Aviv."""
    path = tmp_path / "markets.yaml"
    path.write_text(
        f"- symbol: AAA\n  name: A\n  short: A\n  kind: stock\n  exchange: {name}\n"
        "  currency: USD\n  role: related\n"
    )
    with pytest.raises(SeedError, match=rf"(?s)`exchange`: found '{name}'.*{right}"):
        load_markets(path)
    with pytest.raises(InputError, match=rf"(?s){right}"):
        schedule(name, "2024-01-01", "2024-02-01")


def test_no_name_suggests_one_that_is_refused_itself():
    from analysis.seeds.exchanges import _MEANT, _TWO_MEANINGS

    assert all(exchange_rule(code) is None for _, code in _MEANT.values())
    assert all(exchange_rule(name) is not None for name in [*_MEANT, *_TWO_MEANINGS])


# ------------------------------------------------------------------------------- one rule


def test_the_first_close_after_an_instant_is_strictly_after_it():
    closes = np.array(["2025-06-02T20:00", "2025-06-03T20:00"], dtype="datetime64[s]")
    moments = np.array(
        ["2025-06-02T19:59:59", "2025-06-02T20:00", "2025-06-03T20:00"], dtype="datetime64[s]"
    )
    assert first_close_after(closes, moments).tolist() == [0, 1, 2]
    assert first_close_after(closes, moments[1]) == 1


def test_a_calendar_grown_for_one_series_is_the_same_for_another():
    spans = [
        ("2021-03-01", "2021-06-30"),
        ("2019-05-06", "2019-05-08"),
        ("2020-12-01", "2023-01-31"),
    ]
    for start, end in [*spans, spans[0]]:
        shared, alone = exchange_calendar("XTKS", start, end), _from_package("XTKS", start, end)
        for name in ("session", "open_at", "close_at", "break_start", "break_end"):
            np.testing.assert_array_equal(getattr(shared, name), getattr(alone, name))
        assert str(shared.session[0]) >= start
        assert str(shared.session[-1]) <= end


def test_a_calendar_is_found_by_the_names_of_exchanges_that_keep_it():
    # a page asked for the zone of Nasdaq and no report of minutes could be made
    here, there = (exchange_calendar(code, "2025-10-10", "2025-10-10") for code in ("XNAS", "XNYS"))
    assert here.timezone == there.timezone
    np.testing.assert_array_equal(here.session, there.session)
