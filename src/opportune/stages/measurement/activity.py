"""What went on in the shop: counts for the overview and the report.

Reads   events, identities, links, traits
Gives   see each plan; days are UTC
"""

from dataclasses import replace

import sqlglot.expressions as exp

from opportune.language.relations.plans import Plan, query_of
from opportune.language.vocabulary.kinds import Kind

DAY = 86_400_000_000

_BY_DAY = f"""
SELECT CAST(floor(ts / {DAY}) AS BIGINT) AS day,
       count(*) AS events,
       count(*) FILTER (WHERE name = 'Order Completed') AS orders,
       coalesce(sum(total) FILTER (WHERE name = 'Order Completed'), 0)
         - coalesce(sum(total) FILTER (WHERE name = 'Order Refunded'), 0) AS revenue,
       count(*) FILTER (WHERE name = 'Email Delivered' AND journey IS NOT NULL) AS mails,
       count(DISTINCT message_id) FILTER (WHERE name = 'Email Link Clicked' AND agent = 'human' AND journey IS NOT NULL) AS clicked
FROM events WHERE line = 0 AND ts > $after AND ts <= $until
GROUP BY day ORDER BY day
"""

_CLICKED = """
SELECT DISTINCT message_id FROM events
WHERE name = 'Email Link Clicked' AND agent = 'human' AND message_id IS NOT NULL AND ts > $after
ORDER BY message_id
"""


def by_day() -> Plan:
    """A row a day in (after, until]: day since 1970, events, orders, net revenue, journey mails delivered, those clicked by people."""
    names = ("day", "events", "orders", "revenue", "mails", "clicked")
    columns = tuple((name, Kind.MONEY if name == "revenue" else Kind.NUMBER) for name in names)
    return Plan(query_of(_BY_DAY), columns, ("after", "until"))


def clicked() -> Plan:
    """Message ids with a human click after an instant."""
    return Plan(query_of(_CLICKED), (("message_id", Kind.TEXT),), ("after",))


def sizes(snapshot: Plan, names: tuple[str, ...]) -> Plan:
    """One row from a snapshot of conditions: the number of customers, then how many are in each."""
    counted = [
        exp.alias_(exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=exp.column(name, quoted=True))), name, quoted=True)
        for name in names
    ]
    query = exp.select(exp.alias_(exp.Count(this=exp.Star()), "customers"), *counted).from_(snapshot.query.copy().subquery("customers_now"))
    columns = (("customers", Kind.NUMBER), *((name, Kind.NUMBER) for name in names))
    return replace(snapshot, query=query, columns=columns)
