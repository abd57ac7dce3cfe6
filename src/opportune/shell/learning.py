"""What the stored data teaches about names, so that a misspelt one in a definition can be told from a new one.

Kinds are not learned by themselves: a definition must mean the same before and after data arrived. `check --learn` writes them into a
file that people keep.
"""

from collections import defaultdict

from opportune.adapters.engines.engine import Engine
from opportune.language.tree.schema import USUAL, Schema
from opportune.language.vocabulary.instants import Instant
from opportune.stages.events.names import first_properties, names, recent_properties
from opportune.stages.events.specimens import specimen
from opportune.stages.events.tracking_plan import Arrived, Seen, event_counts, first_recent, property_kinds, span
from opportune.stages.measurement.sources import Sent, by_day, sent_by


def learned_names(engine: Engine) -> Schema:
    """The vocabulary, and every event, property and trait seen in the store (properties: in a sample, see `stages.events.names`)."""
    found = engine.rows(names())
    events: dict[str, set[str]] = {str(row[2]): set() for row in found if row[0] == "event"}
    properties, of_first = engine.rows(recent_properties()), first_properties()
    for name in sorted(events):
        properties += engine.rows(of_first, {"name": name})
    known: defaultdict[str, set[str]] = defaultdict(set, events)
    for _, event, property_name in properties:
        known[str(event)].add(str(property_name))
    return USUAL.learning(known, {str(row[2]): None for row in found if row[0] == "trait"})


def seen(engine: Engine, *, is_whole: bool) -> Seen:
    """What arrived: all of it, or properties only of what came last."""
    since = 0 if is_whole else int(engine.rows(first_recent())[0][0] or 0)
    return Seen(
        events={str(name): int(count or 0) for name, count in engine.rows(event_counts())},
        properties=tuple(
            Arrived(
                event=str(event),
                property=str(name),
                said=str(said),
                seen=int(count or 0),
                beyond=int(beyond or 0),
                first=Instant(int(first or 0)),
                last=Instant(int(last or 0)),
                sample=specimen(str(name), str(sample)) if sample is not None else "",
            )
            for event, name, said, count, beyond, first, last, sample in sorted(engine.rows(property_kinds(), {"since": since}))
        ),
    )


def senders(engine: Engine) -> list[Sent]:
    """Who sent what, by name and source."""
    return sent_by(engine.rows(by_day()))


def history_span(engine: Engine) -> tuple[Instant, Instant] | None:
    """When the first and the last stored event happened; None where none is stored."""
    ((first, last),) = engine.rows(span())
    return None if first is None or last is None else (Instant(int(first)), Instant(int(last)))
