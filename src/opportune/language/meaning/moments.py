"""When something happens to a customer, and the instant it can be acted on: SEMANTICS sections 1, 5 and 7, read literally.

Reads   a `History`
Gives   one `MomentRow` for each moment whose `at` (as known) or `acted_at` (as seen) lies in (lo, hi]

As seen a moment m is acted on at s, the first instant σ >= m at which it follows from what had arrived by σ. Where s is later than m,
what brought it about must not have arrived more than `max_lateness` after it happened; where it followed at m, or as known, nothing is
late. `before`, `after` and `every` look at (p, seen=p) from the start: their s is m. What each kind means stands in `triggered`,
`turning`, `around` and `wall_clocks`. Nothing depends on what happens or arrives after `hi`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from opportune.language.meaning.deriving import with_derived
from opportune.language.meaning.following import Found, following, is_in_time, prompt
from opportune.language.meaning.history import History, states_of_knowledge
from opportune.language.meaning.triggered import same_text
from opportune.language.meaning.turning import as_json
from opportune.language.tree.moments import Around, Changes, Every, Moment, ThingMoment, Turns
from opportune.language.vocabulary.instants import FOREVER, Instant, Span
from opportune.language.vocabulary.reading import Reading


@dataclass(frozen=True, slots=True)
class MomentRow:
    """A moment `at` of `customer`, acted on at `acted_at`. `is_imported`: its trigger came by import, so it never enrols live.

    `trigger_event_id` and `trigger_line` are null where no event caused it.
    """

    acted_at: Instant
    at: Instant
    trigger_event_id: str | None
    trigger_line: int | None
    customer: str
    is_imported: bool
    same_value: str | None = None
    """The trigger's value of the lapse's `same`, as text; the clocks of different values run apart."""
    old_value: str | None = None
    """Of `changes`, as JSON text of what plans hold (money 1/10000, durations and times µs); null where the value was null."""
    new_value: str | None = None

    @property
    def order(self) -> tuple[Instant, Instant, bool, bool, str, int, str]:
        """By (acted_at, at), then without trigger first, else by trigger in event order, then by customer."""
        line = self.trigger_line or 0
        return (self.acted_at, self.at, self.trigger_event_id is not None, line > 0, self.trigger_event_id or "", line, self.customer)

    def __lt__(self, other: "MomentRow") -> bool:
        return self.order < other.order


def moments(moment: Moment, history: History, lo: Instant, hi: Instant, reading: Reading, max_lateness: Span) -> list[MomentRow]:
    """The moments of (lo, hi], by `at` as known and by `acted_at` as seen; sorted by `MomentRow.order`."""
    history = with_derived(history, hi)
    found: Iterator[tuple[Instant, Found]]
    if isinstance(moment, Around | Every):
        found = ((one.at, one) for one in prompt(moment, history, hi, reading, max_lateness))
    elif reading is Reading.AS_KNOWN:
        found = ((one.at, one) for one in following(moment, history, FOREVER, hi))
    else:
        found = _as_seen(moment, history, hi, max_lateness)
    return sorted(_row(moment, acted_at, one) for acted_at, one in found if lo < acted_at <= hi)


def _as_seen(moment: Moment, history: History, hi: Instant, max_lateness: Span) -> Iterator[tuple[Instant, Found]]:
    """Each (m, trigger) at the first instant at which it follows, unless what brought it about came too late."""
    is_for_each_customer = not _belongs_to_trigger(moment)
    first: dict[object, tuple[Instant, Found]] = {}
    for seen, last in states_of_knowledge(history, hi):
        for one in following(moment, history, seen, last):
            key = (one.at, one.trigger_key, one.customer if is_for_each_customer else None)
            first.setdefault(key, (Instant(max(one.at, seen)), one))
    yield from ((acted_at, one) for acted_at, one in first.values() if is_in_time(moment, history, one, acted_at, max_lateness))


def _belongs_to_trigger(moment: Moment) -> bool:
    """Whether a moment is its trigger's, whoever owns that when it is acted on."""
    return not isinstance(moment, ThingMoment | Turns | Changes | Around | Every)


def _row(moment: Moment, acted_at: Instant, one: Found) -> MomentRow:
    trigger = one.trigger
    return MomentRow(
        acted_at=acted_at,
        at=one.at,
        trigger_event_id=trigger.event_id if trigger else None,
        trigger_line=trigger.line if trigger else None,
        customer=one.customer,
        is_imported=trigger is not None and trigger.is_imported,
        same_value=same_text(moment, trigger),
        old_value=as_json(one.old),
        new_value=as_json(one.new),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """That a moment `at` of `customer` was taken, and the trigger that made it, if any did."""

    customer: str
    at: Instant
    trigger_event_id: str | None
    trigger_line: int | None


def follows(moment: Moment, history: History, claim: Claim, seen: Instant) -> bool:
    """Whether a moment that was taken still follows, for the same customer, from the events received by `seen` (section 7, "restated")."""
    written = with_derived(history, claim.at)
    wanted = (claim.customer, claim.at, claim.trigger_event_id, claim.trigger_line)
    rows = (_row(moment, one.at, one) for one in following(moment, written, seen, claim.at))
    return wanted in {(row.customer, row.at, row.trigger_event_id, row.trigger_line) for row in rows}
