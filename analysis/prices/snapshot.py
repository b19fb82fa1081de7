"""The prices that come with the project, checked against their description."""

from __future__ import annotations

import json
from pathlib import Path

from analysis.errors import PriceError
from analysis.prices.checks import PriceTable
from analysis.prices.files import read_bytes, read_table

CLOSES = "closes.csv"
OPENS = "opens.csv"
_DESCRIPTION = "datapackage.json"


def volume_files(data_dir: Path) -> dict[str, str]:
    """Return the files of trading volume in a data folder by symbol: ``SYMBOL_volume.csv``."""
    ending = "_volume.csv"
    return {
        file.name.removesuffix(ending).upper(): file.name
        for file in sorted(data_dir.glob(f"*{ending}"))
    }


def read_snapshot(name: str, *, data_dir: Path) -> tuple[PriceTable, tuple[str, str]]:
    """Read one file of the data folder after checking its sha256.

    Parameters
    ----------
    name
        Name of a resource file, such as ``closes.csv``.
    data_dir
        Folder with the file and ``datapackage.json``.

    Returns
    -------
    table : PriceTable
        Every column of the file.
    file : tuple of str
        Name and sha256.

    Raises
    ------
    PriceError
        If a file is missing, is not the one described, or cannot be parsed.
    """
    content, found = checked_bytes(name, data_dir=data_dir)
    return read_table(content, source=name), (name, found)


def checked_bytes(name: str, *, data_dir: Path) -> tuple[bytes, str]:
    """Return the content of a described file and its sha256.

    Raises
    ------
    PriceError
        If the file is missing, or is not the one ``datapackage.json`` describes.
    """
    expected = _expected_hash(name, data_dir)
    content, found = read_bytes(data_dir / name)
    if found != expected:
        raise PriceError(
            str(data_dir / name),
            f"sha256 {found}",
            f"{_DESCRIPTION} expects sha256 {expected}: the file, or its line ends, changed.",
            f"Restore the file (git checkout -- {data_dir.name}/{name}), put the new sha256 into "
            f"{_DESCRIPTION}, or pass your own file as the source of prices.",
        )
    return content, found


def described(name: str, data_dir: Path) -> bool:
    """Tell whether ``datapackage.json`` of a folder describes a file."""
    package = data_dir / _DESCRIPTION
    return package.is_file() and name in _hashes(data_dir)


def _expected_hash(name: str, data_dir: Path) -> str:
    where, hashes = str(data_dir / _DESCRIPTION), _hashes(data_dir)
    if not hashes.get(name, "").startswith("sha256:"):
        raise PriceError(
            where, f"no sha256 of {name}", "every data file has its hash.", "Restore it."
        )
    return hashes[name].removeprefix("sha256:")


def _hashes(data_dir: Path) -> dict[str, str]:
    """Return the hash of every described file by its path."""
    content, _ = read_bytes(data_dir / _DESCRIPTION)
    try:
        resources = json.loads(content)["resources"]
        return {item["path"]: str(item["hash"]) for item in resources}
    except (ValueError, KeyError, TypeError) as error:
        raise PriceError(
            str(data_dir / _DESCRIPTION),
            f"no list of resources with path and hash ({error})",
            "it describes every data file.",
            "Restore it.",
        ) from error
