"""`POST /webhooks/{source}`: what another system tells, believed by its signature, kept as it came, and told again as calls. Raw ASGI.

The signature is looked at over the raw bytes before anything is parsed. What is believed is durable in the raw log first; then it is
mapped, in a thread, since a large payload would hold up everybody else's calls; then its calls are durable in the event log; then 200.
Killed in between, the sender comes again and the calls' ids make the repeat harmless. A mapping that fails loses nothing: it is counted,
and `opportune webhooks replay` tells it again once the file is mended.

Held to tests/webhooks
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import parse_qsl

from opportune.adapters.logs.line import line_of_call, written
from opportune.adapters.logs.log import Log, LogFault
from opportune.adapters.logs.raw import Raw, raw_line
from opportune.collector.answers import STORED, Answer, Receive, Scope, Send, failure, try_again
from opportune.collector.bodies import raw_body_of
from opportune.collector.counters import NOBODY, Counters
from opportune.collector.durability import Durability
from opportune.collector.watermarks import Watermarks
from opportune.language.vocabulary.instants import Instant
from opportune.stages.mapping.calls import Mapped
from opportune.stages.mapping.connector import Hook
from opportune.stages.mapping.signature import Requested, is_signed

PATH = "/webhooks/"
MOST_QUERY_FIELDS = 20


@dataclass(slots=True, kw_only=True)
class WebhookEndpoints:
    """ASGI application for everything under PATH."""

    hooks: Callable[[str], Hook | None]
    """The webhook of a source, None where there is none. Asked on the event loop: it must not wait."""
    raw: Log
    log: Log
    clock: Callable[[], Instant]
    free_bytes: Callable[[], int]
    resident_bytes: Callable[[], int] = lambda: 0
    most_resident_bytes: int | None = None
    counters: Counters
    arrived: Callable[[], None] = lambda: None
    reached: Callable[[str], None] = lambda _point: None
    _raw_disk: Durability = field(init=False, repr=False)
    _disk: Durability = field(init=False, repr=False)
    _watermarks: Watermarks = field(init=False, repr=False)
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="webhooks"), repr=False)

    def __post_init__(self) -> None:
        self._raw_disk, self._disk = raw, log = Durability(self.raw), Durability(self.log)
        self._watermarks = Watermarks(
            waiting_bytes=lambda: raw.waiting_bytes + log.waiting_bytes,
            free_bytes=self.free_bytes,
            resident_bytes=self.resident_bytes,
            most_resident_bytes=self.most_resident_bytes,
            monotonic=monotonic,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        hook = self.hooks(scope["path"].removeprefix(PATH).rstrip("/"))
        answer = await self._answer(scope, receive, hook)
        if answer is not None:
            if answer.status != STORED.status:
                self.counters.turn_away(hook.source if hook else NOBODY, answer.status, answer.code, self.clock())
            await answer.give(send)

    def close(self) -> None:
        """Let the mapping thread end."""
        self._thread.shutdown()

    async def _answer(self, scope: Scope, receive: Receive, hook: Hook | None) -> Answer | None:
        """None when the sender went away before it had said everything."""
        body = await raw_body_of(receive, hook.largest_bytes if hook else 0)
        if hook is None:
            return failure(404, "not_found", "no source of this name takes webhooks; sources: in opportune.yml names them")
        if scope["method"] != "POST":
            return failure(405, "not_allowed", "send with POST", (b"allow", b"POST"))
        if not isinstance(body, bytes):
            return body
        request = _requested(scope, body)
        if _is_ping(hook, request):
            return STORED
        return await self._disbelieved(hook, request) or self._watermarks.overload() or await self._taken(hook, request)

    async def _disbelieved(self, hook: Hook, request: Requested) -> Answer | None:
        """Why a request is not taken, told without what would help to forge one."""
        if not hook.secrets:
            reason = f"no secret: none of {', '.join(hook.wanted) or 'no variable'} is set where serve runs"
            self.counters.fail(hook.source, reason, self.clock())
            return try_again(503, "no_secret", "this source has no secret yet, so nobody is believed", seconds=30)
        at = self.clock()
        if hook.reader is None:
            why = hook.refused(request, at)
        else:
            why = await asyncio.get_running_loop().run_in_executor(self._thread, hook.refused, request, at)
        return failure(401, why.replace(" ", "_"), f"{why}: the request is not believed") if why else None

    async def _taken(self, hook: Hook, request: Requested) -> Answer:
        media, kept = request.headers.get("content-type", ""), hook.connector.kept_headers(request.headers)
        try:
            raw = Raw.of(source=hook.source, media=media, headers=kept, body=request.body)
            received_at = await self._raw_disk.durable([raw_line(raw)])
            self.reached("webhook_raw")
            mapped, lines = await asyncio.get_running_loop().run_in_executor(self._thread, _told, hook, request.body, media, kept)
            if lines:
                await self._disk.durable(lines)
                self.arrived()
        except LogFault as fault:
            return try_again(503, "log_fault", f"not everything was stored: {fault}", seconds=5)
        count(self.counters, hook.source, mapped, received_at, kept)
        return STORED


def count(counters: Counters, source: str, mapped: Mapped, at: Instant, headers: Mapping[str, str]) -> None:
    """What became of one payload; a sample names it by its kept headers, such as the sender's own id of it."""
    if mapped.calls:
        counters.accept(source, len(mapped.calls), at)
    for failed in mapped.failures:
        counters.fail(source, str(failed), at, lambda: ", ".join(f"{name}: {said}" for name, said in headers.items()))
    if not mapped.calls and not mapped.failures:
        counters.leave_out(source, mapped.topic or "", at)


def _told(hook: Hook, body: bytes, media: str, headers: Mapping[str, str]) -> tuple[Mapped, list[bytes]]:
    mapped = hook.mapped(body, media=media, headers=headers)
    return mapped, [written(line_of_call(call, source=hook.source)) for call in mapped.calls]


def _is_ping(hook: Hook, request: Requested) -> bool:
    """An unsigned question whether anybody is there, of the form that its connector knows."""
    ping = hook.connector.ping
    return ping is not None and not is_signed(hook.connector.scheme, request) and ping.fullmatch(request.body) is not None


def _requested(scope: Scope, body: bytes) -> Requested:
    """Headers that come twice are joined by a comma, as HTTP has it. Source: RFC 9110 section 5.3."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, said = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {said}" if key in headers else said
    try:
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_QUERY_FIELDS))
    except ValueError:
        query = {}
    return Requested(headers=headers, body=body, query=query)
