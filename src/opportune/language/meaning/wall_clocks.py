"""`every("mon 09:00", tz=)`: each such time, for every customer there is then. SEMANTICS section 5.

With `tz="customer"` the zone is that of the customer at the pair itself, so who moves from zone to zone may meet a time twice or never.
"""

from collections.abc import Iterator

from opportune.language.meaning.asking import answer
from opportune.language.meaning.calendars import zone_at
from opportune.language.meaning.history import History, customers
from opportune.language.meaning.pairs import Pair
from opportune.language.tree.moments import Every
from opportune.language.tree.wall_times import occurrences
from opportune.language.vocabulary.instants import FOREVER, Instant
from opportune.language.vocabulary.kinds import Kind, read_as
from opportune.language.vocabulary.reading import Reading
from opportune.language.vocabulary.zones import zone_names


def zones_of(moment: Every, history: History) -> list[str]:
    """The zones whose clocks matter to anybody."""
    said = {read_as(Kind.TEXT, trait.value, declared=False) for trait in history.traits if trait.name == "timezone"}
    own = {str(zone) for zone in said if zone in zone_names()} if moment.of_customer else set()
    return sorted(own | {moment.zone})


def rounds(moment: Every, history: History, lo: Instant, hi: Instant, reading: Reading) -> Iterator[tuple[Instant, str]]:
    """(m, customer) of each time in (lo, hi]."""
    for zone in zones_of(moment, history):
        for at in occurrences(moment, zone, lo, hi):
            seen = at if reading is Reading.AS_SEEN else FOREVER
            for customer in customers(history, at, seen):
                if zone_at(moment.zone, moment.of_customer, Pair(history=history, customer=customer, at=at, seen=seen), answer) == zone:
                    yield at, customer
