"""What a tick works on: the engine, the compiled journeys and the rules of this run. Live and backtest differ only in this value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler.nearby import together
from opportune.language.relations.plans import Plan
from opportune.language.tree.sending import Sending
from opportune.language.vocabulary.instants import FOREVER, Instant, Span, span_of
from opportune.language.vocabulary.reading import Reading
from opportune.shell.compiled import CompiledJourney
from opportune.shell.nearby import Vicinity
from opportune.shell.search import Search

MAX_LATENESS = span_of(timedelta(hours=24))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The settings that decide who enters and what is sent."""

    secret: bytes
    """Keys the hashes of hold-outs and variants."""
    sending: Sending = field(default_factory=Sending)
    """Caps, the gap and quiet hours."""
    max_lateness: Span = MAX_LATENESS
    live_since: Instant | None = None
    """From here on imported events cause nothing; None: never gone live."""
    reading: Reading = Reading.AS_SEEN

    def seen_at(self, at: Instant) -> Instant:
        """The arrivals that a question at `at` may use."""
        return at if self.reading is Reading.AS_SEEN else FOREVER


@dataclass(frozen=True, slots=True)
class Running:
    """A journey that takes new moments, and since when."""

    compiled: CompiledJourney
    applied_at: Instant


@dataclass(frozen=True, slots=True)
class Apart:
    """From how many customers of a long tick on, and up to which share of them, who is still asked about is set apart."""

    least: int = 500
    share_ratio: float = 1 / 8

    def pays_for(self, asking: int, number: int) -> bool:
        """Whether it is worth a scan of the whole store to ask about `asking` of `number` customers without one for each plan."""
        return number >= self.least and asking <= number * self.share_ratio


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything a tick reads besides the state."""

    engine: Engine
    running: tuple[Running, ...]
    versions: Mapping[tuple[str, str], CompiledJourney]
    """(journey, version) → plans, for every version somebody may still be in."""
    gates: Mapping[str, Plan]
    """Channel → gate plan."""
    rules: Rules
    apart: Apart = Apart()

    @cached_property
    def search(self) -> Search:
        """Where the running journeys' moments are looked for."""
        return Search([each.compiled for each in self.running], self.rules.reading)

    @cached_property
    def vicinity(self) -> Vicinity:
        """What a tick sets apart: for the moments that are looked for, and for all that may be asked of those who are in journeys."""
        dues = [asked.due for asked in self.search.short if asked.due is not None]
        plans = [asked.nearby for asked in self.search.short]
        plans += [plan for compiled in self.versions.values() for plan in compiled.plans]
        return Vicinity(together(dues), [*plans, *self.gates.values()])

    @cached_property
    def aside(self) -> Vicinity:
        """What a long tick sets apart for the few about whom something is still to be asked."""
        return Vicinity(None, [*(plan for compiled in self.versions.values() for plan in compiled.plans), *self.gates.values()])

    def compiled(self, journey: str, version: str) -> CompiledJourney:
        """The version an enrolment runs on."""
        return self.versions[journey, version]
