"""The wall times that plans wait for, as instants of a range.

Reads   loads; traits, where a plan asks in the zones of its customers
Gives   the rows of OCCURRENCES; none before the first arrival of all, when nobody is there
Held to tests/meaning/test_compiled_derived.py, tests/stories/test_ground.py
"""

from collections.abc import Iterator

from opportune.adapters.engines.engine import Engine
from opportune.language.relations.plans import OCCURRENCES, Plan, Row
from opportune.language.tree.wall_times import occurrences
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.zones import zone_names
from opportune.stages.customers.lookup import zones_in_use
from opportune.stages.membership.calibrations import received


def wall_times(engine: Engine, plan: Plan, lo: Instant, hi: Instant) -> dict[str, list[Row]]:
    """The input of a plan that waits for wall times in ($lo, $hi]; nothing for one that waits for none."""
    if not plan.occurrences:
        return {}
    first = engine.rows(received())[0][1]
    begin = hi if first is None else max(lo, Instant(int(first) - 1))
    return {OCCURRENCES.name: list(_instants(engine, plan, begin, hi))}


def _instants(engine: Engine, plan: Plan, lo: Instant, hi: Instant) -> Iterator[Row]:
    """(zone, at) of every one of them."""
    for every in plan.occurrences:
        zones = {every.zone}
        if every.of_customer:
            zones |= {str(row[0]) for row in engine.rows(zones_in_use())} & zone_names()
        for zone in sorted(zones):
            yield from ((zone, at) for at in occurrences(every, zone, lo, hi))
