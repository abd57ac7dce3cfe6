"""`table[term_in(TEXT)]`: which words of a text are a key, and of which row; the naive reading and the plan alike."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.meaning.histories import Asked
from tests.meaning.shelf import Shelf
from tests.meaning.small_shop import DAY, KNOWN, event, instant
from tests.meaning.test_compiled_turns import check
from tests.meaning.test_compiled_values import check_pairs, check_snapshot

from opportune.language.meaning.history import History, TableRow
from opportune.language.meaning.moments import moments
from opportune.language.meaning.value import value
from opportune.language.tree.expressions import Aggregate, Compare, Comparison, Expr, Literal, Lookup, Metric, Property, Selector, Table
from opportune.language.tree.moments import Turns
from opportune.language.vocabulary.instants import EARLIEST, Instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

NEEDS = Table("needs", "term")
QUERY, SEARCHED = Property("query", Kind.TEXT, True), Selector(("Products Searched",))


def need(text: Expr | str | None) -> Lookup:
    return Lookup("needs", text if isinstance(text, Expr) else Literal(text), "need", Kind.TEXT, NEEDS, by_term=True)


def row(term: str, meant: str | None, ordinal: int = 1, ts: Instant = EARLIEST) -> TableRow:
    return TableRow(table="needs", key=term, columns={"need": meant}, ts=ts, ordinal=ordinal)


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.close()


def worth(shelf: Shelf, expr: Expr, *rows: TableRow, events: tuple = (), at: int = 0) -> object:
    """The value for ada, which the plan gives as well."""
    history = History(events=(event("Page Viewed", -DAY), *events), table_rows=rows, known=KNOWN)
    check_snapshot(shelf, history, {"found": expr}, instant(at), instant(at))
    check_pairs(shelf, history, {"found": expr}, [Asked("ada", instant(at), instant(at), None)])
    return value(expr, history, "ada", instant(at), instant(at))


@pytest.mark.parametrize("text", ["sleep", "Better SLEEP!", "how to (sleep)", "sleep\twell", "no-sleep-tonight", '"sleep"?'])
def test_a_key_is_found_among_the_words_of_a_text(shelf, text):
    assert worth(shelf, need(text), row("Sleep", "rest")) == "rest"


@pytest.mark.parametrize("text", ["asleep", "sleepy", "s leep", "", None, "slee p"])
def test_a_part_of_a_word_is_no_word(shelf, text):
    assert worth(shelf, need(text), row("sleep", "rest")) is None


def test_a_key_of_several_words_is_found_as_they_stand(shelf):
    assert worth(shelf, need("A gift, card please"), row("gift  card", "giving")) == "giving"
    assert worth(shelf, need("a card as a gift"), row("gift card", "giving")) is None


def test_the_longest_key_counts_and_of_equally_long_ones_the_last_row(shelf):
    rows = (row("gift", "a gift"), row("gift card", "a card", 2), row("mug", "a mug", 3))
    assert worth(shelf, need("gift card or mug"), *rows) == "a card"
    assert worth(shelf, need("cup or mug"), row("cup", "a cup", 2), row("mug", "a mug", 1)) == "a cup"
    assert worth(shelf, need("cup or mug"), row("cup", "a cup", 2), row("mug", "a mug", 1, instant(-1))) == "a mug"


def test_the_latest_row_of_a_key_counts_even_where_it_says_nothing(shelf):
    rows = (row("cup", "a cup"), row("cup", None, 2, instant(0)))
    assert worth(shelf, need("a cup"), *rows, at=-1) == "a cup"
    assert worth(shelf, need("a cup"), *rows) is None


def test_a_key_without_a_word_is_nowhere(shelf):
    assert worth(shelf, need("one - two"), row("-", "nothing")) is None


def test_each_event_is_asked_by_its_own_text(shelf):
    asked = Compare(Comparison.EQ, need(QUERY), Literal("rest"))
    searched = tuple(event("Products Searched", -number, query=text) for number, text in enumerate(("sleep well", "lamps", "deep sleep")))
    often = Metric(function=Aggregate.COUNT, selector=SEARCHED, where=asked)
    assert worth(shelf, often, row("sleep", "rest"), events=searched) == 2


@pytest.mark.parametrize("reading", Reading)
def test_a_row_that_comes_changes_what_was_searched_long_ago(shelf, reading):
    last = Metric(function=Aggregate.LAST, selector=SEARCHED, value=QUERY)
    rests = Turns(condition=Compare(Comparison.EQ, need(last), Literal("rest")), to=True)
    rows = (row("sleep", "rest", 1, instant(5)),)
    history = History(events=(event("Products Searched", 0, id="s", query="deep sleep"),), table_rows=rows, known=KNOWN)
    check(shelf, history, rests, reading, (instant(-99), instant(99)), DAY)
    assert [one.at - instant(0) for one in moments(rests, history, instant(-99), instant(99), reading, DAY)] == [5]


written = st.text(st.sampled_from("aAbÄİ -_.,'\"\t"), max_size=12)


@settings(max_examples=25, deadline=None)
@given(said=st.lists(written, min_size=1, max_size=3), terms=st.lists(written.filter(bool), max_size=5))
def test_the_plan_finds_what_the_naive_reading_does(shelf, said, terms):
    rows = tuple(row(term, f"n{number}", number) for number, term in enumerate(terms))
    history = History(events=(event("Page Viewed", -DAY, id="p"),), table_rows=rows, known=KNOWN)
    check_snapshot(shelf, history, {f"m{number}": need(text) for number, text in enumerate(said)}, instant(0), instant(0))
