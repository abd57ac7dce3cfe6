"""The moments of SEMANTICS section 5 as Python functions, each building the tree its text would."""

from opportune.language.tree.expressions import Selector
from opportune.language.tree.moments import Around, Changes, EventMoment, Every, Lapse, Nth, Reaches, ThingMoment, Turns
from opportune.language.tree.spoken.events import Length, Where, length_of, perhaps, selector_of, where_of
from opportune.language.tree.spoken.expression import Spoken, tree_of
from opportune.language.tree.translate_moments import wall_time

Events = str | Selector


def event(
    events: Events, where: Where = None, *, reaching: Events | None = None, same: str | None = None, within: Length | None = None
) -> EventMoment | ThingMoment:
    """Each such event; with `reaching`, an event of things for each customer it reaches."""
    if reaching is None and same is None and within is None:
        return EventMoment(selector=selector_of(events), where=where_of(where))
    if reaching is None or same is None:
        raise ValueError("reaching= and same= go together, and within= with them")
    return ThingMoment(
        selector=selector_of(events), where=where_of(where), reaching=selector_of(reaching), same=same, within=perhaps(within)
    )


def nth(events: Events, where: Where = None, *, n: int) -> Nth:
    """The n-th such event ever."""
    return Nth(selector=selector_of(events), where=where_of(where), n=n)


def reaches(events: Events, where: Where = None, *, n: int, within: Length | None = None) -> Reaches:
    """The event that makes it n of them."""
    return Reaches(selector=selector_of(events), where=where_of(where), n=n, within=perhaps(within))


def lapse(
    events: Events,
    where: Where = None,
    *,
    within: Length,
    unless: Events | None = None,
    same: str | None = None,
    at_most: Length | None = None,
) -> Lapse:
    """So long after such an event, when nothing followed it."""
    return Lapse(
        selector=selector_of(events),
        where=where_of(where),
        unless=None if unless is None else selector_of(unless),
        within=length_of(within),
        same=same,
        at_most=perhaps(at_most),
    )


def enters(condition: Spoken | bool, *, hold: Length | None = None, sample: Length | None = None) -> Turns:
    """When it becomes true."""
    return Turns(condition=tree_of(condition), to=True, hold=perhaps(hold), sample=perhaps(sample))


def leaves(condition: Spoken | bool, *, hold: Length | None = None, sample: Length | None = None) -> Turns:
    """When it becomes false."""
    return Turns(condition=tree_of(condition), to=False, hold=perhaps(hold), sample=perhaps(sample))


def changes(value: Spoken, *, hold: Length | None = None, sample: Length | None = None) -> Changes:
    """When it becomes something else."""
    return Changes(value=value.tree, hold=perhaps(hold), sample=perhaps(sample))


def before(time: Spoken | str, by: Length) -> Around:
    """So long before a time."""
    return Around(time=tree_of(time), by=-length_of(by))


def after(time: Spoken | str, by: Length) -> Around:
    """So long after a time."""
    return Around(time=tree_of(time), by=length_of(by))


def every(when: str, tz: str = "shop") -> Every:
    """At a wall time: `mon 09:00`, `mon,thu 09:00`, `09:00`."""
    found = wall_time(when)
    if found is None:
        raise ValueError(f"{when!r} is no wall time")
    return Every(weekdays=found[0], minute=found[1], zone=tz)
