"""What follows an order: delivery or cancellation, refund, review, survey, ticket. Sent by the shop's server, not by browsers."""

import numpy as np

from opportune.samples.rows import Act, Rows, server_rows
from opportune.samples.seasons import DAY
from opportune.samples.truth import Truth


def rows_after(rng: np.random.Generator, orders: Rows, *, truth: Truth, hurry: float = 1.0) -> Rows:
    """Everything that follows the given order rows; delays are divided by `hurry`."""
    chance, habits = rng.random(len(orders)), truth.habits
    cancelled, sent = orders[chance < habits.cancelled_chance], orders[chance >= habits.cancelled_chance]
    delivered = _later(rng, sent, Act.DELIVERED, days=(1.5, 6.5), hurry=hurry)
    refunded = delivered[rng.random(len(delivered)) < habits.refunded_chance / (1 - habits.cancelled_chance)]
    totals = dict(zip(orders["cart"].tolist(), orders["number"].tolist(), strict=True))
    refunds = _later(rng, refunded, Act.REFUNDED, days=(2, 18), hurry=hurry)
    refunds["number"] = [totals[cart] for cart in refunds["cart"].tolist()]
    partial = rng.random(len(refunds)) < 0.3
    refunds["number"][partial] //= 2
    return np.concatenate(
        [
            _later(rng, cancelled, Act.CANCELLED, days=(0.02, 0.9), hurry=hurry),
            delivered,
            refunds,
            *_voices(rng, sent, delivered, truth=truth, hurry=hurry),
        ]
    )


def _later(rng: np.random.Generator, rows: Rows, act: Act, *, days: tuple[float, float], hurry: float) -> Rows:
    """One row of `act` for each of `rows`, between so many days later."""
    delay = (rng.uniform(*days, len(rows)) * DAY / hurry).astype(np.int64) // 1000 * 1000
    later = server_rows(act, person=rows["person"], ts=rows["ts"] + delay)
    later["cart"] = rows["cart"]
    return later


def _voices(rng: np.random.Generator, orders: Rows, delivered: Rows, *, truth: Truth, hurry: float) -> list[Rows]:
    """Reviews, answers to "would you recommend us" and tickets, all coloured by the customer's satisfaction."""
    chance = rng.random(len(orders))
    reviewed, asked, troubled = (chance < 0.08), (chance >= 0.08) & (chance < 0.15), (chance >= 0.15) & (chance < 0.19)
    reviews = _later(rng, delivered[reviewed], Act.REVIEW, days=(3, 20), hurry=hurry)
    reviews["product"] = orders[reviewed]["lines"][:, 0]
    mood = truth.satisfaction[reviews["person"]]
    reviews["number"] = np.clip(np.rint(mood / 2 + rng.normal(0.2, 0.6, len(reviews))), 1, 5)
    answers = _later(rng, delivered[asked], Act.SURVEY, days=(13, 16), hurry=hurry)
    answers["number"] = np.clip(np.rint(truth.satisfaction[answers["person"]] + rng.normal(0, 1, len(answers))), 0, 10)
    tickets = _later(rng, delivered[troubled], Act.TICKET_OPENED, days=(0.2, 8), hurry=hurry)
    tickets["number"] = rng.random(len(tickets)) < np.clip(1.2 - truth.satisfaction[tickets["person"]] / 10, 0, 1)
    closed = _later(rng, tickets[rng.random(len(tickets)) < 0.85], Act.TICKET_CLOSED, days=(0.1, 5), hurry=hurry)
    is_open = dict(zip(tickets["cart"].tolist(), tickets["number"].tolist(), strict=True))
    closed["number"] = [is_open[cart] for cart in closed["cart"].tolist()]
    return [reviews, answers, tickets, closed]
