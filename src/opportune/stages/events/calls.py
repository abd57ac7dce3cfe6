"""Which lines are new: the same message id again is the same call, however often sent; the first accepted wins.

Reads   LINES, calls
Gives   ACCEPTED, REPEATED, ARRIVALS; calls; call_filters
Cost    of many lines one scan of `calls`, 7 ms a million stored. Of few, the scan of the last block and a look at the filters of
        the others; a block whose filter is wrong, one line in 50,000, is scanned too. A filter takes 4 MB and 0.3 s to make.
        A whole MD5 is compared, so two different ids are never taken for one
Held to tests/events/test_load.py, tests/events/test_call_filters.py
Source  B. H. Bloom, Space/time trade-offs in hash coding with allowable errors, 1970; A. Kirsch, M. Mitzenmacher, Less hashing, same
        performance: building a better Bloom filter, 2006 (its places: h1 + i * h2)
"""

from collections.abc import Iterable, Sequence

from opportune.language.relations.arrivals import ACCEPTED, ARRIVALS, LINES, REPEATED

BLOCK = 1_000_000
"""Rows of `calls` that a filter is of."""
PLACES = 2**25
"""Bits of a filter."""
PROBES = 6
ALL = "calls"
"""Where every stored call is looked for."""
_HEARD = f"SELECT md5_number(event_id) AS call_hash, received_at, rowid AS position FROM {LINES} WHERE refused IS NULL"


def accept(stored: str = ALL) -> list[str]:
    """The statements that sort the lines that can be stored into new and repeated; `stored` holds all calls they might repeat."""
    firsts = f"SELECT call_hash, min((received_at, position))[2] AS position FROM ({_HEARD}) GROUP BY call_hash"
    return [
        f"""CREATE OR REPLACE TEMP TABLE {ACCEPTED} AS SELECT firsts.* FROM ({firsts}) AS firsts
            ANTI JOIN {stored} AS stored USING (call_hash)""",
        f"""CREATE OR REPLACE TEMP TABLE {REPEATED} AS SELECT position FROM ({_HEARD}) AS heard
            ANTI JOIN {ACCEPTED} USING (position) ORDER BY position""",
        f"""CREATE OR REPLACE TEMP TABLE {ARRIVALS} AS SELECT {LINES}.rowid AS position, {LINES}.*
            FROM {LINES} SEMI JOIN {ACCEPTED} ON {LINES}.rowid = {ACCEPTED}.position""",
        f"INSERT INTO calls SELECT call_hash FROM {ACCEPTED} ORDER BY position",
    ]


_PLACED = f"(call_hash & {PLACES - 1})::INTEGER AS first, ((call_hash >> 64) & {PLACES - 1})::INTEGER AS step"
"""What of a hash says where its bits are in a filter."""


def placed() -> str:
    """The query that gives `first` and `step` of the calls of LINES."""
    return f"SELECT {_PLACED} FROM ({_HEARD})"


def among(blocks: Iterable[int], filtered: int) -> str:
    """The stored calls of these blocks and of those after the first `filtered`, which have no filter yet."""
    return "(" + " UNION ALL ".join([*map(_of, blocks), f"SELECT call_hash FROM calls WHERE rowid >= {filtered * BLOCK}"]) + ")"


def _of(block: int) -> str:
    return f"SELECT call_hash FROM calls WHERE rowid >= {block * BLOCK} AND rowid < {(block + 1) * BLOCK}"


def filters(known: int) -> str:
    """The query that gives the bits of the filters from block `known` on."""
    return f"SELECT bits FROM call_filters WHERE block >= {known} ORDER BY block"


MADE = "SELECT count(*) FROM call_filters"
"""The query that gives how many filters there are."""
FULL = f"SELECT count(*) // {BLOCK} FROM calls"
"""The query that gives how many blocks are full. Rows of `calls` are never taken away, so they keep their rowids."""


def filtered(block: int) -> str:
    """The statement that makes the filter of a full block, all of whose calls were stored by earlier loads."""
    last = PLACES - 1
    places = ", ".join(f"((first + {turn}::BIGINT * step) & {last})::INTEGER" for turn in range(PROBES))
    every = f"SELECT unnest([{places}]) AS place FROM (SELECT {_PLACED} FROM ({_of(block)}))"
    return f"INSERT INTO call_filters SELECT {block}, bitstring_agg(place, 0, {last})::BLOB FROM ({every})"


def are_held(bits: bytes, placed: Sequence[tuple[int, int]]) -> bool:
    """Whether a filter takes any of the calls (first, step) for one of its own; never false where one is."""
    left = placed
    for _ in range(PROBES):
        left = [(place + step & PLACES - 1, step) for place, step in left if bits[place >> 3] & 128 >> (place & 7)]
    return bool(left)


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
