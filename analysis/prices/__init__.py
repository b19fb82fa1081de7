"""Closes from the snapshot, files, frames or Yahoo: one function, the same checks after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.prices.load import (
        PriceKind,
        Prices,
        load_prices,
        load_volume,
        prices_from_frame,
    )

__all__ = ["PriceKind", "Prices", "load_prices", "load_volume", "prices_from_frame"]


def __getattr__(name: str) -> Any:
    """Load a public name on first use: who asks which sources there are needs no pandas."""
    if name in __all__:
        from analysis.prices import load

        return getattr(load, name)
    raise AttributeError(f"module 'analysis.prices' has no attribute {name!r}")
