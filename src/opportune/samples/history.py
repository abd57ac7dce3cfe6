"""The past of a part of the customers, as rows. Parts are drawn apart, so that a large shop needs no more memory than a small one."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opportune.samples.arrivals import arrive
from opportune.samples.campaigns import Campaign, send_all
from opportune.samples.catalogue import Catalogue
from opportune.samples.customers import Customers
from opportune.samples.disturbances import after_outage, crawls
from opportune.samples.orders import rows_after
from opportune.samples.phones import messages
from opportune.samples.rows import Act, Rows, joined
from opportune.samples.seasons import Seasons
from opportune.samples.sessions import Course, draw_course, rows_of
from opportune.samples.sides import rows_beside
from opportune.samples.signing import (
    Standing,
    choose_devices,
    consent_of_newcomers,
    consent_of_older,
    mark_known,
    older,
    reported,
    sign_in,
    sign_up,
)
from opportune.samples.things import rows_of_things
from opportune.samples.visits import Visits, campaign_visits, fill_baskets, plain_visits, planned_visits, returning_visits

PART = 5_000
"""Customers drawn at a time."""
IDS_PER_PART = 1 << 24
"""More rows, and more carts, than a part has."""

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the past is drawn from."""

    seed: int
    seasons: Seasons
    catalogue: Catalogue
    customers: Customers
    campaigns: tuple[Campaign, ...]

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return -(-len(self.customers) // PART)


def rows_of_part(world: World, part: int, standing: Standing) -> Rows:
    """All rows of the customers of one part, beyond the end of the history too; in no order. `standing` learns what became of them."""
    rng = np.random.default_rng([world.seed, 2, part])
    customers, seasons, truth = world.customers, world.seasons, world.customers.truth
    persons = np.arange(part * PART, min((part + 1) * PART, len(customers)))
    is_older = older(customers, seasons)[persons]
    standing.signed_up[persons[is_older]] = seasons.start
    visits = _filled(rng, world, _spontaneous(rng, world, persons), first_cart=part * IDS_PER_PART)
    course = draw_course(rng, visits, truth=truth)
    sign_up(rng, visits, course, customers=customers, standing=standing)
    mails, clicks = send_all(rng, persons, truth=truth, standing=standing, campaigns=world.campaigns, gives_email=customers.gives_email)
    mailed = campaign_visits(rng, truth=truth, person=clicks.person, start=clicks.at, campaign=clicks.campaign)
    mailed = _filled(rng, world, mailed, first_cart=part * IDS_PER_PART + IDS_PER_PART // 2)
    visits, course = np.concatenate([visits, mailed]), _joined(course, draw_course(rng, mailed, truth=truth))
    choose_devices(rng, visits, customers=customers, standing=standing)
    signed_in = sign_in(visits, customers=customers, seasons=seasons, standing=standing)
    acts = rows_of(rng, visits, course, customers=customers, catalogue=world.catalogue)
    mark_known(acts, standing)
    consent = [
        consent_of_older(persons, customers=customers, seasons=seasons),
        consent_of_newcomers(rng, persons[~is_older], customers=customers, standing=standing),
    ]
    after = rows_after(rng, acts[acts["act"] == Act.ORDER], truth=truth)
    beside = rows_beside(rng, visits, customers=customers, standing=standing)
    phone = messages(rng, persons, customers=customers, standing=standing, campaigns=world.campaigns)
    crawled = crawls(rng, persons, catalogue=world.catalogue, seasons=seasons, habits=truth.habits)
    rows = joined(*consent, signed_in, reported(acts, customers), after, mails, beside, phone, crawled)
    heard = after_outage(rng, rows, seasons=seasons, habits=truth.habits)
    return arrive(rng, heard, customers, first_id=part * IDS_PER_PART)


def things_of(world: World) -> Rows:
    """The events of things, beyond the end of the history too."""
    return rows_of_things(np.random.default_rng([world.seed, 4]), catalogue=world.catalogue, seasons=world.seasons)


def _spontaneous(rng: np.random.Generator, world: World, persons: Whole) -> Visits:
    """Visits at everyone's own rate while active, and the first one of each newcomer, which is only for looking."""
    truth, seasons = world.customers.truth, world.seasons
    active = seasons.elapsed(truth.churned[persons]) - seasons.elapsed(truth.arrived[persons])
    planned = truth.order_rate[persons] if truth.habits.regularity > 1 else np.zeros(len(persons))
    person = np.repeat(persons, rng.poisson((truth.visit_rate[persons] - planned) * active))
    visits = plain_visits(rng, truth=truth, person=person, start=_starts(rng, world, person), orders=truth.habits.regularity == 1)
    if truth.habits.regularity > 1:
        beats = np.repeat(persons, rng.poisson(planned * truth.habits.regularity * active))
        regular = planned_visits(rng, truth=truth, person=beats, start=_starts(rng, world, beats))
        visits = np.concatenate([visits, regular])
    visits = visits[(visits["start"] >= seasons.start) & (visits["start"] < seasons.end)]
    newcomers = persons[truth.arrived[persons] >= seasons.start]
    first = plain_visits(rng, truth=truth, person=newcomers, start=truth.arrived[newcomers])
    first["purpose"] = 0
    return np.concatenate([first, visits])


def _starts(rng: np.random.Generator, world: World, person: Whole) -> Whole:
    """An instant for each while active."""
    truth = world.customers.truth
    return world.seasons.drawn(rng, after=truth.arrived[person], before=truth.churned[person], place=world.customers.place[person])


def _filled(rng: np.random.Generator, world: World, visits: Visits, *, first_cart: int) -> Visits:
    """The visits with their baskets, and those that come back for a cart."""
    truth = world.customers.truth
    fill_baskets(rng, visits, truth=truth, catalogue=world.catalogue, first_cart=first_cart)
    return np.concatenate([visits, returning_visits(rng, visits, truth=truth)])


def _joined(one: Course, other: Course) -> Course:
    return Course(
        is_there=np.concatenate([one.is_there, other.is_there]),
        ts=np.concatenate([one.ts, other.ts]),
        dwell=np.concatenate([one.dwell, other.dwell]),
    )
