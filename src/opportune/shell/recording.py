"""Whether what somebody does with a mail may be recorded, asked when it happens: withdrawal reaches mails already sent."""

from collections.abc import Collection
from functools import cache

from opportune.adapters.engines.engine import Engine
from opportune.adapters.project.settings import Shop
from opportune.language.compiler.values import at_pairs
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.instants import FOREVER, Instant
from opportune.stages.customers.lookup import anonymous_among
from opportune.stages.privacy import tracking


def trackable(engine: Engine, customers: Collection[int], at: Instant, shop: Shop) -> set[int]:
    """Those of `customers` whose opens and clicks may be recorded at `at`."""
    pairs = [(key, key, at, FOREVER, None, None, None, None, None) for key in sorted(set(customers))]
    return {
        int(key or 0)
        for key, given, withdrawn, country in engine.rows(_plan(), {}, {"pairs": pairs})
        if tracking.may_track(
            given=bool(given),
            withdrawn=bool(withdrawn),
            country=None if country is None else str(country),
            opt_in=shop.opt_in,
            home=shop.country,
        )
    }


def anonymous(engine: Engine, customers: Collection[int]) -> set[int]:
    """Those of `customers` that were never sent as a userId: events about them must not be either."""
    asked = [(key,) for key in sorted(set(customers))]
    return {int(row[0] or 0) for row in engine.rows(_anonymous_plan(), {}, {"keys_asked": asked})}


@cache
def _plan() -> Plan:
    return at_pairs(tracking.questions())


@cache
def _anonymous_plan() -> Plan:
    return anonymous_among()
