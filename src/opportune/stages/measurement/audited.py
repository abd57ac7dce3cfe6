"""What an audit finds, in plain words: what it is, why it matters, what to do. Sources: which events arrive, when they did not.

Held to tests/measurement/test_audited.py
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from statistics import median

from opportune.language.vocabulary.events import MESSAGE_EVENTS
from opportune.language.vocabulary.instants import Instant, datetime_of
from opportune.stages.measurement.arrivals import DAY

FEWEST_DAYS = 8
"""A rhythm of fewer days is none."""
USUAL = 20
"""Events a day from which on a day with hardly any is no chance."""
LOW = 0.25
STALE_DAYS = 2
NEAR = 3
"""Days: so near each other, two with hardly any events are of one gap."""
WEEKS = 4
"""Either way: the same weekdays a day is compared with."""


class Level(Enum):
    """How much a finding matters, most first."""

    MEND = "mend"
    LOOK = "look"
    KNOW = "know"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that data or definitions lack."""

    level: Level
    what: str
    why: str
    remedy: str
    suffering: tuple[str, ...] = ()
    """Definitions and journeys that are the worse for it, those that cannot work without it first."""
    cases: tuple[tuple[str, str], ...] = ()
    """What in particular → its figure."""
    weight: float = 0
    """Among findings of a level the heavier comes first."""


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The most important first."""
    levels = list(Level)
    return sorted(findings, key=lambda each: (levels.index(each.level), -each.weight, -len(each.suffering), each.what))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One event name in the store."""

    name: str
    events: int
    imported: int
    first: Instant
    last: Instant
    days: Mapping[int, int]
    """Day since 1970 → events on it; days without any are left out."""
    is_derived: bool = False


def day_name(day: int) -> str:
    """`3 Mar 2026`."""
    moment = datetime_of(Instant(day * DAY))
    return f"{moment.day} {moment.strftime('%b %Y')}"


def named(names: Sequence[str]) -> str:
    """`a, b and c`, of many their number is told."""
    shown = [f"`{name}`" for name in names]
    if len(shown) > 4:
        return f"{', '.join(shown[:3])} and {len(shown) - 3} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else ""


def counted(number: int, what: str, several: str = "") -> str:
    """`1 event`, `1,200 events`."""
    return f"{number:,} {what if number == 1 else several or f'{what}s'}"


def silent(arrivals: Sequence[Arrival]) -> list[Finding]:
    """Events that came in a rhythm and stopped: quiet for twice the longest gap there ever was, days on which all was down not counted."""
    down = low_days(whole_of(arrivals), share=LOW)
    end = max((max(each.days) for each in arrivals if each.days), default=0)
    cases = []
    for each in arrivals:
        days = sorted(each.days)
        if len(days) < FEWEST_DAYS or each.is_derived:
            continue
        longest = max(after - before - sum(before < day < after for day in down) for before, after in pairwise(days))
        quiet = end - days[-1]
        if quiet > max(2 * longest, longest + 2):
            cases.append(
                (each.name, f"last on {day_name(days[-1])}, {quiet} days ago; never before more than {counted(longest, 'day')} apart")
            )
    if not cases:
        return []
    return [
        Finding(
            level=Level.MEND,
            what=f"{counted(len(cases), 'event that used to arrive', 'events that used to arrive')} came to a stop",
            why="A tracker that was dropped looks like customers who lost interest: segments empty, scores sink, and journeys stay away.",
            remedy="Ask whoever changed the site or the app about these days, and look whether the calls are still sent.",
            cases=tuple(cases),
            weight=90,
        )
    ]


def stale(arrivals: Sequence[Arrival], last_received_at: Instant, now: Instant) -> list[Finding]:
    """Nothing at all arrives any more, where something did live."""
    is_live = any(each.imported < each.events for each in arrivals if not each.is_derived)
    days = (now - last_received_at) // DAY
    if not is_live or days < STALE_DAYS:
        return []
    return [
        Finding(
            level=Level.MEND,
            what=f"Nothing has arrived for {days} days",
            why="Journeys wait for events that do not come, and whoever ordered meanwhile is reminded of her cart.",
            remedy="Look whether `opportune serve` runs and the shop reaches it, and whether the write key is still allowed.",
            weight=100,
        )
    ]


def outages(arrivals: Sequence[Arrival]) -> list[Finding]:
    """Days with far fewer events than the same weekdays around them: of everything, and of single events that were gone."""
    raw = [each for each in arrivals if not each.is_derived]
    whole = whole_of(arrivals)
    low = low_days(whole, share=LOW)
    cases = [("all events", _stretch(stretch, whole)) for stretch in stretches(low)]
    known = set(low)
    for each in raw:
        if each.name not in MESSAGE_EVENTS:
            gone = [day for day in low_days(each.days, share=0) if day not in known]
            cases += [(each.name, _stretch(stretch, each.days)) for stretch in stretches(gone)]
    if not cases:
        return []
    return [
        Finding(
            level=Level.LOOK,
            what=f"{counted(len(cases), 'gap', 'gaps')} in what arrived",
            why="What happened on these days is not known: orders seem not to have been made, and people seem to have been away.",
            remedy="Where another system still has these events, import them; what is there already is not stored twice.",
            cases=tuple(cases),
            weight=80,
        )
    ]


def whole_of(arrivals: Sequence[Arrival]) -> Counter[int]:
    """Day → events of all names but messages, which come in campaigns."""
    whole: Counter[int] = Counter()
    for each in arrivals:
        if not each.is_derived and each.name not in MESSAGE_EVENTS:
            whole.update(each.days)
    return whole


def low_days(days: Mapping[int, int], *, share: float) -> list[int]:
    """Days, the first and the last apart, with at most that share of what is usual: the less of what their weekday has in the weeks
    around and of what the days around have. So neither a quiet Sunday is one, nor the Tuesday without a newsletter."""
    if not days:
        return []
    first, last = min(days), max(days)
    found = []
    for day in range(first + 1, last):
        around = [day + 7 * n for n in range(-WEEKS, WEEKS + 1) if n and first < day + 7 * n < last]
        near = [each for each in range(day - 14, day + 15) if each != day and first < each < last]
        usual = min(median(days.get(each, 0) for each in some) for some in (around, near)) if len(around) >= WEEKS - 1 else 0
        if usual >= USUAL and days.get(day, 0) <= share * usual:
            found.append(day)
    return found


def stretches(days: Sequence[int]) -> list[tuple[int, int]]:
    """Days in a row, (first, last) each; up to two better days between do not end one."""
    found: list[tuple[int, int]] = []
    for day in days:
        if found and day - found[-1][1] <= NEAR:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def _stretch(stretch: tuple[int, int], days: Mapping[int, int]) -> str:
    first, last = stretch
    number = sum(days.get(day, 0) for day in range(first, last + 1))
    when = day_name(first) if first == last else f"{day_name(first)} to {day_name(last)}"
    return f"{when}: {counted(number, 'event') if number else 'none'}"
