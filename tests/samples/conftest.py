"""Shops for all tests of the sample shop, written once: a year of two thousand customers, as it is and without surprises."""

from pathlib import Path

import pytest
from tests.samples.written import START, Written, write

from opportune.samples import Habits, Shop


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shops")


@pytest.fixture(scope="session")
def written(folder: Path) -> Written:
    return write(Shop.build(customers=2_000, seed=11, start=START, days=365), folder / "history.ndjson")


@pytest.fixture(scope="session")
def calm(folder: Path) -> Written:
    return write(Shop.build(customers=2_000, seed=11, start=START, days=365, habits=Habits().calm()), folder / "calm.ndjson")


@pytest.fixture(scope="session")
def kinds(folder: Path) -> dict[str, Written]:
    """The other shops, of half as many customers."""
    shops = {kind: Shop.build(customers=1_000, seed=5, start=START, days=365, kind=kind) for kind in ("furniture", "replenish", "gifts")}
    return {kind: write(shop, folder / f"{kind}.ndjson") for kind, shop in shops.items()}
