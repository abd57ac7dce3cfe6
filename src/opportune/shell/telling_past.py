"""One customer's past in order: what happened to her, with which of her ids, and how those ids came to be hers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from opportune.language.explaining.words import moment
from opportune.language.meaning.history import deciding, events_of, identities_of
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.identity import Rank
from opportune.language.vocabulary.instants import FOREVER, Instant
from opportune.language.vocabulary.kinds import Json, Kind
from opportune.shell.explaining import Subject
from opportune.shell.whose import FOUND_BY

TOLD = 5
"""Properties that a line shows."""
LONGEST = 40
"""Characters of a value that a line shows."""
LINKED = "Identity Linked"
"""What a timeline calls that one of her ids became hers; no event of this name is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing on a timeline."""

    ts: Instant
    received_at: Instant
    name: str
    sent_as: str
    """The id it was sent with."""
    event_id: str
    is_imported: bool
    properties: Mapping[str, Json]


def past_of(subject: Subject, since: Instant) -> list[Happening]:
    """All that happened to a customer after `since` and up to the subject's moment, as known now, in event order."""
    history, customer, at = subject.history, subject.customer, subject.at
    events = [
        Happening(
            ts=event.ts,
            received_at=event.received_at,
            name=event.name.partition("@")[0],  # a derived event is stored by the version of its definition
            sent_as=event.identity or customer,
            event_id=f"{event.event_id}#{event.line}" if event.line else event.event_id,
            is_imported=event.is_imported,
            properties=event.properties,
        )
        for event in events_of(history, customer, at, FOREVER)
    ]
    links = [deciding(history, identity, at, FOREVER) for identity in identities_of(history, customer, at, FOREVER)]
    linked = [
        Happening(
            ts=link.ts,
            received_at=link.received_at,
            name=LINKED,
            sent_as=link.from_identity,
            event_id=link.event_id,
            is_imported=False,
            properties={"found_by": FOUND_BY[Rank(link.rank)]},
        )
        for link in links
        if link is not None and link.to_identity == customer
    ]
    placed = [*enumerate(events), *((len(events), link) for link in linked)]
    return [each for _, each in sorted(placed, key=lambda one: (one[1].ts, one[0])) if each.ts > since]


def past_lines(happenings: list[Happening], customer: str, currency: str) -> Iterator[str]:
    """A line each, for people."""
    across = max((len(each.name) for each in happenings), default=0)
    for each in happenings:
        whose = "" if each.sent_as == customer else f"  as {each.sent_as}"
        said = ", ".join(_said(name, value, currency) for name, value in list(each.properties.items())[:TOLD] if value is not None)
        yield f"{moment(each.ts)}  {each.name:<{across}}  {said}{whose}".rstrip()


def _said(name: str, value: Json, currency: str) -> str:
    if PROPERTIES.get(name) is Kind.MONEY and isinstance(value, int | float):
        return f"{name} {value:,.2f} {currency}"
    if isinstance(value, list):
        return f"{name}: {len(value)}"
    text = str(value)
    return f"{name} {text[:LONGEST]}{'…' if len(text) > LONGEST else ''}"
