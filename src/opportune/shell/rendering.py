"""The renderer: one child process that turns templates into mails, so that rendering does not hold up the collector.

The child has the clock that the pure room may not have: a mail that takes longer than `PATIENCE` is refused, alone. If the child dies,
a new one takes over where it stopped; the mail it died of twice is refused. When this process ends, by `kill -9` too, the child reads
the end of its input and ends.

Cost    1-2 ms a mail, in the child; here one write a batch and one read a mail
"""

import contextlib
import os
import selectors
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

import opportune
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Json
from opportune.stages.content.refusal import Reason, Refusal
from opportune.stages.content.render import whole
from opportune.stages.content.rendered import Rendered
from opportune.stages.content.template import Template

PATIENCE = timedelta(seconds=2)
"""What one mail may take inside the child."""
SILENCE = timedelta(seconds=10)
"""How long a child may say nothing before it is taken for stuck; longer than `PATIENCE`, which it keeps itself."""
_START = timedelta(seconds=60)
"""How long a child may take to start, on a machine that is busy with other things."""
_LENGTH = struct.Struct(">I")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to render. `message`: the number its tracking tokens name, in decimal: it may have 128 bits. See `order`."""

    template: str
    values: dict[str, Any]
    """JSON values; msgspec cannot name a recursive type."""
    message: str
    at: int
    """Instant."""
    tracks_opens: bool
    tracks_clicks: bool
    is_marketing: bool


class Stationery(msgspec.Struct, frozen=True, kw_only=True):
    """What the child is told first, and again when templates change."""

    templates: dict[str, Template]
    public_url: str
    secret: bytes


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One frame to the child: new stationery, or orders, or both."""

    orders: list[Order]
    stationery: Stationery | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One frame from the child, in the order of the orders; one of the two is set. Neither: it has its stationery and is ready."""

    rendered: Rendered | None = None
    refusal: Refusal | None = None


class Renderer:
    """The child process and what is needed to replace it. Any thread may call it; one batch is rendered at a time."""

    def __init__(self, *, secret: bytes, public_url: str, silence: timedelta = SILENCE) -> None:
        self._secret = secret
        self._public_url = public_url.rstrip("/")
        self._silence = silence
        self._templates: dict[str, Template] = {}
        self._child: _Child | None = None
        self._lock = threading.Lock()

    def start(self, templates: Mapping[str, Template]) -> None:
        """Render from these templates from now on. Raises RendererFault."""
        with self._lock:
            self._templates = dict(templates)
            self._end()
            self._child = self._begun()

    def render(self, batch: Sequence[Order]) -> list[Rendered | Refusal]:
        """One answer for each order, in order. Raises RendererFault when no child can be started; then nothing was decided."""
        with self._lock:
            answers: list[Rendered | Refusal] = []
            deaths = 0
            while len(answers) < len(batch):
                before = len(answers)
                try:
                    self._rendered(batch[before:], answers)
                except _ChildGone as gone:
                    self._end()
                    deaths = deaths + 1 if len(answers) == before else 1
                    if deaths == 2:
                        answers.append(Refusal(Reason.OUT_OF_TIME, f"the renderer died of it twice: {gone}"))
                        deaths = 0
            return answers

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    @property
    def templates(self) -> Mapping[str, Template]:
        """What it renders from."""
        return self._templates

    @property
    def process_id(self) -> int | None:
        """The child's, for health and for tests that kill it."""
        return self._child.process.pid if self._child is not None else None

    def _rendered(self, orders: Sequence[Order], answers: list[Rendered | Refusal]) -> None:
        if self._child is None:
            self._child = self._begun()
        self._child.write(_frame(orders), self._silence)
        for _ in orders:
            reply = _REPLY.decode(self._child.read(self._silence))
            answer = reply.rendered or reply.refusal
            assert answer is not None
            answers.append(answer)

    def _begun(self) -> "_Child":
        child = _Child()
        stationery = Stationery(templates=self._templates, public_url=self._public_url, secret=self._secret)
        try:
            child.write(msgspec.msgpack.encode(Batch(orders=[], stationery=stationery)), _START)
            child.read(_START)
        except _ChildGone as gone:
            child.end()
            raise RendererFault(f"the renderer did not start: {gone}") from gone
        return child

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


def _frame(orders: Sequence[Order]) -> bytes:
    """The batch as bytes; half a character or a number of 30 digits in somebody's traits must not stop her neighbours."""
    try:
        return msgspec.msgpack.encode(Batch(orders=list(orders)))
    except (UnicodeEncodeError, OverflowError):
        mended = [msgspec.structs.replace(order, values={name: whole(value) for name, value in order.values.items()}) for order in orders]
        return msgspec.msgpack.encode(Batch(orders=mended))


_REPLY = msgspec.msgpack.Decoder(Reply)


class RendererFault(Exception):
    """The child cannot even start: memory, disk, a broken installation. No mail is to blame, so none is refused."""


class _ChildGone(Exception):
    """The child ended, or has been silent too long."""


class _Child:
    """A process that answers frames. Nothing else holds our ends of its pipes, so it sees when we are gone."""

    def __init__(self) -> None:
        source = str(Path(opportune.__file__).parents[1])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH", ""))))}
        command = [sys.executable, "-m", "opportune.shell.rendering_child"]
        # A process group of its own: Ctrl-C is for us, and the child ends when we close its input.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, process_group=0, bufsize=0)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdin.fileno(), False)
        self._readable, self._writable = selectors.DefaultSelector(), selectors.DefaultSelector()
        self._readable.register(self.process.stdout, selectors.EVENT_READ)
        self._writable.register(self.process.stdin, selectors.EVENT_WRITE)
        self._unread = bytearray()

    def write(self, frame: bytes, silence: timedelta) -> None:
        """The child reads a whole frame before it answers, so only a stuck child keeps us waiting."""
        assert self.process.stdin is not None
        left = memoryview(_LENGTH.pack(len(frame)) + frame)
        try:
            while left:
                if not self._writable.select(silence.total_seconds()):
                    raise _ChildGone(f"it read nothing for {silence.total_seconds():g} s")
                left = left[os.write(self.process.stdin.fileno(), left) :]
        except OSError as error:
            raise _ChildGone(str(error)) from error

    def read(self, silence: timedelta) -> bytes:
        """The next frame."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size, silence))
        return self._exactly(length, silence)

    def end(self) -> None:
        """Close its input, give it a moment, then kill it; always reaps it."""
        self._readable.close()
        self._writable.close()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        try:
            self.process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _exactly(self, count: int, silence: timedelta) -> bytes:
        assert self.process.stdout is not None
        until = time.monotonic() + silence.total_seconds()
        while len(self._unread) < count:
            if not self._readable.select(max(0.0, until - time.monotonic())):
                raise _ChildGone(f"no answer within {silence.total_seconds():g} s")
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            if not piece:
                raise _ChildGone("it ended")
            self._unread += piece
        piece = bytes(self._unread[:count])
        del self._unread[:count]
        return piece


def order(template: str, values: dict[str, Json], *, message: int, at: Instant, tracks: bool, is_marketing: bool) -> Order:
    """An order whose opens and clicks are tracked, or neither."""
    return Order(
        template=template, values=values, message=str(message), at=at, tracks_opens=tracks, tracks_clicks=tracks, is_marketing=is_marketing
    )
