"""The map of stored relations says who writes what, and nobody else does."""

import re
from collections import Counter
from pathlib import Path

import pytest

import opportune
from opportune.language.relations.map import RELATIONS, Relation

SOURCES = Path(opportune.__file__).parent
INSERT = re.compile(r"\b(?:INSERT|MERGE) INTO (\w+)")


def rooms_that_insert() -> dict[str, set[str]]:
    """For each relation the rooms in whose files an INSERT into it stands, as `stages/events`."""
    found: dict[str, set[str]] = {}
    for path in SOURCES.rglob("*.py"):
        if "migrations" in path.parts:  # the state's own tables, not the event store's
            continue
        room = "/".join(path.relative_to(SOURCES).parts[:2])
        for name in INSERT.findall(path.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(room)
    return found


def test_every_relation_is_written_by_its_one_room_and_every_write_goes_to_the_map() -> None:
    assert rooms_that_insert() == {relation.name: {f"stages/{relation.writer}"} for relation in RELATIONS}


def test_a_relation_is_in_the_map_once() -> None:
    assert Counter(relation.name for relation in RELATIONS).most_common(1)[0][1] == 1


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_columns_are_named_once_and_the_key_is_of_them(relation: Relation) -> None:
    names = [column.name for column in relation.columns]
    assert len(names) == len(set(names))
    assert set(relation.key) <= set(names)
