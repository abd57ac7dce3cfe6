"""What docs/demo.md says of the sample shop: its example runs, its tables name what there is."""

import re
from pathlib import Path

import pytest

from opportune.samples.kinds import KINDS
from opportune.samples.truth import SURPRISES

PAGE = (Path(__file__).parents[2] / "docs" / "demo.md").read_text(encoding="utf-8")


def named_in(table: str) -> list[str]:
    """The first column of the table under a heading."""
    body = PAGE.split(f"| {table} | |\n| --- | --- |\n")[1].split("\n\n")[0]
    return re.findall(r"^\| `(\w+)` \|", body, re.MULTILINE)


def test_the_page_names_every_kind_and_every_surprise() -> None:
    assert named_in("kind") == list(KINDS)
    assert sorted(named_in("surprise")) == sorted(SURPRISES)


def test_the_pages_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(example, "demo.md", "exec"), {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history.ndjson", "products.csv", "supply.csv", "truth.json"]
