"""What is wrong with an answer of Yahoo."""

from __future__ import annotations

from typing import Literal

FaultKind = Literal["answer", "network", "limited", "unknown"]


class ChartError(Exception):
    """An answer that holds no usable prices.

    Parameters
    ----------
    cause
        What is wrong with it, in words.
    kind
        ``answer``: the symbol or its prices are at fault; ``network``: the service is; ``limited``:
        it wants fewer requests; ``unknown``: it says there is no such thing, so asking again is
        vain.
    """

    def __init__(self, cause: str, *, kind: FaultKind = "answer") -> None:
        self.kind = kind
        super().__init__(cause)

    @property
    def network(self) -> bool:
        """True if the service, not the symbol or its prices, is at fault."""
        return self.kind in ("network", "limited")
