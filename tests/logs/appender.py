"""A process that appends from four threads until it is killed, and prints each message id once its line is durable.

python appender.py FOLDER [CRASH_POINT N]      kills itself the Nth time it reaches CRASH_POINT
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from opportune.adapters.logs.line import Line, written
from opportune.adapters.logs.segments import Segments
from opportune.language.vocabulary.instants import Instant


def kill_at(crash_point, n):
    """A `reached` that ends this process as `kill -9` would, the `n`th time it is called with `crash_point`."""
    left = n

    def reached(point):
        nonlocal left
        left -= point == crash_point
        if point == crash_point and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


def append_for_ever(log, prefix):
    for number in range(10**9):
        ids = [f"{prefix}-{number}-{position}" for position in range(1 + number % 5)]
        log.append([written(line_of(message_id)) for message_id in ids])
        os.write(1, "".join(f"{message_id}\n" for message_id in ids).encode())


def line_of(message_id):
    return Line(
        type="track",
        message_id=message_id,
        source="shop",
        properties={"padding": "x" * (len(message_id) * 97 % 4000)},
        traits={},
        context={},
        user_id="u",
        event="Padded",
    )


def main(folder, crash_point="", n="0"):
    log = Segments.open(Path(folder), clock=lambda: Instant(time.time_ns() // 1000), reached=kill_at(crash_point, int(n)))
    for number in range(4):
        threading.Thread(target=append_for_ever, args=(log, f"{os.getpid()}-{number}"), daemon=True).start()
    while True:
        time.sleep(0.01)
        log.seal()


if __name__ == "__main__":
    main(*sys.argv[1:])
