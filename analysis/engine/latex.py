"""A table for a paper as LaTeX: every letter stands as itself, and wide tables fit the page."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from analysis.engine.workbook import printable

if TYPE_CHECKING:
    from analysis.engine.journal import JournalTable

#: Letters a line of a head may have, and a row of the page.
_HEAD, _LINE = 16, 72
_COMMANDS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}", "−": "$-$", "–": r"\textendash{}", "—": r"\textemdash{}",
    "’": "'", "≤": r"$\leq$", "≥": r"$\geq$", "≠": r"$\neq$", "≈": r"$\approx$",
}  # fmt: skip
for _letter in "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ":  # those TeX has a command of its own for
    _name = unicodedata.name(_letter).rpartition(" ")[2].replace("LAMDA", "LAMBDA")
    _COMMANDS[_letter] = rf"$\{_name.lower() if _letter.islower() else _name.capitalize()}$"
#: What pdfLaTeX with ``[T1]{fontenc}`` prints beside ASCII and the letters above.
_KNOWN = {*map(chr, range(0xA1, 0x180)), *"ȘșȚț‘‚“”„†‡•…‰‹›€™№"} - set("ĦħĸĿŀŉŦŧſ\xad")
_WINDOW = re.compile(r"\[-?\d+, [-+]?\d+\]")


def latex_table(table: JournalTable) -> str:
    """Return a ``table`` environment; its first line names the packages it needs.

    Columns that do not fit beside each other stand below each other, long names in several lines.
    """
    named = "".join((table.caption, *table.columns, table.note))
    parts = [part for some in _panels(table.columns) for part in ("", *_tabular(table, some))]
    return "\n".join(
        [
            r"% \usepackage{booktabs} \usepackage[T1]{fontenc}" + _unknown(named),
            r"\begin{table}[t]\centering",
            rf"\caption{{{latex_text(table.caption)}}}",
            *[part or r"\par\medskip" for part in parts[1:]],
            rf"\par\footnotesize {_note(table.note)}",
            r"\end{table}",
            "",
        ]
    )


def _unknown(text: str) -> str:
    """Say of letters pdfLaTeX has none of what compiles them."""
    letters = {c for c in _plain(text) if c > "~" and c not in _KNOWN and c not in _COMMANDS}
    shown = "".join(sorted(letters))
    return f"; LuaLaTeX and a font with {shown} in place of fontenc" if shown else ""


def _panels(columns: Sequence[str]) -> Iterator[list[int]]:
    """Share columns out so that each part fits the width of a page."""
    some, room = list[int](), _LINE
    for at, name in enumerate(columns):
        wide = 3 + max(9, *map(len, _folded(name)))
        if some and wide > room:
            yield some
            some, room = [], _LINE
        some.append(at)
        room -= wide
    yield some


def _tabular(table: JournalTable, some: list[int]) -> list[str]:
    def row(cells: Sequence[str]) -> str:
        return " & ".join(_cell(cells[i]) for i in (0, *(at + 1 for at in some))) + r" \\"

    heads = " & ".join(["Window", *(_head(table.columns[at]) for at in some)])
    return [
        rf"\begin{{tabular}}{{l{'r' * len(some)}}}\toprule",
        rf"{heads} \\ \midrule",
        *map(row, table.rows),
        r"\midrule",
        *map(row, table.foot),
        r"\bottomrule",
        r"\end{tabular}",
    ]


def _folded(name: str) -> list[str]:
    return textwrap.wrap(name, _HEAD, break_on_hyphens=False) or [""]


def _head(name: str) -> str:
    lines = [latex_text(line) for line in _folded(name)]
    broken = r"\\{}".join(lines)  # a bracket that follows is no argument
    return broken if len(lines) == 1 else rf"\shortstack[r]{{{broken}}}"


def _cell(cell: str) -> str:
    bare = cell.rstrip("*")
    stars = cell[len(bare) :]
    if not re.fullmatch(r"[(\[]?[−+-]?[\d.,]+(, [−+-]?\d+)?[)\]]?", bare):
        return latex_text(cell)
    plain = bare.replace("−", "-")
    plain = plain.replace(",", "{,}") if not plain.startswith("[") else plain
    return f"${plain}{f'^{{{stars}}}' if stars else ''}$"


def _note(text: str) -> str:
    """Return text with its windows as numbers."""
    parts, at = [], 0
    for found in _WINDOW.finditer(text):
        parts += [latex_text(text[at : found.start()]), f"${found.group()}$"]
        at = found.end()
    return "".join([*parts, latex_text(text[at:])])


def latex_text(text: str) -> str:
    """Return text as LaTeX prints it: what is a command there stands as itself."""
    apart = re.sub(r"(?<=[-,'])(?=[-,'])", "\0", _plain(text))  # -- is another mark there
    return "".join("{}" if c == "\0" else _COMMANDS.get(c, c) for c in apart)


def _plain(text: str) -> str:
    """Return text in one line, without letters nobody sees, accents on their letters."""
    line = re.sub(r"\s", " ", unicodedata.normalize("NFC", text))
    return "".join(c for c in printable(line) if unicodedata.category(c) not in ("Cf", "Cc"))
