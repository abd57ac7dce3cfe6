"""What a text file of rows is written in: its encoding, what stands between its columns, where its header is.

Spreadsheets write CSV as the machine they run on is set: Windows-1252 or UTF-16 instead of UTF-8, semicolons where the decimal sign is a
comma, `sep=;` before the header, columns without a name at the end.

Gives   `in_utf8`, the same file in UTF-8; `header_of`, its columns and separator
Cost    a CSV file is read once more, to tell its encoding; only one that is not UTF-8, or ends its lines now so, now so, is copied
Held to tests/imports/test_dialects.py
"""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import _csv

SEPARATORS = ",;\t|"
LONGEST_CELL = 16 << 20
"""Characters; Python's own limit is 128 KB."""
_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
"""The longer mark first: that of UTF-32 begins with that of UTF-16."""
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")
_UNDEFINED_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_SEPARATOR_TOLD = re.compile(r'"?sep=(.)"?[,;\t|]*\s*', re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*("|$)')


class SourceFault(Exception):
    """A file that cannot be read at all; names the file and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The columns of a CSV file in their order, what stands between them, and how many lines come before."""

    names: tuple[str, ...]
    separator: str
    unnamed: int
    """Columns after the named ones whose name is blank: a spreadsheet leaves them where something was deleted."""
    lines_before: int


def header_of(file: Path) -> Header:
    """What the first lines of a CSV file say; without `sep=` the separator is the likeliest. Raises SourceFault."""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        first = lines.readline()
        told = _SEPARATOR_TOLD.fullmatch(first)
        separator = told[1] if told else max(SEPARATORS, key=_QUOTED.sub("", first).count)
        if separator not in SEPARATORS:
            raise SourceFault(f"{file}: {first.strip()!r} names a separator that is not read; write it with a comma, semicolon, tab or bar")
        if not told:
            lines.seek(0)
        written = [name.strip() for name in next(rows_of(lines, separator), [])]
    if any("\n" in name or "\r" in name for name in written):
        raise SourceFault(
            f"{file}: a name in the first line has a line break: {' '.join(separator.join(written).split())[:200]!r}; take it out"
        )
    names = written[: next((n for n in range(len(written), 0, -1) if written[n - 1]), 0)]
    if not names or "" in names or len(set(names)) < len(names):
        shown = separator.join(written) or first.strip()
        raise SourceFault(f"{file}: the first line must name every column, each once; it is {shown[:200]!r}")
    return Header(names=tuple(names), separator=separator, unnamed=len(written) - len(names), lines_before=int(told is not None))


def rows_of(lines: Iterable[str], separator: str) -> "_csv.Reader":
    """Python's reader, with room for long cells."""
    csv.field_size_limit(LONGEST_CELL)
    return csv.reader(lines, delimiter=separator)


def in_utf8(file: Path, folder: Path, *, is_csv: bool) -> tuple[Path, str]:
    """The file, or a copy in `folder` in UTF-8, without a mark, all lines ended alike; and what was assumed (empty: nothing).

    Bytes of a CSV file that are no UTF-8 may be Windows-1252. Where that cannot be they are left, for their rows to be set aside.
    """
    with file.open("rb") as content:
        encoding = _marked(content.read(512))
    survey = _surveyed(file) if encoding is None and is_csv else _Survey()
    if survey.is_windows_1252:
        copy = _copied(file, folder, "cp1252", ends_lines=survey.ends_lines_variously)
        return copy, "is not UTF-8 and was read as Windows-1252; if names look wrong, save it as CSV UTF-8"
    if encoding is None and not survey.ends_lines_variously:
        return file, ""
    return _copied(file, folder, encoding or "utf-8", ends_lines=survey.ends_lines_variously or encoding is not None), ""


def _copied(file: Path, folder: Path, encoding: str, *, ends_lines: bool) -> Path:
    """In UTF-8. The engine gives up on a file whose lines end in more than one way."""
    copy = folder / f"utf8-{file.name}"
    with copy.open("w", encoding="utf-8", errors="surrogatepass", newline="") as target:
        for text in _decoded(file, encoding):
            target.write(text.replace("\r\n", "\n").replace("\r", "\n") if ends_lines else text)
    return copy


def _marked(head: bytes) -> str | None:
    """The encoding a file says it has, by its mark or, UTF-16 without one, by the zeros between its letters."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    even, odd = head[:512:2].count(0), head[1:512:2].count(0)
    half = len(head[:512]) // 2
    if odd > half // 2 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > half // 2 and not odd else None


def _decoded(file: Path, encoding: str) -> Iterator[str]:
    """The text of a file in blocks that end with no \\r. What is no text of that encoding is no UTF-8 afterwards either."""
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape" if encoding.startswith("utf-8") else "surrogatepass")
    kept = ""
    with file.open("rb") as content:
        while block := content.read(_BLOCK):
            text = kept + decoder.decode(block)
            kept = "\r" if text.endswith("\r") else ""
            yield text.removesuffix(kept)
    yield kept + ("\udcff" if decoder.getstate()[0] else "")  # or cut off in the middle of a character


@dataclass(slots=True)
class _Survey:
    """What bytes a file that says nothing of its encoding is made of."""

    broken: int = 0
    """Bytes that are no UTF-8."""
    whole: int = 0
    """Characters beyond ASCII that are."""
    has_undefined: bool = False
    """Whether Windows-1252 lacks one of its bytes."""
    ends: Counter[bytes] = field(default_factory=Counter)
    """How often a line ends in \\r\\n, or either alone."""

    @property
    def is_windows_1252(self) -> bool:
        return self.broken > self.whole and not self.has_undefined

    @property
    def ends_lines_variously(self) -> bool:
        return self.ends[b"\r"] > 0 or (self.ends[b"\r\n"] > 0 and self.ends[b"\n"] > 0)


def _surveyed(file: Path) -> _Survey:
    """Reads a file through."""
    decoder, survey = codecs.getincrementaldecoder("utf-8")("surrogateescape"), _Survey()
    with file.open("rb") as content:
        while block := content.read(_BLOCK):
            if block.endswith(b"\r"):
                block += content.read(1)
            both, returns, feeds = block.count(b"\r\n"), block.count(b"\r"), block.count(b"\n")
            survey.ends.update({b"\r\n": both, b"\r": returns - both, b"\n": feeds - both})
            if block.isascii() and not decoder.getstate()[0]:
                continue
            text = decoder.decode(block)
            survey.broken += len(_NOT_UTF8.findall(text))
            survey.whole += len(_BEYOND_ASCII.findall(text))
            survey.has_undefined = survey.has_undefined or _UNDEFINED_IN_1252.search(block) is not None
    survey.broken += len(decoder.getstate()[0])
    return survey
