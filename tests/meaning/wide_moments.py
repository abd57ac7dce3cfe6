"""Moments over the whole language, and histories for them: what `wide_trees` draws, populations, tables, calendars and derived events
besides, turning in all manners. The shelf that answers them holds what a plan stands on, as `shell.ground` would have put it there.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.meaning.histories import Crowd
from tests.meaning.shelf import Shelf
from tests.meaning.small_shop import DAY, NOON
from tests.meaning.test_compiled_values import shops
from tests.meaning.wide_trees import Place, conditions, expressions, of_kind

from opportune.language.meaning.deriving import with_derived
from opportune.language.meaning.history import History
from opportune.language.relations.map import CALIBRATIONS, LOADS
from opportune.language.relations.plans import Plan
from opportune.language.tree.definitions import Derived
from opportune.language.tree.expressions import Aggregate, Choice, Consent, Expr, IsNamed, Literal, Metric, Selector, Since, Trait, Void
from opportune.language.tree.expressions import TriggerProperty as OfTrigger
from opportune.language.tree.moments import Around, Changes, EventMoment, Lapse, Moment, Reaches, Turns
from opportune.language.tree.walking import rebuilt
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Kind
from opportune.shell.preparing import prepare_populations

BEGIN, END = Instant(NOON - 10 * DAY), Instant(NOON + 4 * DAY)
"""No drawn event is older; what varies all the time is looked at up to here."""
ENOUGH = 2
"""So many known values make a calibration stable: crowds are small."""
VIEWED, ADDED = Selector(("Product Viewed",)), Selector(("Product Added",))
RAW, FOUND = "Wishlist Added", "Found"
PLACE = Place(depth=1, with_populations=True)
PEOPLE = Crowd(
    names=("Product Viewed",) * 3 + ("Product Added", "Order Completed", RAW, "Consent Withdrawn"),
    identities=("ada", "ada", "ada", "cookie", "cookie", "bob"),
    most=8,
    least=3,
)
ANYBODY = Crowd(most=8, least=3)
PREDICTED = Choice(Consent("profiling"), Trait("due", Kind.TIME), Literal(None))
"""What `prediction.next_order_at` stands for, of a trait that is drawn."""


Tree = TypeVar("Tree")


def of_derived(tree: Tree) -> Tree:
    """The tree, reading the derived `Found` instead of a raw event."""

    def all_renamed(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(FOUND if name == RAW else name for name in names)

    def renamed(node: object) -> object | None:
        match node:
            case Selector(names=names, voids=voids) if RAW in names or voids:
                derived = (FOUND,) if RAW in names else ()
                return replace(node, names=all_renamed(names), derived=derived, voids=rebuilt(voids, renamed))
            case Void(names=names, by=by, where=where) if RAW in names:
                return replace(node, names=all_renamed(names), by=rebuilt(by, renamed), where=rebuilt(where, renamed))
            case IsNamed(names=names) if RAW in names:
                return IsNamed(all_renamed(names))
            case _:
                return None

    return rebuilt(tree, renamed)  # type: ignore[return-value]


def found_when(when: Moment) -> Derived:
    """`Found`, which says how much was seen since the one before: late events withdraw it and write it anew."""
    count = Metric(function=Aggregate.COUNT, selector=VIEWED, since=Since.PREVIOUS)
    said: dict[str, Expr] = {"quantity": count, "product_id": OfTrigger("product_id", Kind.TEXT, True)}
    return Derived(name=FOUND, when=when, set=said, kinds={"quantity": Kind.NUMBER, "product_id": Kind.TEXT})


whens: SearchStrategy[Moment] = st.sampled_from(
    (
        EventMoment(selector=ADDED),
        Lapse(selector=VIEWED, within=timedelta(seconds=10)),
        Lapse(selector=VIEWED, unless=ADDED, within=timedelta(minutes=1)),
        Reaches(selector=VIEWED, n=2, within=timedelta(hours=1)),
    )
)
wide_histories: SearchStrategy[History] = st.builds(
    lambda history, when: with_derived(replace(history, derived=(found_when(when),)), END), shops(PEOPLE) | shops(ANYBODY), whens
)
lengths = st.sampled_from([timedelta(seconds=seconds) for seconds in (1, 10, 3600, 86_400)])
holds = st.none() | st.none() | lengths
turning: SearchStrategy[Moment] = st.builds(Turns, condition=conditions(PLACE).map(of_derived), to=st.booleans(), hold=holds)
changing: SearchStrategy[Moment] = st.builds(Changes, value=expressions(PLACE).map(of_derived), hold=holds)
latest = st.builds(Metric, function=st.sampled_from((Aggregate.TIME, Aggregate.FIRST_TIME)), selector=st.just(VIEWED) | st.just(ADDED))
times = of_kind(Kind.TIME, PLACE).map(of_derived) | latest | st.sampled_from((PREDICTED, Trait("due", Kind.TIME)))
around: SearchStrategy[Moment] = st.builds(Around, time=times, by=lengths | lengths.map(lambda length: -length) | st.just(timedelta(0)))


def hold(shelf: Shelf, history: History) -> None:
    """The shelf holds a history, which came in one load; nothing is counted yet."""
    shelf.store(history)
    shelf.fill(CALIBRATIONS, [])
    received = [one.received_at for one in (*history.events, *history.links, *history.traits) if one.ts <= one.received_at]
    shelf.fill(LOADS, [("one", 0, 0, 0, max(received), min(received), 1)] if received else [])


def prepared(shelf: Shelf, plans: Iterable[Plan], until: Instant) -> None:
    """What the plans ask of populations is there."""
    prepare_populations(shelf.engine, [each for plan in plans for each in plan.populations], until, enough=ENOUGH)
