"""kill -9 of the whole server while senders wait: every call that got its 200 is in the log, once."""

import os
import socket
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import msgspec
import pytest
from tests.collector.edge import KEY

from opportune.adapters.logs.segments import Segments

ROOT = Path(__file__).parents[2]
SERVED = Path(__file__).with_name("served.py")


def send_until_killed(address, sender):
    """The message ids this sender got a 200 for, until the server was gone."""
    acknowledged = []
    with httpx.Client(base_url=address, auth=(KEY, ""), timeout=20) as client:
        for number in range(10_000):
            message_id = f"{sender}-{number}"
            call = {"event": "Cart Viewed", "userId": "u", "messageId": message_id}
            try:
                status = client.post("/v1/track", json=call).status_code
            except httpx.TransportError:
                return acknowledged
            if status == 200:
                acknowledged.append(message_id)
    return acknowledged


def acknowledged_until_killed(folder, crash_point, n):
    """What four senders at once were told is stored, before the server killed itself."""
    with socket.socket() as listening, ThreadPoolExecutor(4) as senders:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        arguments = [sys.executable, SERVED, folder, str(listening.fileno()), crash_point, str(n)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        with subprocess.Popen(arguments, pass_fds=[listening.fileno()], env=environment) as server:
            listening.close()
            sending = [senders.submit(send_until_killed, address, f"{crash_point}-{n}-{sender}") for sender in range(4)]
            assert server.wait(timeout=60) == -9
            return [message_id for sender in sending for message_id in sender.result(timeout=60)]


@pytest.mark.processes
def test_every_call_that_was_answered_with_200_before_the_server_was_killed_is_in_the_log_once(tmp_path):
    acknowledged = []
    for crash_point, n in (("log_append", 5), ("log_append", 60), ("log_fsync", 25), ("log_fsync", 120)):
        acknowledged += acknowledged_until_killed(tmp_path / "log", crash_point, n)
    log = Segments.open(tmp_path / "log", clock=lambda: 0)
    lines = [msgspec.json.decode(line) for segment in log.seal().segments for line in segment.read_bytes().splitlines()]
    log.close()
    times = Counter(line["messageId"] for line in lines)
    assert len(acknowledged) > 100
    assert {message_id: times[message_id] for message_id in acknowledged} == dict.fromkeys(acknowledged, 1)
