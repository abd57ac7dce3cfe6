"""All that answers HTTP, as one ASGI application: collector, tracking, pages."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from a2wsgi import WSGIMiddleware

from opportune.adapters.logs.line import Line, written
from opportune.adapters.logs.segments import Segments
from opportune.cli.edge import keys_of, limits_of, threshold_of
from opportune.cli.tracked import Tracked
from opportune.collector.app import Collector
from opportune.collector.counters import Counters
from opportune.collector.interface import PATH as INTERFACE
from opportune.collector.interface import interface
from opportune.collector.script import PATHS, ScriptEndpoints
from opportune.collector.tracking import Ports, Resolved, TrackingEndpoints
from opportune.shell.live import Live
from opportune.shell.memory import resident_bytes
from opportune.shell.workspace import Workspace
from opportune.stages.tracking.tokens import Token
from opportune.web.site import site

Application = Callable[[Any, Any, Any], Awaitable[None]]
TRACKING_PATHS = ("/o/", "/c/", "/u/", "/w/", "/d/")


def entrance(
    workspace: Workspace, live: Live, log: Segments, *, counters: Counters, wake: Callable[[], None], ready: Callable[[], bool]
) -> Collector:
    """The application; `wake` is told when something new is in the log."""
    tracking = TrackingEndpoints(workspace.secret, _ports(workspace, log, wake))
    pages = WSGIMiddleware(cast("Any", site(workspace, live, counters)), workers=4)

    script = ScriptEndpoints(lambda: collector.threshold)

    exact: dict[str, Any] = {**dict.fromkeys(PATHS, script), INTERFACE: interface}

    async def following(scope: Any, receive: Any, send: Any) -> None:
        target: Any = tracking if scope["path"].startswith(TRACKING_PATHS) else exact.get(scope["path"], pages)
        await target(scope, receive, send)

    keys = keys_of(workspace.registry)
    collector = Collector(
        log=log,
        sources=keys,
        origins=keys.origins,
        clock=workspace.clock,
        following=following,
        ready=ready,
        free_bytes=lambda: shutil.disk_usage(workspace.data).free,
        resident_bytes=resident_bytes,
        limits=limits_of(workspace.project.settings.collector),
        threshold=threshold_of(workspace),
        arrived=wake,
        counters=counters,
    )
    return collector


def _ports(workspace: Workspace, log: Segments, wake: Callable[[], None]) -> Ports:
    """What the tracking endpoints need; look-ups run in one thread of their own, away from the event loop."""
    tracked = Tracked(workspace)
    thread = ThreadPoolExecutor(1, thread_name_prefix="tracking")

    async def record(call: dict[str, Any]) -> None:
        line = Line(**{"source": "opportune", "properties": {}, "traits": {}, "context": {}} | {_snake(name): call[name] for name in call})
        await asyncio.wrap_future(log.submit([written(line)]))
        wake()

    async def resolve(token: Token) -> Resolved | None:
        return await asyncio.get_running_loop().run_in_executor(thread, tracked.resolve, token)

    async def suppress(_address: str, _reason: str) -> None:
        """The recorded events are the suppression: see stages/privacy/gate.py."""

    return Ports(resolve=resolve, record=record, suppress=suppress, now=workspace.clock)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
