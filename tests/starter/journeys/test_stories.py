"""Each journey of the starter pack, by stories a marketer can read: when it begins and when not, what ends it, what comes late."""

from functools import cache
from pathlib import Path

import pytest
from tests.starter.journeys.replaying import Came, came_of, pack
from tests.starter.journeys.telling import Book, Story, books

from opportune.adapters.project.project import Project

BOOKS = list(books(Path(__file__).parent))
TOLD = [pytest.param(book, story, id=f"{book.name}: {story.name}") for book in BOOKS for story in book.stories]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return pack(tmp_path_factory.mktemp("pack") / "shop")


@pytest.fixture(scope="module")
def replayed(project: Project, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    @cache
    def of(name: str) -> Came:
        (book,) = [book for book in BOOKS if book.name == name]
        return came_of(book, project, tmp_path_factory.mktemp("store"))

    return of


@pytest.mark.parametrize("book, story", TOLD)
def test_a_story_comes_out_as_told(book: Book, story: Story, replayed) -> None:  # type: ignore[no-untyped-def]
    assert replayed(book.name).get(story.customer, []) == story.expected, story.place


def test_every_journey_has_its_stories(project: Project) -> None:
    assert {book.name for book in BOOKS} == set(project.definitions.journeys)
