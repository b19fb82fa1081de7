"""Sessions of every calendar in a compact text, to compare one pair of versions with another.

``python tests/recorded_sessions.py > tests/sessions/recorded.txt`` writes the list. It was made
under pandas 2.3.3 with exchange_calendars 4.13.2, the pair the package was built on.
"""

import warnings
from collections import Counter, defaultdict
from datetime import date, timedelta
from zoneinfo import ZoneInfo

FIRST, LAST = date(2010, 1, 1), date(2027, 12, 31)


def lines(sessions, first, last):
    """Return a line a year: the days of the week, the usual hours, and whatever differs.

    ``-0703`` is a day of such a weekday without a session, ``+0120`` a session on another weekday,
    and after ``|`` stand other hours with their days. Hours are opening, break and close.

    Parameters
    ----------
    sessions : dict of date to str
        Hours of each session.
    first, last : date
        Span that is known.
    """
    years = defaultdict(list)
    for k in range((last - first).days + 1):
        day = first + timedelta(k)
        years[day.year].append(day)
    for year, days in years.items():
        held, all_days = (
            Counter(day.isoweekday() for day in chosen)
            for chosen in ([day for day in days if day in sessions], days)
        )
        week = [w for w in range(1, 8) if 2 * held[w] > all_days[w]]
        hours = Counter(sessions[day] for day in days if day in sessions)
        usual = max(sorted(hours), key=hours.__getitem__)
        odd = [
            f"{'+' if day in sessions else '-'}{day:%m%d}"
            for day in days
            if (day.isoweekday() in week) != (day in sessions)
        ]
        others = [
            f"| {other} " + " ".join(f"{d:%m%d}" for d in days if sessions.get(d) == other)
            for other in sorted(hours)
            if other != usual
        ]
        yield " ".join([str(year), "".join(map(str, week)), usual, *odd, *others])


def local_hours(day, zone, moments):
    """Return opening, break and close as local times; ``-1`` and ``+1``: the day before, after."""
    return " ".join(_clock(day, zone, moment) for moment in moments)


def _clock(day, zone, moment):
    if moment is None:
        return "-"
    local = moment.astimezone(ZoneInfo(zone))
    shift = (local.date() - day).days
    return f"{local:%H:%M}" + (f"{shift:+d}" if shift else "")


def _record():
    import exchange_calendars
    import pandas as pd

    for code in sorted(exchange_calendars.get_calendar_names(include_aliases=False)):
        kind = exchange_calendars.calendar_utils._default_calendar_factories[code]
        low, high = kind.bound_min(), kind.bound_max()
        first = FIRST if low is None else max(FIRST, low.date())
        last = LAST if high is None else min(LAST, high.date())
        calendar = exchange_calendars.get_calendar(code, start=str(first), end=str(last))
        table = calendar.schedule[["open", "break_start", "break_end", "close"]]
        sessions = {
            stamp.date(): local_hours(
                stamp.date(),
                str(calendar.tz),
                [None if pd.isna(moment) else moment.to_pydatetime() for moment in row],
            )
            for stamp, *row in table.itertuples()
        }
        print(f"{code} {first} {last} {calendar.tz}")
        print("\n".join(lines(sessions, first, last)))


def read(path):
    """Return, by code, its span, zone and recorded lines."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line[:4].isdigit() and line[4] == " ":
            found[code][3].append(line)  # noqa: F821  (a heading comes first)
        else:
            code, first, last, zone = line.split()
            found[code] = (date.fromisoformat(first), date.fromisoformat(last), zone, [])
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    _record()
