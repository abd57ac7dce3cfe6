"""What is new in a folder: files that match a pattern and were not told yet, each as far as it is complete.

A file is left alone while it may still be written: it must not have changed for a while. A file that only grew is read from where it was
read to. One that was read before under another name, and one that is as it was, is not read again. Files are looked at, never moved.

Cost    of what did not change one look at its size and time; else one reading of it, 1 s a GB
Held to tests/pulls/test_folders.py
"""

import codecs
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path

from opportune.adapters.sources.dialects import header_of
from opportune.adapters.sources.tables import SourceFault
from opportune.language.relations.pulled import PulledFile
from opportune.language.vocabulary.instants import Instant, span_of

LINES = (".csv", ".tsv", ".ndjson", ".jsonl", ".json")
"""Endings of files that grow by lines. All others are whole or not there."""
UNENDED = timedelta(minutes=1)
"""A last line without an end is taken for whole once the file has been still for so long."""
_BLOCK = 1 << 20


class Why(Enum):
    """Why a file is not read now."""

    SAME = "it is as it was"
    KNOWN = "the same was read under another name"
    WRITTEN = "it may still be written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """What of a file is to be told: all from byte `begins` to byte `told.bytes`; `told` is what is to be kept when it was."""

    path: Path
    begins: int
    begins_at_line: int
    told: PulledFile
    before: PulledFile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A file that is not read; `told` is to be kept, where there is something to keep."""

    name: str
    why: Why
    told: PulledFile | None = None


Known = Callable[[str], PulledFile | None]
HasContent = Callable[[str], bool]


def files_of(folder: Path, pattern: str) -> list[Path]:
    """Files whose path inside the folder, or their name, matches; by path. Hidden ones are left out. Raises SourceFault."""
    if not folder.is_dir():
        raise SourceFault(f"{folder}: there is no such folder; make it, or mend `folder:` in opportune.yml")
    found = [
        path for path in folder.rglob("*") if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    return sorted(path for path in found if fnmatchcase(name_of(path, folder), pattern) or fnmatchcase(path.name, pattern))


def name_of(path: Path, folder: Path) -> str:
    """The path inside the folder."""
    return path.relative_to(folder).as_posix()


def looked_at(path: Path, name: str, *, known: Known, has_content: HasContent, now: Instant, settle: timedelta) -> Fresh | Left:
    """What there is to tell of a file. Raises OSError."""
    stat = path.stat()
    before = known(name)
    if before is not None and (before.size, before.modified_ns, before.bytes) == (stat.st_size, stat.st_mtime_ns, stat.st_size):
        return Left(name=name, why=Why.SAME)
    still = now - stat.st_mtime_ns // 1000
    if still < span_of(settle):
        return Left(name=name, why=Why.WRITTEN)
    grows = path.name.endswith(LINES) and not _is_wide(path)
    is_whole = not grows or still >= span_of(UNENDED)
    read = _read(path, stat.st_size, before.bytes if before else 0, is_whole=is_whole)
    told = PulledFile(name=name, digest=read.digest, bytes=read.bytes, lines=read.lines, size=stat.st_size, modified_ns=stat.st_mtime_ns)
    after = path.stat()
    if not grows and (after.st_size, after.st_mtime_ns) != (stat.st_size, stat.st_mtime_ns):
        return Left(name=name, why=Why.WRITTEN)
    if before is not None and grows and read.head == before.digest:
        if read.bytes == before.bytes:
            return Left(name=name, why=Why.SAME if read.bytes == stat.st_size else Why.WRITTEN, told=told)
        return Fresh(path=path, begins=before.bytes, begins_at_line=before.lines, told=told, before=before)
    if before is None and has_content(read.digest):
        return Left(name=name, why=Why.KNOWN, told=told)
    return Fresh(path=path, begins=0, begins_at_line=0, told=told, before=before)


def _is_wide(path: Path) -> bool:
    """Written in UTF-16, whose line ends are not one byte: a part of it cannot be read by itself."""
    with path.open("rb") as content:
        return content.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class _Read:
    """The complete part of a file, and the digest of its first bytes as far as they were told before."""

    bytes: int
    lines: int
    digest: str
    head: str


def _read(path: Path, size: int, head_bytes: int, *, is_whole: bool) -> _Read:
    end = size if is_whole else _last_line_end(path, size)
    hashed, lines, head, done = hashlib.blake2b(digest_size=16), 0, "", 0
    with path.open("rb") as content:
        for stop in sorted({min(head_bytes, end), end}):
            for block in _blocks(content.read, stop - done):
                hashed.update(block)
                lines, done = lines + block.count(b"\n"), done + len(block)
            if stop == head_bytes:
                head = hashed.copy().hexdigest()
    return _Read(done, lines, hashed.hexdigest(), head)


def _blocks(read: Callable[[int], bytes], length: int) -> Iterator[bytes]:
    while length > 0 and (block := read(min(length, _BLOCK))):
        length -= len(block)
        yield block


def _last_line_end(path: Path, size: int) -> int:
    """The byte after the last line end among the first `size`; 0 where there is none."""
    with path.open("rb") as content:
        while size > 0:
            begins = max(0, size - _BLOCK)
            content.seek(begins)
            found = content.read(size - begins).rfind(b"\n")
            if found >= 0:
                return begins + found + 1
            size = begins
    return 0


def excerpt(fresh: Fresh, folder: Path) -> tuple[Path, int]:
    """The file itself where all of it is told, else a copy of the part in `folder`, under the heading of a CSV file; and how many lines
    further down in the file each of its lines stands."""
    size = fresh.path.stat().st_size
    if fresh.begins == 0 and fresh.told.bytes == size:
        return fresh.path, 0
    target, heading = folder / fresh.path.name, b""
    with fresh.path.open("rb") as content, target.open("wb") as part:
        if fresh.begins and fresh.path.suffix in (".csv", ".tsv"):
            heading = b"".join(content.readline() for _ in range(header_of(fresh.path).lines_before + 1))
            part.write(heading)
        content.seek(fresh.begins)
        for block in _blocks(content.read, fresh.told.bytes - fresh.begins):
            part.write(block)
    return target, fresh.begins_at_line - heading.count(b"\n")
