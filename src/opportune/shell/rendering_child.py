"""The renderer's child process: reads batches, writes one answer a mail, ends when its input does.

Not imported by anything else; `shell/rendering.py` starts it.
"""

import os
import signal
import struct
from types import FrameType

import msgspec

from opportune.language.vocabulary.instants import Instant
from opportune.shell.rendering import PATIENCE, Batch, Order, Reply, Stationery
from opportune.stages.content.refusal import Reason, Refusal
from opportune.stages.content.render import Addressing, render
from opportune.stages.content.rendered import Rendered
from opportune.stages.tracking.tokens import Purpose, Token, mint

_LENGTH = struct.Struct(">I")


class _OutOfTime(BaseException):
    """Not an Exception: a library that catches those must not catch this."""


def _addressing(stationery: Stationery, order: Order) -> Addressing:
    """The tracking URLs of one mail."""

    def url(purpose: Purpose, link: int = 0) -> str:
        return f"{stationery.public_url}/{purpose.value}/{mint(stationery.secret, Token(purpose, int(order.message), link))}"

    unsubscribe = url(Purpose.UNSUBSCRIBE) if order.is_marketing else ""
    return Addressing(
        unsubscribe_url=unsubscribe,
        preferences_url=unsubscribe,
        why_url=url(Purpose.WHY),
        confirm_url=url(Purpose.CONFIRM),
        pixel_url=url(Purpose.OPEN) if order.tracks_opens else "",
        track=(lambda number, _: url(Purpose.CLICK, number)) if order.tracks_clicks else (lambda _, target: target),
    )


def _answer(stationery: Stationery, order: Order) -> Rendered | Refusal:
    template = stationery.templates.get(order.template)
    if template is None:
        return Refusal(Reason.NO_TEMPLATE, f"there is no template {order.template!r}")
    try:
        signal.setitimer(signal.ITIMER_REAL, PATIENCE.total_seconds())
        try:
            return render(template, order.values, _addressing(stationery, order), at=Instant(order.at))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _OutOfTime:
        return Refusal(Reason.OUT_OF_TIME, f"template {order.template!r} took longer than {PATIENCE.total_seconds():g} s")
    except MemoryError:
        return Refusal(Reason.LIMIT, f"template {order.template!r} ran out of memory")


def _out_of_time(_: int, __: FrameType | None) -> None:
    raise _OutOfTime


def _exactly(descriptor: int, count: int) -> bytes:
    """Ends this process when the other side is gone."""
    pieces: list[bytes] = []
    while count:
        piece = os.read(descriptor, min(count, 1 << 20))
        if not piece:
            os._exit(0)
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _write(descriptor: int, frame: bytes) -> None:
    left = memoryview(_LENGTH.pack(len(frame)) + frame)
    try:
        while left:
            left = left[os.write(descriptor, left) :]
    except BrokenPipeError:
        os._exit(0)


def main() -> None:
    """Answer until the input ends. Anything printed goes to stderr: our output is frames only."""
    answers = os.dup(1)
    os.dup2(2, 1)
    signal.signal(signal.SIGALRM, _out_of_time)
    decoder = msgspec.msgpack.Decoder(Batch)
    encoder = msgspec.msgpack.Encoder()
    stationery = Stationery(templates={}, public_url="", secret=b"")
    while True:
        (length,) = _LENGTH.unpack(_exactly(0, _LENGTH.size))
        batch = decoder.decode(_exactly(0, length))
        if batch.stationery is not None:
            stationery = batch.stationery
            _write(answers, encoder.encode(Reply()))
        for order in batch.orders:
            answer = _answer(stationery, order)
            reply = Reply(rendered=answer) if isinstance(answer, Rendered) else Reply(refusal=answer)
            _write(answers, encoder.encode(reply))


if __name__ == "__main__":
    main()
