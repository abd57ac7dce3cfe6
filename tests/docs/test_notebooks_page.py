"""The page about Python runs, block after block, beside the shop of the README."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from opportune.cli.main import main

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def beside_a_shop(tmp_path: Path) -> Iterator[Path]:
    """The current folder has the project of the README's five minutes."""
    before = Path.cwd()
    os.chdir(tmp_path)
    assert main(["init", "shop"]) == 0
    assert main(["import", str(ROOT / "examples" / "first-trigger" / "history.ndjson"), "--project", "shop"]) == 0
    yield tmp_path
    os.chdir(before)


def test_the_blocks_of_the_page_run_one_after_the_other(beside_a_shop: Path) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8"))
    assert len(blocks) >= 4
    exec(compile("\n".join(blocks), "docs/notebooks.md", "exec"), {})
