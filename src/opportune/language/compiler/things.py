"""`event(..., reaching=)`: something happened to a thing, for each customer who had to do with it.

Reads   events, spans, links; parameters `lo`, `hi`, `max_lateness`
Gives   a step of triggers that fired (`triggers.FIRED`), one row for each customer
Cost    the events of things in the range, joined with the customers' events of the same thing
Held to meaning.moments, by tests/meaning/test_compiled_event_moments.py

A *meeting* is an event of a thing and an event of a customer that reaches it. It is asked about once both were seen and, as seen,
whenever something of that customer arrived after; of each customer's meetings the first instant at which one follows counts.
"""

from opportune.language.compiler import candidates
from opportune.language.compiler.lapses import lateness
from opportune.language.compiler.looks import Family, Look, slot_columns
from opportune.language.compiler.presence import looked_up, present
from opportune.language.compiler.scans import follows
from opportune.language.compiler.triggers import ENDLESS, TRIGGER, earliest, hi, numbered, with_customers
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.order import order_of
from opportune.language.relations.plans import FOLLOWS
from opportune.language.tree.expressions import Property
from opportune.language.tree.moments import ThingMoment
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.instants import FOREVER, span_of
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

_ASKED = ("which", "event_id", "line", "is_imported", "ts", "received_at", "same", "identity_key", "at", "acted_at", "seen")
"""Columns of a question: the thing's event, and the customer it may have reached."""


def looks_of(moment: ThingMoment) -> tuple[Look, Look]:
    """What is looked at of things, and of customers."""
    same = Property(moment.same, PROPERTIES.get(moment.same, Kind.TEXT), moment.same in PROPERTIES)
    reach = None if moment.within is None else span_of(moment.within)
    near = {"near": ENDLESS if reach is None else reach, "delay": 0}
    thing = Look(selector=moment.selector, where=moment.where, same=same)
    return thing, Look(selector=moment.reaching, where=moment.reaching_where, same=same, reach=reach, constants=near)


def fired(steps: Steps, moment: ThingMoment, reading: Reading) -> str:
    """The things' events of the range with each customer they reach."""
    thing, person = looks_of(moment)
    received = [] if reading is Reading.AS_KNOWN else [sql.at_most(column("received_at", "e"), hi())]
    until = [sql.at_most(column("ts", "e"), hi()), *received]
    recent = [sql.less(earliest(reading), column("ts", "e"))]
    near = [] if person.reach is None else [sql.less(earliest(reading, person.reach), column("ts", "e"))]
    steps.add("things", Family((thing,)).stream(lambda _: ("events", [*until, *recent]), reading, of_things=True))
    bounds = [*(term.copy() for term in until), *near]
    stream = steps.add("stream", Family((person,)).stream(lambda _: ("events", bounds), reading))
    family = Family((person,))
    met = steps.add("met", _met(family))
    found = candidates.as_asked(steps, family, reading, met, stream)
    once = {name: column(name, "a") for name in _ASKED} | {"is_link": sql.largest(column("is_link", "a"))}
    steps.add("asked_once", sql.query(once, Source(found, "a"), group=len(_ASKED)))
    asked = numbered(steps, "asked_once", (*_ASKED, "is_link"), (*TRIGGER, "identity_key", "acted_at"))
    reached = _reached(steps, thing, person, asked, (*_ASKED, "is_link"), stream)
    shown: dict[str, Term] = {name: column(name, "a") for name in (*TRIGGER, "is_imported", "identity_key", "at", "acted_at", "is_link")}
    shown |= {"same_value": column("same", "a"), "lateness": column("lateness", "r")}
    joins = [Join(Source(reached, "r"), sql.equal(column("question", "r"), column("question", "a")))]
    followed = steps.add("followed", sql.query(shown, Source(asked, "a"), joins))
    return candidates.first_following(steps, family, followed, reading, key=(*TRIGGER, "identity_key"))


def still(steps: Steps, moment: ThingMoment) -> str:
    """question: those of FOLLOWS that still follow."""
    thing, person = looks_of(moment)
    steps.add("things", Family((thing,)).stream(lambda _: ("events", []), Reading.AS_SEEN, of_things=True))
    stream = steps.add("stream", Family((person,)).stream(lambda _: ("events", []), Reading.AS_SEEN))
    is_trigger = [
        column("matches", "t"),
        sql.equal(column("event_id", "t"), column("trigger_event_id", "q")),
        sql.equal(column("line", "t"), column("trigger_line", "q")),
        sql.equal(column("ts", "t"), column("at", "q")),
        sql.at_most(column("received_at", "t"), column("seen", "q")),
    ]
    shown: dict[str, Term] = {name: column(name, "t") for name in _ASKED[:7]}
    shown |= {name: column(name, "q") for name in ("question", "identity_key", "at", "seen")} | {"acted_at": column("at", "q")}
    asked = steps.add("asked", sql.query(shown, Source("things", "t"), [Join(Source(FOLLOWS.name, "q"), sql.both(*is_trigger))]))
    return _reached(steps, thing, person, asked, _ASKED, stream)


def _met(family: Family) -> sql.Query:
    """Every meeting as a trigger: the thing's event under the customer's id, seen once both were."""
    near = sql.less(sql.minus(column("ts", "t"), family.constant("near", "x")), column("ts", "x"))
    on = [sql.equal(column("same", "x"), column("same", "t")), sql.at_most(column("ts", "x"), column("ts", "t")), near]
    shown = {name: column(name, "x") for name in family.kept} | {"order_key": order_of("x")}
    shown |= {name: column(name, "t") for name in ("event_id", "line", "ts", "is_imported", "same")}
    shown["received_at"] = sql.larger(column("received_at", "t"), column("received_at", "x"))
    matching = [column("matches", "t"), column("matches", "x")]
    return sql.query(shown, Source("things", "t"), [Join(Source("stream", "x"), sql.both(*on))], where=matching, distinct=True)


def _reached(steps: Steps, thing: Look, person: Look, asked: str, columns: tuple[str, ...], stream: str) -> str:
    """question, lateness: of those whose event is there and reaches the customer."""
    family = Family((person,))

    def near() -> list[Term]:
        return [sql.less(sql.minus(column("at", "q"), family.constant("near", "q")), column("ts", "x"))]

    there = present(steps, family, asked, (*columns, "question"), stream, near=near, carried=("seen",))
    told = {"question": column("question", "x"), "lateness": lateness("x"), "found": sql.only(sql.count(), column("matches", "x"))}
    steps.add(f"{there}_told", sql.query(told, Source(there, "x"), group=1))
    known, _ = with_customers(steps, Family((thing,)), asked, (*columns, "question"), role="_of_thing")
    is_thing = [sql.equal(column(name, "t"), column(name, "q")) for name in ("event_id", "line")]
    accepted = Family((thing,)).judged("matches", "t", "q", given=column("matches", "t"))
    arrived = sql.equal(sql.larger(column("ts", "t"), column("received_at", "t")), column("seen", "q"))
    own = sql.choose(arrived, sql.minus(column("received_at", "t"), column("ts", "t")), sql.number(FOREVER))
    least = sql.smaller(own, sql.coalesce(column("lateness", "x"), sql.number(FOREVER)))
    shown = {"question": column("question", "q"), "lateness": sql.choose(sql.less(least, sql.number(FOREVER)), least.copy())}
    joins = [
        Join(Source("things", "t"), sql.both(*is_thing)),
        Join(Source(f"{there}_told", "x"), sql.equal(column("question", "x"), column("question", "q"))),
        *(_not_void(Family((thing,)), number) for number in range(len(thing.slots))),
    ]
    again = Join(Source(known, "q"), sql.both(*(term.copy() for term in is_thing)))
    joins += looked_up(steps, Family((thing,)), "things", again, "t")
    found = sql.less(sql.number(0), column("found", "x"))
    return steps.add(f"{asked}_reached", sql.query(shown, Source(known, "q"), joins, where=[accepted, found]))


def _not_void(family: Family, number: int) -> Join:
    key, is_open, closes = slot_columns(number)
    alias = f"b{number}"
    is_void = [
        column(is_open, "t"),
        family.closing(number, alias, "q", given=column(closes, alias)),
        sql.equal(column(key, alias), column(key, "t")),
        # things have no places in `order_key`, and any number of them may share an instant
        sql.either(
            sql.less(column("ts", "t"), column("ts", alias)),
            sql.both(sql.equal(column("ts", "t"), column("ts", alias)), follows(alias, "event_id", "line", "t", "event_id", "line")),
        ),
        sql.at_most(column("ts", alias), column("at", "q")),
        sql.at_most(column("received_at", alias), column("seen", "q")),
    ]
    return Join(Source("things", alias), sql.both(*is_void), "ANTI")


__all__ = ["fired", "looks_of", "still"]
