"""Expressions of a mapping: what they read, what they refuse, and that they end."""

import pytest
from jmespath.functions import Functions

from opportune.stages.mapping.expressions import Evaluation, Exhausted, Unmapped, expression_of, template_of
from opportune.stages.mapping.words import KNOWN, Arrival

SAID = {
    "cents": 1999,
    "text": "  Ada@Example.ORG ",
    "phone": "+49 (30) 123-4567",
    "zero": "0",
    "blank": " ",
    "null": None,
    "seconds": 1772366400,
    "state": "sub",
    "lines": [{"price": "10.10", "n": 2}, {"price": "0.20", "n": 1}, {"price": None, "n": 1}],
}


def value(text, said=SAID, **came):
    return Evaluation(Arrival(payload=said, **came)).value(expression_of(text), said)


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("cents(cents)", 19.99),
        ("minor(cents, 'eur')", 19.99),
        ("minor(cents, 'JPY')", 1999),
        ("minor(cents, 'kwd')", 1.999),
        ("number('12.50')", 12.5),
        ("minus(`10`, '2.5')", 7.5),
        ("times(lines[0].price, lines[0].n)", 20.2),
        ("total(lines[].price)", 10.3),
        ("iso(seconds)", "2026-03-01T12:00:00Z"),
        ("iso_ms(times(seconds, `1000`))", "2026-03-01T12:00:00Z"),
        ("text(cents)", "1999"),
        ("lower(trim(text))", "ada@example.org"),
        ("concat('a', cents, `true`)", "a1999true"),
        ("first_known(null, blank, zero)", "0"),
        ("nonzero(zero)", None),
        ('lookup(state, `{"sub": "Consent Given"}`)', "Consent Given"),
        ("email_id(text)", "email:ada@example.org"),
        ("email_id(state)", None),
        ("phone_id('0049 30 1234567')", "phone:+49301234567"),
        ("source()", "desk"),
        ("header('X-Topic')", "orders"),
        ("setting('prefix')", "us-"),
        ("lines[?n == `2`].[payload().cents] | [0]", [1999]),
    ],
)
def test_a_word_gives_what_its_page_says(text, wanted):
    assert value(text, source="desk", headers={"x-topic": "orders"}, settings={"prefix": "us-"}) == wanted


@pytest.mark.parametrize("word", sorted(set(KNOWN) - {"payload", "source", "header", "setting", "first_known", "lookup"}))
def test_our_words_take_a_null_and_give_none_where_the_library_has_no_such_word(word):
    if word not in Functions.FUNCTION_TABLE:
        arguments = ", ".join(["null"] * len(KNOWN[word]))
        assert value(f"{word}({arguments})") is None


def test_a_hash_tells_nothing_and_is_always_the_same():
    assert value("hash(cents, state)") == value("hash(cents, state)") != value("hash(state, cents)")
    assert len(value("hash(cents)")) == 32


@pytest.mark.parametrize(
    "text, why",
    [
        ("a.(b", "'(' cannot stand at column 3"),
        ("lower(", "it is not finished"),
        ("", "cannot be empty"),
        ("email(text)", "calls email(), which there is not"),
        ("lower()", "gives lower() 0 values, and it takes 1"),
        ("concat()", "gives concat() 0 values, and it takes 1 or more"),
        ("a" * 5000, "is longer than 4,000 characters"),
        ("[" * 3000, "is no expression"),
    ],
)
def test_what_is_no_expression_is_said_when_it_is_read(text, why):
    with pytest.raises(ValueError) as raised:
        expression_of(text)
    assert why in str(raised.value)


@pytest.mark.parametrize("text", ["number(state)", "lower(cents)", "total(`7`)", "iso(`1e15`)", "concat(lines)", "sort_by(lines, &price)"])
def test_a_value_of_the_wrong_kind_is_said_without_the_value(text):
    with pytest.raises(Unmapped) as raised:
        value(text)
    assert "Ada" not in str(raised.value) and "sub" not in str(raised.value)


def test_a_template_is_null_where_one_of_its_holes_is():
    evaluation = Evaluation(Arrival(payload=SAID))
    assert evaluation.text(template_of("shop:{cents}:{state}"), SAID) == "shop:1999:sub"
    assert evaluation.text(template_of("shop:{nobody}"), SAID) is None
    assert evaluation.text(template_of("no hole"), SAID) == "no hole"


def test_a_list_looked_at_for_each_of_its_elements_ends_by_its_budget():
    said = {"a": list(range(20_000))}
    with pytest.raises(Exhausted):
        value("a[?contains(payload().a, @)]", said)


def test_the_budget_is_one_payloads_not_one_expressions():
    evaluation, prices = Evaluation(Arrival(payload=SAID), most_steps=10), expression_of("lines[].price")
    assert evaluation.value(prices, SAID) == ["10.10", "0.20"]
    with pytest.raises(Exhausted):
        evaluation.value(prices, SAID)
