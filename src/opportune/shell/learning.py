"""What the stored data teaches about names, so that a misspelt one in a definition can be told from a new one.

Kinds are not learned: a definition must mean the same before and after data arrived.
"""

from collections import defaultdict

from opportune.adapters.engines.engine import Engine
from opportune.language.tree.schema import USUAL, Schema
from opportune.stages.events.names import first_properties, names, recent_properties


def learned_names(engine: Engine) -> Schema:
    """The vocabulary, and every event, property and trait seen in the store (properties: in a sample, see `stages.events.names`)."""
    found = engine.rows(names())
    events: dict[str, set[str]] = {str(row[2]): set() for row in found if row[0] == "event"}
    properties = engine.rows(recent_properties())
    for name in sorted(events):
        properties += engine.rows(first_properties(), {"name": name})
    known: defaultdict[str, set[str]] = defaultdict(set, events)
    for _, event, property_name in properties:
        known[str(event)].add(str(property_name))
    return USUAL.learning(known, {str(row[2]): None for row in found if row[0] == "trait"})
