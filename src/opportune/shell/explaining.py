"""Why: for one customer and one moment, a definition taken apart, a journey's decisions, or what she is altogether.

Everything is asked of the oracle over her own past, so an explanation is never another reading than the value it explains.

Cost    her events and the oracle: tens of milliseconds a definition
Held to tests/explaining/test_explained.py
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from opportune.adapters.stores.decided import Decided
from opportune.language.explaining.advice import advise, being
from opportune.language.explaining.reasons import Names, Reason, why
from opportune.language.explaining.words import NO, NOTE, YES, advised, lines, moment, shown
from opportune.language.meaning.asking import answer
from opportune.language.meaning.history import Entry, History, is_there, owner
from opportune.language.meaning.moments import moments
from opportune.language.meaning.pairs import Pair
from opportune.language.tree.definitions import Definitions
from opportune.language.tree.expressions import Coverage, EntryId, Expr, Score, TriggerProperty
from opportune.language.tree.journeys import Journey
from opportune.language.tree.predictions import foretold
from opportune.language.tree.print import text_of
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.instants import EARLIEST, FOREVER, Instant, Span
from opportune.language.vocabulary.reading import Reading
from opportune.shell.ground import Ground
from opportune.shell.one_customer import history_of
from opportune.shell.refusals import Unusable
from opportune.shell.whose import id_asked, identity_lines
from opportune.stages.sending.message import MessageStatus

SHOWN = 5
"""Latest moments of a journey that are told."""
STEPS = 2
"""Next steps of a ladder to which a way is looked for: nobody goes further at once."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom is asked about, when, and what is known of her."""

    customer: str
    at: Instant
    history: History

    def pair(self, at: Instant | None = None) -> Pair:
        """As known by now."""
        return Pair(history=self.history, customer=self.customer, at=self.at if at is None else at, seen=FOREVER)


def subject_of(ground: Ground, asked: str, at: Instant, read: list[object]) -> Subject:
    """The customer an id or an address belongs to at a moment, with her past. Raises Unusable for one without any."""
    named = id_asked(ground, asked, at)
    history = history_of(ground, named, read, at)
    customer = owner(history, named, at, FOREVER)
    if customer != named:
        history = history_of(ground, customer, read, at)
    if not is_there(history, customer, at, FOREVER):
        raise Unusable(
            f"nothing is known of {asked[:80]!r} by {moment(at)}\n  Name a customer_id as `opportune evaluate` lists them, or a later --at."
        )
    return Subject(customer, at, history)


def names_of(definitions: Definitions) -> Names:
    """Each definition's tree → `room.name`, so that parts of others go by their names."""
    rooms: dict[str, Mapping[str, Expr]] = {
        "metric": definitions.metrics,
        "score": definitions.scores,
        "segment": definitions.segments,
        "ladder": definitions.ladders,
        "tier": definitions.tiers,
    }
    foreseen = {foretold(name, each.value): f"prediction.{name}" for name, each in definitions.heuristics.items()}
    return foreseen | {tree: f"{room}.{name}" for room, found in rooms.items() for name, tree in found.items()}


def definition_lines(subject: Subject, name: str, tree: Expr, names: Names, steps: tuple[str, ...], currency: str) -> list[str]:
    """A definition taken apart, and what would change it. `steps`: of a ladder or tier, highest first."""
    reason = why(tree, subject.history, subject.customer, subject.at, FOREVER, names=names)
    head, *below = lines(reason, currency)
    if isinstance(reason.value, bool):
        first = f"{YES if reason.value else NO} {name}"
    else:
        first = f"{NOTE} {name} is {shown(reason.value, reason.kind, currency)}{_known_share(tree, subject)}"
    return [first, *(below or [f"└─ {head}"]), *_advice(subject, tree, reason, steps)]


def _known_share(tree: Expr, subject: Subject) -> str:
    """Of a score that rests on a part of its weight: how large that is."""
    share = answer(Coverage(tree), subject.pair()).value if isinstance(tree, Score) else None
    return f", from the {100 * share:.3g} % of its weight that are known" if isinstance(share, int | float) and 0 < share < 1 else ""


def _advice(subject: Subject, tree: Expr, reason: Reason, steps: tuple[str, ...]) -> Iterator[str]:
    if isinstance(reason.value, bool):
        for advice in advise(tree, subject.pair()):
            yield advised(advice, f"It would be {'false' if reason.value else 'true'}")
        return
    if isinstance(tree, Score) or reason.value not in steps:
        return
    for step in tuple(reversed(steps[: steps.index(str(reason.value))]))[:STEPS]:
        for advice in advise(being(tree, step), subject.pair())[:1]:
            yield advised(advice, f"It would be “{step}”")


def journey_lines(subject: Subject, journey: Journey, decided: Decided, names: Names, currency: str) -> list[str]:
    """What a journey decided about her; where it decided nothing, what its moments and conditions say."""
    met = [one for one in decided.moments if one.journey == journey.name and one.acted_at <= subject.at]
    told = [line for one in met[-SHOWN:] for line in _met_lines(one.at, one.result, subject, journey, names, currency)]
    sent = [line for enrolment in decided.enrolments if enrolment.journey == journey.name for line in _sent_lines(enrolment.id, decided)]
    return [f"journey {journey.name}", *(told or _would_lines(subject, journey, names, currency)), *sent]


def _met_lines(at: Instant, result: str, subject: Subject, journey: Journey, names: Names, currency: str) -> Iterator[str]:
    yield f"├─ {moment(at)}: {result}"
    if result == "entered":
        return
    yield from (f"│  {line}" for line in _guard_lines(at, subject, journey, names, currency))


def _guard_lines(at: Instant, subject: Subject, journey: Journey, names: Names, currency: str) -> Iterator[str]:
    """The first guard that forbade an entry at a moment, taken apart."""
    for word, guard, wanted in (("only_if", journey.only_if, True), ("exit_if", journey.exit_if, False)):
        if guard is None or any(isinstance(part, EntryId | TriggerProperty) for part in walk(guard)):
            continue
        reason = why(guard, subject.history, subject.customer, at, FOREVER, Entry(at=at), names)
        if (reason.value is True) is not wanted:
            yield f"{NO} {word}: {'must hold' if wanted else 'must not hold yet'}"
            yield from (f"   {line}" for line in lines(reason, currency))
            return


def _would_lines(subject: Subject, journey: Journey, names: Names, currency: str) -> Iterator[str]:
    """Nothing was decided: the moments there were, and what would have forbidden an entry; else the moment it waits for."""
    found = [
        row
        for when in journey.when
        for row in moments(when, subject.history, EARLIEST, subject.at, Reading.AS_KNOWN, Span(FOREVER))
        if row.customer == subject.customer
    ]
    if not found:
        yield f"├─ {NO} no moment yet. It waits for:"
        yield from (f"│     {text_of(when)}" for when in journey.when)
        return
    for row in found[-SHOWN:]:
        guards = list(_guard_lines(row.at, subject, journey, names, currency))
        yield f"├─ {moment(row.at)}: {'a moment; the journey did not run or has not decided' if not guards else 'a moment, but'}"
        yield from (f"│  {line}" for line in guards)


def _sent_lines(enrolment_id: str, decided: Decided) -> Iterator[str]:
    """The messages of an enrolment: the gate's verdict on each."""
    for message in decided.messages:
        if message.enrolment_id == enrolment_id:
            is_held = message.status is MessageStatus.HELD
            verdict = f"not sent: {message.reason}" if is_held else message.status.value.replace("_", " ")
            yield f"├─ {NO if is_held else YES} {moment(message.decided_at)}: {message.step} by {message.channel}: {verdict} [{message.id}]"


def overview_lines(subject: Subject, definitions: Definitions, decided: Decided, currency: str) -> list[str]:
    """Who she is: scores, ladders, tiers, segments, and what was decided last."""

    def value(tree: Expr) -> Reason:
        return why(tree, subject.history, subject.customer, subject.at, FOREVER)

    rows = [
        *(("score", name, value(tree)) for name, tree in definitions.scores.items()),
        *(("ladder", name, value(tree)) for name, tree in definitions.ladders.items()),
        *(("tier", name, value(tree)) for name, tree in definitions.tiers.items()),
    ]
    told = [
        f"├─ {room} {name}: {shown(found.value, found.kind, currency)}{_known_share(found.expr, subject)}" for room, name, found in rows
    ]
    inside = [definitions.labels.get(name, name) for name, tree in definitions.segments.items() if value(tree).value is True]
    segments = [f"├─ in {len(inside)} segments: {', '.join(inside)}"] if inside else ["├─ in no segment"]
    last = [
        f"├─ {moment(message.decided_at)}: {message.journey}, {message.step}: {message.reason or message.status.value} [{message.id}]"
        for message in decided.messages[-SHOWN:]
    ]
    ids = identity_lines(subject.history, subject.customer, subject.at)
    return [f"{subject.customer} at {moment(subject.at)}", *ids, *told, *segments, *last]
