"""The tables of a market study, each declared once: its name, what is in it, who is shown it.

A study just computed and a store on disk are both views of this declaration; so are the data files
of a page, the data dictionary (``columns.csv`` beside this file says what each column means) and
the data package. A new table is one line here and its columns there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


#: Status of a reaction that has figures: for all its windows, or where days of the event window are
#: missing.
USABLE = ("ok", "partial")


class StudyTable:
    """One table of a study; reading the attribute returns its frame.

    Attributes
    ----------
    name : str
        Name of the attribute and of the CSV file.
    title : str
        What is in it, in a few words.
    published : bool
        Whether it lies beside the pages; all do but what only a picture needs.
    """

    def __init__(self, title: str, *, published: bool = True) -> None:
        self.title = title
        self.published = published
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, study: StudyTables, owner: type | None = None) -> pd.DataFrame:
        return study.table(self.name)


class StudyTables:
    """A market study as tables; columns are described in ``columns.csv`` beside this file."""

    reactions = StudyTable("day 0, phase and doubts of every event in every market")
    fits = StudyTable("every fitted model")
    abnormal_returns = StudyTable("every abnormal return with its parts")
    tests = StudyTable("every test")
    placebo = StudyTable("every placebo comparison")
    directions = StudyTable("reactions signed by the implied direction, by category")
    claims = StudyTable("every claim and its verdict")
    correlations = StudyTable("reactions of two markets, against placebo moments")
    placebo_correlations = StudyTable("correlations over placebo moments: the draws of pictures")
    reaction_pairs = StudyTable("distinct reactions of two markets, side by side")
    placebo_days = StudyTable("every ordinary day reactions are compared with")
    family = StudyTable("every reaction as one of the whole grid")
    pooled = StudyTable("reactions as the articles implied, by kind of news")
    overnight = StudyTable("day-0 returns before and after the open")
    variants = StudyTable("every reaction on day 0 over one named set of reasonable choices")
    together = StudyTable("whether markets reacted together, all pairs taken as one")
    yardsticks = StudyTable("every reaction on day 0 by each benchmark, and in total")
    minutes = StudyTable("reactions from intraday bars, window by window")
    omnibus = StudyTable("whether reactions were larger than on ordinary days, taken together")

    def table(self, name: str) -> pd.DataFrame:
        """Return one table by its name."""
        raise NotImplementedError


#: Every table by its name, in the order of the files.
TABLES: dict[str, StudyTable] = {
    name: table for name, table in vars(StudyTables).items() if isinstance(table, StudyTable)
}
