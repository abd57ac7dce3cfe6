"""Plans in Spark's words: what is said otherwise, and that nothing is left in DuckDB's."""

import re

import pytest
import sqlglot
from tests.meaning.every_node import EVERY

from opportune.language.compiler.values import at_pairs, snapshot
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Term, column
from opportune.language.relations.portable import UNSPOKEN, written

DUCKDB_ONLY = (
    "ARG_MAX ARG_MIN QUANTILE_DISC MODE UNNEST GENERATE_SERIES JSON_TYPE JSON_EXTRACT_STRING EPOCH_US ROW TIMEZONE MAKE_TIMESTAMPTZ \
LIST_TRANSFORM STRING_SPLIT STRUCT_EXTRACT REGEXP_FULL_MATCH ROUND_EVEN ISODOW STARTS_WITH INT128 HUGEINT ASOF".split()
)


def said(term: Term, dialect: str = "spark") -> str:
    return written(sql.query({"x": term}, Source("t", "t")), dialect).removeprefix("SELECT ").split(" AS `x`", 1)[0]


@pytest.mark.parametrize("compiled", [snapshot, at_pairs])
def test_every_node_of_the_language_is_said_in_sparks_words(compiled):
    text = compiled(EVERY).sql("spark")
    words = set(re.findall(r"\b([A-Z][A-Z_0-9]+)\b", re.sub(r"'(?:[^'\\]|\\.)*'|`[^`]*`", "", text)))
    assert not words & set(DUCKDB_ONLY)
    assert UNSPOKEN not in text


def test_a_spark_plan_can_be_read_as_spark():
    assert sqlglot.parse_one(snapshot({"x": EVERY["top product_id"]}).sql("spark"), read="spark")


@pytest.mark.parametrize(
    "term, text",
    [
        (sql.lower_median(column("v")), "TRY_ELEMENT_AT(SORT_ARRAY(COLLECT_LIST(`v`)), CAST((COUNT(`v`) + 1) DIV 2 AS INT))"),
        (sql.at_largest(column("v"), column("a"), column("b")), "MAX_BY(`v`, STRUCT(`a`, `b`))"),
        (sql.at_smallest(column("v"), column("a")), "MIN_BY(`v`, `a`)"),
        (sql.part_of(sql.record(a=column("v")), "a"), "(NAMED_STRUCT('a', `v`)).`a`"),
        (sql.cast(column("v"), "HUGEINT"), "CAST(`v` AS DECIMAL(38, 0))"),
        (sql.try_cast(column("v"), "DOUBLE"), "TRY_CAST(`v` AS DOUBLE)"),
        (sql.call("round_even", column("v"), sql.number(0)), "BROUND(`v`, 0)"),
        (
            sql.call("timezone", sql.text("UTC"), sql.call("make_timestamptz", column("v"))),
            "FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(`v`), 'UTC')",
        ),
        (sql.json_text(column("v"), "a b"), "CAST(TRY_VARIANT_GET(TRY_PARSE_JSON(`v`), '$[\\'a b\\']', 'variant') AS STRING)"),
        (sql.around(column("v"), "x", "lower"), "ARRAY_JOIN(TRANSFORM(SPLIT(`v`, 'x'), `piece` -> LOWER(`piece`)), 'x')"),
        (sql.call("isodow", column("v")), "(WEEKDAY(`v`) + 1)"),
        (sql.call("regexp_full_match", column("v"), sql.text("a|b")), "REGEXP_LIKE(`v`, '^(?:a|b)$')"),
        (sql.call("list_zip", column("v")), "DUCKDB.LIST_ZIP(`v`)"),
    ],
)
def test_what_spark_says_otherwise(term, text):
    assert said(term) == text


def test_writing_for_one_engine_changes_nothing_for_another():
    query = sql.query({"x": sql.lower_median(column("v"))}, Source("t", "t"))
    before = query.sql("duckdb")
    written(query, "spark")
    assert written(query, "duckdb") == before
