"""Parquet files behind an address, grouped into partitions that one task reads.

An address is a local folder or file, or anything fsspec opens (``s3://``, ``gs://``, ``memory://``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analysis.errors import InputError

#: Files are put together until a partition has so many bytes; a larger file stays alone.
PARTITION_BYTES = 8 << 20
_REMEDY = {
    "prices": "Name a folder of Parquet files, or make one: market-reaction prices partition.",
}
#: What an installation without the parts a cluster needs is told.
INSTALL = 'Install it with: pip install "market-reaction[cluster]"'


@dataclass(frozen=True, slots=True)
class Partition:
    """Files one task reads; every security lies in one partition.

    Attributes
    ----------
    number : int
        Position among the partitions, counted from 0.
    files : tuple of str
        Addresses of the files.
    """

    number: int
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file names, for messages."""
        names = [file.rsplit("/", 1)[-1] for file in self.files]
        return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def partitions_of(address: str, *, parameter: str = "prices") -> tuple[Partition, ...]:
    """List the Parquet files under an address and group them, in the order of their names.

    Raises
    ------
    InputError
        If nothing can be listed there, or no file ends in ``.parquet``.
    """
    groups: list[list[str]] = []
    room = 0
    for file, size in parquet_files(address, parameter=parameter):
        if not groups or size > room:
            groups.append([])
            room = PARTITION_BYTES
        groups[-1].append(file)
        room -= size
    return tuple(Partition(number, tuple(files)) for number, files in enumerate(groups))


def parquet_files(address: str, *, parameter: str) -> list[tuple[str, int]]:
    """Return addresses and sizes in bytes of the Parquet files, sorted by name.

    Files and folders below the address whose names start with a dot or an underscore are passed
    over, as readers of Parquet do: what a writer has not finished, or notes of a file system.
    """
    fs, path = filesystem(address, parameter=parameter)
    try:
        found = fs.find(path, detail=True)
    except (OSError, ValueError) as error:  # a name that no disk can have
        raise InputError(parameter, ascii(address), f"it cannot be listed: {error}.") from error
    files = sorted(
        (str(fs.unstrip_protocol(name)), int(info.get("size") or 0))
        for name, info in found.items()
        if name.endswith(".parquet") and not _is_hidden(name.removeprefix(path))
    )
    if not files:
        raise InputError(
            parameter,
            address,
            "there is no file ending in .parquet.",
            _REMEDY.get(parameter, "Name a CSV file, a Parquet file or a folder of them."),
        )
    return files


def _is_hidden(below: str) -> bool:
    return any(part.startswith((".", "_")) for part in below.split("/"))


def filesystem(address: str, *, parameter: str) -> tuple[Any, str]:
    """Open the file system of an address.

    Raises
    ------
    InputError
        If fsspec or the package for this kind of address is not installed, or there is no such
        kind.
    """
    try:
        import fsspec
    except ImportError as error:
        raise InputError(parameter, address, "it needs fsspec and pyarrow.", INSTALL) from error
    try:
        fs, path = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise InputError(parameter, address, f"fsspec cannot open it: {error}.") from error
    return fs, path
