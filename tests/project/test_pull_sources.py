"""Folders and addresses under `sources:` of opportune.yml."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.project.shop import written

from opportune.adapters.project.project import read_project
from opportune.adapters.project.pull_sources import Cursor, FolderPull, Pages, UrlPull

SHOP = "shop: {name: Lamps, currency: EUR}\nsources:\n"


def declared(folder: Path, said: str) -> dict:
    project = read_project(written(folder, {"opportune.yml": SHOP + said}))
    assert not project.problems
    return dict(project.settings.sources)


def test_a_folder_is_read_with_its_pattern_and_its_map(tmp_path: Path) -> None:
    said = '  till: {folder: sales, pattern: "*.csv", map: sales.yml, every: 1h, settle: 1m}\n'
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    wanted = FolderPull(name="till", folder="sales", pattern="*.csv", map="sales.yml", every=hour, settle=minute)
    assert declared(tmp_path, said) == {"till": wanted}
    assert wanted.maps == ("sales.yml",)


def test_an_address_is_read_with_its_pages_and_its_cursor(tmp_path: Path) -> None:
    said = """  shop:
    url: https://shop.example.org/api/orders?limit=50
    items: data.orders
    pages: {number: page, from: 0}
    cursor: {param: updated_since, from: max(updated_at), overlap: 5m, start: 2026-01-01T00:00:00Z}
    headers_env: {Authorization: SHOP_TOKEN}
    timeout: 10s
"""
    assert declared(tmp_path, said)["shop"] == UrlPull(
        name="shop",
        url="https://shop.example.org/api/orders?limit=50",
        things="data.orders",
        pages=Pages(kind="number", at="page", from_=0),
        cursor=Cursor(param="updated_since", path="updated_at", overlap=timedelta(minutes=5), start="2026-01-01T00:00:00Z"),
        headers_env={"Authorization": "SHOP_TOKEN"},
        timeout=timedelta(seconds=10),
    )


@pytest.mark.parametrize(
    "said, wanted",
    [
        ("{folder: sales, every: 1ms}", "sources.x.every must be 1s or longer"),
        ("{folder: sales, map: sales.csv}", "sources.x.map must be a map file"),
        ("{folder: sales, url: https://a.example}", "sources.x says two kinds at once"),
        ("{url: ftp://a.example}", "sources.x.url must be a web address"),
        ("{url: 'https://me:pw@a.example/'}", "sources.x.url must hold no password"),
        ("{url: https://a.example, items: 'a['}", "sources.x.items must be a path"),
        ("{url: https://a.example, pages: {next: a, number: b}}", "neither or both of 'next' and 'number'"),
        ("{url: https://a.example, pages: rest}", "sources.x.pages must be link"),
        ("{url: https://a.example, cursor: {param: since, from: updated_at}}", "must be max(PATH)"),
        ("{url: https://a.example, cursor: {param: since}}", "sources.x.cursor has no 'from'"),
        ("{url: https://a.example, headers_env: {Authorization: 'Bearer abc'}}", "must be the name of an environment variable"),
        ("{url: https://a.example, headers_env: {Host: HOST}}", "must be the name of a header"),
    ],
)
def test_what_is_wrong_with_a_pull_is_told(tmp_path: Path, said: str, wanted: str) -> None:
    problems = [str(each) for each in read_project(written(tmp_path, {"opportune.yml": f"{SHOP}  x: {said}\n"})).problems]
    assert any(wanted in problem for problem in problems), problems
