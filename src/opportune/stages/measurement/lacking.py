"""What definitions read and do not get: events that never arrive, properties and traits that are missing, rare or of another kind.

Held to tests/measurement/test_lacking.py
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from opportune.language.tree.wants import Want, Wants
from opportune.language.vocabulary.events import MESSAGE_EVENTS
from opportune.language.vocabulary.kinds import Kind
from opportune.stages.measurement.audited import Finding, Level, counted, named

RARE = 0.2
"""Filled in fewer, a property that is read is worth a look."""
MUCH = 0.1
"""From this share on money in other currencies is no exception."""
MISFIT = 0.02
"""From this share on values of another kind are no slips."""
ENOUGH = 10
"""Events below which shares say nothing."""
SELDOM = frozenset(
    "coupon discount referrer text active bot topic agent old_price old_stock url title message_id journey step enrolment campaign "
    "tax shipping sort utm_source utm_medium utm_campaign utm_term utm_content offer_id parent".split()
)
"""Properties that most events are without wherever all is well."""
OURS = frozenset({"journey", "step", "enrolment"})
"""Properties that only messages sent from here have: nobody else can send them, and there are none before the first."""
READABLE: Mapping[Kind, frozenset[str]] = {
    Kind.MONEY: frozenset({"number", "digits"}),
    Kind.DURATION: frozenset({"number", "digits"}),
    Kind.NUMBER: frozenset({"number"}),
    Kind.BOOLEAN: frozenset({"boolean"}),
    Kind.TEXT: frozenset({"text", "time", "digits"}),
    Kind.TIME: frozenset({"time"}),
}
"""Kind → how a value may be written to be read as it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What the store holds, by name."""

    events: Mapping[str, int]
    typed: Mapping[tuple[str, str], int]
    """(event, property) → in how many events it stands in the column of its kind."""
    said: Mapping[tuple[str, str], Mapping[str, int]]
    """(event, property) → how else it was written → how often."""
    traits: Mapping[str, Mapping[str, int]]
    """Trait → how it was written → by how many."""
    derived: Mapping[str, str]
    """Stored name of a derived event → its name for people."""


Readers = Mapping[str, Wants]
"""`journey.cart`, `segment.vip` ... → what it reads."""


def dead(readers: Readers, moments: Readers, arrived: Arrived) -> frozenset[str]:
    """Readers none of whose events ever arrived; of a journey those of its moments decide."""
    found = set()
    for name, wants in readers.items():
        events = [want for want in moments.get(name, wants) if want.room == "event"]
        if events and not any(_is_seen(want, arrived) for want in events):
            found.add(name)
    return frozenset(found)


def missing_events(readers: Readers, lifeless: Collection[str], arrived: Arrived) -> list[Finding]:
    """One finding for each event, or choice of events, that never arrived."""
    by_events: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for reader, wants in readers.items():
        for want in wants:
            if want.room == "event" and not _is_seen(want, arrived):
                by_events[want.events].add(reader)
    return [_missing_event(events, names, set(lifeless), arrived) for events, names in by_events.items()]


def _missing_event(events: tuple[str, ...], readers: set[str], lifeless: set[str], arrived: Arrived) -> Finding:
    stopped = readers & lifeless
    is_journey = any(name.startswith("journey.") for name in stopped)
    shown = " nor ".join(f"“{arrived.derived.get(name, name)}”" for name in events[:4])
    more = f" nor {len(events) - 4} more" if len(events) > 4 else ""
    is_derived = all(name in arrived.derived for name in events)
    came = "ever followed from what arrived" if is_derived else "ever arrived"
    what = f"Neither {shown}{more} has {came}" if len(events) > 1 else f"{shown} has n{came}"
    why = f"{counted(len(stopped), 'definition reads', 'definitions read')} nothing else and can never hold or begin. " if stopped else ""
    rest = len(readers) - len(stopped)
    why += (
        f"{counted(rest, 'other knows', 'others know') if stopped else counted(rest, 'definition knows', 'definitions know')} less."
        if rest
        else ""
    )
    remedy = (
        "Look at what it is derived from: that is missing, or its conditions are never met."
        if is_derived
        else "Send it, or import it from the system that has it. If your shop has no such thing, take out what reads it alone."
    )
    return Finding(
        level=Level.MEND if is_journey else Level.LOOK if stopped else Level.KNOW,
        what=what,
        why=why.strip(),
        remedy=remedy,
        suffering=_listed(readers, stopped),
        weight=10 * len(stopped) + len(readers) / 10,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One property in the events that should have it."""

    want: Want
    events: int
    readable: int
    misread: Mapping[str, int]
    """How it was written instead → how often."""

    @property
    def share(self) -> float:
        """Of the events, those in which it can be read."""
        return self.readable / self.events

    @property
    def misread_share(self) -> float:
        """Of all values, those of another kind."""
        wrong = sum(self.misread.values())
        return wrong / (wrong + self.readable) if wrong else 0.0


def fill_of(want: Want, arrived: Arrived) -> Fill:
    """How often a property can be read, in all events of the want together."""
    readable, misread = 0, defaultdict[str, int](int)
    fits = READABLE.get(want.kind or Kind.TEXT, frozenset()) | (
        frozenset({"number"}) if want.declared and want.kind is Kind.TEXT else frozenset()
    )
    for event in want.events:
        typed = (event, want.name) in arrived.typed
        readable += arrived.typed.get((event, want.name), 0)
        for said, number in arrived.said.get((event, want.name), {}).items():
            if said in fits and not typed:
                readable += number
            else:
                misread[said] += number
    return Fill(want=want, events=sum(arrived.events.get(event, 0) for event in want.events), readable=readable, misread=misread)


def fills(readers: Readers, arrived: Arrived) -> dict[Want, tuple[Fill, set[str]]]:
    """Every property that is read of events that arrive, and by whom; derived events know what they are given."""
    found: dict[Want, tuple[Fill, set[str]]] = {}
    for reader, wants in readers.items():
        for want in wants:
            if want.room != "property" or any(name in arrived.derived or "@" in name for name in want.events):
                continue
            if want.name in OURS and MESSAGE_EVENTS.issuperset(want.events):
                continue
            if want not in found:
                found[want] = fill_of(want, arrived), set()
            found[want][1].add(reader)
    return {want: each for want, each in found.items() if each[0].events >= ENOUGH}


def missing_properties(found: Mapping[Want, tuple[Fill, set[str]]]) -> list[Finding]:
    """Properties never filled, filled in few events, or of another kind than is read: a finding for each kind of flaw and event."""
    never = [each for each in found.values() if not each[0].readable and not each[0].misread]
    other = [each for each in found.values() if each[0].misread_share >= MISFIT and not _is_foreign(each[0])]
    foreign = [each for each in found.values() if each[0].misread_share >= MISFIT and _is_foreign(each[0])]
    rare = [
        each
        for each in found.values()
        if each[0].readable and each[0].share < RARE and each not in foreign and each[0].want.name not in SELDOM
    ]
    return [
        *_by_event(
            [each for each in never if each[0].want.name in SELDOM],
            Level.KNOW,
            "never comes with {what}",
            "What asks for them finds nothing. Many shops have no such thing, and then all is well.",
            "Nothing, unless your shop has them and does not send them.",
            lambda fill: "in none of " + counted(fill.events, "event"),
        ),
        *_by_event(
            [each for each in foreign if each[0].misread_share >= MUCH],
            Level.MEND,
            *FOREIGN,
        ),
        *_by_event(
            [each for each in foreign if each[0].misread_share < MUCH],
            Level.KNOW,
            *FOREIGN,
        ),
        *_by_event(
            [each for each in never if each[0].want.name not in SELDOM],
            Level.LOOK,
            "comes without {what}",
            "What asks for them finds nothing, in every event: conditions on them are never true, sums are empty.",
            "Have them sent with the event; their names must be written exactly so.",
            lambda fill: "in none of " + counted(fill.events, "event"),
        ),
        *_by_event(
            other,
            Level.MEND,
            "sends {what} of another kind than is read",
            "A value of another kind is read as unknown, so these events count as if it were missing.",
            "Send numbers as numbers and times as ISO 8601, or declare the property with the kind it has, under `events:`.",
            lambda fill: f"read as {(fill.want.kind or Kind.TEXT).value}, sent as {_ways(fill.misread)}",
        ),
        *_by_event(
            rare,
            Level.KNOW,
            "seldom comes with {what}",
            "What asks for them knows only of the few events that have them.",
            "See whether the rest could send them too; if they are rightly seldom, leave it so.",
            lambda fill: f"in {fill.share:.1%} of {counted(fill.events, 'event')}",
        ),
    ]


FOREIGN = (
    "has {what} in a currency that has no rate",
    "Money in another currency is left empty where nobody says what it is worth, so these events count as if they had none.",
    "Look whether `shop.currency` in opportune.yml is yours, or give the event the value in it as well.",
    lambda fill: f"in {fill.misread_share:.1%} of those that have it",
)
"""What is said of money in another currency."""


def _is_foreign(fill: Fill) -> bool:
    """Money that says a number and was still not taken: it came with the name of another currency."""
    return fill.want.kind is Kind.MONEY and bool(fill.misread) and not set(fill.misread) - {"number", "digits"}


def _by_event(
    chosen: Iterable[tuple[Fill, set[str]]], level: Level, title: str, why: str, remedy: str, figure: Callable[[Fill], str]
) -> list[Finding]:
    groups: defaultdict[tuple[str, ...], list[tuple[Fill, set[str]]]] = defaultdict(list)
    for fill, readers in chosen:
        groups[fill.want.events].append((fill, readers))
    found = []
    for events, group in groups.items():
        shown = " or ".join(f"“{name}”" for name in events[:3]) + (f" or {len(events) - 3} more" if len(events) > 3 else "")
        names = {fill.want.name: figure(fill) for fill, _ in group}
        readers = set[str]().union(*(readers for _, readers in group))
        found.append(
            Finding(
                level=level,
                what=f"{shown} {title.format(what=named(sorted(names)))}",
                why=why,
                remedy=remedy,
                suffering=_listed(readers, ()),
                cases=tuple(sorted(names.items())),
                weight=len(readers) / 10,
            )
        )
    return found


def _ways(said: Mapping[str, int]) -> str:
    words = {"digits": "digits in quotes"}
    return ", ".join(f"{words.get(way, way)} {counted(number, 'time')}" for way, number in sorted(said.items(), key=lambda pair: -pair[1]))


_JSON = {"VARCHAR": "text", "BOOLEAN": "boolean", "OBJECT": "list", "ARRAY": "list"}


def missing_traits(readers: Readers, arrived: Arrived) -> list[Finding]:
    """Traits nobody ever told, and those told as another kind than they are read; what models tell is none of them."""
    never: defaultdict[str, set[str]] = defaultdict(set)
    other: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for reader, wants in readers.items():
        for want in wants:
            if want.room != "trait" or want.name.startswith("prediction."):
                continue
            told = {way: number for way, number in arrived.traits.get(want.name, {}).items() if way != "NULL"}
            wrong = sum(number for way, number in told.items() if not _fits(way, want.kind or Kind.TEXT))
            if not told:
                never[want.name].add(reader)
            elif wrong > MISFIT * sum(told.values()):
                other[want.name, f"read as {(want.kind or Kind.TEXT).value}, otherwise for {wrong:,} of {sum(told.values()):,}"].add(reader)
    found = []
    if never:
        found.append(
            Finding(
                level=Level.KNOW,
                what=f"{counted(len(never), 'trait')} that definitions read {'was' if len(never) == 1 else 'were'} never told",
                why="What leans on them takes its way for the unknown: a default, or nothing.",
                remedy="Send them with `identify` where you know them; leave out what you will never know.",
                suffering=_listed(set[str]().union(*never.values()), ()),
                cases=tuple((name, f"read by {counted(len(by), 'definition')}") for name, by in sorted(never.items())),
                weight=len(never),
            )
        )
    if other:
        found.append(
            Finding(
                level=Level.MEND,
                what=f"{counted(len(other), 'trait')} of another kind than is read",
                why="A value of another kind is read as unknown.",
                remedy="Send numbers as numbers and times as ISO 8601.",
                suffering=_listed(set[str]().union(*other.values()), ()),
                cases=tuple(sorted(other)),
                weight=len(other),
            )
        )
    return found


def empty_tables(readers: Readers, rows: Mapping[str, int], shown: Mapping[str, str]) -> list[Finding]:
    """Table files without a row; `rows` by stored name, `shown` as people know them."""
    by_table: defaultdict[str, set[str]] = defaultdict(set)
    for reader, wants in readers.items():
        for want in wants:
            if want.room == "table" and not rows.get(want.name, 1):
                by_table[shown.get(want.name, want.name)].add(reader)
    if not by_table:
        return []
    return [
        Finding(
            level=Level.KNOW,
            what=f"{counted(len(by_table), 'table that is read has', 'tables that are read have')} no row",
            why="What is looked up there is unknown for everybody.",
            remedy="Fill in the file, or take out what reads it.",
            suffering=_listed(set[str]().union(*by_table.values()), ()),
            cases=tuple((name, f"read by {counted(len(by), 'definition')}") for name, by in sorted(by_table.items())),
            weight=2,
        )
    ]


def _fits(way: str, kind: Kind) -> bool:
    """Whether a JSON value of this sort may be read so; what a text says is not looked at."""
    sort = _JSON.get(way, "number")
    if kind in (Kind.MONEY, Kind.DURATION):
        return sort in ("number", "text")
    return sort == {Kind.NUMBER: "number", Kind.BOOLEAN: "boolean"}.get(kind, "text")


def _is_seen(want: Want, arrived: Arrived) -> bool:
    return any(arrived.events.get(name) for name in want.events)


def _listed(readers: Iterable[str], first: Collection[str]) -> tuple[str, ...]:
    """Those that cannot work without it, then journeys, then the rest."""
    return tuple(sorted(readers, key=lambda name: (name not in first, not name.startswith("journey."), name)))
