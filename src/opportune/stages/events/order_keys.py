"""Order keys: event order in one number, kept as events arrive.

Reads   events, facts
Gives   events.order_key, of the events at the instants told: `ts * 1024` and the rank in (line > 0, event_id, line) among all events
        stored with that `ts`, of people or of things; the fact `order_keys_full` once an instant has more events of people than ranks,
        or lies beyond the years an order key can say. From then on plans compare the columns themselves (relations.order)
Cost    one look at the stored `ts` near those told; only instants with several events are sorted
Held to tests/events/test_order_keys.py
"""

from opportune.language.relations.order import FURTHEST, RANKS
from opportune.stages.events import facts

TIED = "tied_instants"
"""ts, is_thing, events: instants told at which several events are stored. A temporary table."""


def first_key(ts: str) -> str:
    """The order key of the first event at an instant."""
    return f"least(greatest({ts}, -{FURTHEST}), {FURTHEST}) * {RANKS}"


def tied(instants: str) -> str:
    """The statement that makes TIED of the instants that the query `instants` gives as `ts`."""
    return f"CREATE OR REPLACE TEMP TABLE {TIED} AS {_tied(instants)}"


def found(instants: str) -> str:
    """The query that gives whether there are ties, and whether order keys can no longer tell all events apart."""
    far = f"SELECT 1 FROM ({instants}) AS told WHERE ts > {FURTHEST} OR ts < -{FURTHEST}"
    full = f"coalesce(bool_or(events > {RANKS} AND NOT is_thing), false)"
    return f"SELECT count(*) > 0, {full} OR EXISTS ({far}) FROM {TIED}"


def rank() -> str:
    """The statement that ranks the events of TIED, which have their first keys or older ones."""
    return _ranked(f"SELECT ts FROM {TIED}")


def reranked(instants: str) -> list[str]:
    """The statements that rank the events at the instants that the query `instants` gives as `ts`."""
    full = f"SELECT 1 FROM {TIED} WHERE events > {RANKS} AND NOT is_thing"
    return [tied(instants), rank(), f"{facts.keys_are_full()} AND EXISTS ({full})"]


def filled() -> list[str]:
    """The statements that give every stored event its key: for a store that had none."""
    far = f"SELECT 1 FROM events WHERE ts > {FURTHEST} OR ts < -{FURTHEST}"
    first = f"UPDATE events SET order_key = {first_key('ts')}"
    return [first, *reranked("SELECT ts FROM events"), f"{facts.keys_are_full()} AND EXISTS ({far})"]


def _tied(instants: str) -> str:
    return f"""SELECT ts, identity_key IS NULL AS is_thing, count(*) AS events FROM events
        WHERE ts IN ({instants}) GROUP BY ts, identity_key IS NULL HAVING count(*) > 1"""


def _ranked(tied_instants: str) -> str:
    order = "(PARTITION BY ts, identity_key IS NULL ORDER BY line > 0, event_id, line, received_at)"
    key = f"{first_key('ts')} + least(row_number() OVER {order} - 1, {RANKS - 1})"
    keys = f"SELECT rowid AS place, {key} AS new_key FROM events WHERE ts IN ({tied_instants})"
    return f"UPDATE events SET order_key = k.new_key FROM ({keys}) AS k WHERE events.rowid = k.place AND events.order_key <> k.new_key"
