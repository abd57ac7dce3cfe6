"""`opportune serve` as a real process, and the other commands beside it."""

import csv
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil

import opportune
from opportune.samples.post_office import PostOffice

COMMAND = (sys.executable, "-m", "opportune.cli.main")
PATIENCE = 60.0
"""Seconds to wait for anything: only a broken run waits that long."""


def environment(**more: str) -> dict[str, str]:
    """Ours, so that the commands find the package that is tested."""
    source = str(Path(opportune.__file__).parents[1])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH", "")))), **more}


def free_port() -> int:
    """A port of loopback that nobody has just now: `serve` is to come back at the same one after each kill."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Serve:
    """One life of `opportune serve`. `crash` such as `claim:3` has it kill itself at that crash point."""

    def __init__(self, folder: Path, port: int = 0, crash: str = "") -> None:
        self.folder = folder
        self.errors = folder.parent / "serve.err"
        words = [*COMMAND, "serve", "--project", str(folder), "--port", str(port)]
        with self.errors.open("ab") as errors:
            crashing = {"OPPORTUNE_CRASH": crash} if crash else {}
            self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment(**crashing))
        assert self.process.stdout is not None
        self.ready = self.process.stdout.readline().strip()  # empty when it ended before it was ready
        self.address = self.ready.rpartition(" at ")[2].rstrip("/")

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit status, once it has ended."""
        status = self.process.wait(seconds)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to end; its exit status."""
        self.process.send_signal(number)
        return self.wait()

    def children(self) -> list[psutil.Process]:
        """The processes it started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def said(self) -> str:
        """Everything `serve` wrote to standard error in this project, over all its lives."""
        return self.errors.read_text()


@contextmanager
def serving(folder: Path, port: int = 0, crash: str = "") -> Iterator[Serve]:
    """A `serve` that is ready, killed at the end if it still lives."""
    serve = Serve(folder, port, crash)
    try:
        assert serve.ready or crash, f"serve did not start:\n{serve.said()}"
        yield serve
    finally:
        if serve.process.poll() is None:
            serve.process.kill()
            serve.wait()


@contextmanager
def post_office(folder: Path, port: int = 0, latency: float = 0.0) -> Iterator[PostOffice]:
    """A mail server of its own."""
    office = PostOffice.start(folder, port=port, latency=latency)
    try:
        yield office
    finally:
        office.close()


def run(*words: object, project: Path, seconds: float = 120.0) -> subprocess.CompletedProcess[str]:
    """A command as a person runs it."""
    said = [*COMMAND, *map(str, words), "--project", str(project)]
    return subprocess.run(said, capture_output=True, text=True, env=environment(), timeout=seconds, check=False)


def done(*words: object, project: Path) -> str:
    """What a command that has to succeed says on standard output."""
    ended = run(*words, project=project)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def until(what: str, holds: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """The first true answer of `holds`."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain until {what}"
        time.sleep(0.05)
    return answer


def state(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the state database, read beside whoever has it."""
    with closing(sqlite3.connect(f"file:{folder / '.opportune' / 'state.sqlite'}?mode=ro", uri=True, timeout=30)) as connection:
        return connection.execute(sql).fetchall()


def messages(folder: Path) -> list[dict[str, str]]:
    """What `opportune messages` gives."""
    out = folder.parent / "messages.csv"
    done("messages", "--out", out, project=folder)
    return rows(out)


def rows(path: Path) -> list[dict[str, str]]:
    """A CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(folder: Path, files: Mapping[str, str], templates: Sequence[str]) -> Path:
    """A project from texts; every template is the same letter with its own name."""
    for name, text in {**files, **{f"templates/{name}.mjml": LETTER.format(name=name) for name in templates}}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return folder


LETTER = """
---
subject: "{name} for {{{{ customer.first_name }}}}"
---
<mjml><mj-body><mj-section><mj-column><mj-text>
Hello {{{{ customer.first_name }}}}, about {{{{ trigger.product_id }}}}:
<a href="https://shop.example/{name}?p={{{{ trigger.product_id }}}}">look</a>
<a href="{{{{ unsubscribe_url }}}}">Unsubscribe</a> <a href="{{{{ why_url }}}}">Why?</a> {{{{ shop.address }}}}
</mj-text></mj-column></mj-section></mj-body></mjml>
"""


def settings(smtp_port: int, more: str = "") -> str:
    """The opportune.yml of a shop whose mail server is on loopback."""
    return f"""
shop: {{name: Lamp & Rug, currency: USD, url: "https://shop.example", address: 1 Main Street, timezone: UTC, consent: {{opt_in: []}}}}
sender: {{from: Lamp & Rug <hello@shop.example>}}
smtp: {{host: 127.0.0.1, port: {smtp_port}, tls: none}}
serve: {{tick: 250ms}}
{more}
"""
