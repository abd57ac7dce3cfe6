"""Who comes and goes, counted over a snapshot of both versions."""

import duckdb
import sqlglot
from sqlglot import exp

from opportune.language.relations.plans import Plan
from opportune.stages.measurement.shifts import Asked, Shift, shifts, told

PEOPLE = """SELECT * FROM (VALUES (true, false, 'a', 'b'), (true, true, 'a', 'a'), (false, true, NULL, 'a'), (NULL, true, 'b', NULL))
AS people(was, "is", stood, stands)"""


def shift(*asked: Asked) -> list[Shift]:
    query = sqlglot.parse_one(PEOPLE, dialect="duckdb")
    assert isinstance(query, exp.Query)
    return told(duckdb.execute(shifts(Plan(query, ()), asked).sql("duckdb")).fetchall()[0], asked)


def test_who_is_in_before_and_after_and_who_comes_and_goes() -> None:
    assert shift(Asked("was", "is")) == [Shift(before=2, after=3, entering=2, leaving=1)]


def test_unknown_is_not_in() -> None:
    assert shift(Asked("stood", "stands", "a"), Asked("stood", "stands", "b")) == [Shift(2, 2, 1, 1), Shift(1, 1, 1, 1)]


def test_what_is_added_is_entered_and_what_is_removed_is_left() -> None:
    assert shift(Asked(None, "is"), Asked("was", None), Asked(None, "stands", "nowhere")) == [
        Shift(0, 3, 3, 0),
        Shift(2, 0, 0, 2),
        Shift(0, 0, 0, 0),
    ]
