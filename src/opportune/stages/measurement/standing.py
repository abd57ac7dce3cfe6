"""How each source stands: what it sends now and usually, how fresh that is, what was not taken of it and whether something is wrong.

Reads   the ledger's tallies by hour, source_days, and who is meant to send
Held to tests/measurement/test_standing.py
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from opportune.language.vocabulary.instants import Instant
from opportune.stages.measurement.silence import HOUR, Silence, rhythm_of, silence_of

DAY = 24
"""Hours."""
NO_ERRORS = ("withheld", "left_out")
"""What a source sent that was not taken, though nothing is wrong with it."""


class State(StrEnum):
    """In the order in which somebody should look."""

    FAILING = "failing"
    """The last that came of it did not work, or more was refused of it in a day than taken."""
    SILENT = "silent"
    NEVER_SEEN = "never seen"
    OK = "ok"
    REVOKED = "revoked"
    """Nobody may send by this name any more."""


class Counted(Protocol):
    """A tally of the ledger."""

    @property
    def source(self) -> str: ...
    @property
    def hour(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def last_at(self) -> Instant: ...
    @property
    def sample(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Trouble:
    """One reason why something was not taken."""

    kind: str
    """refused, withheld, failed or left_out."""
    reason: str
    count: int
    last_at: Instant
    sample: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A source at one instant."""

    name: str
    kind: str
    """What it is: browser, server, webhook, folder, url, import, opportune; empty: nobody knows any more."""
    state: State
    silence: Silence | None
    last_hour: float
    """Calls in the hour up to now: of the hour before this one the share that lies in it."""
    usual: float | None
    """Calls expected in this hour of the week; None while its history is too short."""
    day: tuple[int, ...]
    """Calls of the last 24 hours, this one last."""
    last_at: Instant | None
    """When it last sent something that was taken."""
    troubles: tuple[Trouble, ...]
    """Of the last 24 hours, the latest first."""
    last_error: Trouble | None
    """Whenever it was."""

    def number(self, kind: str) -> int:
        """How much was refused, withheld or failed in 24 hours."""
        return sum(each.count for each in self.troubles if each.kind == kind)


@dataclass(slots=True)
class _Known:
    """What the tallies of one source say."""

    hours: Counter[int] = field(default_factory=Counter)
    last_at: Instant | None = None
    troubles: dict[tuple[str, str], Trouble] = field(default_factory=dict)
    """Of the last 24 hours."""
    last_error: Trouble | None = None


def standings(
    kinds: Mapping[str, str], tallies: Iterable[Counted], seen: Mapping[str, Instant], now: Instant, *, revoked: Sequence[str] = ()
) -> list[Standing]:
    """Those that need a look first, then by name. `kinds`: who may send → what it is; `seen`: when what is stored of it last came."""
    known = _known(tallies, now)
    names = {*kinds, *known, *seen, *revoked} - {""}
    found = [_standing(name, kinds.get(name), known.get(name, _Known()), seen.get(name), now, is_revoked=name in revoked) for name in names]
    order = list(State)
    return sorted(found, key=lambda each: (order.index(each.state), each.name))


def _known(tallies: Iterable[Counted], now: Instant) -> dict[str, _Known]:
    found: defaultdict[str, _Known] = defaultdict(_Known)
    for tally in tallies:
        each = found[tally.source]
        if tally.kind == "accepted":
            each.hours[tally.hour] += tally.count
            each.last_at = max(each.last_at or tally.last_at, tally.last_at)
            continue
        told = Trouble(tally.kind, tally.reason, tally.count, tally.last_at, tally.sample)
        if tally.kind not in NO_ERRORS and (each.last_error is None or each.last_error.last_at <= told.last_at):
            each.last_error = told
        if tally.hour > now // HOUR - DAY:
            key = tally.kind, tally.reason
            each.troubles[key] = _joined(each.troubles[key], told) if key in each.troubles else told
    return dict(found)


def _joined(one: Trouble, other: Trouble) -> Trouble:
    """Two tallies of the same reason; the later one's sample, where it has one."""
    late, early = (one, other) if one.last_at > other.last_at else (other, one)
    return Trouble(one.kind, one.reason, one.count + other.count, late.last_at, late.sample or early.sample)


def _standing(name: str, kind: str | None, known: _Known, seen: Instant | None, now: Instant, *, is_revoked: bool) -> Standing:
    hour = now // HOUR
    last_at = max((at for at in (known.last_at, seen) if at is not None), default=None)
    silence = silence_of(known.hours, last_at, now) if kind is not None and last_at is not None else None
    rhythm = rhythm_of(known.hours, hour)
    return Standing(
        name=name,
        kind=kind or "",
        state=_state(known, last_at, now, is_silent=silence is not None, is_revoked=is_revoked and kind is None),
        silence=silence,
        last_hour=known.hours[hour] + known.hours[hour - 1] * (1 - now % HOUR / HOUR),
        usual=rhythm.expected(hour) if rhythm else None,
        day=tuple(known.hours[each] for each in range(hour - DAY + 1, hour + 1)),
        last_at=last_at,
        troubles=tuple(sorted(known.troubles.values(), key=lambda each: (-each.last_at, each.kind, each.reason))),
        last_error=known.last_error,
    )


def _state(known: _Known, last_at: Instant | None, now: Instant, *, is_silent: bool, is_revoked: bool) -> State:
    """What it would be told for first."""
    if is_revoked:
        return State.REVOKED
    error = known.last_error
    refused = sum(each.count for each in known.troubles.values() if each.kind == "refused")
    taken = sum(calls for hour, calls in known.hours.items() if hour > now // HOUR - DAY)
    if refused > taken or (error is not None and error.kind == "failed" and (last_at is None or error.last_at > last_at)):
        return State.FAILING
    return State.NEVER_SEEN if last_at is None else State.SILENT if is_silent else State.OK
