"""A project that was read before is taken from the shelf, as long as nothing it was read from changed; nothing foreign comes out of it."""

import os
import pickle
from pathlib import Path

import pytest

from opportune.adapters.project.project import Project, read_project
from opportune.adapters.project.shelf import MOST, Shelf, key_of
from opportune.language.tree.schema import ANY_NAME
from opportune.language.vocabulary.problems import ProblemsFound

FILES = {
    "opportune.yml": "shop: {name: Lamps, currency: EUR, timezone: UTC}\n",
    "definitions.yml": 'metrics: {orders: count("Order Completed")}\ntables: {shops: {file: shops.csv, key: name}}\n',
    "shops.csv": "name,city\na,Bonn\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a table."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def read(folder: Path) -> Project:
    """Read with a shelf beside it."""
    project = read_project(folder, ANY_NAME, with_templates=False, shelf=Shelf(folder / ".opportune"))
    assert project.problems == ()
    return project


def kept(folder: Path) -> list[Path]:
    return sorted((folder / ".opportune").glob("*"))


def test_what_is_taken_equals_what_was_read_and_reads_further_expressions(folder: Path) -> None:
    first, second = read(folder), read(folder)
    assert len(kept(folder)) == 1
    assert second is not first
    assert second == first
    assert second.expressions({"twice": "metric.orders * 2"}) == first.expressions({"twice": "metric.orders * 2"})
    with pytest.raises(ProblemsFound, match="no metric is called 'order'"):
        second.expressions({"wrong": "metric.order"})


@pytest.mark.parametrize(
    "file, text", [("definitions.yml", 'metrics: {orders: did("Order Completed")}\n'), ("shops.csv", "name,city\na,Ulm\n")]
)
def test_a_file_that_changed_is_read(folder: Path, file: str, text: str) -> None:
    before = read(folder)
    (folder / file).write_text(text)
    after = read(folder)
    assert after.files[file] == text
    assert after.hash != before.hash
    assert after == read_project(folder, ANY_NAME, with_templates=False)


def test_a_project_with_an_error_is_not_kept(folder: Path) -> None:
    (folder / "definitions.yml").write_text("metrics: {orders: count(}\n")
    assert read_project(folder, ANY_NAME, with_templates=False, shelf=Shelf(folder / ".opportune")).problems
    assert kept(folder) == []


def test_a_torn_file_counts_as_not_there(folder: Path) -> None:
    first = read(folder)
    (path,) = kept(folder)
    path.write_bytes(path.read_bytes()[:-100])
    assert read(folder) == first
    assert read(folder) == first


class Calls:
    """What a stranger may put into a file: reading it back calls a function."""

    def __init__(self, function: object, *words: object) -> None:
        self.called = (function, words)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.called


@pytest.mark.parametrize("function", [os.mkdir, exec, read_project, Shelf, pickle.loads])
def test_nothing_but_nodes_comes_out_of_it(tmp_path: Path, function: object) -> None:
    shelf, made = Shelf(tmp_path / "shelf"), tmp_path / "made"
    shelf.put("mine", {"stands": 1})
    assert shelf.taken("mine") == {"stands": 1}
    shelf.put("theirs", Calls(function, str(made)))
    assert shelf.taken("theirs") is None
    assert not made.exists()


def test_a_few_are_kept_the_oldest_go(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    for number in range(MOST + 2):
        shelf.put(key_of(str(number)), number)
        os.utime(tmp_path / "shelf" / f"{key_of(str(number))}.read", (number, number))
    shelf.put(key_of("last"), "last")
    assert len(list((tmp_path / "shelf").iterdir())) == MOST
    assert shelf.taken(key_of("last")) == "last"
    assert shelf.taken(key_of("0")) is None


def test_a_shelf_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shelf = Shelf(tmp_path / "file" / "shelf")
    shelf.put("key", 1)
    assert shelf.taken("key") is None
