"""Of whom definitions know what: how many are in a segment, on a rung, in a band; for how many a value is known; which are alike.

Reads   AUDITED, the values of every customer at one instant, kept as an input table
Gives   see each plan
Cost    one scan each of a row a customer; of segments only those that can be alike by their sizes are compared
Held to tests/measurement/test_holding.py, tests/cli/test_audit.py
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from opportune.language.relations.plans import Input, Plan, query_of
from opportune.language.vocabulary.kinds import Kind
from opportune.stages.measurement.audited import Finding, Level, counted

AUDITED = "audited"
ALIKE = 0.9
"""Shared by two segments, of all that are in either."""
FEWEST = 10
"""Segments of fewer are alike by chance."""
PARTS = 5
"""Equal parts of 0..1 that coverages are told in."""
COVERED = 0.5
HARDLY = 0.02
EMAIL, PHONE, CONSENT = "email", "phone", "consent"
"""Columns of AUDITED beside those of definitions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One definition and all customers."""

    name: str
    """`segment.vip`, `metric.orders` ..."""
    number: int
    """Of a segment how many are in it, else for how many it is known."""
    customers: int
    steps: tuple[tuple[str, int], ...] = ()
    """Of a ladder or tier: rung or band → customers, highest first."""
    coverage: tuple[int, ...] = ()
    """Of a score: customers by its coverage, PARTS of them, lowest first."""

    @property
    def room(self) -> str:
        """`segment`, `metric`, `score`, `ladder` or `tier`."""
        return self.name.partition(".")[0]

    @property
    def share(self) -> float:
        """Of all customers, 0..1."""
        return self.number / self.customers if self.customers else 0.0


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _asking(query: str, columns: Sequence[tuple[str, Kind]], read: Iterable[str]) -> Plan:
    table = Input(AUDITED, tuple((name, "VARCHAR") for name in read))
    return Plan(query_of(query), tuple(columns), (), (table,))


def numbers(names: Sequence[str]) -> Plan:
    """One row: customers, those with consent and an address, with an address, then each of `names` known, or in it."""
    counts = [
        f"count(*) FILTER (WHERE {_quoted(name)}) AS {_quoted(name)}"
        if name.startswith("segment.")
        else f"count({_quoted(name)}) AS {_quoted(name)}"
        for name in names
    ]
    reach = f"count(*) FILTER (WHERE {CONSENT} AND {EMAIL} IS NOT NULL) AS reached, count({EMAIL}) AS addressed"
    query = f"SELECT {', '.join(['count(*) AS customers', reach, *counts])} FROM {AUDITED}"
    columns = [(name, Kind.NUMBER) for name in ("customers", "reached", "addressed", *names)]
    return _asking(query, columns, names)


def steps(names: Sequence[str]) -> Plan:
    """(name, step, customers) of ladders and tiers; a null step is none."""
    parts = [f"SELECT {_text(name)} AS name, {_quoted(name)} AS step, count(*) AS customers FROM {AUDITED} GROUP BY 2" for name in names]
    return _asking(" UNION ALL ".join(parts), [("name", Kind.TEXT), ("step", Kind.TEXT), ("customers", Kind.NUMBER)], names)


def coverages(names: Sequence[str]) -> Plan:
    """(name, part, customers) of scores: in which part of 0..1 their coverage lies."""
    parts = []
    for name in names:
        column = _quoted(f"{name}.coverage")
        parts.append(
            f"SELECT {_text(name)} AS name, least(CAST(floor({column} * {PARTS}) AS BIGINT), {PARTS - 1}) AS part, count(*) AS customers "
            f"FROM {AUDITED} WHERE {column} IS NOT NULL GROUP BY 2"
        )
    return _asking(" UNION ALL ".join(parts), [("name", Kind.TEXT), ("part", Kind.NUMBER), ("customers", Kind.NUMBER)], names)


def shared(pairs: Sequence[tuple[str, str]]) -> Plan:
    """One row: how many are in both segments of each pair."""
    counts = [f"count(*) FILTER (WHERE {_quoted(one)} AND {_quoted(other)}) AS both_{n}" for n, (one, other) in enumerate(pairs)]
    columns = [(f"both_{n}", Kind.NUMBER) for n in range(len(pairs))]
    return _asking(f"SELECT {', '.join(counts)} FROM {AUDITED}", columns, [name for pair in pairs for name in pair])


def doubles() -> Plan:
    """(what, people, customers, most): e-mail addresses and telephone numbers that several customers have, however written."""
    written = {"e-mail address": f"lower(trim({EMAIL}))", "telephone number": f"regexp_replace({PHONE}, '[^0-9+]', '', 'g')"}
    parts = [
        f"SELECT {_text(what)} AS what, count(*) AS people, sum(n) AS customers, max(n) AS most FROM "
        f"(SELECT {value} AS value, count(*) AS n FROM {AUDITED} WHERE {value} <> '' GROUP BY 1 HAVING count(*) > 1) AS same"
        for what, value in written.items()
    ]
    columns = (("what", Kind.TEXT), *((name, Kind.NUMBER) for name in ("people", "customers", "most")))
    return _asking(" UNION ALL ".join(parts), columns, (EMAIL, PHONE))


def comparable(held: Sequence[Held]) -> list[tuple[str, str]]:
    """The pairs of segments that may be alike: no overlap is larger than the smaller of two."""
    sizes = [each for each in held if each.room == "segment" and FEWEST <= each.number < each.customers]
    return [
        (one.name, other.name)
        for one, other in combinations(sorted(sizes, key=lambda each: each.name), 2)
        if min(one.number, other.number) >= ALIKE * max(one.number, other.number)
    ]


def alike(held: Sequence[Held], both: Mapping[tuple[str, str], int]) -> list[Finding]:
    """Segments that share nearly all of their customers."""
    size = {each.name: each.number for each in held}
    cases = []
    for (one, other), number in both.items():
        share = number / (size[one] + size[other] - number)
        if share >= ALIKE:
            cases.append((f"{one} and {other}", f"{share:.0%} of {size[one] + size[other] - number:,} are in both"))
    if not cases:
        return []
    return [
        Finding(
            level=Level.KNOW,
            what=f"{counted(len(cases), 'pair of segments is', 'pairs of segments are')} nearly the same",
            why="Two names for the same people: what is done for one is done again for the other, and reports count them twice.",
            remedy="Keep one, or make the conditions tell them apart.",
            suffering=tuple(dict.fromkeys(name for pair in both for name in pair if any(name in case[0].split(" and ") for case in cases))),
            cases=tuple(cases),
            weight=len(cases),
        )
    ]


def empty_or_full(held: Sequence[Held], never: Sequence[str]) -> list[Finding]:
    """Segments that hold nobody, now and at the instants before, and those that hold everybody."""
    full = [each for each in held if each.room == "segment" and each.customers >= FEWEST and each.number == each.customers]
    found = []
    if never:
        found.append(
            Finding(
                level=Level.KNOW,
                what=f"{counted(len(never), 'segment holds', 'segments hold')} nobody",
                why="Their events arrive, and still nobody meets the conditions, now or 30, 90 and 180 days before.",
                remedy="Ask `opportune explain CUSTOMER NAME` about somebody who should be in it; it says what would have to be otherwise.",
                suffering=tuple(never),
                weight=5,
            )
        )
    if full:
        found.append(
            Finding(
                level=Level.LOOK,
                what=f"{counted(len(full), 'segment holds', 'segments hold')} everybody",
                why="A segment that everybody is in chooses nobody; often its condition is about something unknown for all.",
                remedy="Look at the condition: `not` of something unknown is true.",
                suffering=tuple(each.name for each in full),
                weight=5,
            )
        )
    return found


def hardly_known(held: Sequence[Held], lifeless: Iterable[str]) -> list[Finding]:
    """Values known for next to nobody, and scores that most customers' data hardly cover."""
    skipped = set(lifeless)
    values = [each for each in held if each.room in ("metric", "tier", "score") and each.name not in skipped and each.share < HARDLY]
    thin = [each for each in held if sum(each.coverage) and _thin(each) > COVERED and each not in values]
    found = []
    if values:
        found.append(
            Finding(
                level=Level.KNOW,
                what=f"{counted(len(values), 'value is', 'values are')} known for hardly anybody",
                why="What asks for them mostly meets the unknown: comparisons are false, scores leave the part out.",
                remedy="Look at what they read, in the findings above, or whether so few is right.",
                suffering=tuple(each.name for each in values),
                cases=tuple((each.name, f"known for {each.number:,} of {each.customers:,}") for each in values),
                weight=3,
            )
        )
    if thin:
        found.append(
            Finding(
                level=Level.LOOK,
                what=f"{counted(len(thin), 'score rests', 'scores rest')} on less than half of what should be known",
                why="For most customers more than half of the weight is unknown, so the rest is taken for the whole.",
                remedy="Bring in the events and traits of the missing parts, or take these parts out of the score.",
                suffering=tuple(each.name for each in thin),
                cases=tuple((each.name, f"covered by less than {2 / PARTS:.0%} for {_thin(each):.0%} of the customers") for each in thin),
                weight=6,
            )
        )
    return found


def _thin(score: Held) -> float:
    """Share of customers with a coverage below two of the PARTS."""
    return sum(score.coverage[:2]) / sum(score.coverage)
