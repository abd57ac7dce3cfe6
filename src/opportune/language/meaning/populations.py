"""Quantiles, means and cuts over all customers, frozen at calibration instants: SEMANTICS section 4.

Cost    counts everybody at each scheduled instant up to the moment until one is stable; only what was counted is remembered

Calibration instants are the scheduled ones (00:00 UTC of the first of the month, of Monday, of each day) from the first on at which at
least `History.enough` values are known, and every 00:00 UTC before it. All customers are asked at (c, seen=c), also as known.
Decisions SEMANTICS leaves open: a share is the decimal number that was written, so a quantile of 0.9 of ten values is the ninth; the
asker's own `by` is that at the pair; whether an instant is stable looks at all values, not at those of one group.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import cast

from opportune.language.meaning.answers import Answer
from opportune.language.meaning.history import Frozen, History, customers
from opportune.language.meaning.pairs import Ask, Pair
from opportune.language.tree.content import content_hash
from opportune.language.tree.expressions import Census, Population, Rhythm
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.instants import Instant, datetime_of
from opportune.language.vocabulary.kinds import Kind, Value
from opportune.language.vocabulary.zones import MIDNIGHT

NANO = 10**9
"""Means of numbers are those of whole billionths."""
NAME_OF = "name of"
"""Begins the keys of content hashes, among the answers of a history."""


def is_scheduled(rhythm: Rhythm, midnight: Instant) -> bool:
    """Whether a calibration is due at this 00:00 UTC."""
    day = datetime_of(midnight)
    return {Rhythm.MONTH: day.day == 1, Rhythm.WEEK: day.isoweekday() == 1, Rhythm.DAY: True}[rhythm]


def calibrated_at(population: Population, pair: Pair, ask: Ask) -> Instant | None:
    """The last calibration instant at or before the moment; None before anything happened."""
    days = list(_midnights(pair.history, pair.at))
    scheduled = [midnight for midnight in days if is_scheduled(population.every, midnight)]
    is_stable = any(len(census(population, midnight, pair, ask)) >= pair.history.enough for midnight in scheduled)
    return max(scheduled if is_stable else days, default=None)


def _midnights(history: History, until: Instant) -> Iterator[Instant]:
    """Every 00:00 UTC from the first thing that happened up to an instant."""
    begun = [*(event.ts for event in history.events), *(trait.ts for trait in history.traits)]
    if begun:
        begin = min(begun)
        yield from (Instant(midnight) for midnight in range(-(-begin // MIDNIGHT) * MIDNIGHT, until + 1, MIDNIGHT))


def census(population: Population, instant: Instant, pair: Pair, ask: Ask) -> list[tuple[Value, Value]]:
    """The known values of all customers at a calibration instant, each with that of its `by`."""
    key = (content_hash(replace(population, share=None, census=Census.MEAN)), instant)
    if key not in pair.history.counted:
        pair.history.counted[key] = list(_counted(population, instant, pair.history, ask))
    return pair.history.counted[key]


def _counted(population: Population, instant: Instant, history: History, ask: Ask) -> Iterator[tuple[Value, Value]]:
    for customer in customers(history, instant, instant):
        there = Pair(history=history, customer=customer, at=instant, seen=instant)
        value = ask(population.of, there).value
        is_counted = value is not None and (not population.positive or (not isinstance(value, str) and value > 0))
        if is_counted:
            yield value, ask(population.by, there).value if population.by is not None else None


def of_all(population: Population, pair: Pair, ask: Ask) -> Answer:
    """The frozen value that holds at a pair; null where none is known."""
    if pair.history.frozen is not None:
        frozen = pair.history.frozen.get(_name_of(population, pair.history), ())
        return Answer(kind_of(population.of), _told(population, frozen, pair, ask))
    kind = ask(population.of, pair).kind
    instant = calibrated_at(population, pair, ask)
    if instant is None:
        return Answer(kind, None)
    everybody = census(population, instant, pair, ask)
    own = ask(population.by, pair).value if population.by is not None else None
    alike = [value for value, by in everybody if own is not None and by == own]
    known = alike if len(alike) >= pair.history.enough else [value for value, _ in everybody]
    numbers = sorted(value for value in known if value is not None and not isinstance(value, str))
    return Answer(kind, _value_of(population, kind, numbers) if numbers else None)


def _name_of(population: Population, history: History) -> str:
    """Its content hash: as long to write as the function is large, so it is remembered where answers are."""
    if history.answered is None:
        return content_hash(population)
    key = (NAME_OF, id(population))
    if key not in history.answered:
        history.answered[key] = (population, content_hash(population))
    return cast(str, history.answered[key][1])


def _told(population: Population, frozen: Sequence[Frozen], pair: Pair, ask: Ask) -> Value:
    """What others counted at the last instant at or before the moment: of those alike where they are enough, else of all."""
    mine = [one for one in frozen if one.instant <= pair.at]
    last = max((one.instant for one in mine), default=None)
    own = ask(population.by, pair).value if population.by is not None else None
    now = {one.by_value: one for one in mine if one.instant == last}
    alike = now.get(str(own).lower() if isinstance(own, bool) else str(own)) if own is not None else None
    chosen = alike if alike is not None and alike.known >= pair.history.enough else now.get(None)
    return chosen.value if chosen is not None else None


def _value_of(population: Population, kind: Kind, ascending: Sequence[float]) -> Value:
    share = Fraction(Decimal(str(population.share or 0)))
    rank = max(1, ceil(share * len(ascending)))
    match population.census:
        case Census.QUANTILE:
            return ascending[min(rank, len(ascending)) - 1]
        case Census.CUT:
            return ascending[-min(rank, len(ascending))]
        case Census.MEAN:
            return _mean(kind, ascending)


def _mean(kind: Kind, values: Sequence[float]) -> float:
    if kind in (Kind.NUMBER, Kind.BOOLEAN):
        return float(Fraction(sum(round(Fraction(value) * NANO) for value in values), len(values) * NANO))
    return round(Fraction(sum(int(value) for value in values), len(values)))
