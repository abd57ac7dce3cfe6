"""A process that serves the collector until it is killed.

python served.py FOLDER DESCRIPTOR CRASH_POINT N      kills itself the Nth time it reaches CRASH_POINT
"""

import socket
import sys
import time
from pathlib import Path

import uvicorn
from tests.collector.edge import elsewhere
from tests.logs.appender import kill_at

from opportune.adapters.logs.segments import Segments
from opportune.collector.app import Collector
from opportune.collector.sources import Source
from opportune.language.vocabulary.instants import Instant


def now():
    return Instant(time.time_ns() // 1000)


def main(folder, descriptor, crash_point, n):
    log = Segments.open(Path(folder), clock=now, reached=kill_at(crash_point, int(n)))
    app = Collector(
        log=log, sources=lambda key: Source(name="shop"), clock=now, following=elsewhere, ready=lambda: True, free_bytes=lambda: 10**12
    )
    listening = socket.socket(fileno=int(descriptor))
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
