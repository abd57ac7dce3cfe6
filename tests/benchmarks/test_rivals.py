"""The rivals' three formulations of each question agree, on small shops full of ties, links and edges of windows.

Held to: each other, and for `lapse` a literal reading of the sentence in SEMANTICS section 5.
"""

import random
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from opportune.adapters.project.project import read_project
from opportune.language.compiler.moments import moments
from opportune.language.compiler.values import snapshot
from opportune.language.relations.map import RELATIONS
from opportune.language.tree.expressions import Selector
from opportune.language.tree.moments import Lapse
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading
from opportune.stages.customers import spans
from opportune.stages.events import order_keys

RIVALS = Path(__file__).parents[2] / "benchmarks" / "rivals"
HOUR = 3_600_000_000
NOON = 1_700_000_000_000_000
NAMES = (
    "Page Viewed", "Product Viewed", "Products Searched", "Product Added", "Checkout Started", "Order Completed", "Product Purchased",
    "Order Refunded", "Email Opened", "Email Link Clicked", "Consent Given", "Consent Withdrawn",
)  # fmt: skip
Rows = list[tuple[object, ...]]
Links = dict[int, tuple[int, int]]


def shop(seed: int) -> duckdb.DuckDBPyConnection:
    """Twelve identities, four of them anonymous and linked away now or never; most instants on a coarse grid, so that they tie."""
    chance, connection = random.Random(seed), duckdb.connect(config={"threads": 1})
    for relation in RELATIONS:
        columns = ", ".join(f'"{column.name}" {column.type}' for column in relation.columns)
        connection.execute(f"CREATE TABLE {relation.name} ({columns})")

    def instant(spread: int) -> int:
        return NOON - chance.randrange(spread) * HOUR + chance.choice((0, 0, 0, -1, 1))

    def insert(table: str, row: dict[str, object]) -> None:
        names = ", ".join(f'"{name}"' for name in row)
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))

    connection.begin()
    for key in range(1, 13):
        insert("identities", {"identity_key": key, "identity": f"customer {key}", "is_known": key <= 8})
    for number in range(260):
        ts, name = instant(chance.choice((6, 12, 24 * 8, 24 * 400))), chance.choice(NAMES)
        row: dict[str, object] = {
            "event_id": f"e{chance.randrange(10**9)}-{number}", "line": int(name == "Product Purchased"), "name": name, "ts": ts,
            "identity_key": chance.choice((None, *range(1, 13))), "received_at": ts + chance.choice((0, HOUR, 30 * HOUR)),
            "is_imported": chance.random() < 0.2, "category": chance.choice((None, "lamps", "rugs")),
            "price": chance.choice((None, 0, 100_000, 100_001, 990_000)), "total": chance.choice((None, 999_999, 1_000_000, 4_000_000)),
            "quantity": chance.choice((None, 1, 2)), "results": chance.choice((None, 0, 5)),
            "dwell": chance.choice((None, 29_999_000, 30_000_000)),
            "agent": chance.choice(("human", "human", "machine", None)), "purpose": chance.choice(("email", "profiling", "sms")),
        }  # fmt: skip
        insert("events", row)
    for number in range(6):
        ts, anonymous = instant(chance.choice((6, 24 * 8))), chance.randrange(9, 13)
        insert(
            "links",
            {"event_id": f"l{number}", "from_key": anonymous, "to_key": chance.randrange(1, 5), "ts": ts, "received_at": ts, "rank": 0},
        )
    for number in range(20):
        value = chance.choice(('"US"', '"DE"', '"plus"', "null", "5"))
        trait = {
            "event_id": f"t{number}",
            "identity_key": chance.randrange(1, 13),
            "name": chance.choice(("country", "plan")),
            "value": value,
        }
        insert("traits", {**trait, "ts": (ts := instant(24 * 8)), "received_at": ts})
    for statement in (*order_keys.filled(), *spans.laid_out("SELECT from_key FROM links")):
        connection.execute(statement)
    connection.commit()
    return connection


def seeds(count: int) -> list[object]:
    """So many shops; all but the first wait for `make test`."""
    return [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, count))]


def answers(connection: duckdb.DuckDBPyConnection, question: str, parameters: dict[str, int]) -> dict[str, Rows]:
    """Every formulation's rows, floats rounded to 1e-9."""
    files = sorted(RIVALS.glob(f"{question}_*.sql"))
    assert len(files) >= 3
    found = {file.stem: connection.execute(file.read_text(), parameters).fetchall() for file in files}
    return {name: rounded(rows) for name, rows in found.items()}


def rounded(rows: Rows) -> Rows:
    """Scores agree to 1e-9."""
    return [tuple(round(value, 9) if isinstance(value, float) else value for value in row) for row in rows]


@pytest.mark.parametrize("seed", seeds(5))
def test_the_ways_to_evaluate_agree_on_every_cell(seed: int) -> None:
    connection = shop(seed)
    for at in (NOON, NOON - 5 * HOUR, NOON - 5 * HOUR - 1, NOON - 24 * 90 * HOUR):
        first, *others = answers(connection, "evaluate", {"at": at}).values()
        assert first, "no customer at all proves nothing"
        assert all(other == first for other in others)


@pytest.mark.parametrize("seed", seeds(8))
def test_the_ways_to_find_lapses_agree_with_the_sentence(seed: int) -> None:
    connection = shop(seed)
    for lo, hi in ((NOON - 3 * HOUR, NOON + 9 * HOUR), (NOON - 24 * 9 * HOUR, NOON - HOUR), (0, 2 * NOON)):
        found = answers(connection, "lapse", {"lo": lo, "hi": hi, "max_lateness": 24 * HOUR})
        expected = sorted(lapses(connection, lo, hi))
        for name, rows in found.items():
            assert [(row[2], row[4], row[0]) for row in rows] == expected, name
        assert len({tuple(rows) for rows in found.values()}) == 1


def lapses(connection: duckdb.DuckDBPyConnection, lo: int, hi: int) -> Rows:
    """(at, trigger, owner) by the letter: one add at a time, owners asked at its moment."""
    links: Links = {}
    for from_key, to_key, ts in connection.execute("SELECT from_key, to_key, ts FROM links ORDER BY ts, event_id").fetchall():
        links.setdefault(from_key, (ts, to_key))
    events = connection.execute(
        "SELECT identity_key, ts, event_id, name, received_at FROM events "
        "WHERE identity_key IS NOT NULL AND name IN ('Product Added', 'Order Completed') ORDER BY ts, event_id"
    ).fetchall()

    def owner(key: int, at: int) -> int:
        linked_at, to_key = links.get(key, (at + 1, key))
        return to_key if linked_at <= at else key

    fired: Rows = []
    for place, (key, ts, event_id, name, received_at) in enumerate(events):
        at = ts + 2 * HOUR
        if name != "Product Added" or not lo < at <= hi or received_at - ts > 24 * HOUR:
            continue
        mine = [n for n, e in enumerate(events) if owner(e[0], at) == owner(key, at) and ts <= e[1] <= at]
        if not any(n > place if events[n][3] == name else True for n in mine):
            fired.append((at, event_id, owner(key, at)))
    return fired


@pytest.mark.parametrize("seed", seeds(3))
def test_what_we_compile_answers_as_the_rivals_do(seed: int) -> None:
    connection = shop(seed)
    found = read_project(RIVALS.parent / "project").definitions
    evaluate = snapshot({**found.metrics, **found.segments, **found.scores}).sql("duckdb")
    lapse = Lapse(selector=Selector(("Product Added",)), unless=Selector(("Order Completed",)), within=timedelta(hours=2))
    between = {"lo": NOON - 24 * 9 * HOUR, "hi": NOON + 9 * HOUR}
    fired = moments(lapse, Reading.AS_KNOWN).sql("duckdb")
    for at in (NOON, NOON - 5 * HOUR - 1):
        ours = connection.execute(evaluate, {"at": at, "seen": FOREVER}).fetchall()
        assert rounded(ours) == answers(connection, "evaluate", {"at": at})["evaluate_stacked"]
    ours = [row[:7] for row in connection.execute(fired, between).fetchall()]  # the rest is for journeys
    assert ours == answers(connection, "lapse", between | {"max_lateness": FOREVER})["lapse_lead"]
