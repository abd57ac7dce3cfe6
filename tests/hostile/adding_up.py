"""What was sent is all somewhere: accepted, set aside with a reason, or refused with a reason."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of `sent` calls, lines or rows."""

    sent: int
    accepted: int
    """Stored, or there already."""
    set_aside: tuple[str, ...] = ()
    """Reasons."""
    refused: tuple[str, ...] = ()
    """Reasons."""


def assert_it_adds_up(fate: Fate) -> None:
    """Nothing is lost, nothing is there twice, and nothing is turned away without a word."""
    assert fate.accepted + len(fate.set_aside) + len(fate.refused) == fate.sent, fate
    assert all(reason.strip() for reason in (*fate.set_aside, *fate.refused)), fate


def added(fates: Iterable[Fate]) -> Fate:
    """All of them together."""
    found = list(fates)
    return Fate(
        sent=sum(fate.sent for fate in found),
        accepted=sum(fate.accepted for fate in found),
        set_aside=tuple(reason for fate in found for reason in fate.set_aside),
        refused=tuple(reason for fate in found for reason in fate.refused),
    )
