"""README.md: its definitions have no problem, its messages are those that are said, and its five minutes are lived through."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from tests.docs.asking import project_of, read_csv
from tests.docs.pages import ROOT, blocks, page

STEPS = blocks("README.md", "sh")
PATIENCE = 400
"""Seconds for one block of commands, on a machine that has other work."""


def test_the_definitions_shown_have_no_problem(tmp_path: Path) -> None:
    (block,) = blocks("README.md", "yaml")
    assert [str(problem) for problem in project_of(tmp_path, block.text).problems] == []


def test_the_problem_shown_is_said_so(tmp_path: Path) -> None:
    text = "segments:\n  lapsed:\n    label: Gone\n    where: did('Order Complete')\n"
    (problem,) = project_of(tmp_path, text).problems
    assert str(problem).replace("a.yml", "segments.yml") in page("README.md")


@pytest.fixture
def terminal(tmp_path: Path) -> dict[str, str]:
    """The environment of a reader's terminal, `opportune` in it, and a port nobody has."""
    commands = tmp_path / "bin"
    commands.mkdir()
    script = commands / "opportune"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m opportune.cli.main "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = f"{commands}:{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "src"), "OPPORTUNE_SERVE_PORT": str(port), "PORT": str(port)}


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_five_minutes_lead_to_a_first_trigger(tmp_path: Path, terminal: dict[str, str]) -> None:
    if not any((Path(folder) / "curl").exists() for folder in terminal["PATH"].split(":")):
        pytest.skip("there is no curl")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    before, make_short, serve, call, after = STEPS
    said = _typed(before.text, tmp_path, terminal)
    assert [line for line in page("README.md").splitlines() if line.startswith("271 events")] == _lines(said, "271 events")
    assert " templates: no problems, no warnings" in said
    _typed(make_short.text, tmp_path, terminal)
    serving = subprocess.Popen(
        ["bash", "-c", f"exec {serve.text}"], cwd=tmp_path, env=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        _wait_until_ready(terminal["PORT"])
        assert '{"success": true}' in _typed(call.text, tmp_path, terminal)
        mail = tmp_path / "shop" / ".opportune" / "mail"
        deadline = time.monotonic() + PATIENCE
        while not list(mail.glob("*.eml")) and time.monotonic() < deadline:
            time.sleep(0.2)
        said = _typed(after.text, tmp_path, terminal)
        assert "you@example.com may sign in as admin" in said
        (row,) = read_csv(tmp_path / "messages.csv")
        assert (row["customer_id"], row["step"], row["status"]) == ("you", "cart-reminder", "handed_over")
    finally:
        serving.send_signal(signal.SIGTERM)
        told, _ = serving.communicate(timeout=PATIENCE)
    assert serving.returncode == 0, told


def _typed(text: str, folder: Path, terminal: dict[str, str]) -> str:
    """What a block of commands prints; each must succeed."""
    lines = text.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{terminal['PORT']}")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", lines], cwd=folder, env=terminal, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _lines(said: str, *beginnings: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith(beginnings)]


def _wait_until_ready(port: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"serve was not ready in {PATIENCE} seconds")
