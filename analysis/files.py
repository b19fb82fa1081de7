"""Files written whole or not at all, their hashes, tables as CSV, one writer a folder."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import re
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from analysis.errors import ReportError

if TYPE_CHECKING:
    import pandas as pd

LOCK = ".lock"
MOST_BYTES = 200_000_000
"""Bytes a file that is read whole may have."""

LARGE = 5_000_000
"""Bytes from which a file is not held whole where that can be helped."""

#: Rows from which CSV is made column by column.
_LONG = 20_000
_UNUSUAL = re.compile(r"\n(?![0-9A-Za-z])|\r")  # among texts joined by line ends
_FORMULA_STARTS = ("=", "+", "-", "@")
_ADDRESS = "data:text/csv;charset=utf-8,"


def write_whole(path: Path, content: str | bytes | Iterable[bytes]) -> Path:
    """Write a file under a temporary name and move it into place.

    A reader, or a run that is killed half-way, finds the old file or the new one, never a part.

    Parameters
    ----------
    path
        Where the file goes; missing folders are made.
    content
        Text (written as UTF-8 with line feeds), bytes, or parts of them, made as they are written.

    Raises
    ------
    ReportError
        If the folder cannot be written to; the message says why.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    passing = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with passing.open("wb") as stream:
            stream.writelines([data] if isinstance(data, bytes) else data)
        settle(passing)
        passing.replace(path)
        settle(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            passing.unlink(missing_ok=True)
        raise ReportError(
            f"{path} could not be written: {error.strerror or error}. "
            "Choose another folder with --out, or make room in this one."
        ) from error
    return path


def read_bounded(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the content of a file that has an end.

    Raises
    ------
    OSError
        If it cannot be read, or is larger than ``most`` bytes, as a device without an end is.
    """
    with path.open("rb") as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most / 1e6:,.0f} MB", str(path))
    return content


def settle(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk, where the system can tell."""
    with contextlib.suppress(PermissionError):  # a folder cannot be opened on every system
        handle = os.open(path, os.O_RDONLY)
        try:
            with contextlib.suppress(PermissionError):
                os.fsync(handle)
        except OSError as error:
            if error.errno not in {errno.EINVAL, errno.EBADF, errno.ENOTSUP}:
                raise
        finally:
            os.close(handle)


def sha256_hex(content: str | bytes) -> str:
    """Return the SHA-256 of bytes, or of a text as UTF-8, in hexadecimal."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def sole_writer(folder: Path, *, waiting: Callable[[], object]) -> Iterator[None]:
    """Hold a folder for this process; the system lets go of it however the process ends.

    Parameters
    ----------
    folder
        Folder of reports or tables; made if missing.
    waiting
        Called once if another run holds it.

    Raises
    ------
    ReportError
        If the folder cannot be written to.

    Notes
    -----
    Where the file system knows no locks (some network drives), nobody waits: every file is still
    written whole under a name of its own.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ReportError(
            f"{folder} cannot be written to: {error.strerror or error}. "
            "Choose another folder with --out, or make this one writable."
        ) from error
    try:
        if not _taken(handle):
            waiting()
            while not _taken(handle):
                time.sleep(0.2)
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    """Try to lock a file; True if it is ours now, or cannot be locked at all."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in {errno.EAGAIN, errno.EACCES, errno.EDEADLK}
    return True


def link_whole(path: Path, source: Path) -> Path:
    """Let a file have the content of another as `write_whole` does, of one place on the disk.

    Both stay whole files to whoever reads, copies, mails or replaces one. Where the file system
    links no files, or not from there, the content is copied.
    """
    passing = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, passing)
        passing.replace(path)  # does nothing where both are one file already
        passing.unlink(missing_ok=True)
        settle(path.parent)
    except OSError:
        with contextlib.suppress(OSError):
            passing.unlink(missing_ok=True)
        with source.open("rb") as stream:
            return write_whole(path, iter(lambda: stream.read(1 << 20), b""))
    return path


def sealed(path: Path) -> bytes | None:
    """Return the content of a file if its hash in ``NAME.sha256`` beside it fits; else None."""
    try:
        content = path.read_bytes()
        seal = _seal_of(path).read_bytes()
    except OSError:
        return None
    return content if sha256_hex(content).encode() == seal else None


def is_sealed(path: Path) -> bool:
    """Tell as `sealed` does, without holding a large file."""
    try:
        return sha256_of(path).encode() == _seal_of(path).read_bytes()
    except OSError:
        return False


def write_sealed(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file and its hash beside it, as :func:`sealed` asks for."""
    write_whole(path, content)
    write_whole(_seal_of(path), sha256_of(path))


def _seal_of(path: Path) -> Path:
    """Return the file that the hash of a file lies in."""
    return path.with_name(f"{path.name}.sha256")


def csv_text(table: pd.DataFrame, *, digits: int | None = None) -> str:
    """Return a table as every CSV of the project is written.

    Lines end in a newline, truth is ``true`` or ``false``, a missing value is empty, and a text
    that a spreadsheet would take for a formula gets an apostrophe.

    Parameters
    ----------
    table
        The table; its index is left out.
    digits
        Significant digits of decimals; None for all there are.
    """
    shown, plain, rows = None if digits is None else f"%.{digits}g", _plain(table), None
    if digits is None and len(plain) >= _LONG and "pyarrow" in sys.modules:
        from analysis.csv_lines import lines

        rows = lines(plain)
    first = plain if rows is None else plain.iloc[:0]
    return str(first.to_csv(index=False, lineterminator="\n", float_format=shown)) + (rows or "")


def csv_parts(tables: Iterable[pd.DataFrame], *, at_once: int = 20_000) -> Iterator[bytes]:
    """Yield `csv_text` as UTF-8 a part at a time: of a large table little is held twice.

    Parameters
    ----------
    tables
        The table, or its parts one after the other, all of the same columns.
    at_once
        Rows of a part.
    """
    headed = False
    for table in tables:
        for start in range(0, len(table), at_once) or [0]:
            part = csv_text(table.iloc[start : start + at_once]).encode("utf-8")
            yield part.split(b"\n", 1)[1] if headed else part
            headed = True


def give_back_memory() -> None:
    """Return freed memory to the system, where the C library or Arrow hold on to it.

    After a study of thousands of events that is half of what the process holds, while kernels run.
    """
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    with contextlib.suppress(OSError, AttributeError):  # glibc's alone
        ctypes.CDLL(None).malloc_trim(0)


def file_stem(name: str) -> str:
    """Return a name made of letters, digits and dashes: safe as a file's name and as an anchor."""
    return re.sub(r"[^a-z0-9_]+", "-", name.casefold()).strip("-") or "table"


def csv_link(table: pd.DataFrame, *, name: str, title: str, digits: int | None = None) -> str:
    """Return HTML of a link that holds a table and saves it as ``NAME.csv``; empty for no rows.

    Nothing is loaded and no file is needed beside the page. The link's label names the title, so
    that links of several figures can be told apart where only links are read out.
    """
    if table.empty:
        return ""
    address = _ADDRESS + quote(csv_text(table, digits=digits), safe=",:;/()+*@!")
    label = escape(f"Data of this figure (CSV): {title}")
    return (
        f'<a class="data" download="{file_stem(name)}.csv" href="{address}" aria-label="{label}">'
        "Data of this figure (CSV)</a>"
    )


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd  # a page may be written without it

    out = table.copy()
    for place in range(table.shape[1]):
        values = table.iloc[:, place]
        if pd.api.types.is_bool_dtype(values.dtype):
            out.isetitem(place, values.map({True: "true", False: "false"}).array)
        elif not pd.api.types.is_numeric_dtype(values.dtype):
            every = pd.Series(values.unique()).to_numpy(dtype=object).tolist()
            texts = [text for text in every if isinstance(text, str)]
            if _UNUSUAL.search("\n" + "\n".join(texts)):
                odd = {text: plain for text in texts if (plain := _harmless(text)) != text}
                out.isetitem(place, values.map(lambda v, o=odd: o.get(v, v)).array)
    out.columns = pd.Index([_harmless(column) for column in table.columns])
    return out


def _harmless(value: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would take for a formula.

    It may pass over what stands before the sign and is not seen, and takes full-width signs, too.
    """
    if not isinstance(value, str):
        return value
    if value[:1].isascii() and value[:1].isalnum() and "\r" not in value:
        return value  # nearly all
    value = value.replace("\r", " ")
    first = next((char for char in value if not _is_unseen(char)), "")
    sign = unicodedata.normalize("NFKC", first)
    if not sign.startswith(_FORMULA_STARTS) and not value.startswith("\t"):
        return value
    try:
        float(value)
    except ValueError:
        return "'" + value
    return value


def _is_unseen(char: str) -> bool:
    """Tell whether a character leaves no mark: space, control, zero width."""
    return char.isspace() or unicodedata.category(char) in {"Cc", "Cf", "Zs", "Zl", "Zp", "Mn"}
