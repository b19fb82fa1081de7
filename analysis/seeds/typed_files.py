"""Tables whose values have types: Parquet, Feather and Stata, told by their first bytes."""

from __future__ import annotations

import importlib
import io

import pandas as pd

from analysis.errors import PriceError, lines_of

#: Files of tables with types, by their ends.
TYPED = (".parquet", ".feather", ".dta")
#: Ends of files nothing here reads, so that they are refused as what they are.
UNREAD = (".pkl", ".pickle", ".xls", ".h5", ".hdf5", ".rds", ".rda", ".rdata", ".pdf")
_MAGIC = {b"PAR1": "Parquet", b"ARROW1": "Feather", b"<stata_dta>": "Stata"}
#: Files nothing here reads: first bytes, what they are, and how the table is had otherwise.
_OTHERS: tuple[tuple[bytes | tuple[bytes, ...], str, str], ...] = (
    ((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
     "a pickle, which can run programs when it is read",
     "Write CSV where it comes from: pandas.read_pickle(FILE).to_csv('table.csv')."),
    (b"\xd0\xcf\x11\xe0", "a workbook of Excel 97 to 2003", "Save it as xlsx or CSV."),
    (b"\x89HDF", "an HDF5 file", "Write CSV where it comes from: pandas.read_hdf(FILE)."),
    (b"SIMPLE  =", "a FITS file", "Save it as CSV."), (b"%PDF", "a PDF", "Save the table as CSV."),
    ((b"RDX2\n", b"RDX3\n"), "a file of R",
     "Write CSV where it comes from: write.csv(x, 'table.csv')."),
)  # fmt: skip


def is_typed(content: bytes, suffix: str) -> bool:
    """Tell a table with types by its first bytes, or by the end of its name."""
    return suffix.casefold() in TYPED or any(content.startswith(magic) for magic in _MAGIC)


def refuse_other(content: bytes, source: str) -> None:
    """Refuse what is no table of text, Excel or types, by its first bytes.

    Raises
    ------
    PriceError
        That says what it is and how to have it as CSV.
    """
    for magic, what, remedy in _OTHERS:
        if content.startswith(magic):
            raise PriceError(source, what, "a table is CSV, Excel, Parquet or JSON.", remedy)


def typed_frame(content: bytes, source: str) -> pd.DataFrame:
    """Read a table with types as it was written, its index included.

    Raises
    ------
    PriceError
        If the package that reads it is not installed, or it cannot be read.
    """
    kind = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    kind = kind or ("Stata" if source.casefold().endswith(".dta") else "Parquet")
    try:
        if kind == "Stata":
            return pd.DataFrame(pd.read_stata(io.BytesIO(content)))
        pyarrow = importlib.import_module("pyarrow")
        if kind == "Feather":
            return pd.DataFrame(pd.read_feather(io.BytesIO(content)))
        parquet = importlib.import_module("pyarrow.parquet")
        return pd.DataFrame(parquet.read_table(pyarrow.BufferReader(content)).to_pandas())
    except ImportError:
        raise PriceError(
            source,
            f"a {kind} file, and no package that reads it",
            f"{kind} needs pyarrow, which is not installed by default.",
            'Install it (pip install "market-reaction[parquet]"), or save the table as CSV.',
        ) from None
    except Exception as error:  # their parsers raise whatever they meet
        raise PriceError(
            source,
            f"a {kind} file that cannot be read ({lines_of(error)[0][:80]})",
            "it must be whole.",
            "Write it anew.",
        ) from error


def with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its index as columns, unless that only counts rows."""
    index = frame.index
    if index.nlevels > 1 or index.name is not None:
        return frame.reset_index()
    return frame.reset_index(names="date") if isinstance(index, pd.DatetimeIndex) else frame
