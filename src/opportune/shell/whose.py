"""Whose ids are: a customer by any of her ids or addresses, and all her ids with what they were found by.

Cost    a look at the ids, and at the claims of an address that has none
Held to tests/explaining/test_whose.py
"""

from collections.abc import Iterator
from functools import cache

from opportune.adapters.engines.engine import Engine
from opportune.language.explaining.words import moment
from opportune.language.meaning.history import History, Link, deciding, owner
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.addresses import EMAIL, PHONE, identity_of
from opportune.language.vocabulary.identity import Rank
from opportune.language.vocabulary.instants import FOREVER, Instant
from opportune.stages.customers import lookup

FOUND_BY = {
    Rank.USER: "named beside it",
    Rank.EMAIL: "its owner told the address",
    Rank.PHONE: "its owner told the number",
    Rank.CLICK: "a mail to her was clicked there",
    Rank.CLAIM: "she told it as hers",
    Rank.BOTH: "told beside the address",
}


def id_asked(engine: Engine, asked: str, at: Instant) -> str:
    """The id that somebody means who writes `asked`: that itself, that of the address it is, or the user who told that address first."""
    address = identity_of(asked)
    known = {str(row[0]) for row in engine.rows(_keys(), {}, {lookup.ASKED.name: [(asked,), (address or asked,)]})}
    if asked in known or address is None:
        return asked
    if address in known:
        return address
    users = engine.rows(_claimants(), {"identity": address, "at": at})
    return str(users[0][0]) if users else asked


def class_of(identity: str) -> str:
    """What sort of id it is that is no user's, in a word."""
    return "address" if identity.startswith(EMAIL) else "number" if identity.startswith(PHONE) else "device"


def identity_lines(history: History, customer: str, at: Instant) -> list[str]:
    """The ids besides her own that are the customer's at a moment as known now, the highest class first, with how that was found."""
    theirs = {link.from_identity for link in history.links} - {customer}
    hers = [each for each in theirs if owner(history, each, at, FOREVER) == customer]
    order = ("address", "number", "device")
    return [
        line
        for identity in sorted(hers, key=lambda each: (order.index(class_of(each)), each))
        for line in _lines(identity, deciding(history, identity, at, FOREVER), customer)
    ]


def _lines(identity: str, link: Link | None, customer: str) -> Iterator[str]:
    if link is None:
        return
    of = "" if link.to_identity == customer else f" of {link.to_identity}"
    yield f"├─ {class_of(identity)} {identity}{of} since {moment(link.ts)}: {FOUND_BY[Rank(link.rank)]} [{link.event_id}]"


@cache
def _keys() -> Plan:
    return lookup.keys_of()


@cache
def _claimants() -> Plan:
    return lookup.claimants()
