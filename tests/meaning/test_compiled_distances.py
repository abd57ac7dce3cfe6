"""`km_to`: distances on a globe, which rows they are to, and when they change; the naive reading and the plan alike."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.meaning.histories import Asked
from tests.meaning.shelf import Shelf
from tests.meaning.small_shop import DAY, KNOWN, event, instant, trait
from tests.meaning.test_compiled_turns import check, comparable, found
from tests.meaning.test_compiled_values import check_pairs, check_snapshot

from opportune.language.meaning.history import History, TableRow
from opportune.language.meaning.moments import moments
from opportune.language.meaning.value import value
from opportune.language.tree.expressions import Ago, Choice, Compare, Comparison, Distance, Expr, Literal, Table, Trait
from opportune.language.tree.moments import Turns
from opportune.language.vocabulary.instants import EARLIEST, Instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

STORE = Table("store", "store")
VAN = Table("van", "van", event="Van Moved")
HERE = Trait("latitude", Kind.NUMBER), Trait("longitude", Kind.NUMBER)


def to(latitude: float | None, longitude: float | None, table: Table = STORE) -> Distance:
    return Distance(table.name, Literal(latitude), Literal(longitude), table)


def store(key: str, latitude: object, longitude: object, *, ts: Instant = EARLIEST, ordinal: int = 1) -> TableRow:
    return TableRow(table="store", key=key, columns={"latitude": latitude, "longitude": longitude}, ts=ts, ordinal=ordinal)  # type: ignore[dict-item]


def van(at: int, key: str | None, latitude: float, longitude: float, **more: object):
    return event("Van Moved", at, by=None, van=key, latitude=latitude, longitude=longitude, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.close()


def worth(shelf: Shelf, expr: Expr, *, rows: tuple[TableRow, ...] = (), events: tuple = (), traits: tuple = (), at: int = 0) -> object:
    """The value for ada, which the plan gives as well."""
    history = History(events=(event("Page Viewed", -DAY), *events), traits=traits, table_rows=rows, known=KNOWN)
    check_snapshot(shelf, history, {"found": expr}, instant(at), instant(at))
    check_pairs(shelf, history, {"found": expr}, [Asked(who, instant(at), instant(at), None) for who in ("ada", "bob")])
    return value(expr, history, "ada", instant(at), instant(at))


@pytest.mark.parametrize(
    "here, there, kilometres",
    [
        ((52.5, 13.4), (52.5, 13.4), 0.0),
        # a degree of a great circle is 2 pi R / 360
        ((0, 0), (1, 0), 111.195),
        ((0, 179.5), (0, -179.5), 111.195),
        ((89.5, 0), (89.5, 180), 111.195),
        # half way round
        ((90, 12), (-90, 50), 20015.114),
        ((0, 0), (0, 180), 20015.114),
        # Berlin to Hamburg
        ((52.52, 13.405), (53.5511, 9.9937), 255.251),
    ],
)
def test_a_distance_is_along_a_great_circle_to_the_metre(shelf, here, there, kilometres):
    assert worth(shelf, to(*here), rows=(store("a", *there),)) == kilometres
    assert worth(shelf, to(*there), rows=(store("a", *here),)) == kilometres


def test_the_nearest_of_the_latest_rows_counts(shelf):
    moved = (store("a", 0, 1), store("a", 0, 5, ts=instant(0)), store("b", 0, 3))
    assert worth(shelf, to(0, 0), rows=moved, at=-1) == 111.195
    assert worth(shelf, to(0, 0), rows=moved) == 333.585
    gone = (*moved, store("b", None, None, ts=instant(1)))
    assert worth(shelf, to(0, 0), rows=gone, at=1) == 555.975


def test_things_that_move_are_where_they_were_last_seen(shelf):
    seen = (van(-5, "a", 0, 1), van(-1, "a", 0, 2, received=3), van(-4, None, 0, 0))
    assert worth(shelf, to(0, 0, VAN), events=seen) == 111.195
    assert worth(shelf, to(0, 0, VAN), events=seen, at=3) == 222.39


def test_what_is_not_known_or_off_the_globe_is_null(shelf):
    somewhere = (store("a", 0, 1),)
    assert worth(shelf, to(0, 0)) is None
    for latitude, longitude in ((None, 0), (0, None), (90.001, 0), (-91, 0), (0, 180.5)):
        assert worth(shelf, to(latitude, longitude), rows=somewhere) is None
        assert worth(shelf, to(0, 0), rows=(store("b", latitude, longitude),)) is None
    assert worth(shelf, to(0, 0), rows=(store("a", "0", 1),)) is None


def test_where_she_is_may_be_a_trait_and_asked_a_while_ago(shelf):
    moved = (trait("latitude", 0, -DAY), trait("longitude", 1, -DAY), trait("longitude", 2, 0))
    far = Distance("store", *HERE, STORE)
    assert worth(shelf, far, rows=(store("a", 0, 0),), traits=moved) == 222.39
    ago = Ago(far, timedelta(microseconds=1))
    assert worth(shelf, ago, rows=(store("a", 0, 0),), traits=moved) == 111.195


degrees = st.floats(-91, 91, allow_nan=False).map(lambda number: round(number, 4))
places = st.tuples(degrees, degrees.map(lambda number: number * 2))


@settings(max_examples=25, deadline=None)
@given(here=st.lists(places, min_size=1, max_size=3), there=st.lists(places, max_size=4))
def test_the_plan_measures_as_the_naive_reading_does(shelf, here, there):
    rows = tuple(store(f"s{number}", *place, ordinal=number) for number, place in enumerate(there))
    history = History(events=(event("Page Viewed", -DAY, id="p"),), table_rows=rows, known=KNOWN)
    named = {f"d{number}": to(*place) for number, place in enumerate(here)}
    check_snapshot(shelf, history, named, instant(0), instant(0))
    check_pairs(shelf, history, named, [Asked("ada", instant(at), instant(0), None) for at in (-1, 0)])


NEAR = Turns(condition=Compare(Comparison.LE, Distance("store", *HERE, STORE), Literal(120)), to=True)


@pytest.mark.parametrize("reading", Reading)
def test_she_comes_near_a_store_when_she_moves_or_one_opens(shelf, reading):
    moved = (trait("latitude", 0, -9, id="t1"), trait("longitude", 2, -9, id="t2"), trait("longitude", 6, 5, id="t3"))
    rows = (store("a", 0, 0), store("b", 0, 3, ts=instant(3), ordinal=2), store("c", 0, 5, ts=instant(8), ordinal=3))
    history = History(events=(event("Page Viewed", -9, id="p"),), traits=moved, table_rows=rows, known=KNOWN)
    check(shelf, history, NEAR, reading, (instant(-99), instant(99)), DAY)
    meant = moments(NEAR, history, instant(-99), instant(99), reading, DAY)
    assert [row.at - instant(0) for row in meant] == [3, 8]
    assert len(comparable(found(shelf, NEAR, reading, (instant(-99), instant(99)), DAY, narrow=True))) == 2


def test_a_distance_may_stand_beside_other_values(shelf):
    near = Choice(Compare(Comparison.LT, to(0, 0), Literal(200)), Literal("near"), Literal("far"))
    assert worth(shelf, near, rows=(store("a", 0, 1),)) == "near"
    assert worth(shelf, near) == "far"
