"""The texts of some plans, for DuckDB and for Spark. `make accept` rewrites them; read the difference before you commit it."""

import os
from pathlib import Path

import pytest
import sqlglot
from tests.compiler.shop import parsed, parsed_moment

from opportune.language.compiler.memberships import memberships
from opportune.language.compiler.moments import moments
from opportune.language.compiler.values import at_pairs, snapshot
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.reading import Reading

OFTEN = 'count("Product Viewed", within="30d") >= 5'
PLANS = {
    "everybody": snapshot({"vip": parsed('count("Order Completed", within="90d") >= 3 and trait.country == "US"')}),
    "features_at_pairs": at_pairs({"spent": parsed('sum("Order Completed", total)'), "last": parsed('last("Product Viewed", category)')}),
    "lapse_as_known": moments(parsed_moment('lapse("Product Added", unless="Order Completed", within="2h")'), Reading.AS_KNOWN),
    "reaches_as_seen": moments(parsed_moment('reaches("Product Viewed", n=3, within="1d")'), Reading.AS_SEEN),
    "enters_as_known": moments(parsed_moment(f"enters({OFTEN})"), Reading.AS_KNOWN),
    "membership_history": memberships({"often": parsed(OFTEN)}),
}


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
@pytest.mark.parametrize("name", PLANS)
def test_the_text_of_a_plan_changes_only_when_somebody_means_it_to(name: str, dialect: str) -> None:
    plan: Plan = PLANS[name]
    written = Path(__file__).with_name(f"{name}.{dialect}.sql")
    found = sqlglot.transpile(plan.sql(dialect), read=dialect, write=dialect, pretty=True)[0] + "\n"
    if os.environ.get("OPPORTUNE_ACCEPT"):
        written.write_text(found)
    assert written.read_text() == found


@pytest.mark.parametrize("name", PLANS)
def test_the_text_for_spark_has_no_word_of_duckdb_alone(name: str) -> None:
    assert "DUCKDB." not in PLANS[name].sql("spark").upper()
