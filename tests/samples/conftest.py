"""One shop for all tests of the sample shop: a year of two thousand customers, written once."""

import json

import pytest
from tests.samples.written import START, Written

from opportune.samples import Shop


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    shop = Shop.build(customers=2_000, seed=11, start=START, days=365)
    path = tmp_path_factory.mktemp("shop") / "history.ndjson"
    count = shop.write_history(path)
    calls = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert count == len(calls)
    return Written(shop=shop, path=path, calls=calls, first=list({call["messageId"]: call for call in reversed(calls)}.values())[::-1])
