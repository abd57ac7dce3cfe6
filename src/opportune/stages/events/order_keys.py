"""Order keys: event order in one number, kept as events and links arrive.

An instant is *crowded* once more than CROWD events of people are stored at it, as when a list of consents is imported under one date.
There, events are ranked among those of the same *kin*: all identities that stored links ever connected, for only of these does a plan
ever ask which event came first. At any other instant they are ranked among all events of people, which spares looking at links.

Reads   events, links, facts
Gives   events.order_key: `ts * RANKS` and the rank in (line > 0, event_id, line). Events of things have no rank: plans compare their
        columns. crowded_instants. The fact `order_keys_full` once one kin has more events at an instant than there are ranks, or an
        instant lies beyond the years a key can say: from then on plans compare the columns themselves (relations.order)
Cost    one look at the stored `ts` near those told; only instants with several events are sorted. Where kin matters, the kin of what
        arrived alone, and two looks at the links for each step between them
Held to tests/events/test_order_keys.py
"""

from opportune.language.relations.order import FURTHEST, RANKS
from opportune.stages.events import facts

CROWD = RANKS
"""Events of people at an instant, beyond which it is crowded."""
TIED = "tied_instants"
"""ts, events, was_crowded: instants told at which several events of people are stored. A temporary table."""
KIN = "crowded_kin"
"""identity_key, root: the kin whose events at crowded instants are to be ranked. A temporary table."""
_CROWDED = "SELECT ts FROM crowded_instants"


def first_key(ts: str) -> str:
    """The order key of the first event at an instant."""
    return f"least(greatest({ts}, -{FURTHEST}), {FURTHEST}) * {RANKS}"


def tied(told: str) -> str:
    """The statement that makes TIED of the `ts` that the query `told` gives."""
    return f"""CREATE OR REPLACE TEMP TABLE {TIED} AS SELECT ts, count(*) AS events, ts IN ({_CROWDED}) AS was_crowded FROM events
        WHERE ts IN (SELECT ts FROM ({told})) AND identity_key IS NOT NULL GROUP BY ts HAVING count(*) > 1"""


def found(told: str) -> str:
    """The query that gives whether there are ties, whether one of them is crowded, whether any instant is, whether one is too far."""
    far = f"SELECT 1 FROM ({told}) AS told WHERE ts > {FURTHEST} OR ts < -{FURTHEST}"
    return f"SELECT count(*) > 0, ({is_crowded()}), EXISTS ({_CROWDED}), EXISTS ({far}) FROM {TIED}"


def is_crowded() -> str:
    """The query that gives whether any instant of TIED is crowded."""
    return f"SELECT coalesce(bool_or(events > {CROWD} OR was_crowded), false) FROM {TIED}"


def rank() -> str:
    """The statement that ranks the events at those instants of TIED that are not crowded."""
    return _ranked("0", "", f"e.ts IN (SELECT ts FROM {TIED} WHERE events <= {CROWD})")


def joins_crowds(away: str) -> str:
    """The query that gives whether links from the identities that the query `away` gives, now stored, can connect two that have events at
    crowded instants: one end has some, or was linked to somebody else before."""
    present = f"SELECT 1 FROM events WHERE ts IN ({_CROWDED}) AND identity_key IN ({away})"
    several = f"SELECT 1 FROM links WHERE from_key IN ({away}) GROUP BY from_key HAVING min(to_key) < max(to_key)"
    return f"SELECT EXISTS ({present}) OR EXISTS ({several})"


def crowd(told: str, linked: str = "") -> list[str]:
    """The statements that rank events at crowded instants: of whom the query `told`, of which TIED was made, gives `ts` and
    `identity_key`, and of identities that the query `linked` gives as `identity_key`, both with their kin."""
    new = f"SELECT ts FROM {TIED} WHERE events > {CROWD} AND NOT was_crowded"
    seeds = f"SELECT identity_key FROM ({told}) WHERE identity_key IS NOT NULL AND ts IN ({_CROWDED})"
    seeds += f" UNION SELECT identity_key FROM events WHERE identity_key IS NOT NULL AND ts IN ({new})"
    seeds += f" UNION SELECT identity_key FROM ({linked})" if linked else ""
    full = f"""SELECT 1 FROM events AS e JOIN {KIN} AS k ON k.identity_key = e.identity_key WHERE e.ts IN ({_CROWDED})
        GROUP BY e.ts, k.root HAVING count(*) > {RANKS}"""
    return [
        f"INSERT INTO crowded_instants {new}",
        _kin(seeds),
        _ranked("k.root", f"JOIN {KIN} AS k ON k.identity_key = e.identity_key", f"e.ts IN ({_CROWDED})"),
        f"{facts.keys_are_full()} AND EXISTS ({full})",
    ]


def reranked(told: str) -> list[str]:
    """The statements that rank the events of whom the query `told` gives `ts` and `identity_key`."""
    return [tied(told), rank(), *crowd(told)]


def filled() -> list[str]:
    """The statements that give every stored event its key: for a store that had none."""
    first = f"UPDATE events SET order_key = {first_key('ts')}"
    return [first, *reranked("SELECT ts, identity_key FROM events"), _are_far()]


def thinned() -> list[str]:
    """The statements that mend a store whose keys were ranks among all events of an instant, whatever its crowd."""
    last = f"order_key & {RANKS - 1} = {RANKS - 1}"
    told = f"SELECT ts, identity_key FROM events WHERE identity_key IS NOT NULL AND {last}"
    return [facts.keys_are_not_full(), *reranked(told), _are_far()]


def _are_far() -> str:
    return f"{facts.keys_are_full()} AND EXISTS (SELECT 1 FROM events WHERE ts > {FURTHEST} OR ts < -{FURTHEST})"


def _kin(seeds: str) -> str:
    """KIN of the identities that the query `seeds` gives: everybody reached from them by links, each under the least key of its kin."""
    return f"""CREATE OR REPLACE TEMP TABLE {KIN} AS
        WITH RECURSIVE edges AS (
            SELECT from_key AS a, to_key AS b FROM links WHERE to_key IS NOT NULL
            UNION ALL SELECT to_key, from_key FROM links WHERE to_key IS NOT NULL),
        reached AS (
            SELECT identity_key FROM ({seeds})
            UNION SELECT e.b FROM reached AS r JOIN edges AS e ON e.a = r.identity_key),
        rooted(identity_key, root) USING KEY (identity_key) AS (
            SELECT identity_key, identity_key FROM reached
            UNION SELECT e.b, min(r.root) FROM rooted AS r JOIN edges AS e ON e.a = r.identity_key
                JOIN recurring.rooted AS k ON k.identity_key = e.b WHERE r.root < k.root GROUP BY e.b)
        SELECT identity_key, root FROM rooted"""


def _ranked(among: str, join: str, where: str) -> str:
    """Ranks events of people (`e`), apart for each instant and value of `among`."""
    order = f"(PARTITION BY e.ts, {among} ORDER BY e.line > 0, e.event_id, e.line, e.received_at)"
    key = f"{first_key('e.ts')} + least(row_number() OVER {order} - 1, {RANKS - 1})"
    keys = f"SELECT e.rowid AS place, e.order_key, {key} AS new_key FROM events AS e {join} WHERE {where} AND e.identity_key IS NOT NULL"
    changed = f"SELECT place, new_key FROM ({keys}) WHERE order_key <> new_key"
    return f"UPDATE events SET order_key = k.new_key FROM ({changed}) AS k WHERE events.rowid = k.place"
