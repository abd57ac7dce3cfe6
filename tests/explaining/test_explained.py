"""`explain` against `evaluate` on a drawn shop: the root is what is evaluated, each leaf what a query of its own gives, advice flips."""

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from opportune.cli.main import main
from opportune.language.compiler.snapshot import snapshot
from opportune.language.compiler.values import at_pairs
from opportune.language.explaining.advice import advise, being
from opportune.language.explaining.changes import Becomes, Change, Consents, Happens, applied
from opportune.language.explaining.reasons import Reason, why
from opportune.language.explaining.words import lines
from opportune.language.meaning.answers import is_true
from opportune.language.meaning.asking import answer
from opportune.language.tree.definitions import Definitions
from opportune.language.tree.expressions import Consent, Expr, Metric, Score, Trait
from opportune.language.vocabulary.instants import FOREVER, Instant, format_instant, parse_instant
from opportune.language.vocabulary.kinds import Json
from opportune.samples.shop import Shop
from opportune.shell.evaluation import columns_of
from opportune.shell.explaining import Subject, names_of, subject_of
from opportune.shell.ground import Ground
from opportune.shell.workspace import Workspace
from opportune.stages.customers.lookup import keys_of

HERE = Path(__file__).parent
START = parse_instant("2026-01-01T00:00:00Z")
MOMENTS = [parse_instant(f"2026-0{month}-{day}:30Z") for month, day in ((2, "03T09"), (3, "01T00"), (3, "20T17"), (4, "29T23"))]
NUMBER = 200
OF_PACK = 60
"""Of the starter pack, whose definitions are long: half a second each, with all that is looked up."""
PATIENCE = 900


@dataclass(frozen=True)
class Drawn:
    """A shop of 150 customers with its project, and the questions that are asked about it."""

    folder: Path
    ground: Ground
    definitions: Definitions
    columns: dict[str, Expr]
    evaluated: dict[tuple[str, str, Instant], object]
    questions: list[tuple[str, str, Instant]]
    """(customer, definition, moment)."""

    subjects: dict[tuple[str, Instant], Subject] = field(default_factory=dict)

    def subject(self, customer: str, at: Instant) -> Subject:
        """Whom is asked about, read once."""
        if (customer, at) not in self.subjects:
            self.subjects[customer, at] = subject_of(self.ground, customer, at, list(self.columns.values()))
        return self.subjects[customer, at]


@contextmanager
def drawing(folder: Path, number: int = NUMBER) -> Iterator[Drawn]:
    """The project in `folder / "shop"` with a history of its own, and so many questions that `evaluate` answers."""
    Shop.build(customers=150, seed=11, start=START, days=120).write_history(folder / "history.ndjson")
    assert main(["import", str(folder / "history.ndjson"), "--project", str(folder / "shop")]) == 0
    workspace = Workspace(folder / "shop")
    project = workspace.sound_project(with_templates=False)
    columns = columns_of(project.definitions, None)
    ground = workspace.ground(project.definitions, project.tables, MOMENTS[-1])
    evaluated = {
        (str(row[0]), name, at): value
        for at in MOMENTS
        for row in ground.rows(snapshot(columns), {"at": at, "seen": FOREVER})
        for name, value in zip(columns, row[1:], strict=True)
    }
    questions = random.Random(4).sample(sorted(evaluated), number)
    yield Drawn(folder, ground, project.definitions, columns, evaluated, questions)
    workspace.close()


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drawn]:
    folder = tmp_path_factory.mktemp("explained")
    shutil.copytree(HERE / "shop", folder / "shop")
    with drawing(folder) as found:
        yield found


@pytest.fixture(scope="module", params=["shop", pytest.param("pack", marks=pytest.mark.slow)])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drawn]:
    """The same of a project of a few definitions, and of the starter pack."""
    if request.param == "shop":
        yield request.getfixturevalue("drawn")
        return
    folder = tmp_path_factory.mktemp("explained-pack")
    assert main(["init", str(folder / "shop")]) == 0
    with drawing(folder, OF_PACK) as found:
        yield found


def leaves(reason: Reason) -> Iterator[Reason]:
    """What an explanation comes down to."""
    if isinstance(reason.expr, Metric | Trait | Consent):
        yield reason
    for part in reason.parts:
        yield from leaves(part)


def alike(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one))
    return one == other


@pytest.mark.timeout(PATIENCE)
def test_the_root_is_what_is_evaluated(asked: Drawn) -> None:
    names = names_of(asked.definitions)
    for customer, name, at in asked.questions:
        tree = asked.columns[name]
        subject = asked.subject(customer, at)
        found = why(tree, subject.history, customer, at, FOREVER, names=names)
        assert alike(found.value, asked.evaluated[customer, name, at]), (customer, name, format_instant(at))
        assert lines(found, "USD"), "it can be told"


@pytest.mark.timeout(PATIENCE)
def test_each_leaf_is_what_a_query_of_its_own_gives(asked: Drawn) -> None:
    found: dict[Expr, list[tuple[str, Instant, object]]] = {}
    for customer, name, at in asked.questions:
        tree = asked.columns[name]
        for leaf in leaves(why(tree, asked.subject(customer, at).history, customer, at, FOREVER)):
            found.setdefault(leaf.expr, []).append((customer, leaf.at, leaf.value))
    assert len(found) >= 10
    for tree, told in found.items():
        keys = {str(who): key for who, key in asked.ground.rows(keys_of(), {}, {"identities_asked": [(c,) for c, _, _ in told]})}
        pairs = [(number, keys[who], at, FOREVER, *[None] * 6) for number, (who, at, _) in enumerate(told)]
        rows = {row[0]: row[1] for row in asked.ground.rows(at_pairs({"leaf": tree}), {}, {"pairs": pairs})}
        assert all(alike(value, rows[number]) for number, (_, _, value) in enumerate(told)), tree


def conditions(drawn: Drawn) -> Iterator[tuple[str, Expr, Instant]]:
    """The questions as conditions: a segment, or standing one step higher on a ladder or tier."""
    for customer, name, at in drawn.questions:
        tree, value = drawn.columns[name], drawn.evaluated[customer, name, at]
        steps = drawn.definitions.steps_of.get(f"ladder.{name}") or drawn.definitions.steps_of.get(f"tier.{name}") or ()
        if isinstance(value, bool) and not isinstance(tree, Score):
            yield customer, tree, at
        elif value in steps[1:]:
            yield customer, being(tree, steps[steps.index(str(value)) - 1]), at


def test_almost_everything_that_can_be_flipped_comes_with_advice_and_the_advice_flips_it(drawn: Drawn) -> None:
    counted: Counter[str] = Counter()
    for customer, condition, at in conditions(drawn):
        pair = drawn.subject(customer, at).pair()
        found = advise(condition, pair)
        counted["advised" if found else "not advised"] += 1
        for advice in found:
            assert is_true(answer(condition, applied(pair, advice.changes))) is not is_true(answer(condition, pair))
    assert counted["advised"] >= 0.85 * counted.total(), counted  # what takes a visit, a derived event, is not made up


def calls_of(changes: tuple[Change, ...], customer: str, at: Instant) -> list[dict[str, Json]]:
    """What a shop would have sent, had it been so."""
    calls: list[dict[str, Json]] = []
    for change in changes:
        common: dict[str, Json] = {"userId": customer, "timestamp": format_instant(at)}
        match change:
            case Happens(name=name, times=times, properties=properties):
                calls += [{"type": "track", "event": name, "properties": dict(properties), **common} for _ in range(times)]
            case Becomes(trait=trait, value=value):
                calls.append({"type": "identify", "traits": {trait: value}, **common})
            case Consents(purpose=purpose, given=given):
                event = "Consent Given" if given else "Consent Withdrawn"
                calls.append({"type": "track", "event": event, "properties": {"purpose": purpose}, **common})
            case _:
                return []
    return [{**call, "messageId": f"\U0010fffd-{customer}-{number}"} for number, call in enumerate(calls)]


def test_what_is_advised_flips_the_value_in_the_store_too(drawn: Drawn, tmp_path: Path) -> None:
    """The last moment's advice, each to another customer, imported; `evaluate` then says otherwise."""
    at, advised = MOMENTS[-1], dict[str, tuple[str, list[dict[str, Json]]]]()
    for name in drawn.definitions.segments:
        for customer in sorted({who for who, _, when in drawn.evaluated if when == at}):
            pair = drawn.subject(customer, at).pair()
            first = advise(drawn.columns[name], pair)[:1] if customer not in advised else []
            calls = calls_of(first[0].changes, customer, at) if first else []
            if calls:
                advised[customer] = name, calls
                break
    assert len(advised) >= 7
    shutil.copytree(HERE / "shop", tmp_path / "shop")
    (tmp_path / "more.ndjson").write_text("".join(json.dumps(call) + "\n" for _, calls in advised.values() for call in calls))
    for file in (drawn.folder / "history.ndjson", tmp_path / "more.ndjson"):
        assert main(["import", str(file), "--project", str(tmp_path / "shop")]) == 0
    workspace = Workspace(tmp_path / "shop")
    ground = workspace.ground(drawn.definitions, {}, at)
    rows = {
        str(row[0]): dict(zip(drawn.columns, row[1:], strict=True))
        for row in ground.rows(snapshot(drawn.columns), {"at": at, "seen": FOREVER})
    }
    workspace.close()
    for customer, (name, _) in advised.items():
        assert rows[customer][name] is not drawn.evaluated[customer, name, at], (customer, name, advised[customer])
