"""Files written whole or not at all, and their hashes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from pathlib import Path

from analysis.errors import ReportError


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write a file under a temporary name and move it into place.

    A reader, or a run that is killed half-way, finds the old file or the new one, never a part.

    Parameters
    ----------
    path
        Where the file goes; missing folders are made.
    content
        Text (written as UTF-8 with line feeds) or bytes.

    Raises
    ------
    ReportError
        If the folder cannot be written to; the message says why.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    passing = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        passing.write_bytes(data)
        passing.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            passing.unlink(missing_ok=True)
        raise ReportError(
            f"{path} could not be written: {error.strerror or error}. "
            "Choose another folder with --out, or make room in this one."
        ) from error
    return path


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
