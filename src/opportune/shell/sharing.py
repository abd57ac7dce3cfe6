"""Asks the store who else has an address: for a wave of decisions, and again at the hand-over.

Cost    one query a wave; two more of the few whose address several customers told
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import idna

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler.values import at_pairs
from opportune.language.relations.plans import Plan, Row
from opportune.language.vocabulary.addresses import normal_email
from opportune.language.vocabulary.instants import Instant
from opportune.stages.customers import sharing as told
from opportune.stages.privacy.sharing import questions
from opportune.stages.sending.sharing import Shared, Sharer, shared


@dataclass(frozen=True, slots=True)
class Mailing:
    """A mail to an address, decided as known at (at, seen)."""

    identity_key: int
    address: str
    at: Instant
    seen: Instant


def sharing(engine: Engine, mailings: Sequence[Mailing]) -> dict[int, Shared]:
    """Place of a mailing → what holds for it; mailings whose address nobody else ever told are missing."""
    spelt: list[Row] = [
        (number, spelling, each.at, each.seen) for number, each in enumerate(mailings) for spelling in _spellings(each.address)
    ]
    tellers = engine.rows(_tellers(), {}, {told.ASKED.name: spelt}) if spelt else []
    if not tellers:
        return {}
    pairs: list[Row] = [
        (place, key, mailings[int(number or 0)].at, mailings[int(number or 0)].seen, None, None, None, None, None)
        for place, (number, key, _, _) in enumerate(tellers)
    ]
    standing = {int(row[0] or 0): row[1:] for row in engine.rows(_standing(), {}, {"pairs": pairs})}
    by_mailing: dict[int, list[Sharer]] = defaultdict(list)
    for place, (number, key, ts, event_id) in enumerate(tellers):
        by_mailing[int(number or 0)].append(_sharer(int(key or 0), Instant(int(ts or 0)), str(event_id), standing[place]))
    return {number: shared(mailings[number].identity_key, mailings[number].address, found) for number, found in by_mailing.items()}


def _sharer(key: int, told_at: Instant, event_id: str, row: Row) -> Sharer:
    address, has_complained, unsubscribed_age, consented_age, is_bad_address = row
    return Sharer(
        identity_key=key,
        told_at=told_at,
        event_id=event_id,
        address=None if address is None else str(address),
        has_complained=bool(has_complained),
        unsubscribed_age=None if unsubscribed_age is None else int(unsubscribed_age),
        consented_age=None if consented_age is None else int(consented_age),
        is_bad_address=bool(is_bad_address),
    )


def _spellings(address: str) -> set[str]:
    """The address as traits may hold it: as told, in its one form, and with its domain in letters; as JSON in small letters."""
    normal = normal_email(address)
    if normal is None:
        return set()
    local, _, domain = normal.rpartition("@")
    try:
        lettered = f"{local}@{idna.decode(domain)}"
    except idna.IDNAError:
        lettered = normal
    said = {address.strip().lower(), normal, lettered}
    return {json.dumps(each, ensure_ascii=is_ascii) for each in said for is_ascii in (True, False)}


@cache
def _tellers() -> Plan:
    return told.tellers()


@cache
def _standing() -> Plan:
    return at_pairs(questions())
