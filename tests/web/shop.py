"""A shop with made-up figures and real messages, and a browser's view of its pages without a server."""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
from tests.stories.town import SETTINGS, write

from opportune.adapters.engines.engine import Engine
from opportune.adapters.logs.line import Line, written
from opportune.adapters.stores.outbox import Content
from opportune.adapters.stores.store import TickOutcome
from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant
from opportune.shell.evaluation import Stretch
from opportune.shell.overview import Day, Overview, SegmentSize
from opportune.shell.workspace import Workspace
from opportune.stages.measurement.arms import Arm, arm_of, difference, ratio_difference
from opportune.stages.measurement.summary import JourneySummary
from opportune.stages.sending.message import Message, MessageStatus, message_id
from opportune.web.desk import Desk
from opportune.web.framework import configure
from opportune.web.operators import add_operator
from opportune.web.site import Application, application

NOW = parse_instant("2026-03-14T15:09:26Z")
SECOND, MINUTE, DAY = 1_000_000, 60_000_000, 86_400_000_000
NASTY = "<script>alert(1)</script>"
ADDRESS = "http://127.0.0.1"
MAIL = """<!doctype html><html><body style="background:#f4f4f5;font-family:Helvetica,Arial,sans-serif;padding:24px">
<div style="background:#ffffff;border-radius:12px;max-width:520px;margin:auto;padding:32px">
<p style="letter-spacing:1px;color:#52525b;font-size:14px;margin:0 0 20px"><b>LAMP &amp; RUG</b></p>
<h1 style="font-size:25px;margin:0 0 12px;color:#18181b">Still thinking it over?</h1>
<p style="font-size:16px;line-height:1.6;color:#27272a">Hello {name},<br>
what you put in your cart is still there: the <b>{product}</b> for $89.00.
Take all the time you need: when you are ready, it is two steps to the end.</p>
<p style="margin:28px 0"><a href="http://127.0.0.1:9/c/TOKEN1"
style="background:#18181b;color:#ffffff;padding:14px 28px;border-radius:8px;font-weight:600">Back to my cart</a></p>
</div><p style="font-size:13px;color:#71717a;text-align:center">Lamp &amp; Rug · 1 Main Street, Springfield<br>
<a href="http://127.0.0.1:9/w/TOKEN3" style="color:#52525b">Why am I getting this?</a> ·
<a href="http://127.0.0.1:9/u/TOKEN2" style="color:#52525b">Unsubscribe</a></p>
<script>alert(2)</script><img src="http://127.0.0.1:9/o/PIXEL" width="1" height="1" alt=""></body></html>"""


class Minutes:
    """An Intake with an hour behind it."""

    def by_minute(self, at: Instant, minutes: int = 60) -> list[int]:
        return [round(410 + 150 * math.sin(n / 9) + 60 * math.sin(n / 2.3)) for n in range(minutes)]


def summary(name: str, *, people: int, rate: float, held_rate: float, mails: int, clicked: int, held: Mapping[str, int]) -> JourneySummary:
    """A journey whose treated and held out reached the goal at these rates, with orders around 78."""
    chance = random.Random(name)

    def arm(number: int, share: float) -> Arm:
        return arm_of((hit, chance.lognormvariate(4.2, 0.5) if hit else 0.0) for hit in (chance.random() < share for _ in range(number)))

    treated, control = arm(round(people * 0.9), rate), arm(round(people * 0.1), held_rate)
    per_customer = difference(treated, control)
    total = per_customer and type(per_customer)(
        *(value * treated.customers for value in (per_customer.estimate, per_customer.low, per_customer.high))
    )
    return JourneySummary(
        journey=name,
        enrolled=people,
        held_out=control.customers,
        mails=mails,
        held=dict(held),
        clicked=clicked,
        treated=treated,
        control=control,
        revenue=treated.value,
        revenue_per_mail=treated.value / mails if mails else None,
        incremental_per_customer=per_customer,
        incremental_reached=ratio_difference(treated, control),
        incremental_revenue=total,
    )


def figures(_: Workspace, __: Engine | None = None) -> Overview:
    """Five weeks of a shop of some size."""
    chance = random.Random(7)
    days = []
    for n in range(35):
        week = 1 + 0.18 * math.sin(n * 2 * math.pi / 7)
        mails = round((120 + 9 * n) * week * chance.uniform(0.9, 1.1)) if n > 6 else 0
        orders = round((86 + n) * week * chance.uniform(0.9, 1.1))
        revenue = orders * chance.uniform(71, 83)
        start = Instant((NOW // DAY - 34 + n) * DAY)
        days.append(Day(start, round(24_000 * week), orders, revenue, mails, round(mails * 0.12)))
    segments = (
        ("buyers", "Bought at least once", 11_482),
        ("repeat_buyers", "Bought twice or more", 4_127),
        ("loyal", "Loyal customers", 1_318),
        ("lapsed", "Bought, but not for a long time", 3_940),
        ("engaged", "Looked at something this week", 7_655),
        ("open_cart", "Something in the cart, not ordered", 486),
        ("reachable", "May be sent mail", 15_209),
    )
    held = {"held out": 466, "capped": 188, "no consent": 73, "unsubscribed": 12}
    journeys = (
        summary("cart-abandonment", people=4_659, rate=0.211, held_rate=0.158, mails=6_402, clicked=1_043, held=held),
        summary("post-purchase", people=2_806, rate=0.094, held_rate=0.081, mails=2_480, clicked=291, held={"held out": 280, "capped": 31}),
        summary("win-back", people=0, rate=0, held_rate=0, mails=0, clicked=0, held={}),
    )
    return Overview(
        at=NOW,
        stretch=Stretch(Instant(NOW - 380 * DAY), Instant(NOW - 3 * SECOND), Instant(NOW - 2 * SECOND), 8_412_377),
        customers=24_318,
        segments=[SegmentSize(*each) for each in segments],
        journeys=journeys,
        days=days,
        turned={
            ("cart-abandonment", "entered"): 4_659,
            ("cart-abandonment", "only_if was false"): 1_204,
            ("cart-abandonment", "entered lately"): 377,
            ("post-purchase", "only_if was false"): 95,
        },
        statuses={"failed": 9, "handed_over": 8_846, "held": 1_050, "planned": 4, "unknown": 1},
    )


def nothing(_: Workspace, __: Engine) -> Overview:
    """A shop on its first day."""
    return Overview(at=NOW, stretch=None, customers=0, segments=[], journeys=[], turned={}, days=[], statuses={})


Figures = Callable[[Workspace, Engine], Overview]


class Site:
    """The pages of one project and a browser to each of them."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        write(folder, {"opportune.yml": SETTINGS + settings})
        self.now = NOW
        self.workspace = Workspace(folder, clock=lambda: self.now)
        self.desk = Desk(self.workspace, Minutes(), figures=figures)
        self.pages: Application = application(self.desk)

    @contextmanager
    def showing(self, figures: Figures) -> Iterator[None]:
        """Other figures for a while."""
        before = self.pages
        self.pages = application(Desk(self.workspace, Minutes(), figures=figures))
        yield
        self.pages = before

    def close(self) -> None:
        """Let the folder go."""
        self.workspace.close()

    def link(self, email: str = "ann@example.com", role: str = "admin") -> str:
        with ThreadPoolExecutor(1) as apart:  # Django's database refuses a thread with an event loop, and Playwright has one
            return apart.submit(add_operator, self.workspace.data, email, role).result()

    @contextmanager
    def browser(self, *, host: str = ADDRESS) -> Iterator[httpx.Client]:
        """Cookies, no redirects followed."""
        public_url = self.workspace.project.settings.serve.public_url
        configure(self.workspace.data, secret=self.workspace.secret, public_url=public_url)
        transport = httpx.WSGITransport(app=self.pages, raise_app_exceptions=False)
        with httpx.Client(transport=transport, base_url=host) as client:
            yield client

    @contextmanager
    def signed_in(self) -> Iterator[httpx.Client]:
        """A browser of an operator who came by a link."""
        with self.browser() as browser:
            link = self.link()
            answer = browser.post(link, data={"csrfmiddlewaretoken": token_in(browser.get(link).text)})
            assert answer.status_code == 302, answer.text
            yield browser


def token_in(html: str) -> str:
    """The form's CSRF token."""
    return html.split('name="csrfmiddlewaretoken" value="')[1].split('"', maxsplit=1)[0]


def message(
    n: int,
    *,
    journey: str = "cart-abandonment",
    step: str = "first",
    customer: str | None = None,
    status: str = "planned",
    reason: str = "",
) -> Message:
    """The n-th message, a minute before the one with n - 1."""
    who = customer if customer is not None else f"customer-{1_000 + 37 * n}"
    decided = Instant(NOW - n * 7 * MINUTE - 40 * SECOND)
    return Message(
        id=message_id(f"e{n}", step, "email"),
        enrolment_id=f"e{n}",
        journey=journey,
        version="v1",
        step=step,
        template="cart-reminder",
        channel="email",
        is_marketing=True,
        customer_id=who,
        identity_key=n,
        address=f"{who}@example.com",
        entered_at=decided,
        trigger_event_id=f"event-{n}",
        trigger_line=0,
        due_at=decided,
        decided_at=decided,
        status=MessageStatus.HELD if status == "held" else MessageStatus.PLANNED,
        reason=reason,
    )


def put(
    site: Site, each: Message, *, status: str = "", subject: str = "You left something in your cart", reason: str = "", html: str = MAIL
) -> Message:
    """Store a message and, when `status` is given, hand it over with that outcome."""
    workspace = site.workspace
    workspace.journeys.commit(TickOutcome(hi=NOW, enrolments=[], records=[], messages=[each]))
    if status:
        said = html.replace("{name}", "Ann").replace("{product}", "Paper Lamp, large")
        text = "Still thinking it over?\n\nBack to my cart: http://127.0.0.1:9/c/TOKEN1\n"
        assert workspace.outbox.claim(each.id, Content(each.id, subject, said, text, ["https://shop.example/cart"]))
        workspace.outbox.settle(each.id, MessageStatus(status), reason or "250 ok", Instant(each.decided_at + SECOND))
    return each


def busy_mailbox(site: Site) -> list[Message]:
    """A mailbox with a bit of everything, the newest first."""
    subjects = ("You left something in your cart", "Shall we keep it for you?", "Tips for your new lamp", "Goes well with your rug")
    made = []
    for n in range(120):
        journey, step = (
            ("cart-abandonment", "cart-reminder"),
            ("cart-abandonment", "cart-help"),
            ("post-purchase", "order-tips"),
            ("post-purchase", "goes-with-it"),
        )[n * 7 % 4]
        if n % 9 == 4:
            made.append(
                put(site, message(n, journey=journey, step=step, status="held", reason=("held out", "capped", "no consent")[n % 3]))
            )
        elif n in (11, 57):
            made.append(
                put(
                    site,
                    message(n, journey=journey, step=step),
                    status="failed",
                    reason="550 5.1.1 no such mailbox",
                    subject=subjects[n * 7 % 4],
                )
            )
        elif n == 0:
            made.append(put(site, message(n, journey=journey, step=step)))
        else:
            made.append(put(site, message(n, journey=journey, step=step), status="handed_over", subject=subjects[n * 7 % 4]))
    return made


def happened(site: Site, each: Message, **properties: object) -> None:
    """Its trigger arrives."""
    log = site.workspace.open_log()
    at = format_instant(Instant(each.entered_at - 2 * 60 * MINUTE))
    happening = Line(
        type="track",
        message_id=each.trigger_event_id,
        source="shop",
        user_id=each.customer_id,
        event="Product Added",
        timestamp=at,
        properties=dict(properties),
        traits={},
        context={},
    )
    log.append([written(happening)])
    site.workspace.load(log)
    log.close()
