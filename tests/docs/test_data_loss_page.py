"""docs/data-loss.md: every row names tests that there are, or says plainly that what would prevent it is not built yet."""

import re

import pytest
from tests.docs.pages import ROOT, page, tables

PAGE = "docs/data-loss.md"
ROWS = next(tables(page(PAGE)))[1:]
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_a_row_names_tests_that_there_are(row: list[str]) -> None:
    named = re.findall(r"(tests/[\w/]+\.py)::(test_\w+)", row[2])
    assert named or row[2].startswith("**not yet**: "), "a row without a test says what is missing"
    gone = [f"{path}::{name}" for path, name in named if not re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.M)]
    assert not gone


def test_no_test_of_the_page_is_left_out_of_every_run_but_the_long_one() -> None:
    named = _TEST.findall(page(PAGE))
    assert len(named) > 25
    for path, name in named:
        before, _, _ = (ROOT / path).read_text(encoding="utf-8").partition(f"\ndef {name}(")
        marks = before[before.rstrip().rfind("\n\n") :]
        assert "@pytest.mark.soak\n" not in f"{marks}\n", f"{path}::{name}"
