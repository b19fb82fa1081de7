"""A table of events of companies: which column is what, and what each row says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

import pandas as pd

from analysis.errors import InputError
from analysis.seeds.sheets import SUFFIXES, Cell, Sheet, cell_text, read_sheet
from analysis.seeds.table_dates import Moment, is_day, is_summary, read_days, with_clock
from analysis.seeds.typed_files import UNREAD
from analysis.seeds.values import MOST_OF_A_TITLE, readable
from analysis.seeds.zones import offset_rule, zone_rule, zones_meant

#: Names a column may have, folded (:func:`folded`), by what it is; earlier names go first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "security": ("security", "ticker", "symbol", "permno", "tic", "tickersymbol", "stocksymbol",
                 "ric", "stock", "instrument", "asset", "isin", "cusip", "sedol", "wkn", "firmid",
                 "securityid", "stockcode", "kurzel", "symbole", "simbolo", "codigo", "銘柄コード",
                 "証券コード", "コード", "ティッカー", "銘柄", "股票代码", "证券代码", "代码",
                 "company", "firm", "issuer", "companyname", "unternehmen", "firma", "aktie",
                 "wertpapier", "emittent", "societe", "entreprise", "valeur", "empresa", "accion",
                 "azienda", "societa", "titolo", "aandeel", "bedrijf", "会社名", "公司",
                 "ativo", "acao", "종목코드", "종목", "тикер", "компания", "gvkey"),
    "day": ("session", "date", "eventdate", "announcementdate", "announced", "announcement",
            "announceddate", "announcedate", "anndate", "datetime", "timestamp", "day",
            "reportdate", "earningsdate", "rdq", "anndats", "dateandtime", "eventday",
            "releasedate", "publicationdate", "newsdate", "datum", "ereignistag", "ereignisdatum",
            "meldedatum", "tag", "datedannonce", "datedelannonce", "jour", "fecha", "data", "dia",
            "日付", "年月日", "発表日", "公告日期", "公告日", "日期", "날짜", "일자", "дата"),
    "clock": ("time", "clock", "eventtime", "announcementtime", "timeofday", "hour", "anntims",
              "eventtiming", "timing", "uhrzeit", "zeit", "heure", "hora", "ora", "tijd", "時刻",
              "時間", "时间"),
    "event_id": ("eventid", "id"),
    "zone": ("zone", "timezone", "tz", "zeitzone"),
}  # fmt: skip
#: Columns that name the news for readers; the first there is becomes the title.
LABELS = ("headline", "title", "event", "news", "description", "company", "name", "text",
          "uberschrift", "schlagzeile", "titel", "ereignis", "titre", "titular", "evento", "見出し",
          "标题")  # fmt: skip
_NOT_GROUPS = frozenset(
    (*LABELS, "url", "link", "source", "comment", "comments", "note", "notes", "line")
)
#: Values up to which a column is one of groups: more are names.
MOST_GROUPS = 12
#: Several tickers; a name such as ``Nike, Inc.`` or ``IBM, CORP`` is one company, and so are a
#: class of shares (``BRK/B``) and a pair of currencies (``EUR/USD``).
_TICKERS = re.compile(
    r"(?!.*\b(?:INC|CORP|LTD|PLC|CO|SA|AG|NV)\b)[A-Z0-9.^\-]{1,9}"
    r"(?:(?:,\s*|\s+(?:/|&|\+|and|und|et)\s+)[A-Z0-9.^\-]{1,9})+"
)
_MONEY = (
    "(?:USDT?|USDC|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|CNH|HKD|SGD|KRW|TWD|INR|SEK|NOK|DKK|PLN|TRY|ZAR"
    "|MXN|BRL|BTC|ETH)"
)
_SLASHED = re.compile(
    rf"(?!{_MONEY}/)[A-Z0-9.^\-]{{1,9}}(?:/(?!{_MONEY}(?:/|$))[A-Z0-9.^\-]{{2,9}})+"
)
_BETWEEN = re.compile(r"\s*(?:[,;|\n/]|\s(?:&|\+|and|und|et)\s)\s*")
Kind = Literal["table", "catalogue"]


@dataclass(frozen=True, slots=True)
class Row:
    """One event of a table: its key, what the row says of its time, the line it stands in."""

    event_id: str
    security: str
    moment: Moment | str
    zone: str
    line: int


@dataclass(frozen=True, eq=False, repr=False)
class EventTable:
    """Events of companies as a file says them, before any session is known.

    Attributes
    ----------
    frame : DataFrame
        One row each: ``event_id``, ``security``, ``moment`` (:class:`Moment`, or text that says why
        there is none), ``zone`` (text or empty), ``line``, ``title``.
    extras : DataFrame
        The other columns, on the same index.
    columns : dict of str to str
        What the file calls each part.
    form : str
        Form of the dates, in words.
    source, sha256 : str
        Name of the file and hash of its bytes.
    above : int
        Lines above the header that were passed over.
    read : tuple of str
        What else was passed over, or read in one way of several.
    """

    frame: pd.DataFrame
    extras: pd.DataFrame
    columns: Mapping[str, str]
    form: str
    source: str
    sha256: str
    above: int = 0
    read: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def events(self) -> Iterator[Row]:
        """Go through the events in the order of the file."""
        columns = (self.frame[name] for name in ("event_id", "security", "moment", "zone", "line"))
        for values in zip(*columns, strict=True):
            yield Row(*values)

    @property
    def securities(self) -> list[str]:
        """Companies of the events, each once, in the order of the file."""
        return list(dict.fromkeys(self.frame["security"]))

    @property
    def groups(self) -> list[str]:
        """Extra columns that put events into groups: up to twelve values, one of them twice."""
        return group_columns(self.extras)

    @property
    def regressors(self) -> list[str]:
        """Extra columns of numbers."""
        return [
            str(name)
            for name in self.extras
            if pd.api.types.is_numeric_dtype(self.extras[name]) and self.extras[name].nunique() > 1
        ]

    def sentence(self) -> str:
        """Say how the file was understood, in one line."""
        called = {"security": "companies", "day": "dates", "clock": "times", "zone": "zones"}
        parts = [f"{word} from {self.columns[key]!r}" for key, word in called.items()
                 if key in self.columns]  # fmt: skip
        lines = "1 line" if self.above == 1 else f"{self.above} lines"
        above = f"; {lines} above the header passed over" if self.above else ""
        said = "".join(f"; {remark}" for remark in self.read)
        many = "1 event" if len(self) == 1 else f"{len(self)} events"
        return f"{self.source}: {many}, {', '.join(parts)} ({self.form}){above}{said}"


def folded(name: str) -> str:
    """Return a column name without case, accents, blanks and marks."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[\W_]", "", "".join(c for c in plain if not unicodedata.combining(c)))


def kind_of(path: str | Path) -> tuple[Kind, list[str]]:
    """Tell a table of companies' events from a catalogue of news for all markets.

    Returns
    -------
    str
        ``table`` if the file has a column of companies, else ``catalogue``.
    list of str
        The columns of the file; empty for a catalogue in YAML.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    file = Path(path)
    if file.suffix.casefold() not in (*SUFFIXES, *UNREAD):
        return "catalogue", []
    try:
        header = list(read_sheet(file, parameter="events").header)
    except InputError:
        if file.suffix.casefold() == ".json" and file.is_file():
            return "catalogue", []  # YAML can be written so
        raise
    found = _columns(header)
    return ("table" if "security" in found and "day" in found else "catalogue"), header


def missing_column(header: Sequence[str], source: str) -> InputError:
    """Build the error for a table of events that lacks companies or dates."""
    found = _columns(header)
    missing = (
        "of companies (ticker, symbol, security or permno)"
        if "security" not in found
        else "of dates (date or session)"
    )
    return InputError(
        "events", f"{source} with the columns {', '.join(header[:8])}",
        f"the column {missing} is missing, and there is no workspace whose markets could be meant.",
        ("Name a column ticker." if "security" not in found else "Name a column date.")
        + ("" if "".join(header).isascii() else " Save the file as UTF-8 if names look wrong."),
    )  # fmt: skip


def read_event_table(path: str | Path) -> EventTable:
    """Read events of companies from CSV, TSV or xlsx.

    Raises
    ------
    InputError
        If a column is missing or could be meant twice, or dates can be confused.
    """
    return event_table(read_sheet(path, parameter="events"))


def event_table(sheet: Sheet) -> EventTable:
    """Understand the columns of a sheet; see :func:`read_event_table`."""
    columns = _columns(sheet.header)
    if "security" not in columns or "day" not in columns:
        raise missing_column(sheet.header, sheet.source)
    sheet = _one_company_each(_without_notes(sheet, columns), columns)
    if not sheet.rows:
        raise InputError("events", sheet.source, "it holds no event.", "Write one row per event.")
    moments, form = read_days(
        sheet.column(columns["day"]), lines=sheet.lines, source=sheet.source, column=columns["day"]
    )
    if "clock" in columns:
        clocks = sheet.column(columns["clock"])
        moments = [
            with_clock(moment, cell) if isinstance(moment, Moment) else moment
            for moment, cell in zip(moments, clocks, strict=True)
        ]
    zones = [cell_text(c) for c in sheet.column(columns["zone"])] if "zone" in columns else None
    if zones is None and any(isinstance(m, Moment) and m.zone for m in moments):
        zones = [m.zone if isinstance(m, Moment) else "" for m in moments]
    if zones is not None:
        moments = [_in_zone(m, z) for m, z in zip(moments, zones, strict=True)]
    used = set(columns.values())
    extras = typed_columns(sheet, [name for name in sheet.header if name not in used])
    frame = pd.DataFrame(
        {
            "security": [cell_text(c) for c in sheet.column(columns["security"])],
            "moment": pd.Series(moments, dtype=object),
            "zone": zones if zones is not None else "",
            "line": list(sheet.lines),
        }
    )
    frame["title"] = _titles(extras, len(frame))
    frame.insert(0, "event_id", _event_ids(sheet, columns, frame))
    return EventTable(
        frame=frame, extras=extras, columns=columns, form=form, source=sheet.source,
        sha256=sheet.sha256, above=sheet.above, read=sheet.read,
    )  # fmt: skip


def _columns(header: Sequence[str]) -> dict[str, str]:
    """Say which column is what; of several companies' columns the one named as a key goes first."""
    by_name = {folded(name): name for name in reversed(header)}
    found = {}
    for part, names in NAMES.items():
        first = next((by_name[n] for n in map(folded, names) if n in by_name), None)
        if first is not None:
            found[part] = first
    return found


def _without_notes(sheet: Sheet, columns: Mapping[str, str]) -> Sheet:
    """Pass over lines below the table, such as a source or a sum: no date, and no company."""
    day, security = (sheet.header.index(columns[part]) for part in ("day", "security"))
    keep = len(sheet.rows)
    while keep:
        row = sheet.rows[keep - 1]
        alone = sum(cell != "" for cell in row) == 1 and re.search(
            r"[\s:]", cell_text(row[security])
        )
        first = next((cell_text(cell) for cell in row if cell != ""), "")
        if not alone and row[security] != "" and not is_summary(first):
            break
        if isinstance(row[day], datetime) or is_day(cell_text(row[day])):
            break
        keep -= 1
    left = len(sheet.rows) - keep
    if not left:
        return sheet
    said = f"{'1 line' if left == 1 else f'{left} lines'} below the table passed over"
    return replace(sheet, rows=sheet.rows[:keep], lines=sheet.lines[:keep],
                   read=(*sheet.read, said))  # fmt: skip


def _one_company_each(sheet: Sheet, columns: Mapping[str, str]) -> Sheet:
    """Give each company of a cell (``AMD; NVDA``) an event; say which rows stand twice."""
    at = sheet.header.index(columns["security"])
    named = sheet.header.index(columns["event_id"]) if "event_id" in columns else None
    rows: list[tuple[Cell, ...]] = []
    lines: list[int] = []
    for row, line in zip(sheet.rows, sheet.lines, strict=True):
        companies = _companies(cell_text(row[at]))
        for company in companies if len(companies) > 1 else ():
            cells = list(row)
            cells[at] = company
            if named is not None and row[named] != "":
                cells[named] = f"{cell_text(row[named])}-{company}"
            rows.append(tuple(cells))
        rows += [row] * (len(companies) == 1)
        lines += [line] * len(companies)
    split, twice = len(lines) - len(set(lines)), len(rows) - len(set(rows))
    said = (f"cells of several companies, an event of each: {split} more",) * (split > 0)
    said += (f"{twice} with the very cells of another, counted beside it",) * (twice > 0)
    return replace(sheet, rows=tuple(rows), lines=tuple(lines), read=(*sheet.read, *said))


def _companies(text: str) -> list[str]:
    """Return the companies a cell names: after semicolons and lines, or tickers after more."""
    several = _TICKERS.fullmatch(text) or _SLASHED.fullmatch(text)
    parts = _BETWEEN.split(text) if several else re.split(r"[;|\n]", text)
    return [part.strip() for part in parts if part.strip()] or [text]


def _in_zone(moment: Moment | str, zone: str) -> Moment | str:
    if isinstance(moment, str) or not zone:
        return moment
    rule = zone_rule(zone)
    if rule is None and moment.offset and moment.clock is not None:  # none is UTC, as Z is
        said = datetime.combine(moment.day, moment.clock, timezone(moment.offset))
        rule = offset_rule(said, zones_meant(zone)[0])
    return moment if rule is None else f"zone {zone!r}: {rule}"


def typed_columns(sheet: Sheet, names: Sequence[str]) -> pd.DataFrame:
    """Return columns of a sheet, each of numbers if all its cells are, else of text."""
    return pd.DataFrame(
        {name: _typed(sheet.column(name)) for name in names}, index=range(len(sheet.rows))
    )


def _typed(cells: Sequence[Cell]) -> pd.Series:
    """Return a column as numbers if all its cells are, else as text."""
    texts = [readable(cell_text(cell)) for cell in cells]
    series = pd.Series([text if text else None for text in texts], dtype=object)
    numbers = pd.to_numeric(series, errors="coerce")
    return numbers if numbers.notna().sum() == series.notna().sum() > 0 else series


def group_columns(extras: pd.DataFrame) -> list[str]:
    """Return the columns that put events into groups: see :attr:`EventTable.groups`."""
    return [str(name) for name in extras if _is_group(extras[name], str(name))]


def _is_group(values: pd.Series, name: str) -> bool:
    if folded(name) in _NOT_GROUPS:
        return False
    n = values.nunique(dropna=True)
    numeric = pd.api.types.is_numeric_dtype(values)
    return 2 <= n <= (2 if numeric else MOST_GROUPS) and n < values.notna().sum()


def _titles(extras: pd.DataFrame, n: int) -> list[str]:
    by_name = {folded(str(name)): name for name in extras}
    label = next((by_name[name] for name in LABELS if name in by_name), None)
    if label is None:
        return [""] * n
    return ["" if pd.isna(v) else readable(str(v), most=MOST_OF_A_TITLE) for v in extras[label]]


def _event_ids(sheet: Sheet, columns: Mapping[str, str], frame: pd.DataFrame) -> list[str]:
    """Return the ids of the file, or company and date, counted where a company has two a day."""
    if "event_id" in columns:
        ids = [cell_text(c) for c in sheet.column(columns["event_id"])]
        return [name or f"line {line}" for name, line in zip(ids, sheet.lines, strict=True)]
    seen: dict[str, int] = {}
    ids = []
    for security, moment in zip(frame["security"], frame["moment"], strict=True):
        day = moment.day.isoformat() if isinstance(moment, Moment) else "undated"
        name = f"{security}-{day}"
        seen[name] = seen.get(name, 0) + 1
        ids.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return ids
