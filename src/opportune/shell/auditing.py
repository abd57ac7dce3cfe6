"""What the data and the definitions lack: asks the store once for each kind of finding and has the pure rooms judge.

Cost    the values of everybody once, as `evaluate`; of what holds nobody then, three times more; one scan for each other question.
        Moments on events are looked for in the last 60 days, and only where there are none in the whole history
Held to tests/cli/test_audit.py
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType

import sqlglot.expressions as exp

from opportune.adapters.engines.engine import Engine
from opportune.adapters.project.project import Project
from opportune.language.compiler.census import GROUP
from opportune.language.compiler.moments import moments
from opportune.language.compiler.rollups import NOTHING_KEPT
from opportune.language.compiler.values import snapshot
from opportune.language.relations.plans import Plan
from opportune.language.tree.content import content_hash
from opportune.language.tree.definitions import Definitions
from opportune.language.tree.expressions import Consent, Coverage, Expr, Known, Trait
from opportune.language.tree.journeys import Journey, Send
from opportune.language.tree.moments import Around, Changes, Every, Turns
from opportune.language.tree.moments import Moment as AnyMoment
from opportune.language.tree.pinning import DIGITS, as_written
from opportune.language.tree.predictions import guessed_in, told
from opportune.language.tree.print import text_of
from opportune.language.tree.wants import Reader, Wants
from opportune.language.vocabulary.events import HOT
from opportune.language.vocabulary.instants import EARLIEST, FOREVER, Instant, format_instant, span_of
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading
from opportune.shell.evaluation import Stretch
from opportune.shell.ground import Ground
from opportune.shell.preparing import calibrations_by_hash, populations_of
from opportune.stages.events.tracking_plan import property_kinds
from opportune.stages.measurement import arrivals, audited, consented, holding, identified, lacking, sources
from opportune.stages.measurement.audited import Arrival, Finding, Level
from opportune.stages.measurement.holding import Held
from opportune.stages.measurement.identified import People
from opportune.stages.measurement.lacking import Arrived, Readers
from opportune.stages.measurement.sources import Source

EARLIER = (timedelta(days=30), timedelta(days=90), timedelta(days=180))
"""What holds nobody is asked again so long before."""
LATELY = span_of(timedelta(days=60))
YEAR = span_of(timedelta(days=365))
LONGEST = 90
"""Characters of an expression that are shown."""
TURN = "moment."
"""Columns that say whether a journey's condition holds."""

NOBODY_SILENT: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found, most important first, and the figures it stands on."""

    at: Instant
    findings: Sequence[Finding]
    arrivals: Sequence[Arrival]
    last_received_at: Instant
    held: Sequence[Held]
    people: People
    sources: Sequence[Source] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    """Segment → what it is called in words."""


def audit(
    ground: Ground,
    project: Project,
    *,
    reach: Stretch,
    at: Instant,
    now: Instant,
    rolled: Mapping[str, int] = NOTHING_KEPT,
    keys: Sequence[str] = (),
    by_hour: Mapping[str, str] = NOBODY_SILENT,
) -> Audit:
    """Look at everything as known by now, at `at`; `rolled`: the roll-ups that the store keeps; `keys`: who may send; `by_hour`: what
    `bookkeeping` says of who fell silent."""
    definitions = project.definitions
    came = list(_arrivals(ground))
    sending = sources.sources_of(ground.rows(sources.by_day()))
    readers, starts = _readers(definitions)
    arrived = _arrived(ground, came, definitions)
    lifeless = lacking.dead(readers, starts, arrived)
    columns = _columns(definitions)
    ground.make(holding.AUDITED, snapshot(columns, rolled), {"at": at, "seen": FOREVER})
    reached, held = _held(ground, definitions, tuple(columns))
    people = _people(ground, reached, at)
    empty = [each.name for each in held if each.room in ("segment", "moment") and not each.number and each.name not in lifeless]
    never = _never(ground, {name: columns[name] for name in empty}, at)
    lacks = [
        *lacking.missing_events(readers, lifeless, arrived),
        *lacking.missing_properties(lacking.fills(readers, arrived)),
        *lacking.missing_traits(readers, arrived),
        *lacking.empty_tables(readers, *_tables(project)),
    ]
    explained = {name for each in lacks if each.level is not Level.KNOW for name in each.suffering}
    findings = [
        *audited.stale(came, reach.last_received_at, now),
        *sources.fallen_silent(sending, by_hour),
        *sources.unused(keys, sending),
        *audited.silent(came),
        *audited.outages(came),
        *lacks,
        *holding.empty_or_full(held, [name for name in never if not name.startswith(TURN) and name not in explained]),
        *_alike(ground, held),
        *holding.hardly_known(held, lifeless),
        *identified.about_people(people, sends=_sending(definitions)),
        *_consents(ground, at),
        *identified.never_begun(_never_begun(ground, definitions, lifeless, never, reach)),
        *identified.guessed(_guessed(definitions, arrived)),
        *_unsteady(ground, definitions, at),
    ]
    shown = [each for each in held if not each.name.startswith(TURN)]
    return Audit(
        at=at,
        findings=audited.in_order(findings),
        arrivals=came,
        last_received_at=reach.last_received_at,
        held=shown,
        people=people,
        sources=sending,
        labels=definitions.labels,
    )


# -- what definitions read


def _trees(definitions: Definitions) -> dict[str, Expr]:
    """Every definition that has a value, as `room.name`."""
    rooms: dict[str, Mapping[str, Expr]] = {
        "metric": definitions.metrics,
        "segment": definitions.segments,
        "score": definitions.scores,
        "ladder": definitions.ladders,
        "tier": definitions.tiers,
    }
    return {f"{room}.{name}": tree for room, found in rooms.items() for name, tree in found.items()}


def _readers(definitions: Definitions) -> tuple[Readers, Readers]:
    """What definitions and journeys read, and of journeys what their moments do."""
    reader = Reader()
    found: dict[str, Wants] = {name: reader.wants(tree) for name, tree in _trees(definitions).items()}
    starts: dict[str, Wants] = {}
    for name, journey in definitions.journeys.items():
        found[f"journey.{name}"] = reader.of_journey(journey)
        first = frozenset(want for moment in journey.when for want in reader.wants(getattr(moment, "selector", moment)))
        starts[f"journey.{name}"] = first
    for name, event in definitions.derived.items():
        found[f"event.{name}"] = reader.wants(event.when)
    return found, starts


# -- what arrived


def _arrivals(engine: Engine) -> Iterator[Arrival]:
    days: defaultdict[str, dict[int, int]] = defaultdict(dict)
    imported: defaultdict[str, int] = defaultdict(int)
    ends: dict[str, tuple[int, int]] = {}
    for name, day, events, brought, first, last, _ in engine.rows(arrivals.by_name_and_day()):
        days[str(name)][int(day or 0)] = int(events or 0)
        imported[str(name)] += int(brought or 0)
        before = ends.get(str(name), (int(first or 0), int(last or 0)))
        ends[str(name)] = min(before[0], int(first or 0)), max(before[1], int(last or 0))
    for name, found in days.items():
        first_ts, last_ts = map(Instant, ends[name])
        yield Arrival(
            name=name,
            events=sum(found.values()),
            imported=imported[name],
            first=first_ts,
            last=last_ts,
            days=found,
            is_derived="@" in name or name == "Product Purchased",
        )


def _arrived(engine: Engine, came: Sequence[Arrival], definitions: Definitions) -> Arrived:
    typed: dict[tuple[str, str], int] = {}
    for name, _, *numbers in engine.rows(arrivals.filled()):
        typed |= {(str(name), column): int(number or 0) for column, number in zip(HOT, numbers, strict=True)}
    said: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for event, name, way, number, *_ in engine.rows(property_kinds(), {"since": 0}):
        said[str(event), str(name)][str(way)] = int(number or 0)
    traits: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for name, way, number in engine.rows(arrivals.traits()):
        traits[str(name)][str(way)] = int(number or 0)
    return Arrived(
        events={each.name: each.events for each in came},
        typed=typed,
        said=said,
        traits=traits,
        derived={each.name: as_written(each.name) for each in definitions.derived.values()},
    )


def _tables(project: Project) -> tuple[dict[str, int], dict[str, str]]:
    """Stored name of each table file → its rows, and → its name for people."""
    return {name: len(file.rows) for name, file in project.tables.items()}, {name: as_written(name) for name in project.tables}


# -- whom definitions hold


def _columns(definitions: Definitions) -> dict[str, Expr]:
    """What is asked of everybody: all definitions, addresses and consent, and the conditions that journeys wait for."""
    columns: dict[str, Expr] = {
        holding.EMAIL: Trait("email", Kind.TEXT),
        holding.PHONE: Trait("phone", Kind.TEXT),
        holding.CONSENT: Consent("email"),
        **_trees(definitions),
        **{f"score.{name}.coverage": Coverage(score) for name, score in definitions.scores.items()},
    }
    for name, journey in definitions.journeys.items():
        for number, moment in enumerate(journey.when):
            condition = _condition(moment)
            if condition is not None:
                columns[f"{TURN}{name}.{number}"] = condition
    return columns


def _condition(moment: AnyMoment) -> Expr | None:
    """What has to hold for somebody if the moment ever comes; None for moments that stand on events and clocks."""
    match moment:
        case Turns(condition=condition):
            return condition
        case Changes(value=value) | Around(time=value):
            return Known(value)
        case _:
            return None


def _held(engine: Engine, definitions: Definitions, columns: Sequence[str]) -> tuple[tuple[int, int, int], list[Held]]:
    """(customers, with address and consent, with address), and every definition."""
    names = [name for name in columns if "." in name and not name.endswith(".coverage")]
    asked = holding.numbers([*(name for name in names)])
    customers, reached, addressed, *numbers = (int(number or 0) for number in engine.rows(asked)[0])
    stepped = [name for name in names if name.startswith(("ladder.", "tier."))]
    steps: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for name, step, number in engine.rows(holding.steps(stepped)) if stepped else ():
        if step is not None:
            steps[str(name)][str(step)] = int(number or 0)
    scores = [name for name in names if name.startswith("score.")]
    parts: defaultdict[str, list[int]] = defaultdict(lambda: [0] * holding.PARTS)
    for name, part, number in engine.rows(holding.coverages(scores)) if scores else ():
        parts[str(name)][int(part or 0)] += int(number or 0)
    found = [
        Held(
            name=name,
            number=number,
            customers=customers,
            steps=tuple((step, steps[name].get(step, 0)) for step in definitions.steps_of.get(name, ())),
            coverage=tuple(parts[name]) if name in parts else (),
        )
        for name, number in zip(names, numbers, strict=True)
    ]
    return (customers, reached, addressed), found


def _never(ground: Ground, conditions: dict[str, Expr], at: Instant) -> list[str]:
    """Those of the conditions, held by nobody now, that nobody met earlier either."""
    left = conditions
    for before in EARLIER:
        if left:
            then = Instant(at - span_of(before))
            found = ground.rows(_any_of(snapshot(left), tuple(left)), {"at": then, "seen": FOREVER})[0]
            left = {name: tree for (name, tree), number in zip(left.items(), found, strict=True) if not number}
    return list(left)


def _any_of(values: Plan, names: tuple[str, ...]) -> Plan:
    """One row from a snapshot of conditions: how many are in each."""
    counted = [
        exp.alias_(exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=exp.column(name, quoted=True))), name, quoted=True)
        for name in names
    ]
    query = exp.select(*counted).from_(values.query.copy().subquery("customers_then"))
    return replace(values, query=query, columns=tuple((name, Kind.NUMBER) for name in names))


def _alike(engine: Engine, held: Sequence[Held]) -> list[Finding]:
    pairs = holding.comparable(held)
    if not pairs:
        return []
    both = engine.rows(holding.shared(pairs))[0]
    return holding.alike(held, dict(zip(pairs, (int(number or 0) for number in both), strict=True)))


# -- people


def _people(engine: Engine, reached: tuple[int, int, int], at: Instant) -> People:
    known, anonymous, linked, shared, crowded, parted, most = (int(number or 0) for number in engine.rows(arrivals.devices())[0])
    _, quiet, silent = (
        int(number or 0) for number in engine.rows(arrivals.quiet(), {"at": at, "seen": FOREVER, "since": Instant(at - YEAR)})[0]
    )
    doubles = [(str(what), int(n or 0), int(of or 0), int(top or 0)) for what, n, of, top in engine.rows(holding.doubles())]
    return People(
        customers=reached[0],
        reached=reached[1],
        addressed=reached[2],
        known=known,
        anonymous=anonymous,
        linked=linked,
        shared=shared,
        crowded=crowded,
        parted=parted,
        most=most,
        quiet=quiet,
        silent=silent,
        doubles=doubles,
    )


def _consents(engine: Engine, at: Instant) -> list[Finding]:
    (proof,), (waiting,) = (
        engine.rows(consented.proofs()),
        engine.rows(consented.unconfirmed(), {"before": Instant(at - consented.PATIENCE)}),
    )
    return consented.about_consents(proof, waiting)


def _sending(definitions: Definitions) -> list[str]:
    return [f"journey.{name}" for name, journey in sorted(definitions.journeys.items()) if any(_sends(journey.steps))]


def _sends(steps: object) -> Iterator[bool]:
    """True for each send, in branches too."""
    if isinstance(steps, tuple):
        for step in steps:
            yield from _sends(step)
    elif isinstance(steps, Send):
        yield True
    else:
        for name in ("then", "otherwise", "arms", "steps"):
            yield from _sends(getattr(steps, name, ()))


# -- journeys, predictions, calibrations


def _never_begun(
    ground: Ground, definitions: Definitions, lifeless: frozenset[str], never: Sequence[str], reach: Stretch
) -> dict[str, str]:
    """Journeys none of whose moments ever came, though their events do."""
    found = {}
    for name, journey in definitions.journeys.items():
        if f"journey.{name}" not in lifeless and not _begins(ground, name, journey, set(never), reach):
            found[name] = f"none since {format_instant(reach.first)[:10]}"
    return found


def _begins(ground: Ground, name: str, journey: Journey, never: set[str], reach: Stretch) -> bool:
    asked: list[AnyMoment] = []
    for number, moment in enumerate(journey.when):
        if isinstance(moment, Every):
            return True
        if _condition(moment) is None:
            asked.append(moment)
        elif f"{TURN}{name}.{number}" not in never:
            return True
    return any(_is_there(ground, moment, lo, reach.last) for lo in (Instant(reach.last - LATELY), EARLIEST) for moment in asked)


def _is_there(ground: Ground, moment: AnyMoment, lo: Instant, hi: Instant) -> bool:
    plan = moments(moment, Reading.AS_KNOWN)
    query = exp.select(exp.alias_(exp.Count(this=exp.Star()), "number")).from_(plan.query.copy().subquery("came"))
    return bool(ground.rows(replace(plan, query=query, columns=(("number", Kind.NUMBER),)), {"lo": lo, "hi": hi})[0][0])


def _guessed(definitions: Definitions, arrived: Arrived) -> dict[str, list[str]]:
    """Predictions without a model → what reads them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    trees: dict[str, object] = {f"journey.{name}": journey for name, journey in definitions.journeys.items()}
    for reader, tree in (trees | _trees(definitions)).items():
        for name in guessed_in([tree], definitions.heuristics):
            if not arrived.traits.get(told(name).name):
                found[name].append(reader)
    return dict(found)


def _shortened(text: str) -> str:
    """The beginning of an expression, in the names that people wrote."""
    plain = re.sub(rf"@[0-9a-f]{{{DIGITS}}}", "", text)
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]} …"


def _unsteady(engine: Engine, definitions: Definitions, at: Instant) -> list[Finding]:
    trees = _trees(definitions)
    populations = populations_of(trees.values())
    if not populations:
        return []
    cases = {}
    kept = calibrations_by_hash(engine, populations)
    for population in populations:
        last = max(
            (one for one in kept[content_hash(population)] if one.instant <= at and one.by_value is None),
            key=lambda one: one.instant,
            default=None,
        )
        if last is not None and last.is_unstable:
            cases[content_hash(population)] = _shortened(text_of(population)), last.known
    readers = [name for name, tree in trees.items() if cases and any(content_hash(one) in cases for one in populations_of([tree]))]
    return identified.unsteady(list(cases.values()), readers, GROUP)
