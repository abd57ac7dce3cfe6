"""The collector: Segment's HTTP calls in, durable log lines out, as a plain ASGI application.

Reads   POST /v1/{batch,track,identify,page,screen,group,alias}, write key as HTTP Basic user name or `writeKey` in the body
Gives   log lines (`adapters.logs.line`); 200 only when they are on disk
Cost    one decoding and one encoding of each call; waiting for the disk is shared by all requests of a moment
Held to tests/collector, among others by Segment's own Python client
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from uuid import uuid4

from msgspec.structs import replace

from opportune.adapters.logs.log import Log, LogFault
from opportune.collector.admission import Admission, TurnedAway, readable
from opportune.collector.answers import PREFLIGHT, STORED, Answer, App, Receive, Scope, Send, failure, refused, try_again
from opportune.collector.bodies import body_of
from opportune.collector.calls import LARGEST_CALL_BYTES
from opportune.collector.counters import NOBODY, Counters
from opportune.collector.durability import Durability
from opportune.collector.judgement import Circumstances, Judged, judged
from opportune.collector.parcels import Parcel, parcel_of_batch, parcel_of_one
from opportune.collector.plainly import PlainBatch, plain_lines, read_plainly
from opportune.collector.rates import Rates
from opportune.collector.refusals import Refusal
from opportune.collector.samples import reason_of, sample_of
from opportune.collector.shape import KINDS
from opportune.collector.sources import Source, Sources, key_in_header
from opportune.collector.threshold import Threshold
from opportune.collector.visits import Visit, visit_of
from opportune.collector.watermarks import Watermarks
from opportune.language.vocabulary.instants import Instant

BATCH = "batch"
INITIALS = {kind[0]: kind for kind in (BATCH, *KINDS)}
"""Segment's client in the browser writes /v1/t for /v1/track."""
LARGEST_BATCH_BYTES = 500 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What senders are held to; None: nothing."""

    calls_per_second: float | None = None
    burst: int | None = None
    most_resident_bytes: int | None = None


@dataclass(slots=True, kw_only=True)
class Collector:
    """ASGI application: `/v1/*` and `/healthz` are answered here, all else by `following`."""

    log: Log
    sources: Sources
    clock: Callable[[], Instant]
    following: App
    ready: Callable[[], bool]
    free_bytes: Callable[[], int]
    limits: Limits = field(default_factory=Limits)
    resident_bytes: Callable[[], int] = lambda: 0
    origins: Callable[[], frozenset[str] | None] = lambda: None
    """Where pages may send from, as far as all keys of browsers are bound; None: anywhere."""
    threshold: Threshold = field(default_factory=Threshold)
    arrived: Callable[[], None] = lambda: None
    """Told, on the event loop, that something new is in the log."""
    message_id: Callable[[], str] = lambda: uuid4().hex
    counters: Counters = field(default_factory=Counters)
    monotonic: Callable[[], float] = monotonic
    _disk: Durability = field(init=False, repr=False)
    _admission: Admission = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._disk = disk = Durability(self.log)
        limits = self.limits
        self._admission = Admission(
            sources=self.sources,
            rates=Rates(limits.calls_per_second, limits.burst, self.monotonic),
            watermarks=Watermarks(
                waiting_bytes=lambda: disk.waiting_bytes,
                free_bytes=self.free_bytes,
                resident_bytes=self.resident_bytes,
                most_resident_bytes=limits.most_resident_bytes,
                monotonic=self.monotonic,
            ),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http" and scope["path"] == "/healthz":
            await self._health(scope).give(send)
        elif scope["type"] == "http" and scope["path"].startswith("/v1/"):
            headers = dict(scope["headers"])
            answer = await self._answer(scope, headers, receive)
            if answer:
                await readable(answer, headers, self.origins()).give(send)
        else:
            await self.following(scope, receive, send)

    def _health(self, scope: Scope) -> Answer:
        if scope["method"] not in ("GET", "HEAD"):
            return failure(405, "not_allowed", "ask with GET", (b"allow", b"GET, HEAD"))
        return Answer(200, b'{"ready": true}') if self.ready() else failure(503, "not_ready", "not ready yet")

    async def _answer(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> Answer | None:
        """None when the sender went away before it had said everything."""
        called = scope["path"].removeprefix("/v1/")
        kind = INITIALS.get(called, called)
        body = await body_of(headers, receive, LARGEST_BATCH_BYTES if kind == BATCH else LARGEST_CALL_BYTES)
        if kind != BATCH and kind not in KINDS:
            return self._turned_away(failure(404, "not_found", f"there is /v1/{BATCH} and /v1/ with {', '.join(KINDS)}"))
        if scope["method"] == "OPTIONS":
            return PREFLIGHT
        if scope["method"] != "POST":
            return self._turned_away(failure(405, "not_allowed", "send with POST", (b"allow", b"POST, OPTIONS")))
        if body is None:
            return None
        return self._turned_away(body) if isinstance(body, Answer) else await self._taken(scope, headers, kind, body)

    async def _taken(self, scope: Scope, headers: Mapping[bytes, bytes], kind: str, body: bytes) -> Answer:
        plain = read_plainly(body, is_batch=kind == BATCH)
        parcel = plain or _parcel_of(kind, body)
        source = self._admission.of(headers, _key_of(headers, parcel))
        if isinstance(source, TurnedAway):
            return self._turned_away(source.answer, source.source)
        self._admission.rates.spend(source, _calls_in(parcel))
        told = None if kind == BATCH else kind
        how = Circumstances(kind=told, source=source.name, arrived_at=self.clock(), message_id=self.message_id)
        lines = None if plain is None or source.is_browser else plain_lines(plain, how)
        if lines:
            return await self._stored(Judged(lines=lines, refusals=()), how, ())
        return await self._judged(_parcel_of(kind, body), self._at_the_threshold(how, source, scope))

    def _at_the_threshold(self, how: Circumstances, source: Source, scope: Scope) -> Circumstances:
        """The same, with what becomes of calls of this source."""
        threshold, visit = self.threshold, visit_of(scope, self.threshold.trusted) if source.is_browser else Visit()
        return replace(how, passed=lambda call: threshold.passed(call, source, visit), beside=lambda call: threshold.beside(call, source))

    async def _judged(self, parcel: Parcel | Refusal, how: Circumstances) -> Answer:
        """The long way: each call looked at closely."""
        verdict = parcel if isinstance(parcel, Refusal) else judged(parcel, how)
        if isinstance(verdict, Refusal):
            self.counters.refuse(how.source, reason_of(verdict, "body"), how.arrived_at, partial(sample_of, None, verdict))
            return refused([(None, verdict)], accepted=0)
        return await self._stored(verdict, how, () if isinstance(parcel, Refusal) else parcel.calls)

    async def _stored(self, verdict: Judged, how: Circumstances, sent: Sequence[bytes | Refusal]) -> Answer:
        """200 once every line is on disk; 400 when some of what was sent was refused, its neighbours on disk all the same."""
        if verdict.lines:
            try:
                received_at = await self._disk.durable(verdict.lines)
            except LogFault as fault:
                return self._turned_away(try_again(503, "log_fault", f"nothing was stored: {fault}", seconds=5), how.source)
            self.counters.accept(how.source, len(verdict.lines) - verdict.beside, received_at)
            self.arrived()
        for purpose in verdict.withheld:
            self.counters.withhold(how.source, purpose, how.arrived_at)
        for index, refusal in verdict.refusals:
            raw = sent[index]
            sample = partial(sample_of, raw if isinstance(raw, bytes) else None, refusal)
            self.counters.refuse(how.source, reason_of(refusal, "call"), how.arrived_at, sample)
        return refused(verdict.refusals, accepted=len(verdict.lines) - verdict.beside) if verdict.refusals else STORED

    def _turned_away(self, answer: Answer, source: str = NOBODY) -> Answer:
        self.counters.turn_away(source, answer.status, answer.code, self.clock())
        return answer


def _parcel_of(kind: str, body: bytes) -> Parcel | Refusal:
    return parcel_of_batch(body) if kind == BATCH else parcel_of_one(body)


def _key_of(headers: Mapping[bytes, bytes], parcel: PlainBatch | Parcel | Refusal) -> str | None:
    """The write key. The header counts alone when it is there."""
    key = key_in_header(headers)
    return parcel.write_key if key is None and not isinstance(parcel, Refusal) else key


def _calls_in(parcel: PlainBatch | Parcel | Refusal) -> int:
    return len(parcel.batch) if isinstance(parcel, PlainBatch) else 0 if isinstance(parcel, Refusal) else len(parcel.calls)


async def _live(receive: Receive, send: Send) -> None:
    """ASGI lifespan: the log is opened and closed by whoever made it, so there is nothing to do but to say so."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
