"""The text of two plans, for people to read. `make accept` rewrites it; read the difference before you commit it."""

import os
from pathlib import Path

import pytest
from tests.compiler.shop import parsed, parsed_moment

from opportune.language.compiler.moments import moments
from opportune.language.compiler.values import snapshot
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.reading import Reading

PLANS = {
    "everybody": snapshot({"vip": parsed('count("Order Completed", within="90d") >= 3 and trait.country == "US"')}),
    "lapse_as_known": moments(parsed_moment('lapse("Product Added", unless="Order Completed", within="2h")'), Reading.AS_KNOWN),
}


@pytest.mark.parametrize("name", PLANS)
def test_the_text_of_a_plan_changes_only_when_somebody_means_it_to(name: str) -> None:
    plan: Plan = PLANS[name]
    written = Path(__file__).with_name(f"{name}.duckdb.sql")
    found = plan.query.sql(dialect="duckdb", pretty=True) + "\n"
    if os.environ.get("OPPORTUNE_ACCEPT"):
        written.write_text(found)
    assert written.read_text() == found
