"""Hot properties are stored exactly as `vocabulary.kinds.read_as` reads them."""

import json

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.kinds import Kind, read_as
from opportune.stages.events.properties import parsed, typed

CONNECTION = duckdb.connect()
KEYS = ("total", "dwell", "quantity", "product_id", "bot")


def stored(key: str, value: object) -> object:
    sql = f"SELECT {typed(key, (key,))} FROM (SELECT {parsed('properties', (key,))} FROM (SELECT $p::JSON AS properties))"
    return CONNECTION.execute(sql, {"p": json.dumps({key: value})}).fetchall()[0][0]


EDGES = [
    None, True, False, 0, -0.0,
    1, -1, 12.5, 0.00005, 0.00015, -0.00005, -0.00015, 1.00005, 2.5e-5, 1e3, 10**14, 461168601842739, 10**30,
    "", " 12.5\n", "12,5", "1e3", "+5", ".5", "5.", "-", "1_000", "١", "NaN", "inf", "0x10", "12.34565", "0.00025",
    "-0.00035", "1e-5", "a\"\\b",
    "é", "null", "true", [], [1], {}, {"a": None}, "99999999999999999999", "0.0005", "0.0015", 0.0005, 1e-4,
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_edge_values_are_read_alike(key: str):
    told = [(value, read_as(PROPERTIES[key], value, declared=True)) for value in EDGES]
    if PROPERTIES[key] is Kind.TEXT:  # numbers with an exponent have two texts; no shop has such ids
        told = [(value, expected) for value, expected in told if "e" not in str(expected) or isinstance(value, str)]
    assert [(value, stored(key, value)) for value, _ in told] == told


numbers = st.one_of(
    st.integers(-(10**16), 10**16),
    st.decimals(-(10**9), 10**9, places=6, allow_nan=False).map(str),
    st.decimals(-(10**5), 10**5, places=5, allow_nan=False).map(float),
    st.from_regex(r"[ ]?[+-]?[0-9]{0,4}\.?[0-9]{0,6}(e-?[0-9])?", fullmatch=True),
)


@given(value=numbers, key=st.sampled_from(["total", "dwell", "quantity"]))
@settings(max_examples=300, deadline=None)
def test_any_number_or_numeric_text_is_read_alike(value: object, key: str):
    assert stored(key, value) == read_as(PROPERTIES[key], value, declared=True)
