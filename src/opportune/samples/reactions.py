"""What a person does with one mail of ours, by what is truly so of them: the only place where a mail causes an order.

Chance comes from a keyed hash of (seed, customer, journey, step, message), so a replay gives the same. With the chance
`Truth.cart_lift` or `Truth.post_purchase_lift` (as much of it as the journey has in `LIFTS`, times click fatigue) the mail causes
one order that would not have been, always by way of an open and a click; all else the person does is in `Live.visits`, mailed or not.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from opportune.language.vocabulary.hashing import identifier
from opportune.language.vocabulary.instants import Instant
from opportune.samples.arrivals import arrive
from opportune.samples.calls import Call, Scribe
from opportune.samples.campaigns import answers
from opportune.samples.customers import number_of
from opportune.samples.history import World
from opportune.samples.orders import answers_of, rows_after
from opportune.samples.places import JOURNEY_MAIL
from opportune.samples.rows import Act, server_rows
from opportune.samples.seasons import SECOND
from opportune.samples.sessions import draw_course, rows_of
from opportune.samples.signing import reported
from opportune.samples.truth import Truth
from opportune.samples.visits import Purpose, Visits, as_returning, fill_baskets, plain_visits
from opportune.samples.writing import in_order

REACTION_IDS = 1 << 47
NPS = "nps"
"""The journey whose mails ask whether the shop would be recommended: a click answers."""
SOONEST = 2 * SECOND
"""Nobody is faster, however great the hurry."""
LIFTS = {
    "cart_lift": {
        "cart-abandonment": 1.0,
        "checkout-abandonment": 1.0,
        "back-in-stock": 0.9,
        "price-drop": 0.8,
        "click-no-conversion": 0.5,
        "pricing-focus": 0.5,
        "product-abandonment": 0.35,
        "search-abandonment": 0.3,
        "open-no-click": 0.1,
    },
    "post_purchase_lift": {
        "post-purchase": 1.0,
        "replenishment": 1.5,
        "welcome": 0.8,
        "upsell": 0.6,
        "onboarding": 0.4,
        "churn-prevention": 0.4,
        "reactivation": 0.4,
        "win-back": 0.3,
        "sunset": 0.1,
    },
}
"""Which lift of `Truth` a mail of a journey has, and how much of it; journeys that are not named have none."""


class Deed(StrEnum):
    """What is done with a mail. VISIT carries a call to post; the others are done to the mail's own addresses."""

    OPEN = "open"
    CLICK = "click"
    VISIT = "visit"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail that was handed over. `message_id` (or else `sent_at`) tells it from others of the same step."""

    customer_id: str
    journey: str
    step: str
    sent_at: Instant
    links: tuple[str, ...] = ()
    message_id: str = ""
    product_ids: tuple[str, ...] = ()
    """What it is about: bought first when the mail causes an order."""

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it this mail."""
        return (self.customer_id, self.journey, self.step, self.message_id or str(self.sent_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Something to do at an instant: fetch the pixel, follow `link`, post `call`, or use the unsubscribe link."""

    at: Instant
    deed: Deed
    agent: str = "human"
    link: str | None = None
    call: Call | None = None


def react(mail: Mail, *, in_week: int, world: World, scribe: Scribe, hurry: float) -> list[Reaction]:
    """The reactions to one mail, in time order; delays of hours are divided by `hurry`."""
    rng, truth = np.random.default_rng(int(identifier(str(world.seed), *mail.key), 16)), world.customers.truth
    person = number_of(mail.customer_id)
    if not 0 <= person < len(world.customers):
        raise ValueError(f"{mail.customer_id!r} is no customer of this shop")
    answer = answers(rng, truth=truth, person=np.array([person]), in_week=np.array([in_week]), at=mail.sent_at)
    is_caused = causes_order(truth, person, mail=mail, in_week=in_week, drawn=rng.random())
    link = mail.links[int(rng.integers(len(mail.links)))] if mail.links else None
    opened = _later(mail.sent_at, min(rng.lognormal(np.log(2.2), 1.3), 72) * 3600, hurry)
    clicked = _later(opened, rng.uniform(4, 120), hurry)
    found = []
    if answer.opens_by_machine[0]:
        found.append(Reaction(at=_later(mail.sent_at, rng.uniform(2, 9), 1), deed=Deed.OPEN, agent="machine"))
    if answer.clicks_by_machine[0]:
        found.extend(Reaction(at=Instant(mail.sent_at + SECOND), deed=Deed.CLICK, agent="machine", link=each) for each in mail.links)
    if answer.opens[0] or is_caused:
        found.append(Reaction(at=opened, deed=Deed.OPEN))
    if answer.clicks[0] or is_caused:
        found.append(Reaction(at=clicked, deed=Deed.CLICK, link=link))
        visit = _visit(rng, person, at=Instant(clicked + SECOND), mail=mail, world=world, is_order=is_caused)
        found.extend(_calls(rng, visit, mail=mail, world=world, scribe=scribe, hurry=hurry))
        if mail.journey == NPS and rng.random() < truth.habits.nps_answer_chance:
            found.append(_answer(rng, person, at=_later(clicked, rng.uniform(10, 90), 1), mail=mail, world=world, scribe=scribe))
    if answer.unsubscribes[0]:
        found.append(Reaction(at=_later(opened, rng.uniform(5, 60), hurry), deed=Deed.UNSUBSCRIBE))
    return sorted(found, key=lambda reaction: reaction.at)


def causes_order(truth: Truth, person: int, *, mail: Mail, in_week: int, drawn: float) -> bool:
    """Whether the mail causes an order, `drawn` being uniform in [0, 1)."""
    if truth.churned[person] <= mail.sent_at:
        return False
    lift: float = sum(getattr(truth, field)[person] * shares.get(mail.journey, 0) for field, shares in LIFTS.items())
    return drawn < lift * truth.habits.click_fatigue**in_week


def _later(at: Instant, seconds: float, hurry: float) -> Instant:
    return Instant(at + max(SOONEST, int(seconds * 1000 / hurry) * 1000))


def _visit(rng: np.random.Generator, person: int, *, at: Instant, mail: Mail, world: World, is_order: bool) -> Visits:
    """The visit that follows the click: to buy, or only to look."""
    truth, catalogue = world.customers.truth, world.catalogue
    visit = plain_visits(rng, truth=truth, person=np.array([person]), start=np.array([at]))
    visit["purpose"] = Purpose.ORDER if is_order else Purpose.BROWSE
    fill_baskets(rng, visit, truth=truth, catalogue=catalogue, first_cart=_first_id(mail))
    known = {product.product_id: number for number, product in enumerate(catalogue.products)}
    wanted = [known[product] for product in mail.product_ids if product in known]
    if wanted:
        visit["products"][0, 0] = wanted[0]
    if is_order:
        visit = as_returning(visit)
    visit["source"] = JOURNEY_MAIL
    return visit


def _calls(rng: np.random.Generator, visit: Visits, *, mail: Mail, world: World, scribe: Scribe, hurry: float) -> list[Reaction]:
    """The visit and what follows an order in it as calls to post, each at its arrival."""
    truth = world.customers.truth
    acts = rows_of(rng, visit, draw_course(rng, visit, truth=truth), customers=world.customers, catalogue=world.catalogue)
    acts["is_known"] = True
    after = rows_after(rng, acts[acts["act"] == Act.ORDER], truth=truth, hurry=hurry)
    arrived = in_order(arrive(rng, np.concatenate([reported(acts, world.customers), after]), world.customers, first_id=_first_id(mail)))
    pairs = zip(arrived["received_at"].tolist(), scribe.calls(arrived), strict=True)
    return [Reaction(at=Instant(at), deed=Deed.VISIT, call=call) for at, call in pairs]


def _answer(rng: np.random.Generator, person: int, *, at: Instant, mail: Mail, world: World, scribe: Scribe) -> Reaction:
    """How likely the person is to recommend the shop, told on the page the mail leads to."""
    asked = server_rows(Act.SURVEY, person=np.array([person], dtype=np.int32), ts=np.array([at]))
    asked["id"], asked["received_at"], asked["cart"] = _first_id(mail) + 1023, at, -1
    return Reaction(at=at, deed=Deed.VISIT, call=scribe.calls(answers_of(rng, asked, truth=world.customers.truth))[0])


def _first_id(mail: Mail) -> int:
    """Beyond the ids of a history and of live visits; room for a thousand."""
    return REACTION_IDS + int(identifier("reaction", *mail.key)[:9], 16) * 1024
