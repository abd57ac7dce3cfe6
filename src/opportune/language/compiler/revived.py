"""Lapses of the past that follow since a link came, or was taken back, that had happened before: what interrupted them is another's now.

A link fires nothing for a moment before it, so the search for moments leaves these out. But a derived event is what follows from all that
was received, and its rows have to be looked for here as well: one candidate for each event whose pause was over between the instant at
which the link happened and that at which it came, of everybody it may concern.

Reads   links, events, spans, identities; parameters `lo`, `hi`: links received in ($lo, $hi]; the inputs FOLLOWS, ANSWERED
Gives   CANDIDATES, of which `asked` asks and `found` gives rows of FOUND
Cost    nothing but a look at the links where none came later than it happened
Held to tests/meaning/test_compiled_derived.py
"""

from opportune.language.compiler.deriving import FOUND, read
from opportune.language.relations.plans import Plan
from opportune.language.tree.moments import Lapse, Moment
from opportune.language.vocabulary.instants import span_of
from opportune.language.vocabulary.kinds import Kind

CANDIDATES = "derived_revivable"
ANSWERED = "derived_revived"


def may_revive(moment: Moment) -> bool:
    """Whether it is a pause after single events."""
    return isinstance(moment, Lapse) and moment.at_most is None and bool(moment.selector.names)


def candidates(lapse: Lapse) -> Plan:
    """CANDIDATES: question, identity_key (whose it is then), customer_id, at, seen, trigger_event_id, trigger_line, is_imported."""
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(set(lapse.selector.names)))
    within = span_of(lapse.within)
    query = f"""
        WITH late AS (
            SELECT DISTINCT l.from_key, l.ts, l.received_at FROM links AS l
            WHERE l.received_at > $lo AND l.received_at <= $hi AND l.ts < l.received_at
        ),
        customers AS (
            SELECT l.from_key AS customer_key, l.ts, l.received_at FROM late AS l
            UNION SELECT o.to_key, l.ts, l.received_at FROM late AS l JOIN links AS o ON o.from_key = l.from_key WHERE o.to_key IS NOT NULL
        ),
        kin AS (
            SELECT c.customer_key AS identity_key, c.ts, c.received_at FROM customers AS c
            UNION SELECT o.from_key, c.ts, c.received_at FROM customers AS c JOIN links AS o ON o.to_key = c.customer_key
        ),
        paused AS (
            SELECT DISTINCT e.identity_key AS sent_key, e.event_id, e.line, e.is_imported, e.ts + {within} AS at, k.received_at AS seen
            FROM events AS e JOIN kin AS k ON k.identity_key = e.identity_key
                AND k.ts <= e.ts + {within} AND e.ts + {within} < k.received_at
            WHERE e.name IN ({names}) AND e.received_at <= k.received_at
        )
        SELECT row_number() OVER (ORDER BY p.seen, p.at, p.event_id, p.line) AS question, c.identity_key, c.identity AS customer_id,
            p.at, p.seen, p.event_id AS trigger_event_id, p.line AS trigger_line, p.is_imported
        FROM paused AS p LEFT JOIN spans AS s ON s.from_key = p.sent_key AND s.at_from <= p.at AND p.at < s.at_until
            AND s.seen_from <= p.seen AND p.seen < s.seen_until
        JOIN identities AS c ON c.identity_key = coalesce(s.to_key, p.sent_key)"""
    texts = {"customer_id": Kind.TEXT, "trigger_event_id": Kind.TEXT, "is_imported": Kind.BOOLEAN}
    names_of = ("question", "identity_key", "customer_id", "at", "seen", "trigger_event_id", "trigger_line", "is_imported")
    return Plan(read(query), tuple((name, texts.get(name, Kind.NUMBER)) for name in names_of), ("lo", "hi"))


def asked() -> Plan:
    """The input of `moments.follows`: each candidate when the link came (an even question), and right before (the odd one)."""
    each = "SELECT 2 * c.question + {0} AS question, c.identity_key, c.at, c.seen - {0} AS seen, c.trigger_event_id, c.trigger_line"
    query = " UNION ALL ".join(f"{each.format(before)} FROM {CANDIDATES} AS c" for before in (0, 1))
    names = ("question", "identity_key", "at", "seen", "trigger_event_id", "trigger_line")
    return Plan(read(query), tuple((name, Kind.NUMBER) for name in names))


def found() -> str:
    """The statement that adds to FOUND those that follow when the link came, did not right before, and were never found to."""
    shown = {name: f"c.{name}" for name in ("identity_key", "customer_id", "at", "is_imported")}
    shown |= {"acted_at": "min(c.seen)", "trigger_event_id": "c.trigger_event_id", "trigger_line": "c.trigger_line"}
    same = " AND ".join(f"f.{name} = c.{name}" for name in ("identity_key", "at", "trigger_event_id", "trigger_line"))
    columns, values = ", ".join(f'"{name}"' for name in shown), ", ".join(shown.values())
    return f"""INSERT INTO {FOUND.name} ({columns}) SELECT {values}
        FROM {CANDIDATES} AS c JOIN {ANSWERED} AS a ON a.question = 2 * c.question AND a.follows
        WHERE NOT EXISTS (SELECT 1 FROM {ANSWERED} AS b WHERE b.question = 2 * c.question + 1 AND b.follows)
            AND NOT EXISTS (SELECT 1 FROM {FOUND.name} AS f WHERE {same})
        GROUP BY c.identity_key, c.customer_id, c.at, c.is_imported, c.trigger_event_id, c.trigger_line"""
