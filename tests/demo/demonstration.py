"""A demo started as its users start it: a process of its own, in a folder of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

SOURCE = Path(__file__).parents[2] / "src"
PATIENCE = 400.0
"""Seconds: the machine may be busy with other things."""


def environment() -> dict[str, str]:
    """Ours, with the sources as they are here."""
    return {**os.environ, "PYTHONPATH": str(SOURCE)}


@contextmanager
def started(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The running demo; killed with all its children when the test ends before it."""
    command = [sys.executable, "-m", "opportune.cli.main", "demo", "--dir", "shop", *words]
    with (folder / "out.txt").open("w") as out:
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=out, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        for each in [*family(process.pid), *([psutil.Process(process.pid)] if process.poll() is None else [])]:
            each.kill()
        process.wait()


def family(process_id: int) -> list[psutil.Process]:
    """All that the process started and that still runs."""
    try:
        return psutil.Process(process_id).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def said(folder: Path) -> str:
    """Everything it has written so far."""
    return (folder / "out.txt").read_text()


def wait_until(holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Until it holds; fails, naming what was waited for."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"waited {seconds:g} s for {what}"
        time.sleep(0.1)


def are_gone(processes: list[psutil.Process]) -> bool:
    """None of them runs any more."""
    return not [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
