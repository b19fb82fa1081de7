"""The Jinja environment all pages share."""

from __future__ import annotations

import base64
import hashlib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.chapters.shared.svg import CHART_CSS
from analysis.chapters.shared.voice import with_rows
from analysis.wording import short_day, signed_percent, tie

TEMPLATES = Path(__file__).parent / "templates"
"""Folder of the page templates and the style sheet."""


def render_template(name: str, **context: Any) -> str:
    """Return a page: values escaped, unknown names refused, the style sheet inlined."""
    given = {"script_hash": "", "description": "", **context}
    template = _environment().get_template(name)
    return template.render(style=_style(), chart_style=CHART_CSS, **given) + "\n"


def script_hash(script: str) -> str:
    """Return what a page's policy calls the one script it lets run."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def day_text(day: date | None) -> str:
    """Return a date as ``15 Jul 2025``, in English whatever the locale; a dash for None."""
    return f"{short_day(day)} {day.year}" if day else "–"


def short_day_text(day: date | None) -> str:
    """Return a date without its year, ``15 Jul``; empty for None."""
    return short_day(day) if day else ""


def percent_text(value: float | None, digits: int = 2) -> str:
    """Return a decimal as a percentage with its sign, ``+3.21 %``; a dash for None."""
    return "–" if value is None else signed_percent(value, digits, unit="\u202f%")


def p_text(value: float | None) -> str:
    """Return a p-value with as many digits as matter: ``.041``, ``.32``, ``1``; a dash for None."""
    if value is None:
        return "–"
    digits = 3 if value < 0.1 else 2
    text = f"{value:.{digits}f}"
    return "1" if text.startswith("1") else text.removeprefix("0")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = day_text
    environment.filters["short_day"] = short_day_text
    environment.filters["percent"] = percent_text
    environment.filters["p_value"] = p_text
    environment.filters["tie"] = tie
    environment.filters["rows"] = with_rows
    return environment


@cache
def _style() -> str:
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")
