"""How a figure of a page is written and what lies beside it; shares no code with ``analysis``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from html import unescape
from io import StringIO
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import yaml

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
#: Words with a number in them that state no figure.
PHRASES = {
    "any one date", "any one month", "no more", "this is one reaction, not several",
    "a typical one", "the most unusual one", "No confounder is catalogued",
}  # fmt: skip
FIGURE = re.compile(rf"[0-9+−]|\b(?:{'|'.join(WORDS[1:])}|none)\b", re.IGNORECASE)
Rule = Callable[..., list[str]]


# -- how figures are written ---------------------------------------------------------------------


def percent(value: float, digits: int = 1) -> str:
    while digits < 4 and value and round(abs(value) * 100, digits) == 0:
        digits += 1
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value) * 100:.{digits}f} %"


def size(value: float, digits: int = 1) -> str:
    return percent(abs(value), digits)[1:] if value else percent(0.0, digits)


def signed(value: float, digits: int = 2) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")


def p_value(value: float) -> str:
    near = abs(value - 0.05) <= 0.005 or value < 0.0005
    return f"{value:.{4 if near else 3 if value < 0.0995 else 2}f}"


def span(low: float, high: float) -> str:
    return p_value(low) if p_value(low) == p_value(high) else f"{p_value(low)} to {p_value(high)}"


def day(value: str) -> str:
    return f"{pd.Timestamp(value):%-d %B %Y}"


def month(value: str) -> str:
    return f"{pd.Timestamp(value):%B %Y}"


def number(value: int, none: str = "no") -> str:
    return none if not value else WORDS[value] if value < len(WORDS) else str(value)


def count(value: int, noun: str) -> str:
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"


def listing(items: list[str], most: int = 0) -> str:
    if most and len(items) > most:
        items = [*items[:most], count(len(items) - most, "other")]
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


# -- what lies beside a page ---------------------------------------------------------------------


@cache
def seed(name: str) -> list[dict]:
    return yaml.safe_load((SEEDS / f"{name}.yaml").read_text("utf-8"))


@cache
def table(file: Path) -> pd.DataFrame:
    return pd.read_csv(file)


class Tables:
    """The CSV files of one page, and the names and kinds its records give to ids."""

    def __init__(self, folder: Path, page: str = "") -> None:
        self.folder, self.page = folder, page
        record = json.loads((folder / "run.json").read_text("utf-8"))
        self.model: str = record["run"]["study"]["model"]
        self.second = folder.parents[1] / "_store" / record["key"][:20] / "deeper"
        self.events = {event["id"]: event for event in seed("events")}
        self.names = {market["symbol"]: market["short"] for market in seed("markets")}
        named = [*(event["title"] for event in self.events.values()), *self.names.values()]
        self.aside = [*sorted(named, key=len, reverse=True), *PHRASES]
        self.kept: dict[str, pd.DataFrame] = {}

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Read one table of the page or of its second look."""
        for place in (self.folder, self.folder / "deeper", self.second):
            if (place / f"{name}.csv").is_file():
                return table(place / f"{name}.csv")
        raise AttributeError(name)

    def ids(self, article: str) -> set[str]:
        """Ids of the events an article reports or refers to."""
        every = self.events.items()
        return {k for k, e in every if any(a["article"] == article for a in e["reported_in"])}

    def main(self, model: str = "") -> pd.DataFrame:
        """Day 0 of every event and market: placebo row, return, abnormal return and its error."""
        if (model := model or self.model) not in self.kept:
            key = ["event_id", "market"]
            rows, days = self.placebo, self.abnormal_returns
            rows = rows[(rows.window == "[0,0]") & (rows.model == model) & ~rows.candidate]
            days = days[(days.model == model) & (days.event_day == 0) & ~days.candidate]
            days = days.assign(ar=days.ret - days.normal_ret)
            self.kept[model] = rows.merge(days[[*key, "ret", "ar", "se"]], on=key)
        return self.kept[model]

    def one(self, model: str = "") -> pd.DataFrame:
        """Distinct reactions, the most unusual first."""
        rows = self.main(model).drop_duplicates(["market", "day0"])
        return rows.sort_values("p_value", kind="stable")

    def ways(self, row: pd.Series) -> str:
        rows = self.variants
        rows = rows[(rows.model == self.model) & (rows.event_id == row.event_id)]
        p = rows[rows.market == row.market].p_value
        return span(p.min(), p.max())

    def parameter(self, name: str) -> str:
        """A parameter of the notebook behind the page."""
        text = unescape(re.sub("<[^>]+>", "", self.page))
        return re.findall(rf'^{name} = "([^"]*)"', text, re.MULTILINE)[-1]

    def csv(self, figure: str) -> pd.DataFrame:
        """Read the CSV a figure of the page carries."""
        start = rf'id="(?:figure\.)?{figure}"'
        found = re.search(start + r'.*?href="data:text/csv[^,]*,([^"]*)', self.page, re.DOTALL)
        assert found, f"no CSV of figure {figure}"
        return pd.read_csv(StringIO(unquote(unescape(found[1]))))


class Rules(list[tuple[re.Pattern[str], Rule]]):
    """What derives the figures of texts of one kind, by a pattern; ``@rule(pattern)`` adds one."""

    def __call__(self, pattern: str) -> Callable[[Rule], Rule]:
        def add(function: Rule) -> Rule:
            self.append((re.compile(pattern), function))
            return function

        return add


def covered(tables: Tables, name: str, text: str, derived: list[str]) -> str:
    """Return what is wrong with a text that holds derived pieces in order, and no other figure."""
    rest = " ".join(text.replace("\u202f", " ").replace("\xa0", " ").split())
    for piece in (pieces := [piece for piece in derived if piece]):
        before, met, rest = rest.partition(piece)
        if not met:
            return f"{name}: no {piece!r} of {pieces} in {text!r}"
        if left := figures(tables, before):
            return f"{name}: {left!r} before {piece!r} is not derived; {text!r}"
    return f"{name}: {left!r} is not derived; {text!r}" if (left := figures(tables, rest)) else ""


def figures(tables: Tables, text: str) -> str:
    """Return the first figure in a text, names and set phrases aside; empty if there is none."""
    for words in tables.aside:
        text = text.replace(words, "")
    found = FIGURE.search(text)
    return text[max(found.start() - 5, 0) : found.end() + 5] if found else ""
