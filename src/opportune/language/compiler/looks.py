"""What moments look at: the events that match, those that stop a lapse, and those that void either.

Several moments of one kind are looked at together: `which` tells them apart in every step, and what differs between them
is a constant of each (`Family.constant`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import sqlglot.expressions as exp

from opportune.language.compiler.columns import Columns
from opportune.language.compiler.leaves import leaves_of
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.properties import property_term, selected, stored_column
from opportune.language.compiler.scalars import Scalars
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Term, column
from opportune.language.relations.order import order_of
from opportune.language.tree.expressions import Expr, Property, Selector, Void
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

EVENT_COLUMNS = ("event_id", "line", "identity_key", "ts", "received_at", "is_imported", "order_key")
Role = Literal["matches", "stops"]
ROLES: tuple[Role, ...] = ("matches", "stops")
MOST_SCANS = 4
"""Names that are scanned for one by one."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A void, and the role in which it makes events absent."""

    role: Role
    void: Void


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one moment looks at; `same` keeps its values apart. `constants` are its lengths and counts."""

    selector: Selector
    where: Expr | None = None
    stops: Selector | None = None
    stops_where: Expr | None = None
    same: Property | None = None
    which: int = 0
    reach: int | None = 0
    """How far before its trigger it looks, µs; None: to the beginning."""
    constants: Mapping[str, int] = field(default_factory=dict)
    delays: tuple[int, ...] = (0,)
    """How long after an event its moments may be, µs."""

    @property
    def wheres(self) -> tuple[Expr, ...]:
        """Its predicates, those of its voids too."""
        return tuple(where for where in (self.where, self.stops_where, *(slot.void.where for slot in self.slots)) if where is not None)

    @property
    def reads_customer(self) -> bool:
        """Whether a predicate asks for more than its event's own properties."""
        return any(reads_customer(where) for where in self.wheres)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Its voids."""
        stopping = self.stops.voids if self.stops else ()
        return (*(Slot("matches", void) for void in self.selector.voids), *(Slot("stops", void) for void in stopping))

    @property
    def selectors(self) -> tuple[Selector, ...]:
        """Every selector it reads."""
        return (self.selector, *((self.stops,) if self.stops else ()), *(slot.void.by for slot in self.slots))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it reads; none where one of its selectors is `any()`."""
        if any(not selector.names for selector in self.selectors):
            return ()
        return tuple(sorted({name for selector in self.selectors for name in selector.names}))

    def role(self, role: Role, table: str) -> Term:
        """Whether an event matches or stops, as far as it alone can tell; null counts as no."""
        selector, where = (self.selector, self.where) if role == "matches" else (self.stops, self.stops_where)
        if selector is None:
            return sql.truth(False)
        alone = where is not None and not reads_customer(where)
        return sql.both(selected(_names(selector), table), *([of_event(table).chosen(where)] if where is not None and alone else []))

    def same_value(self, table: str) -> Term:
        """Text of the value that is kept apart; empty where none is."""
        if self.same is None:
            return sql.text("")
        return sql.cast(_property(self.same, table), "VARCHAR")


def reads_customer(where: Expr) -> bool:
    """Whether a predicate asks for more than its event's own properties."""
    return next(iter(leaves_of(where)), None) is not None


@dataclass(frozen=True, slots=True)
class Family:
    """Moments that are looked at together."""

    looks: tuple[Look, ...]

    @property
    def reads_customer(self) -> bool:
        """Whether a predicate reads the customer at the pair."""
        return any(look.reads_customer for look in self.looks)

    @property
    def slots(self) -> int:
        """How many voids the one with the most has."""
        return max(len(look.slots) for look in self.looks)

    @property
    def is_derived(self) -> bool:
        """Whether rows that were withdrawn may be looked at."""
        return any(selector.derived for look in self.looks for selector in look.selectors)

    @property
    def read_columns(self) -> tuple[str, ...]:
        """Stored columns that predicates which read the customer need later, beside their pair."""
        wheres = [where for look in self.looks for where in look.wheres if reads_customer(where)]
        read = [part for where in wheres for part in walk(where) if isinstance(part, Property)]
        return tuple(sorted({stored_column(part.name, part.kind) or "rest" for part in read}))

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns of an event of the stream that its questions keep."""
        return ("which", *EVENT_COLUMNS, *(("withdrawn_at",) if self.is_derived else ()), *self.read_columns, "same")

    def needs(self) -> Needs:
        """What its predicates read of customers."""
        needs = Needs()
        needs.gather([where for look in self.looks for where in look.wheres if reads_customer(where)])
        return needs

    def constant(self, name: str, table: str) -> Term:
        """The constant of the moment a row is about."""
        values = {look.which: look.constants[name] for look in self.looks}
        return self._chosen({which: sql.number(value) for which, value in values.items()}, table, is_one=len(set(values.values())) == 1)

    def judged(self, role: Role, event: str, pair: str, *, given: Term) -> Term:
        """Whether the event has the role at the pair; `given` says so as far as the event alone can tell."""
        wheres = {look.which: look.where if role == "matches" else look.stops_where for look in self.looks}
        return self._judged(wheres, event, pair, given)

    def closing(self, number: int, event: str, pair: str, *, given: Term) -> Term:
        """Whether the event makes others absent at the pair, by the void of that number; `given` as for `judged`."""
        wheres = {look.which: look.slots[number].void.where for look in self.looks if number < len(look.slots)}
        return self._judged(wheres, event, pair, given)

    def _judged(self, wheres: Mapping[int, Expr | None], event: str, pair: str, given: Term) -> Term:
        accepted: dict[int, Term] = {}
        needs = self.needs()
        for which, where in wheres.items():
            if where is not None and reads_customer(where):
                scalars = Scalars(Columns(needs, pair, lambda: column("at", pair), has_entry=False), event=event)
                accepted[which] = scalars.truth(where)
        if not accepted:
            return given
        cases = {look.which: accepted.get(look.which, sql.truth(True)) for look in self.looks}
        return sql.both(given, self._chosen(cases, pair, is_one=len(cases) == 1))

    def shown_same(self, table: str) -> Term:
        """The value kept apart, null for moments that keep none apart."""
        cases = {look.which: column("same", table) if look.same else sql.cast(sql.null(), "VARCHAR") for look in self.looks}
        return self._chosen(cases, table, is_one=len({bool(look.same) for look in self.looks}) == 1)

    def stream(self, source: Callable[[Look], tuple[str, Sequence[Term]]], reading: Reading, *, of_things: bool = False) -> sql.Query:
        """The events looked at: `kept`, `matches`, `stops` and for each void its key, and whether the event is open to it or its cause.

        `source` gives the relation each look reads and what bounds it there, of alias `e`. `of_things`: events of nobody instead.
        """
        return sql.union(*(self._events(look, *source(look), reading, self.kept, of_things=of_things) for look in self.looks))

    def places(self, bounds: Callable[[], Sequence[Term]], reading: Reading) -> sql.Query:
        """The events looked at, by their places alone, so that a sort of all of them moves little: `told`, `matches` and the like.

        A scan for each name: one name is looked for while a column is read, and what else is asked for is read of those rows only.
        """
        scans = []
        for look in self.looks:
            for name in look.names if 0 < len(look.names) <= MOST_SCANS else (None,):
                where = bounds() if name is None else [sql.equal(column("name", "e"), sql.text(name)), *bounds()]
                scans.append(self._events(look, "events", where, reading, self.told(reading), of_things=False, only=name))
        return sql.union(*scans)

    def told(self, reading: Reading) -> tuple[str, ...]:
        """The columns of `places` that tell an event apart and when it came."""
        arrival = ("received_at",) if reading is Reading.AS_SEEN else ()
        return ("identity_key", "order_key", *arrival, *(("same",) if any(look.same for look in self.looks) else ()))

    def _events(
        self,
        look: Look,
        source: str,
        bounds: Sequence[Term],
        reading: Reading,
        names: Sequence[str],
        *,
        of_things: bool,
        only: str | None = None,
    ) -> sql.Query:
        own = {"which": sql.number(look.which), "same": look.same_value("e"), "order_key": order_of("e")}
        shown: dict[str, Term] = {name: own.get(name) or column(name, "e") for name in names}
        has_same = [sql.is_known(look.same_value("e"))] if look.same else []
        for role in ROLES:
            role_term = sql.both(look.role(role, "e"), *(term.copy() for term in has_same))
            shown[role] = sql.coalesce(_of_name(role_term, only), sql.truth(False))
        closing: list[Term] = []
        for number in range(self.slots):
            slot = look.slots[number] if number < len(look.slots) else None
            shown |= _slot(slot, number)
            closing += [_closes(slot.void)] if slot else []
        roles = [look.role("matches", "e"), *([look.role("stops", "e")] if look.stops else [])]
        concerned = sql.either(sql.both(sql.either(*roles), *has_same), *closing) if closing else sql.both(sql.either(*roles), *has_same)
        # the plain list of names is what the scan can use
        named = [selected(look.names, "e")] if look.names and len(look.selectors) > 1 else []
        where = [
            _of_name(sql.both(*named, concerned), only),
            *bounds,
            (sql.is_null if of_things else sql.is_known)(column("identity_key", "e")),
        ]
        if self.is_derived and reading is Reading.AS_KNOWN:
            where.append(sql.is_null(column("withdrawn_at", "e")))
        return sql.query(shown, Source(source, "e"), where=where)

    def _chosen(self, cases: dict[int, Term], table: str, *, is_one: bool) -> Term:
        terms = list(cases.items())
        chosen = terms[0][1]
        for which, term in [] if is_one else terms[1:]:
            chosen = sql.choose(sql.equal(column("which", table), sql.number(which)), term, chosen)
        return chosen


def slot_columns(number: int) -> tuple[str, str, str]:
    """Of a void: the value both sides must share, whether the event may be made absent, whether it makes absent."""
    return f"void_{number}_key", f"void_{number}_open", f"void_{number}_closes"


def is_visible(family: Family, table: str, seen: Term) -> list[Term]:
    """That an event had been received and not been withdrawn."""
    received = [sql.at_most(column("received_at", table), seen)]
    if not family.is_derived:
        return received
    return [*received, sql.less(seen.copy(), sql.coalesce(column("withdrawn_at", table), sql.number(2 * FOREVER - 1)))]


def of_event(table: str) -> Scalars:
    """Predicates that read their event only."""
    return Scalars(Columns(Needs(), "", lambda: column("at", table), has_entry=False), event=table)


def _of_name(term: Term, only: str | None) -> Term:
    """A term about events of one name, in which it need not be asked for; a name that is asked for twice misleads estimates of rows."""

    def told(node: Term) -> Term:
        match node:
            case exp.EQ(this=exp.Column(name="name"), expression=exp.Literal(is_string=True, this=name)):
                return sql.truth(name == only)
            case exp.In(this=exp.Column(name="name")):
                return sql.truth(only in [listed.name for listed in node.expressions])
        return node

    return term if only is None else term.transform(told)


def _slot(slot: Slot | None, number: int) -> dict[str, Term]:
    key, is_open, closes = slot_columns(number)
    if slot is None:
        return {key: sql.cast(sql.null(), "VARCHAR"), is_open: sql.truth(False), closes: sql.truth(False)}
    void = slot.void
    value = sql.cast(_property(void.same, "e"), "VARCHAR") if void.same else sql.text("")
    return {key: value, is_open: selected(void.names, "e"), closes: sql.coalesce(_closes(void), sql.truth(False))}


def _closes(void: Void) -> Term:
    alone = [of_event("e").chosen(void.where)] if void.where is not None and not reads_customer(void.where) else []
    has_same = [sql.is_known(_property(void.same, "e"))] if void.same else []
    return sql.both(selected(_names(void.by), "e"), *alone, *has_same)


def _property(read: Property, table: str) -> Term:
    return property_term(read.name, read.kind, declared=read.declared, table=table)


def _names(selector: Selector) -> tuple[str, ...]:
    return tuple(sorted(set(selector.names)))
