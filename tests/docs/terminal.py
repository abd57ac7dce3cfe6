"""A reader's terminal: types what a page shows, in a folder of its own, with a port that nobody has."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from tests.docs.pages import ROOT

PATIENCE = 400
"""Seconds for one block of commands, on a machine that has other work."""
SHOWN = "http://127.0.0.1:8000"
"""Where pages say that `serve` is."""


def terminal_in(folder: Path) -> dict[str, str]:
    """The environment, with `opportune` in it and a free port."""
    commands = folder / "bin"
    commands.mkdir()
    script = commands / "opportune"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m opportune.cli.main "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = f"{commands}:{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "src"), "OPPORTUNE_SERVE_PORT": str(port), "PORT": str(port)}


def address_of(terminal: dict[str, str]) -> str:
    """Where its `serve` is."""
    return f"http://127.0.0.1:{terminal['PORT']}"


def typed(text: str, folder: Path, terminal: dict[str, str]) -> str:
    """What a block of commands prints; each must succeed."""
    lines = text.replace(SHOWN, address_of(terminal))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", lines], cwd=folder, env=terminal, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def begun(text: str, folder: Path, terminal: dict[str, str]) -> subprocess.Popen[str]:
    """A block of one command that goes on until it is told to stop; returns when it is ready."""
    process = subprocess.Popen(
        ["bash", "-c", f"exec env {text}"],
        cwd=folder, env=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    wait_until_ready(terminal)
    return process


def wait_until_ready(terminal: dict[str, str]) -> None:
    """Until `serve` says that it is."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address_of(terminal)}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"serve was not ready in {PATIENCE} seconds")


def needs(terminal: dict[str, str], *programs: str) -> None:
    """Skip where the reader's machine lacks one."""
    for program in programs:
        if not any((Path(folder) / program).exists() for folder in terminal["PATH"].split(":")):
            pytest.skip(f"there is no {program}")
