"""The texts of some plans for DuckDB, and each line that Spark is told otherwise. `make accept` rewrites them; read the difference
before you commit it."""

import os
import re
from difflib import unified_diff
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
    "membership_history": memberships({"often": parsed(OFTEN)}),
}


PARAMETER = re.compile(r":(?=[a-z])")


def lines_of(plan: Plan, dialect: str) -> list[str]:
    """The plan's text for an engine, laid out; names in double quotes and parameters with a dollar, as DuckDB has them."""
    laid_out = sqlglot.transpile(plan.sql(dialect), read=dialect, write=dialect, pretty=True)[0]
    return (PARAMETER.sub("$", laid_out.replace("`", '"')) if dialect == "spark" else laid_out).splitlines()


def held_to(file: Path, found: str) -> None:
    """The file says this; it is written anew when somebody means it to be."""
    if os.environ.get("OPPORTUNE_ACCEPT"):
        file.write_text(found)
    assert file.read_text() == found


@pytest.mark.parametrize("name", PLANS)
def test_the_text_of_a_plan_changes_only_when_somebody_means_it_to(name: str) -> None:
    held_to(Path(__file__).with_name(f"{name}.duckdb.sql"), "\n".join(lines_of(PLANS[name], "duckdb")) + "\n")


@pytest.mark.parametrize("name", PLANS)
def test_what_spark_is_told_otherwise_changes_only_when_somebody_means_it_to(name: str) -> None:
    said = unified_diff(lines_of(PLANS[name], "duckdb"), lines_of(PLANS[name], "spark"), n=0, lineterm="")
    told = [line for line in said if not line.startswith(("---", "+++", "@@"))]
    held_to(Path(__file__).with_name(f"{name}.spark.diff"), "\n".join(dict.fromkeys(told)) + "\n")


@pytest.mark.parametrize("name", PLANS)
def test_the_text_for_spark_has_no_word_of_duckdb_alone(name: str) -> None:
    assert "DUCKDB." not in PLANS[name].sql("spark").upper()
