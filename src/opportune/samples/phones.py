"""Text messages and app notices of the shop's earlier system: with one campaign in twelve, to those who ticked these boxes."""

import numpy as np
import numpy.typing as npt

from opportune.samples.campaigns import Campaign
from opportune.samples.customers import Customers, Whole
from opportune.samples.rows import Act, Rows, joined, server_rows
from opportune.samples.seasons import SECOND
from opportune.samples.signing import Standing

_EVERY = 12
_LATER = 2 * 3600 * SECOND
"""After the mail of the same campaign."""
_ARRIVES, _OPENED, _CLICKED, _COMPLAINED = 0.97, 0.12, 0.04, 0.02


def messages(
    rng: np.random.Generator, persons: Whole, *, customers: Customers, standing: Standing, campaigns: tuple[Campaign, ...]
) -> Rows:
    """All of them, and what became of them."""
    rows = []
    for number, campaign in enumerate(campaigns):
        if number % _EVERY == 1:
            at = campaign.sent_at + _LATER
            is_there = (standing.signed_up[persons] < at) & (customers.truth.churned[persons] > at)
            rows.append(_by_text(rng, persons[is_there & customers.gives_sms[persons]], at=at, number=number))
            rows.append(_by_push(rng, persons[is_there & customers.gives_push[persons]], at=at, number=number))
    return joined(*rows)


def _by_text(rng: np.random.Generator, persons: Whole, *, at: int, number: int) -> Rows:
    sent = _told(Act.SMS_SENT, persons, at + rng.integers(0, 600_000, len(persons)) * 1000, number)
    arrives = rng.random(len(sent)) < _ARRIVES
    delivered = _after(rng, sent[arrives], Act.SMS_DELIVERED, seconds=9)
    clicked = _after(rng, _some(rng, delivered, _CLICKED), Act.SMS_CLICKED, seconds=5_000)
    spam = _after(rng, _some(rng, delivered, _COMPLAINED), Act.SMS_SPAM, seconds=9_000)
    return joined(sent, delivered, _after(rng, sent[~arrives], Act.SMS_BOUNCED, seconds=9), clicked, spam)


def _by_push(rng: np.random.Generator, persons: Whole, *, at: int, number: int) -> Rows:
    sent = _told(Act.PUSH_SENT, persons, at + rng.integers(0, 60_000, len(persons)) * 1000, number)
    arrives = rng.random(len(sent)) < _ARRIVES
    delivered = _after(rng, sent[arrives], Act.PUSH_DELIVERED, seconds=4)
    opened = _after(rng, _some(rng, delivered, _OPENED), Act.PUSH_OPENED, seconds=7_000)
    clicked = _after(rng, _some(rng, opened, 0.5), Act.PUSH_CLICKED, seconds=60)
    return joined(sent, delivered, _after(rng, sent[~arrives], Act.PUSH_BOUNCED, seconds=4), opened, clicked)


def _some(rng: np.random.Generator, rows: Rows, chance: float) -> Rows:
    chosen: Rows = rows[rng.random(len(rows)) < chance]
    return chosen


def _after(rng: np.random.Generator, rows: Rows, act: Act, *, seconds: int) -> Rows:
    """One row of `act` for each, within so many seconds."""
    delay = rng.integers(1_000, seconds * 1_000, len(rows)) * 1000
    return _told(act, rows["person"], rows["ts"] + delay, rows["number"])


def _told(act: Act, persons: npt.NDArray[np.integer], at: Whole, number: int | npt.NDArray[np.int32]) -> Rows:
    rows = server_rows(act, person=persons.astype(np.int32), ts=at)
    rows["received_at"], rows["number"] = at, number
    return rows
