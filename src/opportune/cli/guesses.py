"""What people are told of values that lean on a heuristic where no model has foretold anything."""

from collections.abc import Iterator, Mapping

from opportune.language.tree.definitions import Definitions
from opportune.language.tree.predictions import guessed_in

MOST = 5
"""Definitions that are named, one prediction."""


def guesses(definitions: Definitions, columns: Mapping[str, object]) -> Iterator[str]:
    """A line for each prediction among what `columns` read that has a heuristic."""
    reading = {name: guessed_in([tree], definitions.heuristics) for name, tree in columns.items()}
    for prediction, heuristic in definitions.heuristics.items():
        readers = [name for name, read in reading.items() if prediction in read]
        if readers:
            more = f" and {len(readers) - MOST} more" if len(readers) > MOST else ""
            note = f" ({heuristic.note})" if heuristic.note else ""
            yield f"prediction.{prediction} is a heuristic{note} where no model has told it; read by {', '.join(readers[:MOST])}{more}"


def named(definitions: Definitions) -> dict[str, object]:
    """Every definition and journey, under the name it is referred to by."""
    rooms: dict[str, Mapping[str, object]] = {
        "metric": definitions.metrics,
        "segment": definitions.segments,
        "score": definitions.scores,
        "ladder": definitions.ladders,
        "tier": definitions.tiers,
        "journey": definitions.journeys,
    }
    return {f"{room}.{name}": tree for room, found in rooms.items() for name, tree in found.items()}
