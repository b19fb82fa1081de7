"""Dated facts about exchanges, each known from the news of its day, not from a calendar package."""

import functools
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from analysis.sessions.calendars import sessions_held
from analysis.sessions.closures import load_corrections

TABLE = load_corrections(Path(__file__).parents[2] / "data" / "calendar_corrections.csv")
CLOSED = "closed"

#: Exchange, local date, and trading hours in UTC (``-1``: the day before) or ``closed``.
FACTS = [
    # ------------------------------------------------------------------ North America
    ("XNYS", "2025-01-09", CLOSED),  # national day of mourning for President Carter
    ("XNYS", "2018-12-05", CLOSED),  # for President Bush
    ("XNYS", "2012-10-29", CLOSED),  # Hurricane Sandy
    ("XNYS", "2012-10-30", CLOSED),  # its second day
    ("XNYS", "2001-09-11", CLOSED),  # the attacks of that morning, before the open
    ("XNYS", "2001-09-14", CLOSED),
    ("XNYS", "2001-09-17", "13:30-20:00"),  # reopened
    ("XNYS", "2004-06-11", CLOSED),  # mourning for President Reagan
    ("XNYS", "2021-06-18", "13:30-20:00"),  # Juneteenth was law for a day, the exchange still open
    ("XNYS", "2022-06-20", CLOSED),  # the first Juneteenth kept, observed on Monday
    (
        "XNYS",
        "2015-07-08",
        "13:30-20:00",
    ),  # an outage of three and a half hours; the session counts
    ("XNYS", "2025-07-03", "13:30-17:00"),  # half day before Independence Day
    ("XNAS", "2024-11-29", "14:30-18:00"),  # half day after Thanksgiving
    ("XNYS", "2025-03-07", "14:30-21:00"),  # last Friday of winter time
    ("XNYS", "2025-03-10", "13:30-20:00"),  # summer time, three weeks before Europe
    ("XNYS", "2025-10-31", "13:30-20:00"),  # Europe is in winter time already
    ("XNYS", "2025-11-03", "14:30-21:00"),
    ("XTSE", "2025-07-01", CLOSED),  # Canada Day
    ("XTSE", "2025-07-04", "13:30-20:00"),  # no holiday in Canada
    ("CMES", "2025-06-16", "22:00-1-22:00"),  # Monday's session opens on Sunday at 17:00 in Chicago
    # ------------------------------------------------------------------ Latin America
    ("BVMF", "2025-03-04", CLOSED),  # Carnival Tuesday
    ("BVMF", "2025-03-05", "16:00-21:00"),  # Ash Wednesday opens at 13:00
    ("XSGO", "2025-09-18", CLOSED),  # Fiestas Patrias
    ("XMEX", "2025-11-17", CLOSED),  # Revolution Day, third Monday of November
    ("XLIM", "2025-07-28", CLOSED),  # Independence Day of Peru
    # ------------------------------------------------------------------ Europe
    ("XLON", "2022-09-19", CLOSED),  # funeral of Queen Elizabeth
    ("XLON", "2023-05-08", CLOSED),  # coronation of King Charles
    ("XLON", "2020-05-08", CLOSED),  # the May holiday moved to VE Day
    ("XLON", "2020-05-04", "07:00-15:35"),  # so the Monday before was open
    ("XLON", "2024-12-24", "08:00-12:35"),  # half day, with its auction
    ("XLON", "2025-03-28", "08:00-16:35"),  # winter time
    ("XLON", "2025-03-31", "07:00-15:35"),  # summer time
    ("XETR", "2017-10-31", CLOSED),  # 500 years of the Reformation, once only
    ("XETR", "2021-05-24", CLOSED),  # Whit Monday
    ("XETR", "2022-06-06", "07:00-15:35"),  # Frankfurt trades on Whit Monday since 2022
    ("XETR", "2025-12-30", "08:00-13:05"),  # last session of the year
    ("XPAR", "2025-05-08", "07:00-15:35"),  # Victory Day is no holiday of the exchange
    ("XPAR", "2024-12-24", "08:00-13:05"),
    ("XAMS", "2025-04-21", CLOSED),  # Easter Monday
    ("XBRU", "2025-07-21", "07:00-15:35"),  # Belgium's national day; the exchange is open
    ("XLIS", "2025-06-10", "07:00-15:35"),  # Portugal's national day; the exchange is open
    ("XMIL", "2025-08-15", CLOSED),  # Ferragosto
    ("XMIL", "2015-11-20", "08:00-16:30"),  # the auction ended at 17:30
    ("XMIL", "2015-11-23", "08:00-16:35"),  # from this Monday at 17:35
    ("XMAD", "2025-08-15", "07:00-15:35"),  # Assumption is no holiday in Madrid's market
    ("XSWX", "2025-08-01", CLOSED),  # Swiss National Day
    ("XSWX", "2025-07-31", "07:00-15:30"),  # the auction ends at 17:30
    ("XSTO", "2025-06-20", CLOSED),  # Midsummer Eve
    ("XSTO", "2025-04-30", "07:00-11:00"),  # half day on Walpurgis Eve
    ("XSTO", "2025-06-19", "07:00-15:30"),
    ("XOSL", "2024-05-17", CLOSED),  # Constitution Day
    ("XOSL", "2025-04-16", "07:00-11:05"),  # half day on Wednesday before Easter
    ("XWBO", "2025-06-16", "07:00-15:35"),  # auction from 17:30
    ("XCSE", "2023-05-05", CLOSED),  # Great Prayer Day, for the last time
    ("XCSE", "2024-04-26", "07:00-15:00"),  # abolished
    ("XWAR", "2018-11-12", CLOSED),  # 100 years of independence, a law of a few days before
    ("ASEX", "2015-07-31", CLOSED),  # five weeks of capital controls
    ("ASEX", "2015-08-03", "07:00-14:20"),  # reopened
    ("ASEX", "2024-05-06", CLOSED),  # Orthodox Easter Monday
    ("XMOS", "2022-02-28", CLOSED),  # shares stopped after the invasion
    ("XMOS", "2022-03-23", CLOSED),
    ("XMOS", "2022-03-24", "06:50-11:00"),  # reopened for four hours
    ("XMOS", "2024-12-28", "07:00-15:45"),  # a working Saturday
    ("XIST", "2023-02-09", CLOSED),  # the earthquake
    ("XIST", "2023-02-15", "07:00-15:07"),  # reopened; one closing price by 18:07
    # ------------------------------------------------------------------ Middle East, Africa
    ("XTAE", "2025-12-28", "07:59-13:50"),  # a Sunday, with its auction
    ("XTAE", "2026-01-09", "07:59-12:00"),  # Tel Aviv trades Monday to Friday since 5 January 2026
    ("XTAE", "2026-01-11", CLOSED),  # and on Sundays no more
    ("XSAU", "2025-06-15", "07:00-12:10"),  # a Sunday; the auction ends at 15:10
    ("XJSE", "2024-05-29", CLOSED),  # general election
    ("XJSE", "2021-11-01", CLOSED),  # local elections
    ("XJSE", "2023-12-15", CLOSED),  # a holiday for the Springboks, declared weeks before
    # ------------------------------------------------------------------ Asia
    ("XTKS", "2019-04-30", CLOSED),  # abdication of Emperor Akihito: ten days without trading
    ("XTKS", "2020-10-01", CLOSED),  # Arrowhead failed: no trade all day, for the first time
    ("XTKS", "2021-07-23", CLOSED),  # Sports Day, moved to the opening of the Olympics
    ("XTKS", "2024-11-01", "00:00-06:00"),
    ("XTKS", "2024-11-05", "00:00-06:30"),  # half an hour more from this day
    ("XKRX", "2025-06-03", CLOSED),  # presidential election at short notice
    ("XKRX", "2024-10-01", CLOSED),  # Armed Forces Day, declared a month before
    ("XKRX", "2026-06-03", CLOSED),  # local elections
    ("XKRX", "2025-11-13", "01:00-07:30"),  # college entrance exam: an hour later
    ("XKRX", "2025-11-14", "00:00-06:30"),
    ("XKRX", "2025-01-02", "01:00-06:30"),  # first session of the year opens at 10:00
    ("XSHG", "2020-01-31", CLOSED),  # the New Year holiday prolonged by the epidemic
    ("XSHG", "2015-09-03", CLOSED),  # parade for 70 years of victory
    ("XHKG", "2023-09-01", CLOSED),  # typhoon Saola
    ("XHKG", "2023-09-08", CLOSED),  # black rainstorm
    (
        "XHKG",
        "2024-11-14",
        "01:30-08:10",
    ),  # typhoon Toraji: trading goes on since 23 September 2024
    ("XHKG", "2020-08-19", "05:30-08:10"),  # typhoon Higos: the morning was lost
    ("XHKG", "2016-07-22", "01:30-08:00"),  # last session without a closing auction
    ("XHKG", "2016-07-25", "01:30-08:10"),
    ("XTAI", "2024-10-31", CLOSED),  # typhoon Kong-rey
    ("XTAI", "2025-02-20", "01:00-05:30"),  # an ordinary session that one vendor lost
    ("XSES", "2023-09-01", CLOSED),  # presidential election
    ("XSES", "2019-06-03", "01:00-09:06"),  # the closing routine ends at 17:06
    ("XBKK", "2025-06-16", "03:00-09:40"),  # auction after 16:30
    ("XBKK", "2017-10-26", CLOSED),  # cremation of King Bhumibol
    ("XKLS", "2018-05-10", CLOSED),  # the day after the government fell
    ("XIDX", "2024-02-14", CLOSED),  # general election
    ("XBOM", "2024-05-20", CLOSED),  # Mumbai votes
    (
        "XBOM",
        "2021-02-24",
        "03:45-11:30",
    ),  # until 17:00, after the outage of the other exchange of Mumbai
    ("XBOM", "2024-01-20", "03:45-10:00"),  # a full session on Saturday
    ("XBOM", "2024-01-22", CLOSED),  # because of the temple of Ayodhya on Monday
    ("XBOM", "2024-03-02", "03:45-07:00"),  # two short sessions on Saturday, main and recovery site
    ("XBOM", "2024-11-01", "12:30-13:30"),  # Muhurat trading on the evening of Diwali
    ("XBOM", "2023-11-12", "12:45-13:45"),  # on a Sunday
    ("XBOM", "2025-10-21", "08:15-09:15"),  # for once in the afternoon
    ("XBOM", "2020-02-01", "03:45-10:00"),  # budget Saturday
    ("XBOM", "2025-02-01", "03:45-10:00"),  # budget Saturday
    ("XBOM", "2026-02-01", "03:45-10:00"),  # budget Sunday
    # ------------------------------------------------------------------ Oceania
    ("XASX", "2022-09-22", CLOSED),  # day of mourning for Queen Elizabeth
    ("XASX", "2025-04-04", "23:00-1-05:11"),  # summer time in Sydney; auction until 16:11
    ("XASX", "2025-04-07", "00:00-06:11"),  # winter time, when Europe has gone to summer time
    ("XASX", "2024-12-24", "23:00-1-03:11"),  # half day
    ("XNZE", "2025-06-16", "22:00-1-05:00"),  # the auction ends at 17:00
    ("XNZE", "2022-09-26", CLOSED),  # Queen Elizabeth Memorial Day
    # ------------------------------------------------------------------ round the clock
    ("24/7", "2025-12-25", "00:00-00:00+1"),  # crypto-currencies know no holiday
    ("24/5", "2025-06-16", "23:00-1-23:00"),  # currencies: the days of London, in summer time
]


@functools.cache
def held(exchange):
    """Sessions of an exchange over the days it has facts of."""
    days = [date.fromisoformat(day) for name, day, _ in FACTS if name == exchange]
    first, last = min(days) - timedelta(7), max(days) + timedelta(7)
    return sessions_held(exchange, str(first), str(last), TABLE)


def hours(exchange, day):
    calendar = held(exchange)
    at = np.flatnonzero(calendar.session == np.datetime64(day))
    if not len(at):
        return CLOSED
    moments = (calendar.open_at[at[0]].item(), calendar.close_at[at[0]].item())
    return "-".join(clock(date.fromisoformat(day), moment) for moment in moments)


def clock(day, moment):
    shift = (moment.date() - day).days
    return f"{moment:%H:%M}" + (f"{shift:+d}" if shift else "")


def test_there_are_facts_from_every_continent():
    assert len(FACTS) >= 60
    assert len({exchange for exchange, *_ in FACTS}) >= 35


@pytest.mark.parametrize(("exchange", "day", "expected"), FACTS)
def test_a_dated_fact(exchange, day, expected):
    assert hours(exchange, day) == expected
