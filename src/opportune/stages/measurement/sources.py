"""Which sources send: since when, how much on a usual day, and which of them fell silent.

Reads   source_days
Held to tests/measurement/test_sources.py, tests/cli/test_audit.py
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from types import MappingProxyType

from opportune.language.relations.plans import Plan, Row, query_of
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Kind
from opportune.stages.measurement.audited import FEWEST_DAYS, LOW, USUAL, Finding, Level, counted, day_name, low_days

LATELY = 28
"""Days before its last that say what is usual of a source."""
OURS = "opportune"
"""Begins the names of what Opportune sends itself; no write key may have such a one."""
UNKNOWN = "not known"
IMPORTED = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who sent calls: a write key, an import, Opportune itself."""

    name: str | None
    """None: from before sources were kept."""
    is_imported: bool
    names: Mapping[str, int]
    """What was sent → how often."""
    days: Mapping[int, int]
    """Day of arrival since 1970 → calls on it; days without any are left out."""
    last_received_at: Instant

    @property
    def title(self) -> str:
        """What people read."""
        return UNKNOWN if self.name is None else self.name

    @property
    def calls(self) -> int:
        return sum(self.days.values())

    @property
    def is_ours(self) -> bool:
        """Opportune itself, which has its own times."""
        return self.name is not None and (self.name == OURS or self.name.startswith(f"{OURS}."))

    @property
    def usual(self) -> float:
        """Calls on the middle one of its last days, those without any among them; 0 where they are too few to tell."""
        last = max(self.days)
        since = max(min(self.days), last - LATELY)
        return median(self.days.get(day, 0) for day in range(since, last)) if last - since >= FEWEST_DAYS - 1 else 0


def by_day() -> Plan:
    """(source, is_imported, name, day, calls, last_received_at)."""
    query = "SELECT source, is_imported, name, day, calls, last_received_at FROM source_days ORDER BY source, is_imported, name, day"
    told = (("source", Kind.TEXT), ("is_imported", Kind.BOOLEAN), ("name", Kind.TEXT))
    return Plan(query_of(query), (*told, *((name, Kind.NUMBER) for name in ("day", "calls", "last_received_at"))))


def sources_of(rows: Iterable[Row]) -> list[Source]:
    """The sources of `by_day`, those with most calls first."""
    names: defaultdict[tuple[str | None, bool], Counter[str]] = defaultdict(Counter)
    days: defaultdict[tuple[str | None, bool], Counter[int]] = defaultdict(Counter)
    last: defaultdict[tuple[str | None, bool], int] = defaultdict(int)
    for source, is_imported, name, day, calls, received_at in rows:
        key = None if source is None else str(source), bool(is_imported)
        names[key][str(name)] += int(calls or 0)
        days[key][int(day or 0)] += int(calls or 0)
        last[key] = max(last[key], int(received_at or 0))
    found = [
        Source(name=name, is_imported=brought, names=names[name, brought], days=sent, last_received_at=Instant(last[name, brought]))
        for (name, brought), sent in days.items()
    ]
    return sorted(found, key=lambda each: (-each.calls, each.title, each.is_imported))


@dataclass(frozen=True, slots=True)
class Sent:
    """What one source sent under one name: how often, from which day to which."""

    source: str
    name: str
    calls: int
    first_day: int
    last_day: int


def sent_by(rows: Iterable[Row]) -> list[Sent]:
    """Of `by_day`, by name and then source."""
    found: dict[tuple[str, str], Sent] = {}
    for source, is_imported, name, day, calls, _ in rows:
        who, on, many = str(source or (IMPORTED if is_imported else UNKNOWN)), int(day or 0), int(calls or 0)
        known = found.get((str(name), who), Sent(who, str(name), 0, on, on))
        found[known.name, who] = Sent(who, known.name, known.calls + many, min(known.first_day, on), max(known.last_day, on))
    return [found[key] for key in sorted(found)]


def fallen_silent(sources: Sequence[Source], by_hour: Mapping[str, str] = MappingProxyType({})) -> list[Finding]:
    """Write keys that sent in a rhythm of their own and stopped while others went on; nothing at all is a finding of its own.

    `by_hour`: what `silence` says of those whose rhythm it knows, empty where they are not silent; only others are judged by whole days.
    """
    live = [each for each in sources if not each.is_imported and each.name is not None]
    keys = [each for each in live if not each.is_ours]
    whole: Counter[int] = Counter()
    for each in keys:
        whole.update(each.days)
    down = low_days(whole, share=LOW)
    end = max((max(each.days) for each in live), default=0)
    by_day = [(each.title, _silence(each, end, down)) for each in keys if each.title not in by_hour]
    cases = [(name, told) for name, told in [*by_hour.items(), *by_day] if told]
    if not cases:
        return []
    return [
        Finding(
            level=Level.MEND,
            what=f"{counted(len(cases), 'source')} fell silent while others went on",
            why="Whatever this shop, app or till knows of customers is missing since then, and they look as if they had lost interest.",
            remedy="Look whether it still runs, and whether its write key is still the one it sends with.",
            cases=tuple(cases),
            weight=95,
        )
    ]


def _silence(source: Source, end: int, down: Collection[int]) -> str:
    """Since when it says nothing, if that is longer than chance has it. A busy source need not be waited for as long as one that is not."""
    days = sorted(source.days)
    if len(days) < FEWEST_DAYS:
        return ""
    longest = max(after - before - sum(before < day < after for day in down) for before, after in pairwise(days))
    quiet, usual = end - days[-1], source.usual
    if quiet <= (longest + 1 if usual >= USUAL else max(2 * longest, longest + 2)):
        return ""
    told = f"last on {day_name(days[-1])}, {quiet} days ago; never before more than {counted(longest, 'day')} apart"
    return f"{told}, {counted(round(usual), 'call')} on a usual day" if usual >= 1 else told


def unused(keys: Iterable[str], sources: Sequence[Source]) -> list[Finding]:
    """Write keys by which nothing ever came. While it is not known who sent the older calls, none is blamed."""
    if any(each.name is None and not each.is_imported for each in sources):
        return []
    sent = {each.name for each in sources if not each.is_imported}
    cases = [(name, "nothing ever arrived") for name in sorted(set(keys) - sent)]
    if not cases:
        return []
    return [
        Finding(
            level=Level.LOOK,
            what=f"{counted(len(cases), 'write key')} never sent anything",
            why="Either the source was never connected, or it is turned away.",
            remedy="Send one call with the key as docs/http.md shows: the answer says what is wrong.",
            cases=tuple(cases),
            weight=70,
        )
    ]
