"""Spans say of every pair whose an identity is, as a literal reading of its links and un-merges does."""

from dataclasses import dataclass

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.adapters.engines import tables
from opportune.language.vocabulary.instants import FOREVER
from opportune.stages.customers import spans

ANONYMOUS = (7, 8)
GRID = range(8)


@dataclass(frozen=True)
class Link:
    """A row of `links`; `to` None is an un-merge."""

    event_id: str
    of: int
    to: int | None
    ts: int
    received_at: int


def owner(links: list[Link], identity: int, at: int, seen: int) -> int:
    """SEMANTICS section 2, word for word: the first visible link after the last visible un-merge."""
    mine = (link for link in links if link.of == identity and link.ts <= at and link.received_at <= seen)
    visible = sorted(mine, key=lambda link: (link.ts, link.event_id))
    parted = max((place for place, link in enumerate(visible) if link.to is None), default=-1)
    after = [link.to for link in visible[parted + 1 :] if link.to is not None]
    return after[0] if after else identity


def laid_out(connection: duckdb.DuckDBPyConnection, links: list[Link]) -> list[tuple[int, ...]]:
    for name in ("links", "spans"):
        connection.execute(f"DELETE FROM {name}")
    for link in links:
        connection.execute("INSERT INTO links VALUES (?, ?, ?, ?, ?)", [link.event_id, link.of, link.to, link.ts, link.received_at])
    for statement in spans.laid_out("SELECT from_key FROM links"):
        connection.execute(statement)
    return connection.execute("SELECT from_key, to_key, at_from, at_until, seen_from, seen_until FROM spans").fetchall()


def owners(found: list[tuple[int, ...]], identity: int, at: int, seen: int) -> list[int]:
    return [to for of, to, a, b, c, d in found if of == identity and a <= at < b and c <= seen < d]


instants = st.integers(1, 6)
links = st.lists(st.tuples(st.sampled_from(ANONYMOUS), st.sampled_from((None, None, 1, 1, 2)), instants, instants), max_size=9).flatmap(
    lambda rows: st.permutations(range(len(rows))).map(lambda ids: [Link(f"l{id}", *row) for id, row in zip(ids, rows, strict=True)])
)


@given(links=links)
@settings(max_examples=50, deadline=None)
def test_spans_say_at_every_pair_what_the_links_say(links: list[Link]) -> None:
    found = laid_out(STORE, links)
    for identity in ANONYMOUS:
        for at in (*GRID, FOREVER):
            for seen in (*GRID, FOREVER):
                assert (owners(found, identity, at, seen) or [identity]) == [owner(links, identity, at, seen)], (identity, at, seen)


def test_without_un_merges_the_second_statement_is_enough() -> None:
    found = [Link("b", 7, 1, 2, 5), Link("a", 7, 2, 3, 1)]
    whole = laid_out(STORE, found)
    for statement in spans.laid_out("SELECT from_key FROM links", parted=False):
        STORE.execute(statement)
    again = STORE.execute("SELECT * FROM spans").fetchall()
    assert sorted(again) == sorted(whole)
    assert [row[1:] for row in sorted(whole)] == [(1, 2, spans.NEVER, 5, spans.NEVER), (2, 3, spans.NEVER, 1, 5)]


def test_of_links_of_one_instant_the_first_by_id_wins() -> None:
    found = laid_out(STORE, [Link("b", 7, 1, 2, 2), Link("a", 7, 2, 2, 3), Link("c", 7, 1, 2, 4)])
    assert [owners(found, 7, 2, seen) for seen in (1, 2, 3, 4)] == [[], [1], [2], [2]]


def test_an_unmerge_parts_once_it_was_received_and_the_next_link_joins_again() -> None:
    found = laid_out(STORE, [Link("a", 7, 1, 1, 1), Link("b", 7, None, 3, 5), Link("c", 7, 2, 6, 6)])
    assert [owners(found, 7, at, 4) for at in (0, 1, 3)] == [[], [1], [1]]
    assert [owners(found, 7, at, 5) for at in (2, 3, 6)] == [[1], [], []]
    assert [owners(found, 7, at, 6) for at in (2, 3, 5, 6)] == [[1], [], [], [2]]


def opened() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    for statement in tables.stored_tables():
        connection.execute(statement)
    return connection


STORE = opened()
