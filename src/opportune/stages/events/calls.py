"""Which lines are new: the same message id again is the same call, however often sent; the first accepted wins.

Reads   LINES, calls
Gives   ACCEPTED, REPEATED, ARRIVALS; calls
Cost    one scan of `calls`, 4 ms a million stored, whatever the number of lines (text ids would cost 15 ms);
        a whole MD5 is compared, so two different ids are never taken for one
Held to tests/events/test_load.py
"""

from opportune.language.relations.arrivals import ACCEPTED, ARRIVALS, LINES, REPEATED


def accept() -> list[str]:
    """The statements that sort the lines that can be stored into new and repeated."""
    heard = f"SELECT md5_number(event_id) AS call_hash, received_at, rowid AS position FROM {LINES} WHERE refused IS NULL"
    firsts = f"SELECT call_hash, min((received_at, position))[2] AS position FROM ({heard}) GROUP BY call_hash"
    return [
        f"CREATE OR REPLACE TEMP TABLE {ACCEPTED} AS SELECT firsts.* FROM ({firsts}) AS firsts ANTI JOIN calls USING (call_hash)",
        f"""CREATE OR REPLACE TEMP TABLE {REPEATED} AS SELECT position FROM ({heard}) AS heard
            ANTI JOIN {ACCEPTED} USING (position) ORDER BY position""",
        f"""CREATE OR REPLACE TEMP TABLE {ARRIVALS} AS SELECT {LINES}.rowid AS position, {LINES}.*
            FROM {LINES} SEMI JOIN {ACCEPTED} ON {LINES}.rowid = {ACCEPTED}.position""",
        f"INSERT INTO calls SELECT call_hash FROM {ACCEPTED} ORDER BY position",
    ]


def record() -> str:
    """One row of `loads` for each of `$segments`, whose lines came from the file at the same place of `$files`."""
    return f"""
        INSERT INTO loads
        SELECT s.segment, count(a.position), count(r.position), count(l.refused), max(l.received_at), min(l.received_at),
            (SELECT count(*) FROM loads) + row_number() OVER (ORDER BY s.segment)
        FROM (SELECT unnest($segments::VARCHAR[]) AS segment, unnest($files::VARCHAR[]) AS file) AS s
        LEFT JOIN (SELECT rowid AS position, file, received_at, refused FROM {LINES}) AS l ON l.file = s.file
        LEFT JOIN {ACCEPTED} AS a ON a.position = l.position
        LEFT JOIN {REPEATED} AS r ON r.position = l.position
        GROUP BY s.segment ORDER BY s.segment
    """
