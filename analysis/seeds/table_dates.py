"""Dates and times of a column as people write them; one date of the column decides its order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from analysis.errors import InputError
from analysis.seeds.sheets import Cell, cell_text

#: Names of months without accents: English, German, French, Spanish, Italian, Dutch, Portuguese.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janner janvier janv enero ene gennaio gen januari janeiro",
            "feb february februar fevrier fevr febrero febbraio februari fevereiro fev",
            "mar march marz maerz mrz mars marzo maart mrt marco",
            "apr april avril avr abril abr aprile",
            "may mai mayo maggio mag mei maio",
            "jun june juni juin junio giugno giu junho",
            "jul july juli juillet juil julio luglio lug julho",
            "aug august aout agosto ago augustus",
            "sep sept september septembre septiembre settembre set setembro",
            "oct october oktober okt octobre octubre ottobre ott outubro out",
            "nov november novembre noviembre novembro",
            "dec december dezember dez decembre diciembre dic dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_LEAD = r"(?:(?P<lead>[^\W\d_]{1,13})\.?,?\s+)"  # a weekday
_WORD = r"(?P<word>[^\W\d_]{3,10})"
_CLOCK = (
    r"(?:[T\s,]+(?:at\s+|um\s+)?(?P<h>\d{1,2})(?:[:h](?P<m>\d{2}))?(?::(?P<s>\d{2})(?:[.,]\d+)?)?"
    r"(?:\s*Uhr)?\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|(?-i:[A-Z]{2,4}))?)?"
)
#: Forms a date may have, by the name used in messages.
_FORMS = {
    "YYYY-MM-DD": re.compile(
        _LEAD + r"?(?P<y>\d{4})[-/.](?P<mo>\d{1,2})[-/.](?P<d>\d{1,2})" + _CLOCK, re.I
    ),
    "YYYYMMDD": re.compile(r"(?P<y>(?:19|20)\d{2})(?P<mo>\d{2})(?P<d>\d{2})" + _CLOCK, re.I),
    "dd.mm.yyyy": re.compile(r"(?P<d>\d{1,2})\.(?P<mo>\d{1,2})\.(?P<y>\d{4})" + _CLOCK, re.I),
    "dd/mm or mm/dd": re.compile(
        r"(?P<d>\d{1,2})(?P<mark>[/-])(?P<mo>\d{1,2})(?P=mark)(?P<y>\d{4})" + _CLOCK, re.I
    ),
    "day month year": re.compile(
        _LEAD
        + r"?(?P<d>\d{1,2})(?:st|nd|rd|th|er)?[\s.-]*(?:de\s+)?"
        + _WORD
        + r"\.?[\s,-]*(?:de\s+)?(?P<y>\d{4})"
        + _CLOCK,
        re.I,
    ),
    "day month yy": re.compile(
        r"(?P<d>\d{1,2})[\s-]" + _WORD + r"\.?[\s-](?P<y>\d{2})" + _CLOCK, re.I
    ),
    "month day, year": re.compile(
        _LEAD + r"??" + _WORD + r"\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+"
        r"(?P<y>\d{4})" + _CLOCK,
        re.I,
    ),
    "year month day": re.compile(r"(?P<y>\d{4})年\s*(?P<mo>\d{1,2})月\s*(?P<d>\d{1,2})日" + _CLOCK),
}
_SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}(?:\s.*)?")
_UNIX = re.compile(r"1\d{9}(?:\d{3}){0,3}")
_SECONDS = "Unix seconds"
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_SUMMARY = re.compile(
    r"(?i)(?:(?:grand|sub)[ -]?)?(?:total|sum|average|avg|mean|median|min(?:imum)?|max(?:imum)?"
    r"|count|n|std|st\.? ?dev|std\.? ?dev|stdev|standard deviation|var(?:iance)?|skew(?:ness)?"
    r"|kurt(?:osis)?|\d\d?(?:st|nd|rd|th)? ?%|summe|gesamt|insgesamt|mittelwert|durchschnitt"
    r"|mittel|anzahl|somme|moyenne|suma|promedio|media|somma|gemiddelde|totaal|合計|平均|总计)"
    r"s?\.?:?"
)
_EXCEL_DAY_0 = datetime(1899, 12, 30)
_EXCEL = "Excel day number"
_REMEDY = "Write dates as YYYY-MM-DD, for example 2023-10-03."
#: Names of weekdays and their short forms.
WEEKDAYS = frozenset(
    re.findall(
        r"\S+",
        "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs "
        "fri sat sun montag dienstag mittwoch donnerstag freitag samstag sonntag mo di mi do fr "
        "lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes "
        "lunedì martedì mercoledì giovedì venerdì maandag dinsdag woensdag donderdag vrijdag "
        "月 火 水 木 金",
    )
)
_BEFORE = {
    "bmo", "before open", "before market open", "premarket", "pre market", "before market",
    "before the open", "before opening", "tns before", "bef mkt", "before mkt", "pre market open",
    "before market hours", "vorborslich", "avant bourse",
}  # fmt: skip
_AFTER = {
    "amc", "after close", "after market close", "postmarket", "post market", "after market",
    "aft mkt", "after mkt", "after the close", "after hours", "afterhours", "after closing",
    "after market hours", "nachborslich", "apres bourse",
}  # fmt: skip
#: Words for no time, or for the session itself: the day alone.
_UNKNOWN = {
    "", "tas", "tbd", "tba", "time not supplied", "not supplied", "n/a", "na", "unknown", "none",
    "nan", "during market", "during mkt", "during market hours", "dmh", "dmt", "intraday",
    "during trading",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """What one row says of its time.

    Attributes
    ----------
    day : date
        The date as it stands there.
    clock : time or None
        Time of day; None for a day without one.
    offset : timedelta or None
        Distance from UTC the text carries; None for the zone of the study.
    part : str
        ``before`` or ``after`` the session of the day, where words say so instead of a clock.
    zone : str
        Zone a word beside the time names (``ET``); empty for none.
    """

    day: date
    clock: time | None = None
    offset: timedelta | None = None
    part: str = ""
    zone: str = ""


def read_days(
    cells: Sequence[Cell], *, lines: Sequence[int], source: str, column: str
) -> tuple[list[Moment | str], str]:
    """Read a column of dates.

    Parameters
    ----------
    cells
        What stands in the column.
    lines, source, column
        For messages.

    Returns
    -------
    list of Moment or str
        A moment for every row; text says why a row has none.
    str
        The form of the dates, in words.

    Raises
    ------
    InputError
        If rows differ in their form, or day and month can be confused in all of them.
    """
    texts = [cell if isinstance(cell, datetime) else cell_text(cell) for cell in cells]
    first_of: dict[str, tuple[int, str]] = {}
    forms: list[str | None] = []
    for line, text in zip(lines, texts, strict=True):
        form = "YYYY-MM-DD" if isinstance(text, datetime) else _form_of(text)
        forms.append(form)
        if form is not None:
            first_of.setdefault(form, (line, str(text)))
    _refuse_short_years(texts, lines, source, column)
    if not first_of:
        shown = next((str(t) for t in texts if t), "")
        raise InputError(
            "events", f"{source}, column {column!r}: {shown!r}", "no row holds a date.", _REMEDY
        )
    if len(first_of) > 1:
        (a, (line_a, text_a)), (b, (line_b, text_b)) = list(first_of.items())[:2]
        raise InputError(
            "events", f"{source}: {text_a!r} in line {line_a} ({a}), {text_b!r} in line {line_b} "
            f"({b})", f"the column {column!r} must have one form of dates.", _REMEDY,
        )  # fmt: skip
    form = next(iter(first_of))
    day_first = True
    if form == "dd/mm or mm/dd":
        day_first = _order(texts, lines, source, column)
        form = "dd/mm/yyyy" if day_first else "mm/dd/yyyy"
    found = [_moment(text, known, day_first) for text, known in zip(texts, forms, strict=True)]
    return found, form


def is_day(text: str) -> bool:
    """Tell text in which a day, or one whose order is in doubt, is written."""
    return _form_of(text) is not None or _SHORT_YEAR.fullmatch(text) is not None


def is_summary(text: str) -> bool:
    """Tell the word that begins a line of sums or means below a table."""
    return _SUMMARY.fullmatch(text.strip()) is not None


def _form_of(text: str) -> str | None:
    if _SERIAL.fullmatch(text) and 20_000 <= float(text) < 80_000:
        return _EXCEL
    if _UNIX.fullmatch(text):
        return _SECONDS
    for name, pattern in _FORMS.items():
        match = pattern.fullmatch(text)
        if match and _month(match) is not None and _is_weekday(match.groupdict().get("lead")):
            return name
    return None


def _is_weekday(lead: str | None) -> bool:
    return lead is None or lead.casefold() in WEEKDAYS


def _refuse_short_years(
    texts: Sequence[str | datetime], lines: Sequence[int], source: str, column: str
) -> None:
    for line, text in zip(lines, texts, strict=True):
        if isinstance(text, str) and _SHORT_YEAR.fullmatch(text):
            raise InputError(
                "events", f"{source}:{line}, column {column!r}: {text!r}",
                "with a year of two digits the order of a date can be mistaken.", _REMEDY,
            )  # fmt: skip


def _month(match: re.Match[str]) -> int | None:
    parts = match.groupdict()
    if "word" not in parts:
        return int(parts["mo"])
    plain = unicodedata.normalize("NFKD", parts["word"].casefold())
    return _MONTHS.get("".join(c for c in plain if not unicodedata.combining(c)))


def _order(texts: Sequence[str | datetime], lines: Sequence[int], source: str, column: str) -> bool:
    """Say whether the day comes first, by the dates whose first or second number is above 12."""
    witness: dict[bool, tuple[int, str]] = {}
    shown: tuple[int, str] | None = None
    for line, text in zip(lines, texts, strict=True):
        match = _FORMS["dd/mm or mm/dd"].fullmatch(str(text))
        if match is None:
            continue
        if match["d"] != match["mo"]:  # 03/03/2023 is the same day either way
            shown = shown or (line, str(text))
        if int(match["d"]) > 12 >= int(match["mo"]):
            witness.setdefault(True, (line, str(text)))
        elif int(match["mo"]) > 12 >= int(match["d"]):
            witness.setdefault(False, (line, str(text)))
    if len(witness) == 1:
        return next(iter(witness))
    if witness:
        raise InputError(
            "events", f"{source}: {witness[True][1]!r} in line {witness[True][0]} (day first), "
            f"{witness[False][1]!r} in line {witness[False][0]} (month first)",
            f"the column {column!r} must have one form of dates.", _REMEDY,
        )  # fmt: skip
    if shown is None:
        return True
    line, text = shown
    raise InputError(
        "events", f"{source}:{line}, column {column!r}: {text!r}",
        "day and month can be confused, and no date of the column decides.", _REMEDY,
    )  # fmt: skip


def _moment(text: str | datetime, form: str | None, day_first: bool) -> Moment | str:
    if isinstance(text, datetime):
        return Moment(text.date(), None if text.time() == time() else text.time())
    if form is None:
        return "it has no date" if not text else f"{text!r} is no date"
    try:
        if form == _SECONDS:
            at = datetime.fromtimestamp(float(text[:10]), UTC)
            clock = None if at.time() == time() else at.time()
            return Moment(at.date(), clock, None if clock is None else timedelta())
        if form == _EXCEL:
            at = _EXCEL_DAY_0 + timedelta(days=float(text))
            at = (at + timedelta(seconds=30)).replace(second=0, microsecond=0)
            return Moment(at.date(), None if at.time() == time() else at.time())
        return _matched(text, form, day_first)
    except ValueError:
        return f"there is no such day or time as {text!r}"


def _matched(text: str, form: str, day_first: bool) -> Moment | str:
    match = _FORMS[form].fullmatch(text)
    if match is None:
        return f"{text!r} is no date"
    month, day = _month(match) or 0, int(match["d"])
    if form == "dd/mm or mm/dd" and not day_first:
        month, day = day, month
    clock, offset, zone = _clock(match)
    year = int(match["y"])
    if form == "day month yy":  # as POSIX reads %y
        year += 2000 if year < 69 else 1900
    return Moment(date(year, month, day), clock, offset, zone=zone)


def _clock(match: re.Match[str]) -> tuple[time | None, timedelta | None, str]:
    if match["h"] is None:
        return None, None, ""
    hour = int(match["h"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].casefold().startswith("p") else 0)
    clock = time(hour, int(match["m"] or 0), int(match["s"] or 0))
    zone = match["zone"]
    if not zone:  # a stamp at midnight, as programs write it, is a day
        return (None if clock == time() else clock), None, ""
    if zone.upper() in ("Z", "UTC", "GMT"):
        return clock, timedelta(), ""
    if zone.isalpha():
        return clock, None, zone
    sign = -1 if zone[0] == "-" else 1
    return clock, sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])), ""


def with_clock(moment: Moment, cell: Cell) -> Moment | str:
    """Return a moment with the time of day of a cell of its own, or why there is none."""
    if isinstance(cell, datetime):
        return replace(moment, clock=cell.time())
    if isinstance(cell, float) and 0 <= cell < 1:  # a share of a day, as spreadsheets keep times
        seconds = round(cell * 86_400)
        return Moment(moment.day, (_EXCEL_DAY_0 + timedelta(seconds=seconds)).time())
    text = cell_text(cell).strip()
    plain = re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFKD", text.casefold())).strip()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    if plain in _UNKNOWN:
        return moment
    if plain in _BEFORE | _AFTER:
        return Moment(moment.day, part="before" if plain in _BEFORE else "after")
    digits = re.fullmatch(r"(\d{1,2})\.?(\d{2})(?:\.?(\d{2}))?", text)  # 08.30, 093000, 1605
    if digits and len(text) > 3:
        text = ":".join(part for part in digits.groups() if part)
    match = re.fullmatch(_CLOCK.removesuffix("?"), " " + text, re.I)
    if match is None or match["h"] is None or (match["m"] is None and not match["half"]):
        return f"{text!r} is no time of day; write it as 16:05"
    try:
        clock, offset, zone = _clock(match)
    except ValueError:
        return f"there is no such time as {text!r}"
    return Moment(moment.day, clock or time(), offset, zone=zone)
