"""When something happens to a customer, and the instant it can be acted on: SEMANTICS sections 1, 5 and 7, read literally.

Reads   a `History`
Gives   one `MomentRow` for each moment whose `at` (as known) or `acted_at` (as seen) lies in (lo, hi]

A moment is looked for by its trigger e: its `at` m is e.ts, or e.ts + W for a lapse. `_follows` says whether it follows at (m, seen=σ).
As seen, every σ >= m at which anything becomes visible is tried in turn; the first at which the moment follows is its `acted_at`.

Decisions where SEMANTICS is silent, each so that live equals backtest:
- Only the arrival of an event of the moment's own kind brings it about: the trigger, or for `reaches` an earlier matching event. A link
  (or trait) that arrives late and makes an older moment follow does not ("a link fires nothing for a moment before it").
- The late rule looks at the events whose arrival at `acted_at` brought it about; one of them in time is enough. As known, none is late.
- A metric or trait inside a moment's predicate is asked at m, for the owner of the trigger.
- `same` reads the property by its kind in the vocabulary, else as text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from opportune.language.meaning.asking import answer
from opportune.language.meaning.history import Event, History, events_of, owner
from opportune.language.meaning.metrics import is_selected, matches
from opportune.language.meaning.pairs import Pair
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Reaches
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.instants import FOREVER, Instant, Span, span_of
from opportune.language.vocabulary.kinds import Kind, Value, read_as
from opportune.language.vocabulary.reading import Reading


@dataclass(frozen=True, slots=True, order=True)
class MomentRow:
    """A moment `at` of `customer`, acted on at `acted_at`. `is_imported`: its trigger came by import, so it never enrols live."""

    acted_at: Instant
    at: Instant
    trigger_event_id: str
    trigger_line: int
    customer: str
    is_imported: bool
    same_value: str | None = None
    """The trigger's value of the lapse's `same`, as text; the clocks of different values run apart."""


def moments(moment: Moment, history: History, lo: Instant, hi: Instant, reading: Reading, max_lateness: Span) -> list[MomentRow]:
    """The moments of (lo, hi], by `at` as known and by `acted_at` as seen; sorted by (acted_at, at, trigger in event order)."""
    found = []
    for event in sorted(history.events, key=lambda event: event.order):
        if event.identity is None:
            continue
        at = _moment_of(moment, event)
        acted_at = at if reading is Reading.AS_KNOWN else _acted_at(moment, history, event, max_lateness)
        seen = FOREVER if reading is Reading.AS_KNOWN else acted_at
        if acted_at is None or seen is None or not lo < acted_at <= hi or not _follows(moment, history, event, seen):
            continue
        customer = owner(history, event.identity, at, seen)
        found.append(MomentRow(acted_at, at, event.event_id, event.line, customer, event.is_imported, _same_text(moment, event)))
    return sorted(found, key=lambda row: (row.acted_at, row.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """That a trigger made a moment `at` for `customer`."""

    customer: str
    at: Instant
    trigger_event_id: str
    trigger_line: int


def follows(moment: Moment, history: History, claim: Claim, seen: Instant) -> bool:
    """Whether a moment that was taken still follows, for the same customer, from the events received by `seen` (section 7, "restated")."""
    for event in history.events:
        if (event.event_id, event.line) == (claim.trigger_event_id, claim.trigger_line) and event.identity is not None:
            is_hers = owner(history, event.identity, claim.at, seen) == claim.customer
            return is_hers and _moment_of(moment, event) == claim.at and _follows(moment, history, event, seen)
    return False


def _moment_of(moment: Moment, trigger: Event) -> Instant:
    """m, given the event that causes it."""
    return Instant(trigger.ts + span_of(moment.within)) if isinstance(moment, Lapse) else trigger.ts


def _acted_at(moment: Moment, history: History, trigger: Event, max_lateness: Span) -> Instant | None:
    """The first instant at which the moment follows; None when never, or when nothing in time brought it about then."""
    at = _moment_of(moment, trigger)
    arrivals = (happened.received_at for happened in history.happened)
    for seen in sorted({at, *(Instant(max(at, arrival)) for arrival in arrivals)}):
        if _follows(moment, history, trigger, seen):
            causes = _causes(moment, history, trigger, seen)
            return seen if any(cause.received_at - cause.ts <= max_lateness for cause in causes) else None
    return None


def _causes(moment: Moment, history: History, trigger: Event, seen: Instant) -> list[Event]:
    """The events that can have brought the moment about by arriving at `seen`."""
    at = _moment_of(moment, trigger)
    arrived = [trigger] if max(at, trigger.received_at) == seen else []
    if isinstance(moment, Reaches) and not arrived:
        reach = span_of(moment.within) if moment.within else None
        # Twice the window: an event may complete the count at e, or take it from the matching event before e.
        near = [e for e in _matching(moment, history, trigger, seen) if e.ts <= at and (reach is None or e.ts > at - 2 * reach)]
        arrived = [event for event in near if event.received_at == seen]
    return arrived


def _matching(moment: Moment, history: History, trigger: Event, seen: Instant) -> list[Event]:
    """All matching events of the trigger's owner visible at (m, seen), in event order."""
    if trigger.identity is None:
        return []
    at = _moment_of(moment, trigger)
    customer = owner(history, trigger.identity, at, seen)
    pair = Pair(history=history, customer=customer, at=at, seen=seen)
    return [event for event in events_of(history, customer, at, seen) if matches(moment.selector, moment.where, event, pair, answer)]


def _follows(moment: Moment, history: History, trigger: Event, seen: Instant) -> bool:
    """Whether the trigger makes a moment, by what had happened at m and arrived by `seen`."""
    matching = _matching(moment, history, trigger, seen)
    if trigger not in matching:
        return False
    match moment:
        case EventMoment():
            return True
        case Reaches():
            place = matching.index(trigger)
            return _is_reached(moment, matching[: place + 1]) and not _is_reached(moment, matching[:place])
        case Lapse():
            return _lapses(moment, history, trigger, seen)
        case _:
            assert_never(moment)


def _is_reached(moment: Reaches, matching: list[Event]) -> bool:
    """Whether at least N of the events, up to and including the last one, lie in the window that ends at it."""
    if not matching:
        return False
    begin = matching[-1].ts - span_of(moment.within) if moment.within else None
    return sum(begin is None or event.ts > begin for event in matching) >= moment.n


def _lapses(moment: Lapse, history: History, trigger: Event, seen: Instant) -> bool:
    """No repeat and no `unless` up to m, among events with the trigger's value of `same`."""
    if moment.same is not None and _same(moment.same, trigger) is None:
        return False
    repeats = (event for event in _matching(moment, history, trigger, seen) if event.order > trigger.order)
    return not any(_is_alike(moment, trigger, event) for event in (*repeats, *_unless(moment, history, trigger, seen)))


def _unless(moment: Lapse, history: History, trigger: Event, seen: Instant) -> Iterator[Event]:
    """The `unless` events of the trigger's owner in [a.ts, m], `a` itself not among them."""
    if moment.unless is None or trigger.identity is None:
        return
    at = _moment_of(moment, trigger)
    for event in events_of(history, owner(history, trigger.identity, at, seen), at, seen):
        if is_selected(moment.unless, event) and event.ts >= trigger.ts and event != trigger:
            yield event


def _is_alike(moment: Lapse, trigger: Event, other: Event) -> bool:
    return moment.same is None or _same(moment.same, other) == _same(moment.same, trigger)


def _same_text(moment: Moment, trigger: Event) -> str | None:
    value = _same(moment.same, trigger) if isinstance(moment, Lapse) and moment.same is not None else None
    return None if value is None else str(value)


def _same(name: str, event: Event) -> Value:
    return read_as(PROPERTIES.get(name, Kind.TEXT), event.properties.get(name), declared=name in PROPERTIES)
