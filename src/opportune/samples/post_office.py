"""A mail server that takes everything: the other end of the demo and of the tests, in a process of its own.

It stores each message in `folder/new` under a name that counts up, complete or not at all, and ends when the process that started it
does. For tests, the part of a recipient's address before `@` may say how to be treated (`TREATMENTS`).
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

import opportune

TREATMENTS = {
    "nobody": ("rcpt", "550 5.1.1 No such user"),
    "blocked": ("rcpt", "550 5.7.1 Blocked by policy"),
    "greylisted": ("rcpt", "451 4.7.1 Come back later"),
    "closing": ("rcpt", "421 4.3.2 Closing down"),
    "late-451": ("data", "451 4.3.0 Disk full"),
    "late-554": ("data", "554 5.6.0 Spam"),
    "dropped": ("data", "drop"),
    "stored-dropped": ("data", "store and drop"),
    "hanging": ("data", "hang"),
}
"""Local part, up to a `+` → at which command, and what is answered."""


class PostOffice:
    """The running server, seen from the process that started it."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, port: int) -> None:
        self._process = process
        self.folder = folder
        self.port = port

    @classmethod
    def start(cls, folder: Path, *, latency: float = 0.0, port: int = 0) -> Self:
        """Start the process and wait until it listens on loopback. `latency`: seconds before each message is answered."""
        source = str(Path(opportune.__file__).parents[1])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH", ""))))}
        said = json.dumps({"folder": str(folder), "latency": latency, "port": port})
        command = [sys.executable, "-m", "opportune.samples.post_office", said]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, process_group=0)
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise OSError(f"the post office did not start, exit code {process.wait(timeout=10)}")
        return cls(process, folder, int(json.loads(line)["port"]))

    @property
    def process_id(self) -> int:
        """For tests that kill it."""
        return self._process.pid

    def messages(self) -> list[EmailMessage]:
        """Everything that arrived, in order; the recipient is in `Delivered-To`."""
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in self.paths()]

    def paths(self) -> Sequence[Path]:
        """The files of `messages`."""
        return sorted((self.folder / "new").glob("*.eml"))

    def close(self) -> None:
        """End the process and wait for it."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Counter:
    """What aiosmtpd calls for each command; the names are its own."""

    def __init__(self, folder: Path, latency: float) -> None:
        self._folder = folder
        self._latency = latency
        for room in ("new", "tmp"):
            (folder / room).mkdir(parents=True, exist_ok=True)
        self._number = max((int(path.stem) for path in (folder / "new").glob("*.eml") if path.stem.isdigit()), default=0)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]) -> str:
        stage, answer = _treatment(address)
        if stage == "rcpt":
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self._latency)
        stage, answer = _treatment(envelope.rcpt_tos[0])
        if stage != "data":
            return f"250 2.0.0 stored as {self._store(envelope)}"
        if answer == "store and drop":
            self._store(envelope)
        if "drop" in answer and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        if answer == "hang":
            await asyncio.sleep(3600)
        return answer

    def _store(self, envelope: Envelope) -> str:
        self._number += 1
        name = f"{self._number:09d}.eml"
        head = "".join(f"Delivered-To: {address}\r\n" for address in envelope.rcpt_tos)
        content = envelope.content
        written = content if isinstance(content, bytes) else (content or "").encode("utf-8", "replace")
        partial = self._folder / "tmp" / name
        partial.write_bytes(f"Return-Path: <{envelope.mail_from}>\r\n{head}".encode("utf-8", "replace") + written)
        partial.replace(self._folder / "new" / name)
        return name


def _treatment(address: str) -> tuple[str, str]:
    return TREATMENTS.get(address.partition("@")[0].partition("+")[0], ("", ""))


async def _serve(said: dict[str, Any]) -> None:
    counter = _Counter(Path(said["folder"]), float(said["latency"]))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(counter, hostname="post-office.test"), "127.0.0.1", int(said["port"]))
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


def _end_with_parent() -> None:
    """The parent holds the other end of our input; when it is gone, however it went, so are we."""
    while os.read(0, 64):
        pass
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(_serve(json.loads(sys.argv[1])))
