"""Roll-ups of events per identity and UTC day, kept as events arrive; imports and late arrivals add rows to their day.

Reads   events, ARRIVING (the new events of a load)
Gives   rollups: which are kept; rollup_days: their rows, any number for one identity and day, to be added up
Cost    a back-fill: one scan of the events it takes. A load: one grouping of its new events for each roll-up that takes any of them
Held to tests/compiler/test_rollups.py
"""

from collections.abc import Sequence

from opportune.language.relations.rollups import ARRIVING, COLUMNS

KEPT = "SELECT rollup, hash, query FROM rollups ORDER BY rollup"
"""The query that gives the roll-ups that are kept."""
NEXT = "SELECT greatest((SELECT coalesce(max(rollup), 0) FROM rollups), (SELECT coalesce(max(rollup), 0) FROM rollup_days)) + 1"
"""The query that gives a number no roll-up has."""
_COLUMNS = ", ".join(f'"{name}"' for name in COLUMNS)


def begun() -> str:
    """The statement that notes that the roll-up `$rollup` with `$hash` and `$query` is kept."""
    return "INSERT INTO rollups VALUES ($rollup, $hash, $query)"


def filled(rollup: int, query: str) -> str:
    """The statement that adds what is stored already."""
    return added([(rollup, query.replace(f'"{ARRIVING}"', '"events"'))])


def added(kept: Sequence[tuple[int, str]]) -> str:
    """The statement that adds the events of ARRIVING to roll-ups (number, query): one for all, for planning is what a small load costs."""
    # in order of days, so that zone maps leave out those that are not asked for
    every = " UNION ALL ".join(f"SELECT {rollup} AS rollup, {_COLUMNS} FROM ({query})" for rollup, query in kept)
    return f"INSERT INTO rollup_days SELECT rollup, {_COLUMNS} FROM ({every}) ORDER BY rollup, day, identity_key"


def dropped(rollup: int) -> list[str]:
    """The statements that end a roll-up."""
    return [f"DELETE FROM rollups WHERE rollup = {rollup}", f"DELETE FROM rollup_days WHERE rollup = {rollup}"]
