"""Derived events as relations: which moments follow from when to when, and what their `set` says, from the events received in a range.

A *key* is a moment and its trigger; it is *asked* about at s, where it first follows, and again at each later arrival that happened at or
before the moment and concerns its customer: nothing else can withdraw it, bring it back or change its properties.

Reads   events, traits, links, spans, identities; the input tables named below; parameters `lo` and `hi`: what was received in ($lo, $hi]
Gives   ASKED, from FOUND (`compiler.moments`, as seen); FOLLOWS questions of it; PAIRS of what follows; their values
Cost    one sort of what arrived late and the keys, by customer
Held to meaning, by tests/meaning/test_compiled_derived.py
"""

from collections.abc import Iterable

import sqlglot.expressions as exp

from opportune.language.compiler.values import populations_of, values_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Steps, column
from opportune.language.relations.plans import FOLLOWS, PAIRS, Input, Plan, query_of
from opportune.language.tree.definitions import Derived
from opportune.language.tree.expressions import Distance, Lookup
from opportune.language.tree.moments import Around, Changes, ThingMoment, Turns
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.events import THINGS
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind

FOUND = Input(
    "derived_found",
    (
        ("identity_key", "INTEGER"),
        ("customer_id", "VARCHAR"),
        ("at", "BIGINT"),
        ("acted_at", "BIGINT"),
        ("trigger_event_id", "VARCHAR"),
        ("trigger_line", "INTEGER"),
        ("is_imported", "BOOLEAN"),
    ),
)
"""The moments of a range as `compiler.moments` finds them."""
ASKED = Input(
    "derived_asked",
    (
        ("question", "BIGINT"),
        ("event_id", "VARCHAR"),
        ("sent_key", "INTEGER"),
        ("owner_key", "INTEGER"),
        ("kept_apart", "INTEGER"),
        ("at", "BIGINT"),
        ("seen", "BIGINT"),
        ("trigger_event_id", "VARCHAR"),
        ("trigger_line", "INTEGER"),
        ("is_imported", "BOOLEAN"),
        ("is_again", "BOOLEAN"),
    ),
)
"""A key at an instant: the id its event would have, the identity it is stored under, and its customer there. `kept_apart` tells keys of
one moment and trigger apart that belong to different customers whoever owns the trigger; else null."""
ANSWERED = Input("derived_answered", (("question", "BIGINT"), ("follows", "BOOLEAN")))
"""Those asked again."""
STORED = Input(
    "derived_stored",
    (
        ("event_id", "VARCHAR"),
        ("received_at", "BIGINT"),
        ("at", "BIGINT"),
        ("trigger_event_id", "VARCHAR"),
        ("trigger_line", "INTEGER"),
        ("kept_apart", "INTEGER"),
        ("sent_key", "INTEGER"),
        ("first_asked", "BIGINT"),
    ),
)
"""Events that stand for keys asked about again, and the first instant asked about."""
DERIVED_PAIRS = Input("derived_pairs", (*PAIRS.columns, ("previous_at", "BIGINT")))
"""What follows, to be asked for its properties; `pair` is the question."""


PROPERTIES = "derived_properties"
SHORTLY = 300_000_000
"""µs: what happened and arrived in one and the same part of so long is looked at only if a key of its customer is there too."""


def touched_from(derived: Derived) -> Plan:
    """One row: the first instant of a stored event of this name that something late, received in ($lo, $hi], may change; else null."""
    query = f"""
        WITH {_late(derived)}, {_owners("late", "late_owners")},
        near AS (
            SELECT e.identity_key, e.ts FROM events AS e
            WHERE e.name = {_text(derived.name)} AND e.line > 0 AND e.ts >= (SELECT min(l.ts) FROM late AS l) AND e.received_at <= $lo
        ), {_owners("near", "near_owners")}
        SELECT min(n.ts) AS at FROM near_owners AS n
        JOIN late_owners AS l ON l.owner_key = n.owner_key AND l.ts <= n.ts AND n.ts < l.received_at
    """
    return Plan(read(query), (("at", Kind.TIME),), ("lo", "hi"))


def asked(derived: Derived) -> Plan:
    """ASKED: the keys of FOUND at every instant in ($lo, $hi] that they have to be asked about at."""
    # a turn is its customer's, whoever owns the event that caused it by then
    is_fixed = "true" if isinstance(derived.when, ThingMoment | Around | Turns | Changes) else "f.trigger_event_id IS NULL"
    is_own = "true" if isinstance(derived.when, ThingMoment) else "f.trigger_event_id IS NULL"
    query = f"""
        WITH {_late(derived)}, {_owners("late", "late_owners")},
        linked AS (SELECT l.to_key AS identity_key FROM links AS l WHERE l.to_key IS NOT NULL
            UNION SELECT l.from_key FROM links AS l),
        doubtful AS (SELECT DISTINCT f.trigger_event_id, f.trigger_line FROM derived_found AS f
            JOIN linked AS l ON l.identity_key = f.identity_key WHERE NOT ({is_own})),
        senders AS (SELECT DISTINCT e.event_id, e.line, e.identity_key FROM events AS e
            JOIN doubtful AS d ON d.trigger_event_id = e.event_id AND d.trigger_line = e.line),
        keys AS (
            SELECT f.identity_key AS owner_key, f.at, f.acted_at, f.trigger_event_id, f.trigger_line,
                coalesce(f.is_imported, false) AS is_imported,
                CASE WHEN {is_fixed} THEN f.identity_key END AS kept_apart,
                coalesce(CASE WHEN NOT ({is_own}) THEN s.identity_key END, f.identity_key) AS identity_key
            FROM derived_found AS f
            LEFT JOIN senders AS s ON s.event_id = f.trigger_event_id AND s.line = f.trigger_line
        ), {_owners("keys", "key_owners")},
        times AS (SELECT DISTINCT k.owner_key, k.at // {SHORTLY} AS part FROM key_owners AS k),
        late_near AS (
            SELECT l.owner_key, l.ts, l.received_at FROM late_owners AS l WHERE l.ts // {SHORTLY} < l.received_at // {SHORTLY}
            UNION ALL
            SELECT l.owner_key, l.ts, l.received_at FROM late_owners AS l
            JOIN times AS t ON t.owner_key = l.owner_key AND t.part = l.ts // {SHORTLY}
            WHERE l.ts // {SHORTLY} = l.received_at // {SHORTLY}
        ),
        timeline AS (
            SELECT k.owner_key, k.at AS ts, 0 AS place, k.at AS at, CAST(NULL AS BIGINT) AS until FROM key_owners AS k
            UNION ALL SELECT l.owner_key, l.ts, 1, CAST(NULL AS BIGINT), l.received_at FROM late_near AS l
        ),
        nearest AS (
            SELECT t.owner_key, t.ts, t.until, min(t.at) OVER (
                PARTITION BY t.owner_key ORDER BY t.ts DESC, t.place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS next_at FROM timeline AS t
        ),
        harmful AS (SELECT DISTINCT n.owner_key, n.ts, n.until AS received_at FROM nearest AS n WHERE n.next_at < n.until),
        again AS (
            SELECT DISTINCT k.at, k.trigger_event_id, k.trigger_line, k.is_imported, k.kept_apart, k.identity_key, h.received_at AS seen
            FROM key_owners AS k
            JOIN harmful AS h ON h.owner_key = k.owner_key AND h.ts <= k.at AND k.at < h.received_at AND k.acted_at < h.received_at
        ),
        instants AS (
            SELECT k.at, k.trigger_event_id, k.trigger_line, k.is_imported, k.kept_apart, k.identity_key, k.acted_at AS seen,
                k.owner_key, false AS is_again
            FROM keys AS k WHERE k.acted_at > $lo
            UNION ALL
            SELECT a.at, a.trigger_event_id, a.trigger_line, a.is_imported, a.kept_apart, a.identity_key, a.seen,
                coalesce(a.kept_apart, s.to_key, a.identity_key), true
            FROM again AS a LEFT JOIN spans AS s ON s.from_key = a.identity_key AND s.at_from <= a.at AND a.at < s.at_until
                AND s.seen_from <= a.seen AND a.seen < s.seen_until
        )
        SELECT row_number() OVER (ORDER BY i.at, i.trigger_event_id, i.trigger_line, i.kept_apart, i.seen) AS question,
            {event_id(derived, "c.identity", "i")} AS event_id,
            i.identity_key AS sent_key, i.owner_key, i.kept_apart, i.at, i.seen, i.trigger_event_id, i.trigger_line,
            i.is_imported, i.is_again
        FROM instants AS i JOIN identities AS c ON c.identity_key = i.owner_key
    """
    kinds = {"event_id": Kind.TEXT, "trigger_event_id": Kind.TEXT, "at": Kind.TIME, "seen": Kind.TIME, "is_again": Kind.BOOLEAN}
    columns = tuple((name, kinds.get(name, Kind.NUMBER)) for name, _ in ASKED.columns)
    return Plan(read(query), columns, ("lo", "hi"), (FOUND,))


def again() -> Plan:
    """The input of `moments.follows` for those to be asked again."""
    query = """
        SELECT a.question, a.owner_key AS identity_key, a.at, a.seen, a.trigger_event_id, a.trigger_line
        FROM derived_asked AS a WHERE a.is_again
    """
    names = ("question", "identity_key", "at", "seen", "trigger_event_id", "trigger_line")
    return Plan(read(query), tuple((name, Kind.NUMBER) for name in names), (), (ASKED,))


def all_stand() -> Plan:
    """The answers to `again` of moments that stand once they were taken: `before`, `after` and `every`."""
    query = "SELECT f.question, true AS follows FROM follows AS f"
    return Plan(read(query), (("question", Kind.NUMBER), ("follows", Kind.BOOLEAN)), (), (FOLLOWS,))


def stored(derived: Derived) -> Plan:
    """STORED: the open events of the keys asked about again, whoever their customer was."""
    query = f"""
        WITH keys AS (
            SELECT a.at, a.trigger_event_id, a.trigger_line, a.kept_apart, a.sent_key, min(a.seen) AS first_asked FROM derived_asked AS a
            WHERE a.is_again GROUP BY a.at, a.trigger_event_id, a.trigger_line, a.kept_apart, a.sent_key
        )
        SELECT e.event_id, e.received_at, k.at, k.trigger_event_id, k.trigger_line, k.kept_apart, k.sent_key, k.first_asked
        FROM keys AS k JOIN events AS e ON e.ts = k.at AND e.identity_key = k.sent_key AND e.name = {_text(derived.name)} AND e.line > 0
        LEFT JOIN spans AS s ON s.from_key = e.identity_key AND s.at_from <= e.ts AND e.ts < s.at_until
            AND s.seen_from <= e.received_at AND e.received_at < s.seen_until
        JOIN identities AS c ON c.identity_key = coalesce(k.kept_apart, s.to_key, e.identity_key)
        WHERE e.withdrawn_at IS NULL AND e.event_id = {event_id(derived, "c.identity", "k")}
    """
    return Plan(read(query), tuple((name, Kind.NUMBER) for name, _ in STORED.columns), (), (ASKED,))


def pairs(derived: Derived) -> Plan:
    """DERIVED_PAIRS: the questions that follow; `previous_at` is their customer's event of this name before, as far as it stands there."""
    has_previous = _reads_previous(derived)
    held = {
        "pair": "f.question",
        "identity_key": "f.owner_key",
        **{name: f"f.{name}" for name in ("at", "seen", "trigger_event_id", "trigger_line")},
        "previous_at": "p.previous_at" if has_previous else "CAST(NULL AS BIGINT)",
    }
    shown = ", ".join(f"{held.get(name, f'CAST(NULL AS {kind})')} AS {name}" for name, kind in DERIVED_PAIRS.columns)
    previous = _previous(derived) if has_previous else ""
    joined = "LEFT JOIN previous AS p ON p.question = f.question" if has_previous else ""
    query = f"WITH {_following()}{previous} SELECT {shown} FROM following AS f {joined}"
    return Plan(read(query), tuple((name, Kind.NUMBER) for name, _ in DERIVED_PAIRS.columns), (), (ASKED, ANSWERED, STORED))


def property_columns(names: Iterable[str]) -> dict[str, str]:
    """Property → its column among PROPERTIES: a property may be called like any other column."""
    return {name: f"property_{place}" for place, name in enumerate(names)}


def properties(derived: Derived) -> Plan:
    """PROPERTIES: `pair` and the value of each property of `set`, in the unit its kind is stored in."""
    steps = Steps()
    held = property_columns(derived.set)
    named = {held[name]: value for name, value in derived.set.items()}
    values = values_of(steps, DERIVED_PAIRS.name, named, previous="previous_at") if named else DERIVED_PAIRS.name
    query = steps.close(sql.query({name: column(name, "v") for name in ("pair", *named)}, Source(values, "v")))
    columns = (("pair", Kind.NUMBER), *((held[name], derived.kinds[name]) for name in derived.set))
    return Plan(query, columns, (), (DERIVED_PAIRS,), populations_of(derived.set.values()))


def event_id(derived: Derived, customer: str, key: str) -> str:
    """The id of a derived event, from the columns at, trigger_event_id and trigger_line of `key` and the term `customer`, as SQL."""
    parts = (_text(derived.name), customer, f"CAST({key}.at AS VARCHAR)", f"coalesce({key}.trigger_event_id, '')")
    line = f"CASE WHEN {key}.trigger_line > 0 THEN concat('#', CAST({key}.trigger_line AS VARCHAR)) ELSE '' END"
    return f"md5(concat({', chr(31), '.join(parts)}, {line}))"


def _late(derived: Derived) -> str:
    """What was received in the range after it happened: identity_key (null: everybody's), ts, received_at."""
    others = f"(e.line = 0 OR e.name <> {_text(derived.name)})"
    everybody = "" if _reads_things(derived) else "AND e.identity_key IS NOT NULL"
    received = "{0}.received_at > $lo AND {0}.received_at <= $hi AND {0}.ts < {0}.received_at"
    return f"""late AS (
        SELECT e.identity_key, e.ts, e.received_at FROM events AS e WHERE {received.format("e")} AND {others} {everybody}
        UNION ALL SELECT e.identity_key, e.ts, e.withdrawn_at FROM events AS e
            WHERE e.withdrawn_at > $lo AND e.withdrawn_at <= $hi AND {others}
        UNION ALL SELECT t.identity_key, t.ts, t.received_at FROM traits AS t WHERE {received.format("t")}
        UNION ALL SELECT l.from_key, l.ts, l.received_at FROM links AS l WHERE {received.format("l")}
    )"""


def _owners(step: str, name: str) -> str:
    """`step` under every customer that its identity ever may belong to, as `owner_key`; what is everybody's under all."""
    kept = {
        "late": "x.ts, x.received_at",
        "near": "x.ts",
        "keys": "x.at, x.acted_at, x.trigger_event_id, x.trigger_line, x.is_imported, x.kept_apart, x.identity_key",
    }[step]
    return f"""{name} AS (
        SELECT x.identity_key AS owner_key, {kept} FROM {step} AS x WHERE x.identity_key IS NOT NULL
        UNION ALL SELECT o.to_key, {kept} FROM {step} AS x
            JOIN (SELECT DISTINCT l.from_key, l.to_key FROM links AS l WHERE l.to_key IS NOT NULL) AS o ON o.from_key = x.identity_key
        {_everybodys(kept) if step == "late" else ""}
    )"""


def _everybodys(kept: str) -> str:
    return f"UNION ALL SELECT i.identity_key, {kept} FROM late AS x, identities AS i WHERE x.identity_key IS NULL"


def _following() -> str:
    return """following AS (
        SELECT a.* FROM derived_asked AS a WHERE NOT a.is_again
        UNION ALL SELECT a.* FROM derived_asked AS a JOIN derived_answered AS w ON w.question = a.question WHERE a.is_again AND w.follows
    )"""


def _previous(derived: Derived) -> str:
    """For each question the latest earlier moment of its customer that stands at it.

    What stands: stored events, those asked about again only until then, and the answers.
    """
    forever = FOREVER + 1
    key = "PARTITION BY a.at, a.trigger_event_id, a.trigger_line, a.kept_apart, a.sent_key ORDER BY a.seen"
    return f""",
    mine AS (
        SELECT f.question, f.at, f.seen, f.owner_key AS source_key FROM following AS f
            WHERE NOT EXISTS (SELECT 1 FROM spans AS s WHERE s.from_key = f.owner_key AND {_holds("s", "f")})
        UNION ALL
        SELECT f.question, f.at, f.seen, s.from_key FROM following AS f JOIN spans AS s ON s.to_key = f.owner_key AND {_holds("s", "f")}
    ),
    answers AS (
        SELECT a.sent_key, a.at, a.seen, f.question IS NOT NULL AS follows, lead(a.seen, 1, {forever}) OVER ({key}) AS until
        FROM derived_asked AS a LEFT JOIN following AS f ON f.question = a.question
    ),
    standing AS (
        SELECT w.sent_key, w.at, w.seen AS since, w.until FROM answers AS w WHERE w.follows
        UNION ALL
        SELECT e.identity_key, e.ts, e.received_at, least(coalesce(e.withdrawn_at, {forever}), coalesce(n.first_asked, {forever}))
        FROM events AS e LEFT JOIN derived_stored AS n ON n.event_id = e.event_id AND n.received_at = e.received_at
        WHERE e.name = {_text(derived.name)} AND e.line > 0 AND e.identity_key IN (SELECT m.source_key FROM mine AS m)
    ),
    possible AS (SELECT DISTINCT l.from_key, l.to_key FROM links AS l WHERE l.to_key IS NOT NULL),
    owned AS (
        SELECT s.sent_key AS owner_key, s.sent_key, s.at, s.since, s.until FROM standing AS s
        UNION ALL
        SELECT o.to_key, s.sent_key, s.at, s.since, s.until FROM standing AS s JOIN possible AS o ON o.from_key = s.sent_key
    ),
    turns AS (
        SELECT o.owner_key, o.at, count(*) AS versions, min(o.sent_key) AS sent_key, min(o.since) AS since, min(o.until) AS until
        FROM owned AS o GROUP BY o.owner_key, o.at
    ),
    before AS (
        SELECT t.owner_key, t.at, lag(t.at, 1, NULL) OVER w AS last_at, lag(t.versions, 1, 0) OVER w AS versions,
            lag(t.sent_key, 1, 0) OVER w AS sent_key, lag(t.since, 1, 0) OVER w AS since, lag(t.until, 1, 0) OVER w AS until
        FROM turns AS t WINDOW w AS (PARTITION BY t.owner_key ORDER BY t.at)
    ),
    neat AS (
        SELECT f.question, b.last_at AS previous_at FROM following AS f
        JOIN before AS b ON b.owner_key = f.owner_key AND b.at = f.at
        LEFT JOIN spans AS s ON s.from_key = b.sent_key AND {_holds("s", "f")}
        WHERE b.versions = 0 OR (
            b.versions = 1 AND b.since <= f.seen AND f.seen < b.until AND coalesce(s.to_key, b.sent_key) = f.owner_key
        )
    ),
    doubtful AS (SELECT m.* FROM mine AS m WHERE NOT EXISTS (SELECT 1 FROM neat AS n WHERE n.question = m.question)),
    previous AS (
        SELECT n.question, n.previous_at FROM neat AS n
        UNION ALL
        SELECT m.question, max(s.at) FROM doubtful AS m
        JOIN standing AS s ON s.sent_key = m.source_key AND s.at < m.at AND s.since <= m.seen AND m.seen < s.until
        GROUP BY m.question
    )"""


def _holds(span: str, pair: str) -> str:
    """Whether a span holds a pair."""
    at = f"{span}.at_from <= {pair}.at AND {pair}.at < {span}.at_until"
    return f"{at} AND {span}.seen_from <= {pair}.seen AND {pair}.seen < {span}.seen_until"


def _reads_previous(derived: Derived) -> bool:
    return "Since.PREVIOUS" in repr(tuple(derived.set.values()))


def _reads_things(derived: Derived) -> bool:
    """Whether what happens to things can matter."""
    whole = (derived.when, *derived.set.values())
    if isinstance(derived.when, ThingMoment) or any(isinstance(part, Lookup | Distance) for part in walk(whole)):
        return True
    return any(name in repr(whole) for name in THINGS)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def read(query: str) -> exp.Query:
    """The tree of a query, every name in it quoted."""
    tree = query_of(query)
    for name in tree.find_all(exp.Identifier):
        name.set("quoted", True)
    return tree
