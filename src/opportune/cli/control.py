"""The way into a running `serve`: other commands hand their work to it over a socket in the data folder and relay its words.

A call is one JSON line `{"argv": [...], "cwd": "..."}`; the answer is JSON lines `{"out"|"err": text}`, `{"bar": [title, done, total]}`
and last `{"exit": n}`. Only the user who runs `serve` can reach the socket: the data folder is 0700 and the socket 0600.
"""

import json
import os
import socket
import socketserver
import tempfile
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from opportune.cli.context import Voice

Run = Callable[[list[str], Path, Voice], int]
POINTER = "serve.sock"
PATIENCE = 15.0
"""Seconds to wait for the stores while another process has them that nothing can be handed to: a `serve` that starts, another command."""
LONGEST_PATH = 100
"""A socket's path may have 107 bytes; a longer one lies in the system's folder for temporary files and a file points to it."""


class NotServing(Exception):
    """No process serves this project."""


class _Relay:
    """A Voice that writes frames."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send

    def say(self, text: str) -> None:
        self._send({"out": text})

    def warn(self, text: str) -> None:
        self._send({"err": text})

    def bar(self, title: str, done: int, total: int | None) -> None:
        self._send({"bar": [title, done, total]})


class ControlServer:
    """Answers handed-over commands, each in a thread of its own."""

    def __init__(self, data: Path, run: Run) -> None:
        self._pointer = data / POINTER
        path = _place(self._pointer)
        if path.exists():
            path.unlink()
        server = socketserver.ThreadingUnixStreamServer(str(path), _caller(run))
        server.daemon_threads = True
        os.chmod(path, 0o600)
        if path != self._pointer:
            self._pointer.write_text(str(path))
        self._path, self._server = path, server
        self._thread = threading.Thread(target=server.serve_forever, name="control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering and take the socket away."""
        self._server.shutdown()
        self._server.server_close()
        for path in (self._path, self._pointer):
            path.unlink(missing_ok=True)


def _place(pointer: Path) -> Path:
    if len(os.fsencode(pointer)) <= LONGEST_PATH:
        return pointer
    return Path(tempfile.mkdtemp(prefix="opportune-")) / POINTER


def _caller(run: Run) -> type[socketserver.StreamRequestHandler]:
    class Caller(socketserver.StreamRequestHandler):
        """One handed-over command."""

        def handle(self) -> None:
            """Read the call, run it, relay; a caller who went away ends nothing."""
            turn = threading.Lock()

            def send(frame: dict[str, Any]) -> None:
                with turn:
                    self.wfile.write(json.dumps(frame).encode() + b"\n")

            with suppress(BrokenPipeError, ConnectionResetError):  # the caller went away
                call = json.loads(self.rfile.readline(1_000_000))
                try:
                    status = run(list(map(str, call["argv"])), Path(call["cwd"]), _Relay(send))
                except (BrokenPipeError, ConnectionResetError):
                    raise
                except Exception:  # a bug: the command ends here, `serve` goes on
                    traceback.print_exc()
                    send({"err": "opportune: a bug ended this command inside the running serve, whose own output says where\n"})
                    status = 1
                send({"exit": status})

    return Caller


def is_serving(data: Path) -> bool:
    """A running `serve` has the project whose data folder this is."""
    try:
        _connect(data / POINTER).close()
    except NotServing:
        return False
    return True


def hand_over(data: Path, argv: list[str], voice: Voice) -> int:
    """Have a running `serve` do this command and relay what it says; gives its exit status. Raises NotServing."""
    connection = _connect(data / POINTER)
    with connection, connection.makefile("rwb") as stream:
        stream.write(json.dumps({"argv": argv, "cwd": os.getcwd()}).encode() + b"\n")
        stream.flush()
        for line in stream:
            frame = json.loads(line)
            if "exit" in frame:
                return int(frame["exit"])
            if "bar" in frame:
                voice.bar(*frame["bar"])
            voice.say(frame.get("out", ""))
            voice.warn(frame.get("err", ""))
    voice.warn("opportune: the running serve stopped in the middle of this command; run it again\n")
    return 1


def _connect(pointer: Path) -> socket.socket:
    path = pointer
    if pointer.is_file():  # a pointer, not a socket
        path = Path(pointer.read_text().strip())
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(path))
    except OSError as error:
        connection.close()
        raise NotServing(str(error)) from error
    return connection
