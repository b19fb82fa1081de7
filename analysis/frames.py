"""Rows of a frame as plain mappings, for code that turns rows into words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pandas as pd

Row = Mapping[str, Any]


def records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a frame as mappings from column name to value."""
    return cast("list[Row]", frame.to_dict("records"))
