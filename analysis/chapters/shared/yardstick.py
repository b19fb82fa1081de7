"""What a move is measured against, in the words of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.engine.models import MODELS, WITHOUT_BENCHMARK

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.markets import Market

_THE = frozenset({"index", "fund"})
OWN_AVERAGE = "its own average"


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What is taken out of a move, and how a page calls it.

    Attributes
    ----------
    name
        With its article, such as ``the S&P 500``; ``its own average`` where nothing else is.
    symbol
        Of the benchmark; empty where there is none.
    fitted
        Whether a relation of the market to it was fitted; else its own move is taken out.
    """

    name: str
    symbol: str = ""
    fitted: bool = True

    @property
    def beyond(self) -> str:
        """What is left of a move: ``beyond the S&P 500``."""
        return f"beyond {self.name}"

    @property
    def explains(self) -> str:
        """What was expected of a move: ``the S&P 500 explains``."""
        if not self.symbol:
            return f"{self.name} would bring"
        return f"{self.name} explains" if self.fitted else f"{self.name} did"


def yardstick(store: StudyStore, seeds: Seeds, market: str) -> Yardstick:
    """Return what a market of a study is measured against."""
    if store.spec.study.model in WITHOUT_BENCHMARK:
        return Yardstick(OWN_AVERAGE)
    symbol = store.spec.benchmark or seeds.market(market).benchmark
    fitted = not MODELS[store.spec.study.model].estimates_nothing
    if not symbol:
        return Yardstick("normal")
    return Yardstick(with_article(seeds.market(symbol)), symbol, fitted=fitted)


def common(sticks: list[Yardstick]) -> Yardstick:
    """Return the yardstick of a whole page: the one all share, or words for several."""
    found = list(dict.fromkeys(sticks))
    if len(found) == 1:
        return found[0]
    if not found:
        return Yardstick("normal")
    return Yardstick("the benchmark", "several", fitted=all(stick.fitted for stick in found))


def with_article(market: Market) -> str:
    """Name a series in a sentence: ``the S&P 500``, ``Nvidia``."""
    return f"the {market.short}" if market.kind in _THE else market.short
