"""What follows an order: delivery or cancellation, refund, review, survey, ticket, referral. Sent by the shop's server, not by browsers."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from opportune.samples.phrases import ANSWERS, REVIEWS, TOPICS
from opportune.samples.rows import Act, Rows, joined, server_rows
from opportune.samples.seasons import DAY
from opportune.samples.truth import Truth

SECOND_TICKETS = 1 << 43
"""Tickets are numbered by the cart of their order, second ones from here on."""
UNHEARD_OF = 1 << 44
"""Carts from here on became orders that were never told: those from before there was a history."""


def rows_after(rng: np.random.Generator, orders: Rows, *, truth: Truth, hurry: float = 1.0) -> Rows:
    """Everything that follows the given order rows; delays are divided by `hurry`."""
    chance, habits = rng.random(len(orders)), truth.habits
    cancelled, sent = orders[chance < habits.cancelled_chance], orders[chance >= habits.cancelled_chance]
    delivered = _later(rng, sent, Act.DELIVERED, days=(habits.delivery_from_days, habits.delivery_to_days), hurry=hurry)
    refunded = delivered[rng.random(len(delivered)) < habits.refunded_chance / (1 - habits.cancelled_chance)]
    totals = dict(zip(orders["cart"].tolist(), orders["number"].tolist(), strict=True))
    refunds = _later(rng, refunded, Act.REFUNDED, days=(2, 18), hurry=hurry)
    refunds["number"] = [totals[cart] for cart in refunds["cart"].tolist()]
    partial = rng.random(len(refunds)) < 0.3
    refunds["number"][partial] //= 2
    return joined(
        _later(rng, cancelled, Act.CANCELLED, days=(0.02, 0.9), hurry=hurry),
        delivered,
        refunds,
        *_odd_returns(rng, delivered, refunds, truth=truth, hurry=hurry),
        *_voices(rng, sent, delivered, truth=truth, hurry=hurry),
    )


def _later(rng: np.random.Generator, rows: Rows, act: Act, *, days: tuple[float, float], hurry: float) -> Rows:
    """One row of `act` for each of `rows`, between so many days later."""
    delay = (rng.uniform(*days, len(rows)) * DAY / hurry).astype(np.int64) // 1000 * 1000
    later = server_rows(act, person=rows["person"], ts=rows["ts"] + delay)
    later["cart"] = rows["cart"]
    return later


def _odd_returns(rng: np.random.Generator, delivered: Rows, refunds: Rows, *, truth: Truth, hurry: float) -> list[Rows]:
    """Cancellations long after delivery, a refund once more, and refunds of orders nobody ever heard of."""
    share = truth.habits.odd_return_share
    cancelled, unknown = (delivered[rng.random(len(delivered)) < share] for _ in range(2))
    often = rng.random(len(refunds)) < (share / truth.habits.refunded_chance if truth.habits.refunded_chance else 0)
    again = _later(rng, refunds[often], Act.REFUNDED, days=(0.5, 9), hurry=hurry)
    again["number"] = refunds["number"][often]
    unheard = _later(rng, unknown, Act.REFUNDED, days=(1, 30), hurry=hurry)
    unheard["cart"] += UNHEARD_OF
    unheard["number"] = rng.integers(1_500, 20_000, len(unheard))
    return [_later(rng, cancelled, Act.CANCELLED, days=(15, 50), hurry=hurry), again, unheard]


def _voices(rng: np.random.Generator, orders: Rows, delivered: Rows, *, truth: Truth, hurry: float) -> list[Rows]:
    """Reviews, answers to "would you recommend us", tickets and referrals, all coloured by the customer's satisfaction."""
    habits, chance = truth.habits, rng.random(len(orders))
    chances = np.cumsum([habits.review_chance, habits.survey_chance, habits.ticket_chance, habits.referral_chance])
    reviewed, asked, troubled, pleased = (np.searchsorted(chances, chance, side="right") == voice for voice in range(4))
    reviews = _later(rng, delivered[reviewed], Act.REVIEW, days=(3, 20), hurry=hurry)
    reviews["product"] = orders[reviewed]["lines"][:, 0]
    mood = truth.satisfaction[reviews["person"]]
    reviews["number"] = np.clip(np.rint(mood / 2 + rng.normal(0.2, 0.6, len(reviews))), 1, 5)
    reviews["extra"] = _words(rng, REVIEWS, reviews["number"] - 1)
    answers = answers_of(rng, _later(rng, delivered[asked], Act.SURVEY, days=(13, 16), hurry=hurry), truth=truth)
    loves = truth.satisfaction[delivered["person"]] >= 8
    sent = _later(rng, delivered[pleased & loves], Act.REFERRAL_SENT, days=(4, 25), hurry=hurry)
    won = _later(rng, sent[rng.random(len(sent)) < habits.conversion_chance], Act.REFERRAL_CONVERTED, days=(1, 30), hurry=hurry)
    return [reviews, answers, *_tickets(rng, delivered[troubled], truth=truth, hurry=hurry), sent, won]


def answers_of(rng: np.random.Generator, asked: Rows, *, truth: Truth) -> Rows:
    """The given rows as answers: a score around the customer's satisfaction, and half of them in words too."""
    asked["act"] = Act.SURVEY
    asked["number"] = np.clip(np.rint(truth.satisfaction[asked["person"]] + rng.normal(0, 1, len(asked))), 0, 10)
    asked["extra"] = np.where(rng.random(len(asked)) < 0.5, _words(rng, ANSWERS, band_of(asked["number"])), -1)
    return asked


def band_of(score: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """0 for 0-6, 1 for 7-8, 2 for 9-10."""
    return np.searchsorted([7, 9], score, side="right")


def _tickets(rng: np.random.Generator, delivered: Rows, *, truth: Truth, hurry: float) -> list[Rows]:
    """Opened, some again, and most closed; the dissatisfied are in a bad mood."""
    tickets = _later(rng, delivered, Act.TICKET_OPENED, days=(0.2, 8), hurry=hurry)
    tickets["number"] = rng.random(len(tickets)) < np.clip(1.2 - truth.satisfaction[tickets["person"]] / 10, 0, 1)
    tickets["extra"] = rng.integers(len(TOPICS), size=len(tickets))
    again = tickets[(tickets["number"] > 0) & (rng.random(len(tickets)) < truth.habits.second_ticket_chance)]
    second = _later(rng, again, Act.TICKET_OPENED, days=(1, 10), hurry=hurry)
    second["number"], second["extra"], second["cart"] = again["number"], again["extra"], again["cart"] + SECOND_TICKETS
    tickets = joined(tickets, second)
    resolved = tickets[rng.random(len(tickets)) < truth.habits.resolved_chance]
    closed = _later(rng, resolved, Act.TICKET_CLOSED, days=(0.1, 5), hurry=hurry)
    closed["number"], closed["extra"] = resolved["number"], resolved["extra"]
    return [tickets, closed]


def _words(rng: np.random.Generator, said: Sequence[Sequence[str]], kind: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Which of the words for each kind."""
    counts = np.array([len(words) for words in said])
    found: npt.NDArray[np.int64] = (rng.random(len(kind)) * counts[kind]).astype(np.int64)
    return found
