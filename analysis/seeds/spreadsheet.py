"""Records from a CSV file: a row a record, a column a field, ``announced.best`` for nested ones.

The rows become the same nodes that YAML gives, so that the same rules and the same messages, with
file and line, hold for both.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping

import yaml

from analysis.errors import Problem, SeedError

_LISTS = ("confounders", "doubts", "markets")
_STR, _SEQ, _MAP = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


def csv_nodes(
    text: str,
    *,
    file: str,
    defaults: Callable[[Mapping[str, str]], Mapping[str, str]] | None = None,
) -> list[yaml.Node]:
    """Turn a CSV text into record nodes.

    Parameters
    ----------
    text
        Comma-separated, with a header. A blank cell is a field that is left out; ``confounders``,
        ``doubts`` and ``markets`` are lists, their items separated by semicolons.
    file
        Name for messages.
    defaults
        Gives for a row the fields it may leave out, and their values.

    Raises
    ------
    SeedError
        If there is no header, a column has no name or stands twice, or a row has another number
        of cells.
    """
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        rule = "quote cells that contain commas or line breaks, and close every quote"
        raise SeedError(
            [Problem(file, "", "", f"CSV that does not parse ({error})", rule)]
        ) from None
    if not rows:
        rule = "write a line with the names of the columns, then a line a record"
        raise SeedError([Problem(file, "", "", "an empty file", rule)])
    header = [cell.strip() for cell in rows[0][1]]
    _check_header(header, file, rows[0][0])
    nodes: list[yaml.Node] = []
    problems = []
    for line, row in rows[1:]:
        if len(row) != len(header):
            rule = "quote a cell that contains a comma; leave a cell blank for nothing"
            found = f"{len(row)} cells where the header has {len(header)}"
            problems.append(Problem(file, "", "", found, rule, line))
            continue
        cells = {name: cell.strip() for name, cell in zip(header, row, strict=True) if cell.strip()}
        filled = {**(defaults(cells) if defaults else {}), **cells}
        nodes.append(_node({name: cell for name, cell in filled.items() if cell}, line))
    if problems:
        raise SeedError(problems)
    return nodes


def _check_header(header: list[str], file: str, line: int) -> None:
    twice = [name for name, times in Counter(header).items() if times > 1 and name]
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        found, rule = "columns not separated by commas", "separate columns with commas"
    elif "" in header:
        found, rule = "a column without a name", "name every column by its field, or delete it"
    elif twice:
        found, rule = f"the column {twice[0][:40]!r} twice", "keep one"
    else:
        return
    raise SeedError([Problem(file, "", "", found, rule, line)])


def _node(cells: Mapping[str, str], line: int) -> yaml.MappingNode:
    mark = yaml.Mark("", 0, line - 1, 0, None, 0)
    nested: dict[str, dict[str, str]] = {}
    pairs: list[tuple[yaml.Node, yaml.Node]] = []
    for name, cell in cells.items():
        outer, dot, inner = name.partition(".")
        if dot and inner and outer in cells:
            continue  # what a default adds to a column of the user's is no fault of theirs
        if dot and inner:
            nested.setdefault(outer, {})[inner] = cell
        elif name in _LISTS:
            items = [_text(item.strip(), mark) for item in cell.split(";") if item.strip()]
            pairs.append((_text(name, mark), yaml.SequenceNode(_SEQ, items, mark, mark)))
        else:
            pairs.append((_text(name, mark), _text(cell, mark)))
    for outer, inner_cells in nested.items():
        inner_pairs = [(_text(key, mark), _text(cell, mark)) for key, cell in inner_cells.items()]
        pairs.append((_text(outer, mark), yaml.MappingNode(_MAP, inner_pairs, mark, mark)))
    return yaml.MappingNode(_MAP, pairs, mark, mark)


def _text(value: str, mark: yaml.Mark) -> yaml.ScalarNode:
    return yaml.ScalarNode(_STR, value, mark, mark, style='"')
