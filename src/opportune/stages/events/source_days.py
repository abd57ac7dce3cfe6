"""What each source sent, counted by day as it arrives: whose events they are is kept nowhere else.

Reads   ARRIVALS; of a store that had no counts, events
Gives   source_days
Cost    one grouping of the arrivals and a look at the counts of their days: 4 ms beside 240,000 rows
Held to tests/events/test_source_days.py
"""

from opportune.language.relations.arrivals import ARRIVALS
from opportune.stages.events.events import HEARD

_DAY = "CAST(floor(received_at / 86_400_000_000) AS INTEGER)"


def add() -> str:
    """The statement that adds the ARRIVALS, each of which is a call that was not stored before."""
    said = f"CASE WHEN {HEARD} THEN name ELSE call END"
    counted = f"""SELECT source, is_imported, {said} AS name, {_DAY} AS day, count(*) AS calls, max(received_at) AS last
        FROM {ARRIVALS} GROUP BY ALL"""
    same = " AND ".join(f"kept.{column} IS NOT DISTINCT FROM new.{column}" for column in ("source", "is_imported", "name"))
    # the second condition on days follows from the first; by it zone maps leave out what lies before
    return f"""
        MERGE INTO source_days AS kept USING ({counted}) AS new
        ON kept.day = new.day AND kept.day >= (SELECT min({_DAY}) FROM {ARRIVALS}) AND {same}
        WHEN MATCHED THEN UPDATE SET calls = kept.calls + new.calls, last_received_at = greatest(kept.last_received_at, new.last)
        WHEN NOT MATCHED THEN INSERT VALUES (new.source, new.is_imported, new.name, new.day, new.calls, new.last)
    """


def filled() -> str:
    """The statement that counts the events that are stored already, of which nobody knows any more who sent them."""
    return f"""
        INSERT INTO source_days
        SELECT NULL AS source, coalesce(is_imported, false) AS is_imported, name, {_DAY} AS day, count(*), max(received_at)
        FROM events WHERE line = 0 GROUP BY ALL ORDER BY day, name
    """
