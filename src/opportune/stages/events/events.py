"""Events and order lines, stored with typed columns.

Reads   ARRIVALS, NAMED
Gives   events: one row a track, page or screen call, and one `Product Purchased` for each line of an order's `products`
Cost    about 4 µs of one core a row, most of it parsing JSON
Held to tests/events/test_load.py
"""

from collections.abc import Iterable

from opportune.language.relations.addresses import text
from opportune.language.relations.arrivals import ARRIVALS, LINES, NAMED, REPEATED
from opportune.language.relations.map import EVENTS
from opportune.language.relations.order import RANKS
from opportune.language.relations.rollups import ARRIVING
from opportune.language.vocabulary.events import HOT, PROPERTIES
from opportune.language.vocabulary.kinds import Kind
from opportune.stages.events.order_keys import first_key
from opportune.stages.events.properties import is_acted_on, parsed, rest, typed, unfilled, unnamed

_LINE = ("product_id", "category", "price", "quantity")
_ORDER = ("order_id",)
ORDERS = "call = 'track' AND name = 'Order Completed' AND json_type(properties, '$.products') = 'ARRAY'"
"""Which arrivals have order lines."""
HEARD = "call IN ('track', 'page', 'screen')"
"""Which arrivals are events."""
_WRITTEN = f"NULL::BIGINT AS withdrawn_at, {first_key('ts')} AS order_key"


_KEYED = f"{ARRIVALS} AS a LEFT JOIN {NAMED} AS n ON n.identity = a.owner_id"


def instants() -> str:
    """The query that gives the instants, as `ts`, at which ARRIVALS have events."""
    return f"SELECT ts FROM {ARRIVALS} WHERE {HEARD}"


def told() -> str:
    """The query that gives `ts` and `identity_key` of the events of ARRIVALS."""
    return f"SELECT a.ts, n.identity_key FROM {_KEYED} WHERE {HEARD}"


def store(currency: str | None, into: str = "events", keys: tuple[str, ...] = HOT) -> str:
    """The statement that stores the events of ARRIVALS; `currency` is the shop's, None accepts every one. `keys`: all of the hot
    properties that are told at all; to plan for the others is most of what a small load would cost."""
    return f"INSERT INTO {into} {_typed_rows(f'(SELECT a.*, n.identity_key FROM {_KEYED} WHERE {HEARD})', currency, keys=keys)}"


def keys() -> str:
    """The query that gives a list of the names of the properties of ARRIVALS."""
    return f"SELECT list(DISTINCT name) FROM (SELECT unnest(json_keys(properties)) AS name FROM {ARRIVALS} WHERE {HEARD})"


def hot_among(names: Iterable[str]) -> tuple[str, ...]:
    """The hot properties among names, in their order."""
    told = {name.lower() for name in names}
    return tuple(key for key in HOT if key in told)


def store_lines(currency: str | None, into: str = "events") -> str:
    """The statement that stores the order lines of ORDERS."""
    return f"INSERT INTO {into} {_order_lines(_KEYED, currency)} ORDER BY position, line"


def set_apart() -> str:
    """The statement that makes ARRIVING: where new events are kept by themselves before they are stored, for roll-ups to read."""
    return f"CREATE OR REPLACE TEMP TABLE {ARRIVING} AS FROM events LIMIT 0"


def store_set_apart() -> str:
    """The statement that stores the events of ARRIVING."""
    return f"INSERT INTO events FROM {ARRIVING}"


def changed() -> str:
    """How many repeated calls tell an event otherwise than the stored one; a time left out is no difference."""
    keyed = f"{LINES} AS l LEFT JOIN identities AS i ON i.identity = l.owner_id"
    repeated = f"(SELECT l.*, l.rowid AS position, i.identity_key FROM {keyed} WHERE {HEARD} AND l.rowid IN (FROM {REPEATED}))"
    told = ", ".join(["name", "identity_key", *HOT])
    again = ", ".join(f"again.{name}" for name in told.split(", "))
    first = ", ".join(f"first.{name}" for name in told.split(", "))
    has_ts = f"(SELECT has_ts FROM {LINES} WHERE {LINES}.rowid = again.position)"
    return f"""
        SELECT count(*) FROM ({_typed_rows(repeated, None, "*, position")}) AS again
        JOIN events AS first ON first.event_id = again.event_id AND first.line = 0
        WHERE row({again}, again.rest::VARCHAR) IS DISTINCT FROM row({first}, first.rest::VARCHAR)
        OR ({has_ts} AND again.ts <> first.ts)
    """


def unconverted(currency: str | None) -> str:
    """Which of ARRIVALS name a price in another currency than the shop's; it is kept, but counts as no money."""
    return f"{HEARD} AND NOT {is_ours(currency)}"


def is_ours(currency: str | None) -> str:
    """Whether a call's prices are in the shop's currency."""
    if currency is None:
        return "true"
    return f"coalesce(upper(trim(json_extract_string(properties, '$.currency'))), '') IN ('', {text(currency.upper())})"


def _typed_rows(source: str, currency: str | None, shown: str = "", *, keys: tuple[str, ...] = HOT) -> str:
    """The rows of `events` that calls make: `source` has the columns of LINES, position and identity_key."""
    held = {key: f"stored_{key}" for key in keys}
    inner = ", ".join(f"{_column(key, keys)} AS {held[key]}" for key in keys) or "NULL AS nothing"
    outer = ", ".join(f"{_final(key, held.get(key, 'NULL'))} AS {key}" for key in HOT)
    values = parsed("properties", keys) if keys else "NULL AS raws"
    read = f"SELECT *, {is_ours(currency)} AS is_ours, {values} FROM {source}"
    left = f"SELECT *, {unnamed(held)} FROM (SELECT *, {unfilled(held)} FROM (SELECT *, {inner} FROM ({read})))"
    every = "event_id, 0 AS line, identity_key, name, ts, received_at, is_imported"
    names = ", ".join(column.name for column in EVENTS.columns)
    picked = shown.replace("*", names) or names
    return f"SELECT {picked} FROM (SELECT {every}, position, {outer}, {rest(held)} AS rest, {_WRITTEN} FROM ({left}))"


def _column(key: str, keys: tuple[str, ...]) -> str:
    expression = typed(key, keys)
    return f"CASE WHEN is_ours THEN {expression} END" if PROPERTIES[key] is Kind.MONEY else expression


def _final(key: str, held: str) -> str:
    return f"coalesce({held}, CASE WHEN {is_acted_on()} THEN 'human' END)" if key == "agent" else held


def _order_lines(keyed: str, currency: str | None) -> str:
    """One derived row for each object in `products`, numbered by its place there; one is bought where no quantity is told."""
    told = f"a.position, a.event_id, a.ts, a.received_at, a.is_imported, n.identity_key, {is_ours(currency)} AS is_ours"
    products = "json_extract(properties, '$.products[*]') AS products"
    read = f"SELECT {told}, {products}, {parsed('properties', _ORDER)} FROM {keyed} WHERE {ORDERS}"
    orders = f"SELECT *, {typed('order_id', _ORDER)} AS order_id, unnest(products) AS product, generate_subscripts(products, 1) AS line"
    orders = f"SELECT * EXCLUDE (products, raws, texts) FROM ({orders} FROM ({read}))"
    read = f"SELECT *, {parsed('product', _LINE)} FROM ({orders}) WHERE json_type(product) = 'OBJECT'"
    values = {key: typed(key, _LINE) for key in _LINE} | {"order_id": "order_id"}
    values["price"] = f"CASE WHEN is_ours THEN {values['price']} END"
    values["quantity"] = f"CASE WHEN raws.quantity IS NULL THEN 1 ELSE {values['quantity']} END"
    hot = ", ".join(f"{values.get(key, 'NULL')} AS {key}" for key in HOT)
    names = ", ".join(column.name for column in EVENTS.columns)
    told = f"position, event_id, line, identity_key, 'Product Purchased' AS name, ts, received_at, is_imported, {hot}, NULL::JSON AS rest"
    # nearly always an order is alone at its instant, and this the rank that its lines get
    key = f"{first_key('ts')} + least(line, {RANKS - 1})"
    return f"SELECT {names} FROM (SELECT {told}, NULL::BIGINT AS withdrawn_at, {key} AS order_key FROM ({read}))"
