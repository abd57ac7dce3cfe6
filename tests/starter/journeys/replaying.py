"""Stories replayed: all of a book in one store, by the tick that `serve` and `backtest` run, with the journeys as the pack has them."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import text
from tests.starter.journeys.telling import DAY, FIRST, Book, Story, when

from opportune import starter
from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import Project, read_project
from opportune.adapters.stores.database import Database
from opportune.adapters.stores.journeys import SqlJourneyState
from opportune.language.tree.definitions import Definitions, Derived
from opportune.language.tree.expressions import Selector
from opportune.language.tree.journeys import Journey
from opportune.language.tree.sending import Sending
from opportune.language.tree.walking import parts_of
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.language.vocabulary.problems import Severity
from opportune.shell.backtest import world_of
from opportune.shell.ground import Ground
from opportune.shell.tick import tick
from opportune.shell.world import Rules
from opportune.stages.sending.message import MessageStatus

TRACES = 120
"""Days after the last line of a book in which something may still come of it."""
Came = dict[str, list[tuple[str, str]]]
"""Customer → (when, what) of all that came of her story, in order."""


def pack(folder: Path) -> Project:
    """The starter pack as `init` writes it, sound."""
    starter.write(folder)
    project = read_project(folder)
    assert [str(problem) for problem in project.problems if problem.severity is Severity.ERROR] == []
    return project


def came_of(book: Book, project: Project, folder: Path) -> Came:
    """What the book's journeys made of its stories: nobody held out, no caps."""
    journeys = [replace(project.definitions.journeys[name], holdout=0.0) for name in book.journeys]
    last = max(done.received_at for story in book.stories for done in story.done)
    store, database = DuckDB.open(None, threads=1, currency=project.settings.shop.currency), Database.open("sqlite://")
    segment = folder / "000001.ndjson"
    segment.write_bytes(b"".join(json.dumps(call).encode() + b"\n" for call in calls(book.stories)))
    store.load([segment])
    end, state = Instant(last + TRACES * DAY), SqlJourneyState(database)
    ground = Ground(store, [only_for(journeys, project.definitions)], project.tables)
    ground.settle(end)
    world = world_of(ground, journeys, Rules(secret=b"k" * 32, sending=Sending(weekly=None)), version="v", applied_at=Instant(FIRST - DAY))
    tick(world, state, end, start=Instant(FIRST - DAY))
    found = _told(book, state, database, end)
    store.close()
    database.close()
    return found


def only_for(journeys: Sequence[Journey], definitions: Definitions) -> Definitions:
    """What these journeys stand on: themselves, as references are written out in them, and the derived events they read."""
    wanted, asked = dict[str, Derived](), list[object](journeys)
    while asked:
        names = {name for selector in _selectors(asked.pop()) for name in selector.derived}
        for key, each in definitions.derived.items():
            if each.name in names and key not in wanted:
                wanted[key] = each
                asked += [each.when, *each.set.values()]
    derived = {key: each for key, each in definitions.derived.items() if key in wanted}  # each after those it reads
    return Definitions(derived=derived, journeys={journey.name: journey for journey in journeys}, tables=definitions.tables)


def _selectors(tree: object) -> Iterator[Selector]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        waiting += parts_of(node)
        if isinstance(node, Selector):
            yield node


def calls(stories: Sequence[Story]) -> list[dict[str, Any]]:
    """What arrived, in its order."""
    found = [call for story in stories for call in _calls_of(story)]
    return sorted(found, key=lambda call: (call["receivedAt"], call["messageId"]))


def _calls_of(story: Story) -> Iterator[dict[str, Any]]:
    common = {"source": "story", "userId": story.customer, "type": "track", "properties": {}, "traits": {}, "context": {}}
    morning = {"timestamp": format_instant(FIRST), "receivedAt": format_instant(FIRST)}
    traits = {"country": "US", "first_name": "Ann"} | ({} if story.is_stranger else {"email": f"{story.customer}@example.com"})
    yield {**common, **morning, "messageId": f"{story.customer} is", "type": "identify", "traits": traits}
    if not story.is_stranger:
        yield {
            **common, **morning, "messageId": f"{story.customer} agrees", "event": "Consent Given", "properties": {"purpose": "email"}
        }  # fmt: skip
    for number, done in enumerate(story.done):
        event, properties = done.deed
        times = {"timestamp": format_instant(done.at), "receivedAt": format_instant(done.received_at)}
        whose = {} if done.is_personal else {"userId": None}
        told = {name: value.format(customer=story.customer) for name, value in properties.items()} if not event else {}
        what = {"event": event, "properties": properties} if event else {"type": "identify", "traits": told}
        yield {**common, **times, **whose, "messageId": f"{story.customer} {number:03d}", **what}


def _told(book: Book, state: SqlJourneyState, database: Database, end: Instant) -> Came:
    """Mails, ends and moments turned away, as stories tell them; with several journeys, ends and turns name theirs."""
    whose = "" if len(book.journeys) == 1 else "{journey} "
    found: dict[str, list[tuple[Instant, int, str]]] = defaultdict(list)
    for message in state.messages(Instant(FIRST - DAY), end):
        said = message.step if message.status is MessageStatus.PLANNED else f"{message.step} {message.status.value}: {message.reason}"
        found[message.customer_id].append((message.decided_at, 1, said))
    for one in state.enrolments():
        if one.ended_at is not None and one.outcome != "completed":
            found[one.customer_id].append((one.ended_at, 0, f"{whose.format(journey=one.journey)}ends: {one.outcome}"))
    with database.reading() as connection:
        for journey, customer, at, result in connection.execute(text("SELECT journey, customer_id, at, result FROM moments")):
            if result != "entered":
                found[customer].append((Instant(at), 2, f"{whose.format(journey=journey)}turned away: {result}"))
    return {customer: [(when(at), said) for at, _, said in sorted(rows)] for customer, rows in found.items()}
