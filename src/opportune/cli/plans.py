"""What would change, as lines of text; shown by `plan` and, before it switches, by `apply`."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from opportune.shell.planning import Change, Group, InFlight, Volume

MARKS: Mapping[str, str] = {
    "+": "added",
    "-": "removed",
    "~": "changed",
    ">": "changed by what it reads",
    ".": "written otherwise, with the same meaning",
}
MOST_LINES = 20
"""Of one definition's text; a template has hundreds."""
SHORT = 12
"""Digits of a version that tell it apart."""


def definition_lines(changes: Sequence[Change], *, with_texts: bool) -> Iterator[str]:
    """A line a definition, and below it what was written and is."""
    for change in changes:
        yield f"{change.mark} {named(change)}{'' if change.mark in '+-~' else f' ({MARKS[change.mark]})'}"
        if with_texts and change.mark != ">":
            yield from (f"      {line}" for line in _difference(change))


def named(change: Change) -> str:
    """`segment.vip`, `template cart.mjml`, `opportune.yml: caps`."""
    if change.kind in ("template", "file"):
        return f"{change.kind} {change.name}"
    return f"{change.kind}: {change.name}" if change.kind.endswith(".yml") else f"{change.kind}.{change.name}"


def _difference(change: Change) -> list[str]:
    before, after = change.before.splitlines(), change.after.splitlines()
    lines = [line for line in difflib.unified_diff(before, after, n=0, lineterm="") if not line.startswith(("---", "+++", "@@"))]
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], f"... {more} more lines"] if more > 0 else lines


def group_lines(groups: Sequence[Group]) -> Iterator[str]:
    """A line a segment, rung or band."""
    if not groups:
        return
    width = max(len(each.name) for each in groups)
    for each in groups:
        shift = each.shift
        yield f"{each.name:<{width}}  {shift.before:>9,} → {shift.after:>9,}   {shift.entering:,} enter, {shift.leaving:,} leave"


def volume_lines(volumes: Sequence[Volume]) -> Iterator[str]:
    """A line a journey, and all together."""
    if not volumes:
        return
    width = max(len("all"), *(len(each.journey) for each in volumes))
    sums = [sum(getattr(each, side) or 0.0 for each in volumes) for side in ("before", "after")]
    for each in (*volumes, Volume("all", *sums)):
        yield f"{each.journey:<{width}}  {_weekly(each.before):>10} → {_weekly(each.after):>10}"


def _weekly(number: float | None) -> str:
    return "–" if number is None else f"{number:,.1f}"


def flight_lines(flights: Sequence[InFlight], *, is_moving: bool) -> Iterator[str]:
    """What happens to whoever is on the way, a line a journey and version."""
    for each in flights:
        who = f"{each.journey} {each.version[:SHORT]}: {each.number:,} on the way"
        stay = each.number - each.movable
        if each.is_gone:
            yield f"{who} finish it; nobody enters any more"
        elif is_moving:
            yield f"{who}, {each.movable:,} move to the new version, {stay:,} finish the version they entered"
        else:
            yield f"{who} finish the version they entered ({each.movable:,} could move to the new one: opportune apply --move)"
