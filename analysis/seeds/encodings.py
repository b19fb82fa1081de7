"""The text of a file: UTF-8, UTF-16 or an older alphabet that can be told for certain, unpacked."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib

from analysis.files import MOST_BYTES
from analysis.seeds.json_tables import csv_of

#: Older alphabets of two bytes a letter, and words of headers that only they spell.
_WORDS = {
    "cp932": ("日付", "年月日", "銘柄", "コード", "終値"),
    "gb18030": ("日期", "代码", "股票", "证券", "收盘"),
    "big5": ("日期", "代號", "股票", "證券", "收盤"),
    "cp949": ("날짜", "일자", "종목", "종가"),
    "cp1251": ("дата", "тикер", "цена", "компания"),
}
_CALLED = {"cp932": "Shift-JIS", "gb18030": "GB 18030", "big5": "Big5", "cp949": "EUC-KR",
           "cp1251": "Windows-1251", "cp1252": "Windows-1252"}  # fmt: skip
#: Letters above ASCII in a row that Western text does not have.
_LONG_RUN = re.compile(rb"[\x80-\xff]{4}")
#: A letter of the West that touches a digit, as a damaged byte does.
_IN_NUMBER = re.compile(r"\d[^\x00-\x7f€£¥°\xa0’.,]|[^\x00-\x7f€£¥\xa0’–.,]\d")
#: Lines among which a head of columns stands, if there is one.
_HEAD = 5


class NotText(ValueError):
    """Bytes that are no text, or text in letters that cannot be told."""

    def __init__(self, rule: str, remedy: str) -> None:
        super().__init__(rule)
        self.rule, self.remedy = rule, remedy


def decoded(content: bytes, *, numbers: bool = False) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file, and a remark where its letters are not those of Unicode.

    What gzip packed and the one file of a zip are unpacked, and a table in JSON is returned as CSV.

    UTF-8 and UTF-16 show themselves. An alphabet of the East is taken where a word of the header is
    one of its own, the Windows alphabet of the West where no four of its letters stand in a row.

    Parameters
    ----------
    content
        Bytes of a file.
    numbers
        Whether the file holds numbers, so that no letter of the West may touch a digit.

    Raises
    ------
    NotText
        If it is none of these, compressed otherwise, or JSON that is no table.
    """
    text, read = _letters(_unpacked(content), numbers)
    try:
        table = csv_of(text)
    except ValueError as error:
        raise NotText(f"{error}.", "Save it as CSV.") from error
    return (text, read) if table is None else (table, (*read, "a table in JSON"))


def _unpacked(content: bytes) -> bytes:
    if content.startswith(b"PK\x03\x04"):
        return _only_file(content)
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            found = packed.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise NotText("it is compressed (gzip) and not whole.", "Unpack it first.") from error
    if len(found) > MOST_BYTES:
        raise NotText(f"unpacked it is larger than {MOST_BYTES / 1e6:,.0f} MB.", "Split it.")
    return found


def _only_file(content: bytes) -> bytes:
    """Return the one file a zip holds, as archives of data are given."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            files = [info for info in packed.infolist() if not info.is_dir()]
            if len(files) == 1 and files[0].file_size <= MOST_BYTES:
                return packed.read(files[0])
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error) as error:
        raise NotText("it is compressed (zip) and not whole.", "Unpack it first.") from error
    raise NotText("it is a zip of several files.", "Unpack it first.")


def _letters(content: bytes, numbers: bool) -> tuple[str, tuple[str, ...]]:
    wide = utf16_of(content)
    try:
        return content.decode(wide or "utf-8-sig").removeprefix("\ufeff"), ()
    except UnicodeDecodeError as error:
        at = error.start
    named = [name for name in _WORDS if _spells(content, name)]
    western = _western(content, numbers)
    found = named or (["cp1252"] if western is not None else [])
    if len(found) != 1:
        raise NotText(f"byte {at} is not UTF-8, and text must be.", "Save it as UTF-8.")
    text = western if not named and western is not None else content.decode(found[0])
    return text, (f"letters of {_CALLED[found[0]]}",)


def _spells(content: bytes, encoding: str) -> bool:
    try:
        head = "\n".join(content.decode(encoding).splitlines()[:_HEAD]).casefold()
    except UnicodeDecodeError:
        return False
    return any(word in head for word in _WORDS[encoding])


def _western(content: bytes, numbers: bool) -> str | None:
    if _LONG_RUN.search(content):
        return None
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return None
    return None if numbers and _IN_NUMBER.search(text) else text


def utf16_of(content: bytes) -> str:
    """Return the name of the UTF-16 some bytes are in, by their mark or their zeros; else empty."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    head = content[:400]
    if len(head) < 8 or head.count(0) < len(head) // 3:
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
