"""What must hold of the naive reading itself, whatever the definition and the history."""

from dataclasses import replace

from hypothesis import given, settings
from tests.meaning.histories import CUSTOMERS, histories, instants, received_by
from tests.meaning.small_shop import DAY, EVER, NEVER
from tests.tree import strategies

from opportune.language.meaning.history import History, customers, owner
from opportune.language.meaning.moments import moments
from opportune.language.meaning.value import value
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

FEW = settings(max_examples=60, deadline=None)


def at_once(happened):
    """The same, received when it happened."""
    return replace(happened, received_at=happened.ts)


@FEW
@given(expr=strategies.values(), history=histories(), at=instants)
def test_a_value_as_seen_is_the_value_as_known_of_what_had_arrived(expr, history, at):
    for customer in CUSTOMERS:
        assert value(expr, history, customer, at, at) == value(expr, received_by(history, at), customer, at, FOREVER)


@FEW
@given(history=histories(), at=instants)
def test_an_identity_that_is_linked_away_is_no_customer(history, at):
    found = customers(history, at, FOREVER)
    linked = {link.from_identity for link in history.links if owner(history, link.from_identity, at, FOREVER) != link.from_identity}
    assert found == sorted(set(found) - linked)


@FEW
@given(moment=strategies.moments, history=histories(), hi=instants)
def test_moments_as_seen_do_not_depend_on_what_arrives_later(moment, history, hi):
    whole = moments(moment, history, EVER, hi, Reading.AS_SEEN, DAY)
    assert whole == moments(moment, received_by(history, hi), EVER, hi, Reading.AS_SEEN, DAY)


@FEW
@given(moment=strategies.moments, history=histories())
def test_when_everything_arrives_at_once_both_readings_agree(moment, history):
    prompt = History(
        events=tuple(at_once(event) for event in history.events),
        links=tuple(at_once(link) for link in history.links),
        traits=tuple(at_once(trait) for trait in history.traits),
        known=history.known,
    )
    seen, known = (moments(moment, prompt, EVER, NEVER, reading, DAY) for reading in (Reading.AS_SEEN, Reading.AS_KNOWN))
    assert seen == known
