"""Traffic after the history's end, of the same customers: visits by the minute, and what people do with the mails they get.

    live = shop.live(visits_per_minute=30, hurry=600)
    calls = live.visits(after, until)          # Segment calls received in (after, until], ready for /v1/batch
    due = live.reaction(Mail(...))             # what the person does with a mail: opens, clicks, visits, orders, leaves

A minute's visits are drawn once, in order, from (seed, minute): how time is cut into `visits` calls changes nothing, and a second
`Live` of the same shop gives the same. Not reported twice: who orders without a mail does so in `visits`, so a held-out customer,
for whom `reaction` is never asked, orders at the base rate and the difference is the true lift.
Cost    about 2 ms a minute of traffic, and 60 bytes a call kept
"""

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from opportune.language.vocabulary.instants import Instant, datetime_of
from opportune.samples.arrivals import arrive
from opportune.samples.calls import Call, Scribe
from opportune.samples.history import World
from opportune.samples.orders import rows_after
from opportune.samples.reactions import Mail, Reaction, react
from opportune.samples.rows import Act, Rows, blank_rows, joined
from opportune.samples.seasons import DAY, SECOND
from opportune.samples.sessions import draw_course, rows_of
from opportune.samples.sides import rows_beside
from opportune.samples.signing import NEVER, Standing, choose_devices, consent_to_mails, mark_known, reported, sign_in, sign_up
from opportune.samples.visits import Visits, fill_baskets, plain_visits, returning_visits
from opportune.samples.writing import in_order

MINUTE = 60 * SECOND
LIVE_IDS = 1 << 46
IDS_PER_MINUTE = 1 << 20
"""Live rows and carts are numbered from `LIVE_IDS` by the minute, beyond all those of a history."""


class Live:
    """A shop that is open. `standing` and `pending` are as the history left them."""

    def __init__(
        self, world: World, *, scribe: Scribe, standing: Standing, pending: Rows, visits_per_minute: float | None, hurry: float
    ) -> None:
        self._world = world
        self._scribe = scribe
        self._standing = standing
        self._visits_per_minute = visits_per_minute
        self._hurry = hurry
        self._opened = world.seasons.end
        self._next = 0
        self._by_minute: dict[int, list[Rows]] = defaultdict(list)
        self._mails: dict[str, dict[tuple[str, ...], Instant]] = defaultdict(dict)
        self._lay_by(pending)

    def visits(self, after: Instant, until: Instant) -> list[Call]:
        """The calls received in (after, until], in that order; among them late and repeated ones."""
        return [call for _, call in self.arrivals(after, until)]

    def arrivals(self, after: Instant, until: Instant) -> list[tuple[Instant, Call]]:
        """The same, each with the instant at which it is to be posted."""
        first, last = self._minute_of(after), self._minute_of(until)
        while self._next <= last:
            self._lay_by(self._minute(self._next))
            self._next += 1
        rows = np.concatenate([blank_rows(0), *(rows for minute in range(first, last + 1) for rows in self._by_minute.get(minute, ()))])
        due = in_order(rows[(rows["received_at"] > after) & (rows["received_at"] <= until)])
        return [(Instant(at), call) for at, call in zip(due["received_at"].tolist(), self._scribe.calls(due), strict=True)]

    def reaction(self, mail: Mail) -> list[Reaction]:
        """What the addressee does with a mail of ours, in time order. Fatigue counts the mails told of before, of the 7 days before it.

        The same mail gives the same again. Raises ValueError for an id that is not the shop's.
        """
        told = self._mails[mail.customer_id]
        in_week = sum(mail.sent_at - 7 * DAY < at < mail.sent_at for key, at in told.items() if key != mail.key)
        told[mail.key] = mail.sent_at
        return react(mail, in_week=in_week, world=self._world, scribe=self._scribe, hurry=self._hurry)

    def _minute_of(self, at: Instant) -> int:
        return (at - self._opened) // MINUTE

    def _lay_by(self, rows: Rows) -> None:
        minutes = (rows["received_at"] - self._opened) // MINUTE
        order = np.argsort(minutes, kind="stable")
        found, begins = np.unique(minutes[order], return_index=True)
        for minute, block in zip(found.tolist(), np.split(rows[order], begins[1:]), strict=False):
            self._by_minute[minute].append(block)

    def _minute(self, minute: int) -> Rows:
        """All that the visits beginning in this minute lead to."""
        world, truth, standing = self._world, self._world.customers.truth, self._standing
        at = Instant(self._opened + minute * MINUTE)
        rng = np.random.default_rng([world.seed, 3, at // MINUTE])
        first_id = LIVE_IDS + at // MINUTE * IDS_PER_MINUTE
        visits = self._begun(rng, at, first_cart=first_id)
        if not len(visits):
            return blank_rows(0)
        course = draw_course(rng, visits, truth=truth)
        was_unknown = standing.signed_up == NEVER
        sign_up(rng, visits, course, customers=world.customers, standing=standing)
        new = np.flatnonzero(was_unknown & (standing.signed_up < NEVER))
        choose_devices(rng, visits, customers=world.customers, standing=standing)
        signed_in = sign_in(visits, customers=world.customers, seasons=world.seasons, standing=standing)
        acts = rows_of(rng, visits, course, customers=world.customers, catalogue=world.catalogue)
        mark_known(acts, standing)
        after = rows_after(rng, acts[acts["act"] == Act.ORDER], truth=truth, hurry=self._hurry)
        consent = consent_to_mails(new, customers=world.customers, standing=standing)
        beside = rows_beside(rng, visits, customers=world.customers, standing=standing, hurry=self._hurry)
        rows = joined(consent, signed_in, reported(acts, world.customers), after, beside)
        return arrive(rng, rows, world.customers, first_id=first_id)

    def _begun(self, rng: np.random.Generator, at: Instant, *, first_cart: int) -> Visits:
        """The visits that begin within the minute from `at` on, and those that come back for their carts."""
        truth = self._world.customers.truth
        active = (truth.arrived <= at) & (truth.churned > at)
        heaped: npt.NDArray[np.float64] = np.cumsum(np.where(active, truth.visit_rate, 0))
        true_rate = heaped[-1] / (365 * DAY) * MINUTE * self._world.seasons.weight_of(datetime_of(at))
        expected = true_rate if self._visits_per_minute is None or not heaped[-1] else self._visits_per_minute
        person = np.searchsorted(heaped, rng.random(rng.poisson(expected)) * heaped[-1], side="right")
        start = at + rng.integers(0, 60_000, len(person)) * 1000
        visits = plain_visits(rng, truth=truth, person=person, start=start)
        fill_baskets(rng, visits, truth=truth, catalogue=self._world.catalogue, first_cart=first_cart)
        return np.concatenate([visits, returning_visits(rng, visits, truth=truth, hurry=self._hurry)])
