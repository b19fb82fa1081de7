"""Lines of long tables as CSV, column by column; the bytes are those of pandas, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

#: Rows made at once; bounds memory, not results.
_AT_ONCE = 100_000
#: Decimals between these that are not whole are spelled by Arrow as by Python.
_SAME_FROM, _SAME_BELOW = 1e-4, 1e7


def lines(table: pd.DataFrame) -> str | None:
    """Return the rows of a table as CSV without a header; None where that is left to pandas.

    Parameters
    ----------
    table
        Columns of decimals, whole numbers and texts, at least two; a missing value is empty.
    """
    import pyarrow
    import pyarrow.compute as pc

    parts = []
    for start in range(0, len(table), _AT_ONCE):
        some = table.iloc[start : start + _AT_ONCE]
        try:
            columns = [_texts(some.iloc[:, place]) for place in range(some.shape[1])]
        except (TypeError, pyarrow.ArrowException):
            return None
        columns[-1] = pc.binary_join_element_wise(columns[-1], "", "\n")
        joined = pc.binary_join_element_wise(*columns, ",")
        parts.append("".join(joined.to_pylist()))
    return "".join(parts) if table.shape[1] > 1 else None


def _texts(values: pd.Series) -> pyarrow.Array:
    import pyarrow
    import pyarrow.compute as pc

    if values.dtype == np.float64:
        return _decimals(values.to_numpy())
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu":
        return pyarrow.array(values.to_numpy()).cast(pyarrow.string())
    if values.dtype != object and str(values.dtype) not in {"str", "string"}:
        raise TypeError(values.dtype)
    found = pyarrow.array(values.array, pyarrow.string(), from_pandas=True)
    if isinstance(found, pyarrow.ChunkedArray):
        found = found.combine_chunks()
    found = pc.fill_null(found, "")
    quoted = pc.match_substring_regex(found, '[,"\n\r]')
    if pc.any(quoted).as_py():
        doubled = pc.replace_substring(found, '"', '""')
        found = pc.if_else(quoted, pc.binary_join_element_wise('"', doubled, '"', ""), found)
    return found


def _decimals(values: np.ndarray) -> pyarrow.Array:
    import pyarrow
    import pyarrow.compute as pc

    size = np.abs(values)
    with np.errstate(invalid="ignore"):
        other = (size < _SAME_FROM) | (size >= _SAME_BELOW) | (values == np.rint(values))
    other &= np.isfinite(values)
    found = pyarrow.array(values, from_pandas=True).cast(pyarrow.string())
    spelled = pyarrow.array(list(map(repr, values[other].tolist())), pyarrow.string())
    return pc.fill_null(pc.replace_with_mask(found, pyarrow.array(other), spelled), "")
