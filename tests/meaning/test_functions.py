"""Operators and functions beside metrics: choices, bounds, texts, times, calendars, tables."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.meaning.small_shop import DAY, HOUR, event, instant, trait

from opportune.language.meaning.asking import answer
from opportune.language.meaning.history import Entry, History, TableRow
from opportune.language.meaning.pairs import Pair
from opportune.language.meaning.value import value
from opportune.language.tree.expressions import (
    Arithmetic,
    At,
    Calendar,
    CalendarPart,
    Choice,
    Clamp,
    Compare,
    Comparison,
    EntryAt,
    Expr,
    Extreme,
    Extremum,
    Labelled,
    Literal,
    Lookup,
    Lower,
    Operator,
    Table,
    TextMatch,
    TextTest,
    Trait,
)
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind

NULL = Literal(None)
VIP = Trait("vip", Kind.BOOLEAN)
BIRTHDAY = Trait("birthday", Kind.TIME)
NIGHT = Literal(datetime(2026, 3, 1, 23, 30, tzinfo=UTC))


def worth(expr: Expr, *, traits=(), events=(), rows=(), at=0, seen=FOREVER, entry=None) -> object:
    history = History(events=events, traits=traits, table_rows=rows)
    return value(expr, history, "ada", instant(at), seen, entry)


def kind(expr: Expr) -> Kind:
    return answer(expr, Pair(history=History(), customer="ada", at=instant(0), seen=FOREVER)).kind


def test_a_null_condition_chooses_otherwise():
    assert worth(Choice(VIP, Literal(1), Literal(2))) == 2
    assert worth(Choice(VIP, Literal(1), Literal(2)), traits=(trait("vip", True),)) == 1


def test_a_number_beside_money_becomes_money_whichever_is_chosen():
    price = Trait("price", Kind.MONEY)
    assert worth(Choice(VIP, price, Literal(2.5))) == 25_000
    assert worth(Extremum(Extreme.LEAST, (price, Literal(2.5))), traits=(trait("price", "3"),)) == 25_000
    assert worth(Clamp(price, Literal(0), Literal(2))) is None
    assert worth(Clamp(price, Literal(0), Literal(2)), traits=(trait("price", 3),)) == 20_000
    assert kind(Choice(VIP, NULL, price)) is Kind.MONEY


def test_a_clamp_keeps_null_ignores_null_bounds_and_lets_the_high_one_win():
    assert worth(Clamp(NULL, Literal(0), Literal(1))) is None
    assert worth(Clamp(Literal(5), NULL, NULL)) == 5
    assert [worth(Clamp(Literal(n), Literal(0), Literal(1))) for n in (-1, 0.5, 2)] == [0, 0.5, 1]
    assert worth(Clamp(Literal(5), Literal(3), Literal(2))) == 2


def test_least_and_greatest_skip_nulls():
    assert worth(Extremum(Extreme.LEAST, (NULL, Literal(2), Literal(1)))) == 1
    assert worth(Extremum(Extreme.GREATEST, (NULL, Literal(2), Literal(1)))) == 2
    assert worth(Extremum(Extreme.GREATEST, (NULL, NULL))) is None


@pytest.mark.parametrize(
    "test, pattern, fits",
    [
        (TextTest.CONTAINS, "am", True),
        (TextTest.CONTAINS, "AM", False),
        (TextTest.CONTAINS, "", True),
        (TextTest.STARTSWITH, "la", True),
        (TextTest.STARTSWITH, "am", False),
        (TextTest.MATCHES, "l*", True),
        (TextTest.MATCHES, "?amps", True),
        (TextTest.MATCHES, "lamp", False),
        (TextTest.MATCHES, "[l]amps", False),
        (TextTest.MATCHES, "*a*s", True),
        (TextTest.MATCHES, "lamps?", False),
    ],
)
def test_texts_are_compared_with_patterns(test, pattern, fits):
    assert worth(TextMatch(test, Literal("lamps"), Literal(pattern))) is fits


def test_a_pattern_goes_over_lines_and_takes_nothing_else_for_special():
    assert worth(TextMatch(TextTest.MATCHES, Literal("a\nb.c%_"), Literal("a*.c%_"))) is True
    assert worth(TextMatch(TextTest.MATCHES, Literal("axc"), Literal("a.c"))) is False


def test_a_null_text_or_pattern_fits_nothing():
    country = Trait("country", Kind.TEXT)
    for test in TextTest:
        assert worth(TextMatch(test, country, Literal(""))) is False
        assert worth(TextMatch(test, Literal("a"), country)) is False


def test_lower_maps_each_character_to_one():
    assert worth(Lower(Literal("ÄBc\u0130\u03a3"))) == "äbc\u0130\u03c3"
    assert worth(Lower(Trait("country", Kind.TEXT))) is None


def test_powers_are_null_unless_the_base_is_positive_and_the_result_a_number():
    def power(base, exponent):
        return worth(Arithmetic(Operator.POW, Literal(base), Literal(exponent)))

    assert [power(2, 3), power(4, -0.5), power(0, 0), power(-2, 2), power(10.0, 400), power(10.0, -400)] == [8, 0.5, None, None, None, 0]
    assert worth(Arithmetic(Operator.POW, NULL, Literal(2))) is None


def test_times_and_durations_make_times_and_durations():
    hour = Literal(timedelta(hours=1))
    assert worth(Arithmetic(Operator.SUB, At(), hour)) == instant(-HOUR)
    assert worth(Arithmetic(Operator.ADD, hour, At())) == instant(HOUR)
    assert worth(Arithmetic(Operator.SUB, NIGHT, At())) == 11 * HOUR + HOUR // 2
    assert worth(Arithmetic(Operator.SUB, BIRTHDAY, At())) is None
    assert (kind(Arithmetic(Operator.SUB, At(), At())), kind(Arithmetic(Operator.SUB, At(), hour))) == (Kind.DURATION, Kind.TIME)
    with pytest.raises(TypeError, match=r"time \+ time"):
        worth(Arithmetic(Operator.ADD, At(), At()))


def test_a_trait_is_a_time_where_it_says_one():
    def said(text):
        return worth(BIRTHDAY, traits=(trait("birthday", text),))

    assert said("2026-03-01") == instant(-12 * HOUR)
    assert said("2026-03-01T12:00:00Z") == said("2026-03-01 13:00+01:00") == said("2026-03-01T12:00") == instant(0)
    assert said("2026-03-01T12:00:00.000001Z") == instant(1)
    assert [said(text) for text in ("2026-02-30", "tomorrow", 20260301, "2026-03-01T25:00Z", " 2026-03-01")] == [None] * 5


def test_the_moment_itself_and_the_moment_of_entry_are_times():
    assert worth(Compare(Comparison.EQ, At(), Literal(datetime(2026, 3, 1, 12, tzinfo=UTC)))) is True
    assert (worth(EntryAt()), worth(EntryAt(), entry=Entry(at=instant(5)))) == (None, instant(5))


def test_a_calendar_reads_the_clocks_of_its_zone():
    def parts(zone):
        return [worth(Calendar(part, NIGHT, zone)) for part in CalendarPart]

    assert parts("UTC") == [2026, 3, 7, 23]
    assert parts("Europe/Berlin") == [2026, 3, 1, 0]
    assert worth(Calendar(CalendarPart.HOUR, BIRTHDAY, "UTC")) is None


def test_a_customers_calendar_follows_her_trait_where_it_is_a_zone():
    hour = Calendar(CalendarPart.HOUR, NIGHT, "UTC", of_customer=True)
    assert worth(hour) == 23
    assert worth(hour, traits=(trait("timezone", "Asia/Kolkata"),)) == 5
    assert worth(hour, traits=(trait("timezone", "Nowhere/Land"),)) == 23
    assert worth(hour, traits=(trait("timezone", "Asia/Kolkata", 1),)) == 23


STOCK = Table("product", "product_id", event="Stock Changed")
PRICES = Table("product", "id")


def stock(key: Expr, table: Table = STOCK) -> Lookup:
    return Lookup("product", key, "stock", Kind.NUMBER, table)


def changed(at=0, **more):
    return event("Stock Changed", at, by=None, **more)


def test_a_table_of_events_gives_the_latest_visible_row_of_the_key():
    rows = (changed(-2, product_id="a", stock=1), changed(-1, product_id="a", stock=2), changed(0, product_id="b", stock=3))
    assert worth(stock(Literal("a")), events=(*rows, changed(1, product_id="a", stock=9))) == 2
    assert worth(stock(Literal("c")), events=rows) is None
    assert worth(stock(NULL), events=rows) is None
    assert worth(stock(Literal("7")), events=(changed(product_id=7, stock=4),)) == 4
    assert worth(stock(Literal("a")), events=(changed(-DAY, product_id="a", stock=1, received=5),), seen=instant(4)) is None


def test_of_two_rows_of_one_instant_the_later_in_event_order_holds_even_without_the_column():
    assert worth(stock(Literal("a")), events=(changed(id="b", product_id="a", stock=1), changed(id="a", product_id="a", stock=2))) == 1
    assert worth(stock(Literal("a")), events=(changed(-1, product_id="a", stock=1), changed(0, product_id="a"))) is None


def test_a_table_of_a_file_holds_always_or_from_its_time_on():
    first = TableRow(table="product", key="a", columns={"stock": 1}, ordinal=1)
    later = TableRow(table="product", key="a", columns={"stock": 2}, ordinal=2, ts=instant(0))
    last = TableRow(table="product", key="a", columns={"stock": 3}, ordinal=3, ts=instant(0))
    other = TableRow(table="price", key="a", columns={"stock": 9}, ordinal=9)
    wanted = stock(Literal("a"), PRICES)
    assert [worth(wanted, rows=(last, first, later, other), at=at, seen=instant(at)) for at in (-DAY, -1, 0)] == [1, 1, 3]


def test_of_two_rows_of_a_file_the_one_that_began_to_hold_later_holds():
    later = TableRow(table="product", key="a", columns={"stock": 2}, ordinal=1, ts=instant(0))
    first = TableRow(table="product", key="a", columns={"stock": 1}, ordinal=2, ts=instant(-1))
    assert worth(stock(Literal("a"), PRICES), rows=(first, later)) == 2


def test_what_a_customer_sent_is_no_row_of_a_table():
    sent = event("Stock Changed", 0, by="bob", product_id="a", stock=9)
    assert worth(stock(Literal("a")), events=(changed(-1, product_id="a", stock=1), sent)) == 1


def test_a_label_means_what_it_stands_before():
    assert worth(Labelled("dear", Literal(3))) == 3
