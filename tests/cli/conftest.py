"""A shop in a folder with a difficult name, and what the command says when called there."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.calling import Called, call

from opportune.cli.main import main

Opportune = Callable[..., Called]

PROJECT = {
    "opportune.yml": 'shop: {name: Lamps, currency: EUR, timezone: UTC, url: "https://shop.example", address: 1 Main Street}\n',
    "definitions.yml": """\
metrics:
  orders: count("Order Completed")
  revenue: sum("Order Completed", total)
  since_order: age("Order Completed")
  last_product: last("Product Viewed", product_id)
  shared: count("Product Added")
segments:
  buyers: did("Order Completed")
  shared: did("Product Added")
journeys:
  cart:
    when: lapse("Product Added", unless="Order Completed", within="2h")
    exit_if: did("Order Completed", since=entry)
    reentry: 1d
    holdout: 50%
    goal: {reached: 'did("Order Completed", since=entry)', within: 5d}
    steps:
      - send: hello
""",
    "templates/hello.mjml": """\
---
subject: Hello
---
<mjml><mj-body><mj-section><mj-column><mj-text>
Hi <a href="{{ unsubscribe_url }}">Unsubscribe</a> <a href="{{ why_url }}">Why?</a> {{ shop.address }}
</mj-text></mj-column></mj-section></mj-body></mjml>
""",
}
HISTORY = """\
event_id,customer_id,name,ts,product_id,total,received_at
1,ann,Product Viewed,2026-03-01T10:00:00Z,lamp,,
2,ann,Product Added,2026-03-01T10:05:00.5Z,lamp,,
3,bob,Order Completed,2026-03-01T12:00:00Z,,1234567890.0001,
4,bob,Product Added,2026-03-02T12:00:00Z,rug,,
5,cid,Product Added,2026-03-02T12:00:00Z,rug,,
6,cid,Order Completed,2026-03-02T13:00:00Z,,5,2026-03-02T18:00:00Z
7,ann,Lamp Rubbed,2026-03-03T00:00:00Z,lamp,,
"""


def written(folder: Path, **changed: str) -> Path:
    """The project in `folder`, with other files in place of some."""
    for name, text in {**PROJECT, **changed}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder, the current one."""
    place, before = tmp_path / "my shop ü", Path.cwd()
    place.mkdir()
    os.chdir(place)
    yield place
    os.chdir(before)


@pytest.fixture
def opportune(folder: Path, capsys: pytest.CaptureFixture[str]) -> Opportune:
    """Calls the command in the folder."""
    return lambda *words: call(words, capsys)


@pytest.fixture
def shop(folder: Path) -> Path:
    """The project, without data."""
    return written(folder)


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with its history, to be copied."""
    shop = written(tmp_path_factory.mktemp("imported"))
    (shop / "history.csv").write_text(HISTORY)
    assert main(["import", str(shop / "history.csv"), "--project", str(shop)]) == 0
    return shop


@pytest.fixture
def stocked(folder: Path, imported: Path) -> Path:
    """The project with its history."""
    return Path(shutil.copytree(imported, folder, dirs_exist_ok=True))
