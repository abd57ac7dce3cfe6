"""Derived events: what they say, when they stand, and when a later arrival withdraws them."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from tests.meaning.small_shop import DAY, HOUR, KNOWN, MINUTE, NEVER, NOON, event, instant, link, trait

from opportune.language.meaning.deriving import with_derived
from opportune.language.meaning.history import Event, History
from opportune.language.meaning.moments import moments
from opportune.language.meaning.value import value
from opportune.language.tree.definitions import Derived
from opportune.language.tree.expressions import (
    Aggregate,
    At,
    Compare,
    Comparison,
    Literal,
    Metric,
    Property,
    Selector,
    Since,
    TriggerProperty,
)
from opportune.language.tree.moments import Around, EventMoment, Every, Lapse, Turns
from opportune.language.tree.sessions import SESSIONS as SESSIONS_BUILT_IN
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

VIEW = Selector(("Product Viewed",))
W = HOUR // 2
SESSION = Derived(
    name="Session Ended",
    when=Lapse(selector=VIEW, within=timedelta(minutes=30)),
    set={
        "pages": Metric(function=Aggregate.COUNT, selector=VIEW, since=Since.PREVIOUS),
        "last": TriggerProperty("product_id", Kind.TEXT, declared=True),
        "worth": Metric(function=Aggregate.SUM, selector=VIEW, value=Property("price", Kind.MONEY, declared=True), since=Since.PREVIOUS),
        "age": Metric(function=Aggregate.AGE, selector=VIEW),
        "when": At(),
    },
)
SESSIONS = Selector(("Session Ended",), derived=("Session Ended",))
COUNT = Metric(function=Aggregate.COUNT, selector=SESSIONS)
PAGES = Metric(function=Aggregate.LAST, selector=SESSIONS, value=Property("pages", Kind.NUMBER))


def view(at: int = 0, **more: object) -> Event:
    return event("Product Viewed", at, **more)


def history(*events: Event, derived=(SESSION,), **more) -> History:
    return History(events=events, derived=derived, known=KNOWN, **more)


def hashed(name: str, customer: str, at: int, trigger: str) -> str:
    """The id of a derived event, as other rooms make it too."""
    return hashlib.md5("\x1f".join((name, customer, str(instant(at)), trigger)).encode(), usedforsecurity=False).hexdigest()


def derived_rows(past: History, until=NEVER):
    """(ts, received_at, withdrawn_at, properties) in the order of arrival."""
    rows = with_derived(past, until).events[len(past.events) :]
    ordered = sorted(rows, key=lambda row: (row.received_at, row.ts))
    return [
        (row.ts - NOON, row.received_at - NOON, None if row.withdrawn_at is None else row.withdrawn_at - NOON, row.properties)
        for row in ordered
    ]


def brief(past: History, *names: str):
    return [(*row[:3], *(row[3].get(name) for name in names)) for row in derived_rows(past)]


def test_a_derived_event_says_what_is_so_at_its_moment():
    assert derived_rows(history(view(0, product_id=7, price=2.5, id="a"))) == [
        (W, W, None, {"pages": 1, "last": "7", "worth": 2.5, "age": 1800, "when": "2026-03-01T12:30:00Z"})
    ]


def test_it_has_the_identity_of_its_trigger_and_an_id_of_its_own():
    past = history(view(0, by="cookie", id="a", is_imported=True), links=(link("cookie", "ada", 5),))
    row = with_derived(past, NEVER).events[-1]
    meant = hashed("Session Ended", "ada", W, "a")
    assert (row.event_id, row.line, row.identity, row.name, row.is_imported) == (meant, 1, "cookie", "Session Ended", True)
    line = Derived(name="Bought", when=EventMoment(selector=Selector(("Product Purchased",))))
    row = with_derived(history(event("Product Purchased", id="o", line=2), derived=(line,)), NEVER).events[-1]
    assert row.event_id == hashed("Bought", "ada", 0, "o#2")


def test_a_moment_without_a_trigger_is_derived_for_the_customer():
    many = Compare(Comparison.GE, Metric(function=Aggregate.COUNT, selector=VIEW, within=timedelta(hours=1)), Literal(1))
    calm = Derived(name="Calmed", when=Turns(condition=many, to=False))
    row = with_derived(history(view(0), derived=(calm,)), NEVER).events[-1]
    assert (row.identity, row.ts, row.event_id) == (
        "ada",
        instant(HOUR),
        hashed("Calmed", "ada", HOUR, ""),
    )


def test_since_previous_begins_after_the_one_before():
    assert brief(history(view(0), view(1), view(2 * HOUR)), "pages") == [(W + 1, W + 1, None, 2), (2 * HOUR + W, 2 * HOUR + W, None, 1)]
    assert brief(history(view(0), view(W)), "pages") == [(2 * W, 2 * W, None, 2)]


def test_since_previous_reads_what_is_later_than_the_one_before_and_not_with_it():
    each = Derived(name="Seen", when=EventMoment(selector=VIEW), set={"pages": SESSION.set["pages"]})
    tied = (view(0, id="a"), view(5, id="b"), view(5, id="c"), view(9, id="d"))
    assert [pages for *_, pages in brief(history(*tied, derived=(each,)), "pages")] == [1, 2, 2, 1]


def test_a_late_event_withdraws_what_no_longer_follows_or_says_something_else():
    assert brief(history(view(0), view(W - 1, received=2 * HOUR)), "pages") == [(W, W, 2 * HOUR, 1), (2 * W - 1, 2 * HOUR, None, 2)]
    assert brief(history(view(0), view(-1, received=2 * HOUR)), "pages") == [(W, W, 2 * HOUR, 1), (W, 2 * HOUR, None, 2)]
    assert brief(history(view(0), view(HOUR, received=2 * HOUR)), "pages") == [(W, W, None, 1), (HOUR + W, 2 * HOUR, None, 1)]


def test_a_late_link_withdraws_it_from_one_and_derives_it_for_the_other():
    past = history(view(0, by="cookie"), links=(link("cookie", "ada", 5, received=2 * HOUR),))
    ids = {row.event_id for row in with_derived(past, NEVER).events if row.line}
    assert brief(past) == [(W, W, 2 * HOUR), (W, 2 * HOUR, None)]
    assert len(ids) == 2


def test_metrics_read_derived_events_as_seen_and_as_known():
    past = history(view(0), view(W - 1, received=2 * HOUR))
    seen = [value(COUNT, past, "ada", instant(at), instant(at)) for at in (W - 1, W, 2 * HOUR - 1, 2 * HOUR)]
    assert seen == [0, 1, 1, 1]
    pages = [value(PAGES, past, "ada", instant(at), instant(at)) for at in (W - 1, W, 2 * HOUR - 1, 2 * HOUR)]
    assert pages == [None, 1, 1, 2]
    assert value(COUNT, past, "ada", instant(W), FOREVER) == 0
    assert value(PAGES, past, "ada", instant(2 * W), FOREVER) == 2
    assert value(Metric(function=Aggregate.COUNT, selector=Selector(())), past, "ada", instant(2 * HOUR), FOREVER) == 2


def test_moments_of_derived_events_are_acted_on_when_they_stand():
    ended = EventMoment(selector=SESSIONS)
    past = history(view(0), view(W - 1, received=2 * HOUR))
    rows = moments(ended, past, instant(-DAY), instant(DAY), Reading.AS_SEEN, DAY)
    assert [(row.at - NOON, row.acted_at - NOON) for row in rows] == [(W, W), (2 * W - 1, 2 * HOUR)]
    rows = moments(ended, past, instant(-DAY), instant(DAY), Reading.AS_KNOWN, DAY)
    assert [row.at - NOON for row in rows] == [2 * W - 1]


def test_another_version_of_a_derived_event_is_the_same_moment():
    past = history(view(0), view(-1, received=2 * HOUR))
    rows = moments(EventMoment(selector=SESSIONS), past, instant(-DAY), instant(DAY), Reading.AS_SEEN, DAY)
    assert [(row.at - NOON, row.acted_at - NOON) for row in rows] == [(W, W)]


def test_derived_events_read_derived_events():
    third = Derived(name="Regular", when=EventMoment(selector=SESSIONS), set={"sessions": COUNT})
    past = history(view(0), view(2 * HOUR), derived=(SESSION, third))
    regulars = [row for row in with_derived(past, NEVER).events if row.name == "Regular"]
    assert [(row.ts - NOON, row.properties) for row in regulars] == [(W, {"sessions": 1}), (2 * HOUR + W, {"sessions": 2})]


def test_what_is_derived_does_not_depend_on_what_arrives_later():
    past = history(view(0), view(W - 1, received=2 * HOUR), view(5 * MINUTE))
    early = replace(past, events=tuple(e for e in past.events if e.received_at < instant(2 * HOUR)), counted={})
    for at in (0, W, 2 * W, 2 * HOUR - 1):
        assert value(PAGES, past, "ada", instant(at), instant(at)) == value(PAGES, early, "ada", instant(at), instant(at))


def test_times_and_rounds_are_derived_as_seen():
    due = Around(time=Metric(function=Aggregate.TIME, selector=VIEW), by=timedelta(hours=1))
    assert brief(history(view(0, received=2 * HOUR), derived=(Derived(name="Due", when=due),))) == [(2 * HOUR, 2 * HOUR, None)]
    noon = Derived(name="Noon", when=Every(weekdays=(1, 2, 3, 4, 5, 6, 7), minute=720, zone="UTC"))
    past = history(traits=(trait("country", "US"),), derived=(noon,))
    assert [row[0] for row in derived_rows(past, instant(2 * DAY))] == [0, DAY, 2 * DAY]


def test_a_visit_ends_half_an_hour_after_its_last_sign():
    def page(at: int, path: str, **more: object) -> Event:
        return event("Page Viewed", at, path=path, **more)

    seen = (page(0, "/a", utm_medium="ad"), page(MINUTE, "/b"), view(2 * MINUTE, product_id="x"), page(HOUR, "/c", dwell=20))
    first, second = (row[3] for row in derived_rows(history(*seen, derived=(SESSIONS_BUILT_IN,))))
    assert first == {"active": 120, "pages": 2, "products": 1, "channel": "ad", "landing": "/a"}
    assert second == {"active": 20, "pages": 1, "products": 0, "channel": "direct", "landing": "/c"}
