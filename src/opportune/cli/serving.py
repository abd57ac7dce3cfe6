"""`serve` put together: collector, tracking, pages, tick, senders and the way in for other commands, all in one process."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import uvicorn
import uvloop

from opportune.adapters.channels.channel import Channel
from opportune.adapters.channels.folder import Folder
from opportune.adapters.channels.smtp import Server, Smtp, Tls
from opportune.adapters.logs.segments import Segments
from opportune.cli.context import Context, Voice
from opportune.cli.control import ControlServer
from opportune.cli.entrance import entrance
from opportune.cli.judging import judge
from opportune.cli.webhooking import Webhooks
from opportune.collector.counters import Counters
from opportune.collector.webhooks import PATH as WEBHOOKS
from opportune.shell.bookkeeping import Bookkeeper, Watch
from opportune.shell.ingredients import Ingredients
from opportune.shell.live import Live, apply
from opportune.shell.memory import look_at_everything, look_rarely
from opportune.shell.postman import Postman
from opportune.shell.puller import Puller
from opportune.shell.pulling import Intake
from opportune.shell.refusals import Unusable
from opportune.shell.rendering import Renderer
from opportune.shell.sender import Sender
from opportune.shell.stationery import templates_in_use
from opportune.shell.ticker import Ticker
from opportune.shell.workspace import Workspace

CONNECTIONS = 4
"""Open SMTP connections: as many messages at most can become unknown in a crash."""
TURN_SECONDS = 0.0005
"""How long a thread may keep the interpreter from others. With Python's own 5 ms the event loop woke up 7 ms late in the middle while a
tick ran, and a request wakes somebody four times before it is answered; with this 0.8 ms late (benchmarks/bench_arrival.py)."""
GRACE = 5
"""Seconds that requests at hand have to end when the service stops."""
TRACKING_PATHS = ("/o/", "/c/", "/u/", "/w/", "/d/")


class Service:
    """Everything that `serve` runs, begun and ended in order."""

    def __init__(
        self, workspace: Workspace, *, host: str, port: int, run_command: Callable[[list[str], Context], int], log: Segments | None = None
    ) -> None:
        self.workspace = workspace
        self.host, self.port = host, port
        self._run_command = run_command
        self.is_broken = False
        self.log: Segments = log or workspace.open_log()
        self._listening = listening(host, port)
        self.port = self._listening.getsockname()[1]
        self.counters = Counters()
        workspace.outbox.recover(workspace.clock())
        if not workspace.registry.running() and workspace.registry.fact("applied_version") is None:
            apply(workspace)
        self.live = Live(workspace, self.log)
        self.server = _Edge(self._http())

    # -- parts

    @property
    def public_url(self) -> str:
        """Where links in mail lead."""
        return self.workspace.project.settings.serve.public_url or f"http://{self.host}:{self.port}"

    def _http(self) -> uvicorn.Config:
        return uvicorn.Config(
            self._application,
            interface="asgi3",  # what uvicorn guesses for a method is wrong
            host=self.host,
            port=self.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            forwarded_allow_ips=list(self.workspace.project.settings.serve.trusted_proxies),
            timeout_graceful_shutdown=GRACE,
        )

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        is_webhook = scope["type"] == "http" and scope["path"].startswith(WEBHOOKS)
        await (self.webhooks.endpoints if is_webhook else self._entrance)(scope, receive, send)

    def _begin(self, endings: ExitStack) -> None:
        """Everything but HTTP; `endings` puts down what was begun, the last first."""
        workspace = self.workspace
        endings.callback(self.log.close)
        books = Bookkeeper(workspace.ledger, self.counters.drained, workspace.clock)
        endings.callback(books.settle)  # nobody counts any more by then
        self.renderer = Renderer(secret=workspace.secret, public_url=self.public_url)
        endings.callback(self.renderer.close)
        self.renderer.start(templates_in_use(workspace))
        engine = workspace.engine.sibling()
        sender = Sender(
            engine=engine,
            outbox=workspace.outbox,
            renderer=self.renderer,
            sending=lambda: workspace.running_definitions().sending,
            settings=workspace.project.settings,
            secret=workspace.secret,
            public_url=self.public_url,
            clock=workspace.clock,
            ingredients=Ingredients(workspace, engine),
        )
        pause = workspace.project.settings.serve.tick
        self.ticker = Ticker(workspace, self.live, longest_pause=pause, decided=self._decided, broken=self._break)
        self.webhooks = Webhooks(workspace, self.log, counters=self.counters, wake=self.ticker.wake)
        endings.callback(self.webhooks.close)
        self.ticker.chores += [books, Watch(workspace, lambda said: print(said, file=sys.stderr)), self.webhooks.forgetting]
        self.postman = Postman(sender, channels_of(workspace), told=self.ticker.wake, broken=self._break)
        self._entrance = entrance(workspace, self.live, self.log, counters=self.counters, wake=self.ticker.wake, ready=self._is_ready)
        self.ticker.start()
        endings.callback(self.ticker.stop)
        self.puller = Puller(Intake(workspace, self.log, judge, arrived=self.ticker.wake), broken=self._break)
        self.puller.start()
        endings.callback(self.puller.stop)
        self.postman.start()
        endings.callback(self.postman.stop)
        endings.callback(ControlServer(workspace.data, self._handed_over).close)

    def _decided(self) -> None:
        self.postman.wake()

    def _is_ready(self) -> bool:
        return self.ticker.last is not None and not self.is_broken

    def _handed_over(self, argv: list[str], cwd: Path, voice: Voice) -> int:
        """Another process's command."""
        listening = self.host, self.port
        context = Context(
            voice=voice,
            cwd=cwd,
            workspace=self.workspace,
            is_serving=True,
            listening=listening,
            after_apply=self._taken_up,
            puller=self.puller,
            webhooks=self.webhooks,
        )
        self.workspace.load(self.log)
        return self._run_command(argv, context)

    def _taken_up(self) -> None:
        self.renderer.start(templates_in_use(self.workspace))
        self.webhooks.take_up()
        self.ticker.take_up()

    def _break(self) -> None:
        """A bug in a thread: stop the process rather than go on without it."""
        self.is_broken = True
        self.server.should_exit = True

    # -- life

    def run(self, ready: Callable[[], None]) -> int:
        """Serve until told to stop; 1 when it stopped because of a bug."""
        look_rarely()
        sys.setswitchinterval(TURN_SECONDS)
        with self.server.stopped_by_signals(), ExitStack() as endings:
            self._begin(endings)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._serve(ready))
        look_at_everything()
        return 1 if self.is_broken else 0

    async def _serve(self, ready: Callable[[], None]) -> None:
        announcing = asyncio.create_task(self._announce(ready))
        try:
            await self.server.serve([self._listening])
        finally:
            announcing.cancel()

    async def _announce(self, ready: Callable[[], None]) -> None:
        while not self.server.started or self.ticker.last is None:
            await asyncio.sleep(0.02)
        ready()


class _Edge(uvicorn.Server):
    """uvicorn, told to stop by signals for as long as the whole service lives.

    On its own it gives signals back when HTTP has ended and raises them again, which would kill the process before the rest is put down.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """What uvicorn does around its own life: nothing, see `stopped_by_signals`."""
        yield

    @contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM end the service in order."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def channels_of(workspace: Workspace) -> Sequence[Channel]:
    """The ways out: SMTP connections, or a folder of files while no server is set."""
    smtp = workspace.project.settings.smtp
    if smtp is None or smtp.host is None:
        return [Folder(workspace.data / "mail")]
    password = os.environ.get(smtp.password_env, "") if smtp.password_env else ""
    server = Server(host=smtp.host, port=smtp.port, tls=Tls(smtp.tls), user=smtp.user or "", password=password)
    return [Smtp(server, at=workspace.reached) for _ in range(CONNECTIONS)]


def listening(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises Unusable when it is taken or not this machine's."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048)
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "a port is a number from 0 to 65535"
        raise Unusable(f"cannot listen on {host}:{port}: {why}\n  Choose another with --port, or 0 for a free one.") from error
