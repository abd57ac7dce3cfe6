"""Messages as files, for a shop that has no mail server yet: one `.eml` each, readable by any mail program."""

import contextlib
import hashlib
import os
import re
from pathlib import Path

from opportune.adapters.channels.channel import At, Envelope, Faulted, HandedOver, Outcome, nowhere, unfit


class Folder:
    """A Channel into a folder. A message handed over twice is one file: the name is its id."""

    def __init__(self, folder: Path, *, at: At = nowhere) -> None:
        self._folder = folder
        self._at = at

    def deliver(self, envelope: Envelope) -> Outcome:
        """Write the file durably; when this returns `HandedOver` it survives a power cut."""
        if (refused := unfit(envelope)) is not None:
            return refused
        target = self._folder / f"{_file_name(envelope.message_id)}.eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._at("data")
            _write(target, envelope)
        except OSError as error:
            return Faulted(f"{target}: {error.strerror or error}")
        self._at("after_data")
        return HandedOver(f"250 written to {target.name}")

    def close(self) -> None:
        """Nothing is held open."""


def _write(target: Path, envelope: Envelope) -> None:
    """Complete under another name first, so that no reader ever sees half a message."""
    partial = target.with_suffix(f".{os.getpid()}.part")
    head = f"Return-Path: <{envelope.sender}>\r\nDelivered-To: {envelope.recipient}\r\n".encode("ascii")
    try:
        with partial.open("wb") as file:
            file.write(head + envelope.content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _file_name(message_id: str) -> str:
    """A name that cannot leave the folder, one per id."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,100}", message_id):
        return message_id
    return hashlib.blake2b(message_id.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
