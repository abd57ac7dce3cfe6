"""docs/relations.md: every stored relation and table of the state with its columns. `OPPORTUNE_ACCEPT=1` rewrites its tables."""

import os
import re

from tests.docs.pages import ROOT, page

from opportune.adapters.stores.tables import METADATA
from opportune.language.relations.map import RELATIONS, Relation

PAGE = "docs/relations.md"


def of_the_map(relation: Relation) -> str:
    """A relation as its part of the page."""
    rows = [f"| `{column.name}` | {column.type} | {column.meaning} |" for column in relation.columns]
    head = f"### `{relation.name}`\n\nWritten by the room *{relation.writer}*. Key: {', '.join(f'`{name}`' for name in relation.key)}.\n"
    return "\n".join([head, "| column | type | meaning |", "| --- | --- | --- |", *rows]) + "\n"


def of_the_state() -> str:
    """The tables of the state, a row each."""
    rows = [f"| `{t.name}` | {' '.join(f'`{c.name}`' for c in t.columns)} |" for t in METADATA.sorted_tables]
    return "\n".join(["| table | columns |", "| --- | --- |", *sorted(rows)]) + "\n"


def expected(said: str) -> str:
    """The page with its generated parts as they should be."""
    head, rest = said.split("## The event store\n", 1)
    events, state = rest.split("## The state\n", 1)
    intro = events.split("### ", 1)[0]
    told = re.sub(r"\| table \| columns \|\n(?:\|.*\|\n)*", lambda _: of_the_state(), state)
    return f"{head}## The event store\n{intro}{chr(10).join(map(of_the_map, RELATIONS))}\n## The state\n{told}"


def test_every_relation_and_every_table_of_the_state_is_on_the_page() -> None:
    if os.environ.get("OPPORTUNE_ACCEPT"):
        (ROOT / PAGE).write_text(expected(page(PAGE)), encoding="utf-8")
    assert page(PAGE) == expected(page(PAGE))
