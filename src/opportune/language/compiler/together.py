"""Many moments asked about a short range at once: one plan, each moment told apart by `which`.

Reads   events, spans, links, identities (and traits where a predicate does); parameters `lo`, `hi`, as seen `max_lateness`
Gives   the columns of a moment plan, then `which`: the place of the moment in the sequence; by (acted_at, at, trigger order, which).
        The rows of each are those of its own plan
Cost    one look at the customers whom the range touches: a scan of what any moment reads of them nearby, one of what is read ever;
        then each moment is one branch, and each kind of moment one set of joins however many there are
Held to tests/meaning/test_compiled_event_moments.py
"""

from collections.abc import Callable, Sequence

from opportune.language.compiler import counting, happening, lapses, reaching, runs
from opportune.language.compiler.leaves import populations_of
from opportune.language.compiler.looks import Family, Look
from opportune.language.compiler.slices import Sliced, sliced
from opportune.language.compiler.triggers import FIRED, in_reach, plan_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Steps, column
from opportune.language.relations.plans import Plan
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Nth, Reaches
from opportune.language.vocabulary.reading import Reading

_Fire = Callable[[Steps, Family, Reading, str], str]


def is_eventlike(moment: Moment) -> bool:
    """Whether `moments_together` can ask about it: it fires at the ts of an event, or a fixed while after."""
    return isinstance(moment, EventMoment | Nth | Reaches | Lapse)


def moments_together(moments: Sequence[Moment], reading: Reading, *, is_nearby: bool = False) -> Plan:
    """The moments of all in ($lo, $hi], a range much shorter than the history. Raises ValueError for one that is not event-like.

    `is_nearby`: to be asked of a neighbourhood, where nobody is who does not matter.
    """
    if not moments:
        raise ValueError("no moments to ask about")
    steps = Steps()
    looks = [_look(which, moment) for which, moment in enumerate(moments)]
    source = _whole(reading) if is_nearby else sliced(steps, looks, reading)
    fired = [_fired(steps, kind, Family(tuple(some)), reading, source) for kind, some in _families(moments, looks)]
    rows = [sql.query({name: column(name, "f") for name in FIRED}, Source(step, "f")) for step in fired]
    wheres = [where for look in looks for where in look.wheres]
    return plan_of(steps, steps.add("all_fired", sql.union(*rows)), reading, is_together=True, populations=populations_of(wheres))


def _whole(reading: Reading) -> Sliced:
    return lambda look: ("events", in_reach(reading, look.reach, "e"))


def _look(which: int, moment: Moment) -> Look:
    match moment:
        case EventMoment():
            return happening.look_of(moment, which)
        case Nth() | Reaches():
            return counting.look_of(moment, which)
        case Lapse(at_most=None):
            return lapses.look_of(moment, which)
        case Lapse():
            return runs.look_of(moment, which)
        case _:
            raise ValueError(f"{type(moment).__name__} is no event-like moment")


def _families(moments: Sequence[Moment], looks: Sequence[Look]) -> list[tuple[str, list[Look]]]:
    """Moments that share their steps: of one kind, alike in whether they read the customer, can be void or were derived."""
    found: dict[tuple[str, bool, bool, bool, int], list[Look]] = {}
    for moment, look in zip(moments, looks, strict=True):
        kind = _kind(moment)
        is_derived = any(selector.derived for selector in look.selectors)
        alone = look.which if kind == "run" else 0
        found.setdefault((kind, look.reads_customer, bool(look.slots), is_derived, alone), []).append(look)
    return [(key[0], some) for key, some in found.items()]


def _kind(moment: Moment) -> str:
    match moment:
        case EventMoment():
            return "event"
        case Lapse(at_most=None):
            return "lapse"
        case Lapse():
            return "run"
        case _:
            return "count"


def _fired(steps: Steps, kind: str, family: Family, reading: Reading, source: Sliced) -> str:
    name = f"{kind}_{'_'.join(str(look.which) for look in family.looks[:1])}"
    stream = steps.add(name, family.stream(source, reading))
    if kind == "run":
        return runs.exactly(steps, family.looks[0], reading, stream)
    fires: dict[str, _Fire] = {"event": happening.fired, "lapse": lapses.narrow, "count": reaching.narrow}
    return fires[kind](steps, family, reading, stream)
