"""What a plan needs to be there before it runs: calibrations of the population functions it reads, for every instant it can ask for.

Cost    nothing to count: two queries of a few ms; else a snapshot for each population and instant that is missing, of few customers
        one statement for all instants: a year of days of 90 customers takes 0.12 s of processor, and took 4.6 s one by one
Held to tests/meaning/test_compiled_populations.py, tests/engines/test_calibrations.py
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler.census import GROUP, INSTANTS, census, censuses
from opportune.language.relations.plans import Plan, Row
from opportune.language.tree.content import content_hash
from opportune.language.tree.expressions import Ago, Expr, Literal, Population
from opportune.language.tree.types import kind_of
from opportune.language.tree.walking import walk_back, walk_once
from opportune.language.tree.words import Rhythm
from opportune.language.vocabulary.instants import Instant, Span, span_of
from opportune.language.vocabulary.kinds import Kind
from opportune.stages.membership import calibrations

PAIRS_AT_ONCE = 200_000
"""Customers times instants that one statement counts."""
FEWEST_AT_ONCE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A population function's value at one instant: `value` as its kind is stored, of all customers or those alike."""

    population: Population
    instant: Instant
    by_value: str | None
    value: int | float | None
    known: int
    is_unstable: bool


def prepare(engine: Engine, plans: Iterable[Plan], until: Instant, *, since: Instant | None = None) -> None:
    """Make sure that whatever the plans ask of populations at moments in [since, until] is there; since the first arrival without `since`.

    A plan of `ago(E, D)` asks D earlier, too: `since` must allow for it, see `reach_back`.
    """
    prepare_populations(engine, [population for plan in plans for population in plan.populations], until, since=since)


def prepare_populations(
    engine: Engine, populations: Iterable[Population], until: Instant, *, since: Instant | None = None, enough: int = GROUP
) -> None:
    """The same for population functions and those inside them; `enough` known values make an instant stable."""
    wanted = inner_first(populations)
    if not wanted:
        return
    loads, first = engine.rows(calibrations.received())[0]
    if first is None:
        return
    book = _Book(engine, loads=int(loads or 0), first=Instant(int(first)), enough=enough)
    book.read(wanted)
    for population in wanted:
        book.fill(population, book.first if since is None else since, until)


def reach_back(trees: Iterable[object]) -> Span:
    """How much earlier than their moments expressions, moments or journeys may ask: what `ago`s inside each other add up to at most."""
    return span_of(max((back + part.by for part, back in walk_back(trees) if isinstance(part, Ago)), default=timedelta(0)))


def reaches(trees: Iterable[object]) -> dict[str, Span]:
    """Content hash of each population function in trees → how much earlier than their moments it may be asked for."""
    found: dict[str, Span] = {}
    for part, back in walk_back(trees):
        if isinstance(part, Population):
            name = content_hash(part)
            found[name] = max(found.get(name, Span(0)), span_of(back))
    return found


def inner_first(populations: Iterable[Population]) -> list[Population]:
    """Every population function, each once, after those it reads."""
    found: dict[str, Population] = {}
    taken: set[int] = set()

    def take(population: Population) -> None:
        if id(population) in taken:
            return
        taken.add(id(population))
        for part in walk_once((population.of, population.by)):
            if isinstance(part, Population):
                take(part)
        found.setdefault(content_hash(population), population)

    for population in populations:
        take(population)
    return list(found.values())


def populations_of(expressions: Iterable[Expr]) -> list[Population]:
    """The population functions that definitions read, each once, inner ones first."""
    return inner_first(part for part in walk_once(expressions) if isinstance(part, Population))


def calibrations_of(engine: Engine, definition: Expr) -> list[Calibration]:
    """What is kept for the population functions of a definition, to be shown: by function, inner ones first, then instant."""
    kept = calibrations_by_hash(engine, populations_of([definition]))
    return [one for found in kept.values() for one in sorted(found, key=lambda one: (one.instant, one.by_value or ""))]


def calibrations_by_hash(engine: Engine, populations: Iterable[Population]) -> dict[str, list[Calibration]]:
    """Content hash → what is kept for that population function, in the order they are given."""
    wanted = {content_hash(population): population for population in populations}
    kept: dict[str, list[Calibration]] = {name: [] for name in wanted}
    for row in engine.rows(calibrations.shown(), {}, {"populations_asked": [(name,) for name in wanted]}):
        kept[str(row[0])].append(_calibration(wanted[str(row[0])], row))
    return kept


def _calibration(population: Population, row: Row) -> Calibration:
    return Calibration(
        population=population,
        instant=Instant(int(row[1] or 0)),
        by_value=None if row[2] is None else str(row[2]),
        value=row[3] if row[3] is not None else row[4],  # type: ignore[arg-type]  # a number by its column
        known=int(row[5] or 0),
        is_unstable=bool(row[6]),
    )


def unstable_at(engine: Engine, definitions: Mapping[str, Expr], at: Instant) -> dict[str, Calibration]:
    """Definition → the first population function that it asks at a moment and that was frozen with too few known values."""
    unstable: dict[str, Calibration] = {}
    for population, kept in calibrations_by_hash(engine, populations_of(definitions.values())).items():
        last = [one for one in kept if one.instant <= at and one.by_value is None]
        if last and last[-1].is_unstable:
            unstable[population] = last[-1]
    if not unstable:
        return {}
    asked = {name: [content_hash(each) for each in populations_of([tree])] for name, tree in definitions.items()}
    first = {name: next((unstable[each] for each in populations if each in unstable), None) for name, populations in asked.items()}
    return {name: one for name, one in first.items() if one is not None}


class _Book:
    """What is kept of some population functions, and the counting of what is missing."""

    def __init__(self, engine: Engine, *, loads: int, first: Instant, enough: int) -> None:
        self.first = first
        """The first arrival of all: before it nobody is known."""
        self._engine = engine
        self._enough = enough
        self._loads = loads
        self._known: dict[str, dict[Instant, int]] = {}
        """Population → instant → known values, of all that was counted and still holds."""
        self._counted: dict[tuple[str, Instant], list[Row]] = {}
        """Counted, not kept yet."""

    def read(self, wanted: Sequence[Population]) -> None:
        """Learn what is kept; what no longer holds is forgotten."""
        hashes = [(content_hash(population),) for population in wanted]
        self._known = {name: {} for (name,) in hashes}
        is_any_stale = False
        for population, instant, known, is_stale in self._engine.rows(calibrations.stored(), {}, {"populations_asked": hashes}):
            is_any_stale = is_any_stale or bool(is_stale)
            if not is_stale:
                self._known[str(population)][Instant(int(instant or 0))] = int(known or 0)
        if is_any_stale:
            self._engine.write([calibrations.forget_stale()])

    def fill(self, population: Population, since: Instant, until: Instant) -> None:
        """Keep every instant that moments in [since, until] ask for."""
        since = max(since, self.first)
        asked_first = calibrations.last_scheduled(population.every, since)
        stable = self._stable_by(population, asked_first)
        later = list(calibrations.scheduled(population.every, max(self.first, Instant(asked_first + 1)), until))
        self._count(population, later)
        if stable is None:
            stable = next((at for at in later if self._known_at(population, at) >= self._enough), None)
        self._keep(population, [at for at in later if stable is None or at < stable], is_unstable=True)
        self._keep(population, [at for at in later if stable is not None and at >= stable], is_unstable=False)
        if stable is None or stable > since:
            begin = max(self.first, calibrations.last_scheduled(Rhythm.DAY, since))
            last = until if stable is None else min(until, Instant(stable - 1))
            self._keep(population, list(calibrations.scheduled(Rhythm.DAY, begin, last)), is_unstable=True)

    def _stable_by(self, population: Population, at: Instant) -> Instant | None:
        """The last scheduled instant up to `at` with enough known values; those from there to `at`, or all, are kept."""
        passed: list[Instant] = []
        for batch in self._back_from(population, at):
            self._count(population, batch)
            for at in batch:
                if self._known_at(population, at) >= self._enough:
                    self._keep(population, [at, *passed], is_unstable=False)
                    return at
                passed.append(at)
        self._keep(population, passed, is_unstable=True)
        return None

    def _back_from(self, population: Population, at: Instant) -> Iterator[list[Instant]]:
        """The scheduled instants from `at` back to the first arrival: one, two, four at a time, for the first is likely to be stable."""
        number = 1
        while at >= self.first:
            batch: list[Instant] = []
            while at >= self.first and len(batch) < number:
                batch.append(at)
                at = calibrations.last_scheduled(population.every, Instant(at - 1))
            yield batch
            number *= 2

    def _known_at(self, population: Population, at: Instant) -> int:
        """How many customers have a known value at an instant that was counted."""
        return self._known[content_hash(population)][at]

    def _count(self, population: Population, instants: Sequence[Instant]) -> None:
        """Learn of instants that were not counted yet, as many in one statement as memory is meant for."""
        name = content_hash(population)
        missing = sorted(at for at in instants if at not in self._known[name])
        if not missing:
            return
        for part in _inside(population):
            back = reach_back([population.of, population.by or Literal(None)])
            self.fill(part, Instant(missing[0] - back), missing[-1])
        for begin in range(0, len(missing), self._at_once):
            asked = missing[begin : begin + self._at_once]
            for at, *row in self._answers(population, asked):
                self._counted.setdefault((name, Instant(int(at or 0))), []).append(tuple(row))
            self._known[name] |= {at: int(self._counted[name, at][0][2] or 0) for at in asked}

    def _answers(self, population: Population, asked: Sequence[Instant]) -> list[Row]:
        """instant, by_value, value, known."""
        if len(asked) > 1:
            return self._engine.rows(_censuses(population, self._enough), {}, {INSTANTS.name: [(at,) for at in asked]})
        return [(asked[0], *row) for row in self._engine.rows(_census(population, self._enough), {"at": asked[0], "seen": asked[0]})]

    @cached_property
    def _at_once(self) -> int:
        """Instants asked about in one statement; of many customers a snapshot each is as fast, and needs less memory."""
        number = PAIRS_AT_ONCE // int(self._engine.rows(calibrations.identities())[0][0] or 1)
        return number if number >= FEWEST_AT_ONCE else 1

    def _keep(self, population: Population, instants: Sequence[Instant], *, is_unstable: bool) -> None:
        """Store what was counted and is not stored yet."""
        self._count(population, instants)
        name, is_number, rows = content_hash(population), kind_of(population.of) is Kind.NUMBER, list[Row]()
        for at in instants:
            for by_value, value, known in self._counted.pop((name, at), ()):
                whole, real = (None, value) if is_number else (value, None)
                rows.append((name, at, by_value, whole, real, known, is_unstable, self._loads))
        if rows:
            self._engine.write([calibrations.keep()], {}, {calibrations.COUNTED.name: rows})


def _inside(population: Population) -> list[Population]:
    """The population functions it reads itself."""
    return inner_first(part for part in walk_once((population.of, population.by)) if isinstance(part, Population))


@cache
def _census(population: Population, enough: int) -> Plan:
    return census(population, enough)


@cache
def _censuses(population: Population, enough: int) -> Plan:
    return censuses(population, enough)
