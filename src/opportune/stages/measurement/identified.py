"""What an audit says of people: doubles, devices, the quiet, whom mail can reach; and of what is guessed or not yet steady.

Held to tests/measurement/test_audited.py, tests/cli/test_audit.py
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opportune.stages.measurement.audited import Finding, Level, counted

DOUBLE = 0.001
"""Share of customers who are doubles from which on it matters."""
QUIET = 0.3
FEWEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Customers and the ids they came with."""

    customers: int
    addressed: int
    """With an e-mail address."""
    reached: int
    """With an address and consent to e-mail."""
    known: int
    """Ids that were sent as a userId."""
    anonymous: int
    linked: int
    """Of the anonymous, those ever linked to a known one."""
    shared: int
    """Linked to two or more."""
    crowded: int
    """Linked to three or more."""
    parted: int
    """Un-merged at some time."""
    most: int
    quiet: int
    """Customers whose last event is more than a year old."""
    silent: int
    """Customers without any event."""
    doubles: Sequence[tuple[str, int, int, int]]
    """(what they share, people, their customers, the most of one)."""


def about_people(people: People, *, sends: Sequence[str]) -> list[Finding]:
    """Findings about identities; `sends`: the journeys that send mail."""
    return [*_doubles(people), *_devices(people), *_quiet(people), *(_reach(people, sends) if sends else ())]


def _doubles(people: People) -> list[Finding]:
    shared = [each for each in people.doubles if each[1]]
    if not shared:
        return []
    number, persons = max((customers, persons) for _, persons, customers, _ in shared)
    return [
        Finding(
            level=Level.MEND if number > DOUBLE * people.customers and number >= FEWEST else Level.LOOK,
            what=f"{counted(number, 'customer')} may be {counted(persons, 'person', 'people')}",
            why="One person under several ids has her history in pieces, and gets mail twice.",
            remedy="Give a person one userId, and not the address as written; link the old ids to it with `alias`.",
            cases=tuple(
                (f"the same {what}", f"{counted(persons, 'person', 'people')} as {customers:,} customers, one as {most:,}")
                for what, persons, customers, most in shared
            ),
            weight=number,
        )
    ]


def _devices(people: People) -> list[Finding]:
    found = []
    if people.known >= FEWEST and people.anonymous >= FEWEST and not people.linked:
        found.append(
            Finding(
                level=Level.MEND,
                what="No anonymous visitor was ever linked to a customer",
                why="What people looked at before they signed in or ordered stays with a stranger: intent and sources miss it.",
                remedy="Send `identify` with both anonymousId and userId when somebody signs in, orders or comes by a link in a mail.",
                cases=(("anonymous ids", f"{people.anonymous:,}"), ("known ids", f"{people.known:,}")),
                weight=70,
            )
        )
    if people.shared:
        found.append(
            Finding(
                level=Level.LOOK if people.crowded > 0.01 * max(1, people.linked) else Level.KNOW,
                what=f"{counted(people.shared, 'device')} {'was' if people.shared == 1 else 'were'} linked to more than one customer",
                why="A device belongs to the first it was linked to: what others do on it before they sign in counts for her.",
                remedy="Send a new anonymousId when somebody signs out (`reset`), on shared machines above all.",
                cases=(
                    ("three customers or more", f"{people.crowded:,}"),
                    ("the most", f"{counted(people.most, 'customer')}"),
                    ("un-merged at some time", f"{people.parted:,}"),
                ),
                weight=people.crowded,
            )
        )
    return found


def _quiet(people: People) -> list[Finding]:
    number = people.quiet + people.silent
    if people.customers < FEWEST or number < QUIET * people.customers:
        return []
    return [
        Finding(
            level=Level.KNOW,
            what=f"{number / people.customers:.0%} of the customers have shown no sign of life for over a year",
            why="They weigh on averages and on the quantiles that tiers are cut by, and mail to them costs the sender's good name.",
            remedy="Let a sunset journey end their mail, and erase whom you need not keep.",
            cases=(("last event over a year ago", f"{people.quiet:,}"), ("no event at all", f"{people.silent:,}")),
            weight=number / people.customers,
        )
    ]


def _reach(people: People, sends: Sequence[str]) -> list[Finding]:
    if people.customers < FEWEST:
        return []
    addressed, reached = people.addressed / people.customers, people.reached / max(1, people.addressed)
    found = []
    if addressed < 0.1:
        found.append(
            Finding(
                level=Level.MEND if addressed < 0.01 else Level.LOOK,
                what=f"An e-mail address is known of {people.addressed:,} of {counted(people.customers, 'customer')}",
                why="Nobody else can be sent anything.",
                remedy="Send the trait `email` with `identify` or `group` calls of those who gave theirs.",
                suffering=tuple(sends),
                weight=95,
            )
        )
    elif reached < 0.2:
        found.append(
            Finding(
                level=Level.MEND if reached < 0.01 else Level.LOOK,
                what=f"Of {people.addressed:,} with an e-mail address, {people.reached:,} have consented to mail",
                why="Marketing mail to the others is held, with the reason `no consent`.",
                remedy="Send `Consent Given` with `purpose: email` for those who said yes, with the day they did; it can be imported.",
                suffering=tuple(sends),
                weight=94,
            )
        )
    return found


def guessed(readers: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Predictions no model ever told: name → what reads them."""
    if not readers:
        return []
    return [
        Finding(
            level=Level.KNOW,
            what=f"{counted(len(readers), 'prediction is a rule', 'predictions are rules')} of thumb",
            why="No model has told them, so their heuristics stand in. They are marked as such wherever they are shown.",
            remedy="Read the heuristics under `predictions:` and set their constants to your shop's.",
            suffering=tuple(dict.fromkeys(name for each in readers.values() for name in each)),
            cases=tuple((f"prediction.{name}", f"read by {counted(len(by), 'definition')}") for name, by in readers.items()),
        )
    ]


def unsteady(cases: Sequence[tuple[str, int]], readers: Sequence[str], enough: int) -> list[Finding]:
    """Population functions frozen with too few known values: (as written, known values)."""
    if not cases:
        return []
    return [
        Finding(
            level=Level.KNOW,
            what=f"{counted(len(cases), 'quantile or mean of all is', 'quantiles and means of all are')} not steady yet",
            why=f"Until {enough} customers have a known value they are counted anew each midnight, so tiers may change overnight.",
            remedy="Nothing but time or more history helps; do not hang large decisions on them yet.",
            suffering=tuple(readers),
            cases=tuple((text, f"{counted(known, 'known value')}") for text, known in cases),
        )
    ]


def never_begun(journeys: Mapping[str, str]) -> list[Finding]:
    """Journeys whose events arrive and whose moments still never came: name → since when was looked."""
    if not journeys:
        return []
    return [
        Finding(
            level=Level.LOOK,
            what=f"{counted(len(journeys), 'journey')} never {'has' if len(journeys) == 1 else 'have'} a moment",
            why="Their events arrive, and nobody ever did what they begin with.",
            remedy="Try the moment with `opportune moments --when`, with a shorter window or a lower number.",
            suffering=tuple(f"journey.{name}" for name in journeys),
            cases=tuple((name, since) for name, since in journeys.items()),
            weight=20,
        )
    ]
