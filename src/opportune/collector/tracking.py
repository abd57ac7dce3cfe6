"""The public end of every mail: open pixel, click, unsubscribe, why. Raw ASGI; nobody signs in here.

A token is checked before anything is looked up; where a link leads comes from the database. GET and HEAD change nothing but the record
of an open or click. POST to /u/ always unsubscribes, answers 200, never redirects, and may be repeated.
Source  RFC 8058 (one-click), STANDARDS sections 2.1, 2.4 and the CNIL row of 2.5
"""

import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from opportune.collector.arriving import taken_along
from opportune.collector.confirming import Request, confirmation
from opportune.collector.tracking_pages import GIF, Page, not_found, unavailable, unsubscribe_page, unsubscribed_page, why_page
from opportune.language.vocabulary.hashing import identifier
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.stages.content.links import as_location
from opportune.stages.tracking.classify import Agent, Fetch, Verdict, classify
from opportune.stages.tracking.tokens import Purpose, Token, mint, read

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Call = dict[str, Any]
"""A Segment call as the collector's log takes it; `record` adds `receivedAt` and the source."""
_LONGEST_BODY = 64 * 1024
_REMEMBERED = 10_000
"""Messages whose latest clicks are kept in memory, to notice bursts."""
_ALLOWED = {
    Purpose.OPEN: ("GET", "HEAD"),
    Purpose.CLICK: ("GET", "HEAD"),
    Purpose.UNSUBSCRIBE: ("GET", "HEAD", "POST"),
    Purpose.WHY: ("GET", "HEAD"),
    Purpose.CONFIRM: ("GET", "HEAD", "POST"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The message a token names, from the database."""

    message_id: str
    customer_id: str
    is_anonymous: bool
    """Whether `customer_id` is an anonymous id: it must not be recorded as a user's, or it could never be linked to one."""
    address: str
    shop: str
    journey: str
    step: str
    enrolment: str
    sent_at: Instant | None
    """When the mail server took it."""
    url: str = ""
    """Of the link the token names."""
    why: tuple[str, ...] = ()
    may_record: bool = True
    """False once tracking was withdrawn: the pixel answers and the link leads on, and nothing is stored."""
    shop_url: str = ""
    request: Request | None = None
    """Of a mail that asks for a second yes: what was asked for."""
    consented_at: Instant | None = None
    """The latest consent to e-mail known; a withdrawal after a new consent is a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the endpoints need of the rest. `record` returns when the call is on disk."""

    resolve: Callable[[Token], Awaitable[Resolved | None]]
    record: Callable[[Call], Awaitable[None]]
    suppress: Callable[[str, str], Awaitable[None]]
    """(address, reason); idempotent."""
    now: Callable[[], Instant]


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    user_agent: str
    body: bytes


class TrackingEndpoints:
    """An ASGI application for `/o/ /c/ /u/ /w/ /d/`."""

    def __init__(self, secret: bytes, ports: Ports) -> None:
        self._secret = secret
        self._ports = ports
        self._clicks: OrderedDict[int, list[tuple[Instant, int]]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one answer."""
        request = _Request(scope["method"], _header(scope, b"user-agent"), await _body(receive) if scope["method"] == "POST" else b"")
        try:
            page = await self._answer(scope["path"], request)
        except OSError:  # the disk or the database said no: the mail client asks again
            page = unavailable()
        await _send(page, send, is_head=request.method == "HEAD")

    async def _answer(self, path: str, request: _Request) -> Page:
        purpose, text = _parts(path)
        if purpose is None:
            return not_found()
        if request.method not in _ALLOWED[purpose]:
            return Page(405, b"", "text/plain; charset=utf-8", (("allow", ", ".join(_ALLOWED[purpose])),))
        token = read(self._secret, purpose, text)
        found = await self._ports.resolve(token) if token is not None else None
        if token is None or found is None:
            return not_found()
        match purpose:
            case Purpose.OPEN:
                return await self._opened(token, found, request)
            case Purpose.CLICK:
                return await self._clicked(token, found, request)
            case Purpose.UNSUBSCRIBE if request.method == "POST":
                return await self._unsubscribed(found, request)
            case Purpose.UNSUBSCRIBE:
                return unsubscribe_page(found.shop, found.address)
            case Purpose.WHY:
                unsubscribe = mint(self._secret, Token(Purpose.UNSUBSCRIBE, token.message))
                return why_page(found.shop, found.why, f"../u/{unsubscribe}")
            case _:
                return await self._confirmed(token, found, request)

    async def _opened(self, token: Token, found: Resolved, request: _Request) -> Page:
        if found.may_record:
            verdict = classify(self._fetch(token, found, request))
            await self._ports.record(self._call("Email Opened", found, secrets.token_hex(16), _of_agent(verdict)))
        return Page(200, GIF, "image/gif")

    async def _clicked(self, token: Token, found: Resolved, request: _Request) -> Page:
        location = as_location(found.url)
        if location is None:
            return not_found()
        if found.may_record:
            fetch = self._fetch(token, found, request)
            self._remember(token, fetch.at)
            verdict = classify(fetch)
            properties = {"url": found.url, "link": token.link, **_of_agent(verdict)}
            await self._ports.record(self._call("Email Link Clicked", found, secrets.token_hex(16), properties))
            if verdict.agent is Agent.HUMAN and found.sent_at is not None:
                location = taken_along(self._secret, token.message, location, found.shop_url, sent_at=found.sent_at, at=fetch.at)
        return Page(302, b"", "text/plain; charset=utf-8", (("location", location),))

    async def _unsubscribed(self, found: Resolved, request: _Request) -> Page:
        """Both facts have ids that repeat when the request does, until a new consent is given."""
        method = "one-click" if b"One-Click" in request.body else "page"
        state = (found.message_id, str(found.consented_at))
        withdrawn = {"purpose": "email", "method": method}
        await self._ports.record(self._call("Unsubscribed", found, identifier("Unsubscribed", *state), {"channel": "email"}))
        await self._ports.record(self._call("Consent Withdrawn", found, identifier("Consent Withdrawn", *state), withdrawn))
        await self._ports.suppress(found.address, "unsubscribed")
        return unsubscribed_page(found.shop, found.address)

    async def _confirmed(self, token: Token, found: Resolved, request: _Request) -> Page:
        """A page with a button, and what the button of somebody who is no machine does."""
        if found.request is None:
            return not_found()
        is_post = request.method == "POST"
        page, is_yes = confirmation(
            self._secret,
            token.message,
            found.request,
            shop=found.shop,
            shop_url=found.shop_url,
            address=found.address,
            sent_at=found.sent_at or found.request.asked_at,
            at=self._ports.now(),
            pressed=request.body if is_post else None,
            user_agent=request.user_agent,
        )
        if is_yes:
            said = {**found.request.confirmed(), "user_agent": request.user_agent}
            await self._ports.record(self._call("Consent Given", found, identifier("Confirmed", found.message_id), said))
        return page

    def _fetch(self, token: Token, found: Resolved, request: _Request) -> Fetch:
        earlier = tuple(self._clicks.get(token.message, ()))
        return Fetch(
            method=request.method,
            user_agent=request.user_agent,
            at=self._ports.now(),
            accepted_at=found.sent_at,
            link=token.link,
            earlier=earlier,
        )

    def _remember(self, token: Token, at: Instant) -> None:
        clicks = self._clicks.setdefault(token.message, [])
        clicks.append((at, token.link))
        del clicks[:-16]
        self._clicks.move_to_end(token.message)
        if len(self._clicks) > _REMEMBERED:
            self._clicks.popitem(last=False)

    def _call(self, event: str, found: Resolved, message_id: str, properties: dict[str, Any]) -> Call:
        about = {"message_id": found.message_id, "journey": found.journey, "step": found.step, "enrolment": found.enrolment}
        return {
            "type": "track",
            "messageId": message_id,
            "anonymousId" if found.is_anonymous else "userId": found.customer_id,
            "event": event,
            "timestamp": format_instant(self._ports.now()),
            "properties": {**about, **properties},
        }


def _of_agent(verdict: Verdict) -> dict[str, Any]:
    return {"agent": verdict.agent.value, **({"agent_reason": verdict.reason} if verdict.reason else {})}


def _parts(path: str) -> tuple[Purpose | None, str]:
    """`/c/TOKEN` → CLICK and TOKEN."""
    pieces = path.split("/")
    if len(pieces) != 3 or pieces[0] or pieces[1] not in ("o", "c", "u", "w", "d"):
        return None, ""
    return Purpose(pieces[1]), pieces[2]


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1")[:500] for key, value in scope["headers"] if key == name), "")


async def _body(receive: Receive) -> bytes:
    """The first `_LONGEST_BODY` octets; the rest cannot matter."""
    body = b""
    while True:
        message = await receive()
        piece: bytes = message.get("body", b"")
        body += piece
        if not message.get("more_body") or len(body) > _LONGEST_BODY:
            return body[:_LONGEST_BODY]


async def _send(page: Page, send: Send, *, is_head: bool) -> None:
    headers = [(key.encode("ascii"), value.encode("ascii")) for key, value in page.all_headers()]
    await send({"type": "http.response.start", "status": page.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else page.body})
