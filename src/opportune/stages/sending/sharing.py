"""Several customers with one address: only the first of them gets marketing, and what one of them said of it holds for all.

A person who signed up twice is two customers until somebody links them, and must not get two mails for it. And a mailbox that objected,
complained or does not exist is the same mailbox whoever else names it.

Held to tests/sending/test_sharing.py
"""

from collections.abc import Sequence
from dataclasses import dataclass

from opportune.language.vocabulary.addresses import normal_email
from opportune.language.vocabulary.instants import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharer:
    """A customer who once told an address, as known at the instant of a decision."""

    identity_key: int
    told_at: Instant
    event_id: str
    """Of the first telling."""
    address: str | None
    """Hers now."""
    has_complained: bool
    unsubscribed_age: int | None
    """µs since she last unsubscribed; None: never."""
    consented_age: int | None
    is_bad_address: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What sharing an address means for one customer."""

    is_of_another: bool
    objects: bool
    is_bad_address: bool


ALONE = Shared(is_of_another=False, objects=False, is_bad_address=False)


def shared(identity_key: int, address: str, tellers: Sequence[Sharer]) -> Shared:
    """What holds for a customer who is to get a mail at `address`, among all who ever told it. Those who have another one now are out."""
    normal = normal_email(address)
    sharers = [each for each in tellers if each.address is not None and normal_email(each.address) == normal]
    if not sharers or all(each.identity_key == identity_key for each in sharers):
        return ALONE
    first = min(sharers, key=lambda each: (each.told_at, each.event_id, each.identity_key))
    left = [each.unsubscribed_age for each in sharers if each.unsubscribed_age is not None]
    came = [each.consented_age for each in sharers if each.consented_age is not None]
    return Shared(
        is_of_another=first.identity_key != identity_key,
        objects=any(each.has_complained for each in sharers) or bool(left and not (came and min(came) < min(left))),
        is_bad_address=any(each.is_bad_address for each in sharers),
    )
