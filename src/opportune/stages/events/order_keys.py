"""Order keys: event order in one number, kept as events arrive.

Reads   events, facts
Gives   events.order_key, of the events at the instants told: `ts * 1024` and the rank in (line > 0, event_id, line) among all events
        stored with that `ts`, of people or of things; the fact `order_keys_full` once an instant has more events of people than ranks,
        or lies beyond the years an order key can say. From then on plans compare the columns themselves (relations.order)
Cost    one look at the stored `ts` near those told; only instants with several events are sorted
Held to tests/events/test_order_keys.py
"""

from opportune.language.relations.order import FURTHEST, RANKS

FULL = "order_keys_full"
TIED = "tied_instants"
"""ts, is_thing, events: instants told at which several events are stored. A temporary table."""


def first_key(ts: str) -> str:
    """The order key of the first event at an instant."""
    return f"least(greatest({ts}, -{FURTHEST}), {FURTHEST}) * {RANKS}"


def ranked(instants: str) -> list[str]:
    """The statements that rank the events at the instants that the query `instants` gives as `ts`; they have their first keys."""
    order = "(PARTITION BY ts, identity_key IS NULL ORDER BY line > 0, event_id, line, received_at)"
    rank = f"least(row_number() OVER {order} - 1, {RANKS - 1})"
    tied = f"SELECT * FROM events WHERE ts IN (SELECT ts FROM {TIED})"
    keys = f"SELECT rowid AS place, {first_key('ts')} + {rank} AS new_key FROM ({tied.replace('*', 'rowid, *')})"
    is_full = f"SELECT 1 FROM {TIED} WHERE events > {RANKS} AND NOT is_thing"
    is_far = f"SELECT 1 FROM ({instants}) AS told WHERE ts > {FURTHEST} OR ts < -{FURTHEST}"
    return [
        f"""CREATE OR REPLACE TEMP TABLE {TIED} AS SELECT ts, identity_key IS NULL AS is_thing, count(*) AS events FROM events
            WHERE ts IN ({instants}) GROUP BY ALL HAVING count(*) > 1""",
        f"UPDATE events SET order_key = k.new_key FROM ({keys}) AS k WHERE events.rowid = k.place AND events.order_key <> k.new_key",
        f"""INSERT INTO facts SELECT '{FULL}', 1
            WHERE (EXISTS ({is_full}) OR EXISTS ({is_far})) AND NOT EXISTS (SELECT 1 FROM facts WHERE name = '{FULL}')""",
    ]


def filled() -> list[str]:
    """The statements that give every stored event its key: for a store that had none."""
    return [f"UPDATE events SET order_key = {first_key('ts')}", *ranked("SELECT ts FROM events")]
