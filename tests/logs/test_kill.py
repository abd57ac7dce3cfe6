"""kill -9 at any time: what was acknowledged is in the log, once, and the log goes on."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from opportune.adapters.logs.segments import Segments

APPENDER = Path(__file__).with_name("appender.py")


def run_until_killed(folder, *arguments, after_seconds=None):
    """Start an appender, wait for its death (or bring it about), and give the ids it acknowledged."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, APPENDER, folder, *arguments], stdout=subprocess.PIPE, env=environment) as process:
        if after_seconds is not None:
            process.stdout.readline()
            time.sleep(after_seconds)
            process.kill()
        printed = process.stdout.read().decode()
        assert process.wait(timeout=30) == -9
    return printed.rpartition("\n")[0].splitlines()[0 if after_seconds is None else 1 :]


def lines_of(folder):
    """Every line of the log after it was opened again, in order."""
    log = Segments.open(folder, clock=lambda: 0)
    lines = [msgspec.json.decode(line) for segment in log.seal().segments for line in segment.read_bytes().splitlines()]
    log.close()
    return lines


def assert_all_there_once(folder, acknowledged):
    lines = lines_of(folder)
    times = Counter(line["messageId"] for line in lines)
    assert acknowledged, "a process that acknowledged nothing proves nothing"
    assert {message_id: times[message_id] for message_id in acknowledged} == dict.fromkeys(acknowledged, 1)
    received = [line["receivedAt"] for line in lines]
    assert received == sorted(received)


@pytest.mark.processes
@pytest.mark.parametrize("crash_point", ["log_append", "log_fsync"])
def test_what_was_acknowledged_before_a_kill_at_a_crash_point_is_in_the_log_once(tmp_path, crash_point):
    acknowledged = []
    for n in (2, 7, 31, 60, 90):
        acknowledged += run_until_killed(tmp_path / "log", crash_point, str(n))
    assert_all_there_once(tmp_path / "log", acknowledged)


@pytest.mark.processes
def test_what_was_acknowledged_before_a_kill_at_any_time_is_in_the_log_once(tmp_path):
    chance = random.Random(7)
    acknowledged = []
    for _ in range(6):
        acknowledged += run_until_killed(tmp_path / "log", after_seconds=chance.uniform(0, 0.15))
    assert_all_there_once(tmp_path / "log", acknowledged)
