"""A process that serves the collector and seals its log all the time, as a tick does.

python served.py FOLDER DESCRIPTOR [USER]      as that user, by number, where it may become one
"""

import os
import socket
import sys
import threading
import time
from pathlib import Path

import uvicorn
from tests.collector.edge import elsewhere

from opportune.adapters.logs.log import LogFault
from opportune.adapters.logs.segments import Segments
from opportune.collector.app import Collector
from opportune.collector.sources import Source
from opportune.language.vocabulary.instants import Instant


def now():
    return Instant(time.time_ns() // 1000)


def seal_for_ever(log):
    while True:
        time.sleep(0.3)  # long enough for a group to follow one that was cut off
        try:
            log.seal()
        except LogFault:
            continue  # as the ticker does: it tries again


def main(folder, descriptor, user=""):
    if user:
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    log = Segments.open(Path(folder), clock=now)
    threading.Thread(target=seal_for_ever, args=(log,), daemon=True).start()
    app = Collector(
        log=log, sources=lambda key: Source(name="shop"), clock=now, following=elsewhere, ready=lambda: True, free_bytes=lambda: 10**12
    )
    listening = socket.socket(fileno=int(descriptor))
    uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listening])
    log.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
