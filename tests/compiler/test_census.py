"""Population functions counted: ranks, shares as they are written, zeros, groups; and the instants they are counted at."""

from datetime import UTC, datetime

import pytest
from tests.compiler.shop import EVERYTHING, Shop

from opportune.language.compiler.census import census, censuses
from opportune.language.relations.plans import Row
from opportune.language.tree.expressions import Census, Population, Trait
from opportune.language.tree.words import Rhythm
from opportune.language.vocabulary.instants import instant_of
from opportune.language.vocabulary.kinds import Kind
from opportune.stages.membership.calibrations import last_scheduled, scheduled

WORTH, LAND = Trait("worth", Kind.NUMBER), Trait("land", Kind.TEXT)


@pytest.fixture(scope="module")
def shop() -> Shop:
    """Ten customers worth 0 to 9; one of them lives in Austria, two in Italy."""
    shop = Shop.opened()
    shop.connection.execute("INSERT INTO identities SELECT i, 'c' || i, true, i FROM range(10, 20) AS t(i)")
    for worth in range(10):
        shop.trait(f"w{worth}", "worth", str(worth), 1, 10 + worth)
    for number, land in enumerate(("at", "it", "it")):
        shop.trait(f"l{number}", "land", f'"{land}"', 1, 10 + number)
    return shop


def counted(shop: Shop, population: Population, enough: int = 100) -> list[Row]:
    return shop.engine.rows(census(population, enough), EVERYTHING)


@pytest.mark.parametrize("share, value", [(0.5, 4), (0.51, 5), (0.1, 0), (0.3, 2), (1, 9), (0.01, 0)])
def test_a_quantile_is_the_least_value_with_its_share_at_or_below_it(shop, share, value):
    assert counted(shop, Population(Census.QUANTILE, WORTH, share)) == [(None, value, 10)]


@pytest.mark.parametrize("share, value", [(0.5, 5), (0.51, 4), (0.1, 9), (0.3, 7), (1, 0)])
def test_a_cut_is_the_greatest_value_with_its_share_at_or_above_it(shop, share, value):
    assert counted(shop, Population(Census.CUT, WORTH, share)) == [(None, value, 10)]


def test_of_positive_values_zero_is_none(shop):
    assert counted(shop, Population(Census.MEAN, WORTH, positive=True)) == [(None, 5, 9)]
    assert counted(shop, Population(Census.MEAN, WORTH)) == [(None, 4.5, 10)]


def test_a_group_is_one_from_so_many_on(shop):
    assert counted(shop, Population(Census.MEAN, WORTH, by=LAND), 2) == [(None, 4.5, 10), ("it", 1.5, 2)]


@pytest.mark.parametrize(
    "rhythm, first, second",
    [
        (Rhythm.DAY, datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)),
        (Rhythm.WEEK, datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 16, tzinfo=UTC)),
        (Rhythm.MONTH, datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)),
    ],
)
def test_a_rhythm_is_midnight_each_day_monday_and_first_of_the_month(rhythm, first, second):
    low, high = instant_of(first), instant_of(second)
    assert list(scheduled(rhythm, low, high)) == [low, high]
    assert list(scheduled(rhythm, instant_of(datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)), high)) == [low, high]
    assert [last_scheduled(rhythm, at) for at in (low, high - 1, high)] == [low, low, high]


def test_many_instants_can_be_counted_by_another_engine():
    written = censuses(Population(Census.QUANTILE, WORTH, 0.5, by=LAND)).sql("spark")
    assert "DUCKDB." not in written.upper()
    assert "calibration_instants" in written
