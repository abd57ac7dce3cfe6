"""The mailbox: every message decided, sent or not, what it looked like, and the reasons for it."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from opportune.adapters.stores.mailbox import Filter, Listed
from opportune.stages.sending.message import Message, MessageStatus
from opportune.web import wording
from opportune.web.desk import Desk, desk_of
from opportune.web.harmless import harmless

ROWS = 50
FURTHEST = 20_000
"""The last page that can be asked for."""
MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""A mail's own document: its inline styles and pictures, no script, no form, no origin."""
_LINK = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC: (.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """A line of the list, in words."""

    id: str
    time: str
    date: str
    customer: str
    subject: str
    journey: str
    step: str
    status: str
    status_words: str
    reason: str


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The list, newest first."""
    desk = desk_of(request)
    wanted = Filter(
        journey=request.GET.get("journey", ""),
        status=_status(request.GET.get("status", "")),
        customer=request.GET.get("customer", "").strip(),
    )
    page = _page(request.GET.get("page", ""))
    total = desk.mailbox.number(wanted)
    first = (page - 1) * ROWS
    listed = desk.mailbox.page(wanted, offset=first, limit=ROWS)
    values = {
        "here": "mailbox",
        "wanted": wanted,
        "is_filtered": any((wanted.journey, wanted.status, wanted.customer)),
        "rows": [_row(each, desk) for each in listed],
        "journeys": desk.mailbox.journeys(),
        "statuses": [(status.value, wording.STATUS_WORDS[status.value]) for status in MessageStatus],
        "total": total,
        "first": first + 1,
        "last": first + len(listed),
        "newer": _address(wanted, page - 1) if page > 1 else "",
        "older": _address(wanted, page + 1) if first + len(listed) < total else "",
        "zone": str(desk.zone),
    }
    return render(request, "mailbox.html", values)


@require_safe
def one(request: HttpRequest, message_id: str) -> HttpResponse:
    """One message, its words and why."""
    desk = desk_of(request)
    opened = desk.mailbox.open(message_id)
    if opened is None:
        raise Http404
    message = opened.message
    values = {
        "here": "mailbox",
        "opened": opened,
        "row": _row(Listed(message, opened.subject), desk),
        "reasons": [_reason(link) for link in desk.reasons(message_id)],
        "why_held": wording.WHY_NOT.get(message.reason, "") if message.status is MessageStatus.HELD else "",
        "is_held": message.status is MessageStatus.HELD,
        "decided": wording.day_and_time(message.decided_at, desk.zone),
        "entered": wording.day_and_time(message.entered_at, desk.zone),
        "settled": None if opened.settled_at is None else wording.day_and_time(opened.settled_at, desk.zone),
        "zone": str(desk.zone),
    }
    return render(request, "message.html", values)


@require_safe
@xframe_options_sameorigin
def mail(request: HttpRequest, message_id: str) -> HttpResponse:
    """The mail itself, made harmless, for the frame in the page."""
    opened = desk_of(request).mailbox.open(message_id)
    if opened is None or not opened.html:
        raise Http404
    return HttpResponse(harmless(opened.html), headers={"Content-Security-Policy": MAIL_POLICY})


def _row(listed: Listed, desk: Desk) -> MessageRow:
    message = listed.message
    date, time = wording.day_and_time(message.decided_at, desk.zone).split(", ")
    return MessageRow(
        id=message.id,
        time=time,
        date=date,
        customer=message.customer_id,
        subject=listed.subject or _unwritten(message),
        journey=message.journey,
        step=message.step,
        status=message.status.value,
        status_words=wording.STATUS_WORDS[message.status.value],
        reason=message.reason if message.status in (MessageStatus.HELD, MessageStatus.FAILED, MessageStatus.UNKNOWN) else "",
    )


def _unwritten(message: Message) -> str:
    """What stands for the subject of a message that was never written."""
    return f"{message.template} (not written)" if message.status is MessageStatus.HELD else message.template


def _reason(link: str) -> tuple[str, str]:
    """(time, words) of a link of the chain; no time where it has none."""
    found = _LINK.match(link)
    return (found[1], found[2]) if found else ("", link)


def _status(text: str) -> str:
    return text if text in wording.STATUS_WORDS else ""


def _page(text: str) -> int:
    return min(max(1, int(text)), FURTHEST) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _address(wanted: Filter, page: int) -> str:
    parts = {"journey": wanted.journey, "status": wanted.status, "customer": wanted.customer, "page": str(page) if page > 1 else ""}
    return "?" + urlencode({name: value for name, value in parts.items() if value})
