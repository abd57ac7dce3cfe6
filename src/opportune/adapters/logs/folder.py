"""The log's folder: which segments wait, which were released, and what a killed process left behind.

log/20260301T100000.000000Z.open      being written
log/20260301T095959.000000Z.ndjson    closed, waits to be loaded
log/loaded/2026-03-01/...             released: kept for a replay
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from opportune.adapters.logs.log import LogFault, LogTaken
from opportune.adapters.logs.segment import CLOSED, OPEN, sync_folder
from opportune.language.vocabulary.instants import EARLIEST, Instant, parse_instant

LOADED = "loaded"
LOCK = ".lock"


class _Received(msgspec.Struct, rename="camel"):
    received_at: str


def make_folder(folder: Path) -> None:
    """Create `folder` and its parents so that a power cut cannot take them away with the lines in them."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def lock_folder(folder: Path) -> int:
    """A descriptor that keeps other processes out until it is closed; a killed process keeps nobody out. Raises LogTaken."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise LogTaken("another process appends to it; stop that one first") from error
    return descriptor


def closed_segments(folder: Path) -> tuple[Path, ...]:
    """Closed and not released, oldest first."""
    return tuple(sorted(folder.glob("*" + CLOSED)))


def close_leftovers(folder: Path) -> None:
    """Close what a killed process left open. Of the group it was writing, which was never acknowledged, whole lines may stay."""
    for path in folder.glob("*" + OPEN):
        whole = _whole_lines(path.read_bytes())
        if whole:
            os.truncate(path, whole)
            path.rename(path.with_suffix(CLOSED))
        else:
            path.unlink()


def _whole_lines(content: bytes) -> int:
    """How many bytes of `content` are whole lines. A power cut can leave blocks of zeros; JSON never holds a raw NUL, so they end it."""
    zeros = content.find(b"\0")
    return content.rfind(b"\n", 0, zeros if zeros >= 0 else len(content)) + 1


def last_received(folder: Path) -> Instant:
    """The largest `receivedAt` the folder knows of, released segments included; EARLIEST when there is none."""
    days = sorted((folder / LOADED).glob("*"))
    loaded = sorted(days[-1].glob("*" + CLOSED)) if days else []
    newest = [*loaded[-1:], *closed_segments(folder)[-1:]]
    return max((_last_received_in(path) for path in newest), default=EARLIEST)


def _last_received_in(segment: Path) -> Instant:
    last = segment.read_bytes().rstrip(b"\n").rpartition(b"\n")[2]
    try:
        return parse_instant(msgspec.json.decode(last, type=_Received).received_at)
    except (msgspec.DecodeError, ValueError) as error:
        raise LogFault(f"the last line of {segment} has no receivedAt; it was not written by this program: move the file away") from error


def put_aside(folder: Path, segments: Sequence[Path]) -> None:
    """Move segments to the folder of their day under `loaded/`; those that are there already stay."""
    for path in segments:
        year, month, day = path.name[:4], path.name[4:6], path.name[6:8]
        target = folder / LOADED / f"{year}-{month}-{day}"
        target.mkdir(parents=True, exist_ok=True)
        waiting = folder / path.name
        if waiting.exists():
            waiting.rename(target / path.name)
