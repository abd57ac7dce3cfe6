"""Spans say of every pair whose an identity is, as a literal reading of its links and un-merges does."""

from dataclasses import dataclass

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.adapters.engines import tables
from opportune.language.vocabulary.identity import Rank
from opportune.language.vocabulary.instants import FOREVER
from opportune.stages.customers import spans

USERS = (1, 2)
EMAILS = (3, 4)
PHONE = 5
DEVICES = (7, 8)
LOWER = (*DEVICES, PHONE, *EMAILS)
GRID = range(8)


@dataclass(frozen=True)
class Link:
    """A row of `links`; `to` None is an un-merge."""

    event_id: str
    of: int
    to: int | None
    ts: int
    received_at: int
    rank: int = Rank.USER


def owner(links: list[Link], identity: int, at: int, seen: int) -> int:
    """Word for word: the visible link of the lowest rank, the first of these, after the last visible un-merge; and whose that end is."""
    mine = (link for link in links if link.of == identity and link.ts <= at and link.received_at <= seen)
    visible = sorted(mine, key=lambda link: (link.ts, link.event_id))
    parted = max((place for place, link in enumerate(visible) if link.to is None), default=-1)
    after = [link for link in visible[parted + 1 :] if link.to is not None]
    if not after:
        return identity
    best = min(after, key=lambda link: (link.rank, link.ts, link.event_id))
    return owner(links, best.to, at, seen)


def laid_out(connection: duckdb.DuckDBPyConnection, links: list[Link], **known: bool) -> list[tuple[int, ...]]:
    for name in ("links", "spans"):
        connection.execute(f"DELETE FROM {name}")
    for link in links:
        row = [link.event_id, link.of, link.to, link.ts, link.received_at, link.rank]
        connection.execute("INSERT INTO links VALUES (?, ?, ?, ?, ?, ?)", row)
    for statement in spans.laid_out("SELECT from_key FROM links", **known):
        connection.execute(statement)
    return connection.execute("SELECT from_key, to_key, at_from, at_until, seen_from, seen_until FROM spans").fetchall()


def owners(found: list[tuple[int, ...]], identity: int, at: int, seen: int) -> list[int]:
    return [to for of, to, a, b, c, d in found if of == identity and a <= at < b and c <= seen < d]


instants = st.integers(1, 6)
simple = st.tuples(st.sampled_from(DEVICES), st.sampled_from((None, None, 1, 1, 2)), st.just(Rank.USER))
of_devices = st.sampled_from(DEVICES).flatmap(
    lambda device: st.sampled_from(
        [(device, user, rank) for user in USERS for rank in (Rank.USER, Rank.CLICK)]
        + [(device, email, rank) for email in EMAILS for rank in (Rank.EMAIL, Rank.EMAIL, Rank.CLICK)]
        + [(device, PHONE, Rank.PHONE), (device, PHONE, Rank.PHONE), (device, None, Rank.USER)]
    )
)
of_addresses = st.sampled_from(
    [(each, to, Rank.CLAIM) for each in (*EMAILS, PHONE) for to in USERS]
    + [(PHONE, email, Rank.BOTH) for email in EMAILS]
    + [(each, None, Rank.USER) for each in (*EMAILS, PHONE)]
)


def rows(ends: st.SearchStrategy, most: int) -> st.SearchStrategy[list[Link]]:
    """Links between such ends, their ids in any order."""
    told = st.lists(st.tuples(ends, instants, instants), max_size=most)
    return told.flatmap(
        lambda found: st.permutations(range(len(found))).map(
            lambda ids: [Link(f"l{id}", of, to, ts, received, rank) for id, ((of, to, rank), ts, received) in zip(ids, found, strict=True)]
        )
    )


def agree(links: list[Link]) -> None:
    found = laid_out(STORE, links)
    for identity in LOWER:
        for at in (*GRID, FOREVER):
            for seen in (*GRID, FOREVER):
                assert (owners(found, identity, at, seen) or [identity]) == [owner(links, identity, at, seen)], (identity, at, seen)


@given(links=rows(simple, 9))
@settings(max_examples=50, deadline=None)
def test_spans_say_at_every_pair_what_the_links_say(links: list[Link]) -> None:
    agree(links)


@given(links=rows(of_devices | of_addresses, 12))
@settings(max_examples=100, deadline=None)
def test_and_so_where_links_have_ranks_and_lead_on(links: list[Link]) -> None:
    agree(links)


def test_of_ranks_the_lowest_decides_whenever_it_is_visible() -> None:
    found = laid_out(STORE, [Link("a", 7, 1, 1, 1, Rank.CLICK), Link("b", 7, 3, 3, 4, Rank.EMAIL), Link("c", 7, 2, 5, 5, Rank.USER)])
    assert [owners(found, 7, at, FOREVER) for at in (1, 3, 5)] == [[1], [3], [2]]
    assert [owners(found, 7, 5, seen) for seen in (1, 4, 5)] == [[1], [3], [2]]


def test_whoever_an_address_belongs_to_has_what_is_linked_to_it() -> None:
    found = laid_out(STORE, [Link("a", 7, 3, 1, 1, Rank.EMAIL), Link("b", 3, 1, 2, 5, Rank.CLAIM), Link("c", 3, None, 4, 6)])
    assert [owners(found, 7, at, 4) for at in (1, 2, 4)] == [[3], [3], [3]]
    assert [owners(found, 7, at, 5) for at in (1, 2, 4)] == [[3], [1], [1]]
    assert [owners(found, 7, at, 6) for at in (1, 3, 4)] == [[3], [1], [3]]


def test_neighbouring_cells_of_one_owner_are_one_span() -> None:
    found = laid_out(STORE, [Link("a", 7, 3, 1, 1, Rank.EMAIL), Link("b", 7, 3, 2, 3, Rank.CLICK), Link("c", 3, 1, 1, 1, Rank.CLAIM)])
    assert [row[1:] for row in found if row[0] == 7] == [(1, 1, spans.NEVER, 1, spans.NEVER)]


def test_what_others_carry_on_decides_nothing() -> None:
    links = [Link("a", 7, 3, 1, 1, Rank.EMAIL), Link("b", 7, 1, 1, 1, None)]  # type: ignore[arg-type]
    assert [row[1] for row in laid_out(STORE, links)] == [3]


def test_without_un_merges_and_ranks_the_second_statement_is_enough() -> None:
    found = [Link("b", 7, 1, 2, 5), Link("a", 7, 2, 3, 1)]
    whole = laid_out(STORE, found)
    again = laid_out(STORE, found, parted=False, ranked=False)
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
