"""Warnings: conditions that are always true or always false, whoever the customer is.

Found are comparisons between constants or with values out of reach (`count("A") < 0`, `hour(at) > 23`), `known` of what always is,
and parts of one `and` or `or` that exclude or complete each other (`x > 3 and x < 2`, `x > 3 or not x > 3`). What is not found may still
be dead: this looks at ranges, not at proofs.
"""

from collections.abc import Iterable, Iterator

from opportune.language.tree.expressions import All, Any, Compare, Comparison, Expr, Known, Labelled, Literal, Member, Not
from opportune.language.tree.moments import Moment
from opportune.language.tree.places import Places
from opportune.language.tree.print import text_of
from opportune.language.tree.ranges import EVERYTHING, Range, is_never_null, range_of, where_true
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.problems import Place, Problem, Severity

LONGEST_SHOWN = 80
_TURNED = {
    Comparison.EQ: Comparison.EQ,
    Comparison.NE: Comparison.NE,
    Comparison.LT: Comparison.GT,
    Comparison.LE: Comparison.GE,
    Comparison.GT: Comparison.LT,
    Comparison.GE: Comparison.LE,
}
_OPPOSITE = {
    Comparison.LT: Comparison.GE,
    Comparison.LE: Comparison.GT,
    Comparison.GT: Comparison.LE,
    Comparison.GE: Comparison.LT,
}
_Sided = tuple[Comparison, Expr, Literal]


def dead_conditions(tree: Expr | Moment, place: Place, places: Places) -> list[Problem]:
    """A warning for each part of a checked tree that is always true or always false; of `and` and `or` only where no part says why."""
    found: list[Problem] = []
    for node in walk(tree):
        if isinstance(node, Compare | Known | Member):
            truth = _truth(node)
        elif isinstance(node, All | Any):
            truth = _together(node)
        else:
            continue
        if truth is not None:
            found.append(_problem(node, truth, places.of(node, place)))
    return list(dict.fromkeys(found))


def _problem(node: Expr, truth: bool, place: Place) -> Problem:
    text = text_of(node)
    shown = text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."
    what = f"this is always {'true' if truth else 'false'}: {shown}"
    remedy = "Leave it out, or compare with something that can happen."
    return Problem(code="E146", place=place, what=what, remedy=remedy, severity=Severity.WARNING)


def _truth(node: Compare | Known | Member) -> bool | None:
    """Whether one test is always true or always false."""
    match node:
        case Known(part=part):
            return False if part == Literal(None) else True if is_never_null(part) else None
        case Member(item=item, options=options):
            reach = range_of(item)
            return False if all(_excludes(reach, option) for option in options) else None
        case Compare():
            sided = _sided(node)
            return _compared(*sided) if sided is not None else None


def _sided(node: Compare) -> _Sided | None:
    """A comparison with its constant on the right; None where there is none (None itself has a warning of its own)."""
    match node:
        case Compare(left=Literal(value=None)) | Compare(right=Literal(value=None)):
            return None
        case Compare(operator=operator, left=left, right=Literal() as right):
            return operator, left, right
        case Compare(operator=operator, left=Literal() as left, right=right):
            return _TURNED[operator], right, left
        case _:
            return None


def _compared(operator: Comparison, left: Expr, right: Literal) -> bool | None:
    reach = range_of(left)
    if reach == EVERYTHING or right.value is None:
        return None
    if operator is Comparison.NE:
        equal = _compared(Comparison.EQ, left, right)
        return None if equal is None or (not equal and not is_never_null(left)) else not equal
    wanted = where_true(operator, right.value)
    if wanted is None:
        return None
    if reach.meet(wanted).is_empty():
        return False
    return True if is_never_null(left) and _covers(wanted, reach) else None


def _covers(wanted: Range, reach: Range) -> bool:
    """Whether all of `reach` lies in `wanted`."""
    return wanted.meet(reach) == reach


def _excludes(reach: Range, option: Literal) -> bool:
    return option.value is not None and reach != EVERYTHING and reach.meet(Range(option.value, option.value)).is_empty()


def _together(node: All | Any) -> bool | None:
    """Whether parts exclude each other (`and`), or leave nothing out (`or`), though none is dead alone."""
    parts = [_bare(part) for part in node.parts]
    held = {part for part in parts if not isinstance(part, Not)}
    if any(isinstance(part, Not) and _bare(part.part) in held for part in parts):
        return isinstance(node, Any)
    if isinstance(node, All):
        return False if Literal(False) in parts or _excluded(parts) else None
    return True if _has_true(parts) or _complete(parts) else None


def _bare(part: Expr) -> Expr:
    return _bare(part.part) if isinstance(part, Labelled) else part


def _has_true(parts: Iterable[Expr]) -> bool:
    return any(isinstance(part, Literal) and part.value is True for part in parts)


def _comparisons(parts: Iterable[Expr]) -> Iterator[_Sided]:
    """Comparisons of something alive with a constant."""
    for part in parts:
        if isinstance(part, Compare) and _truth(part) is None:
            sided = _sided(part)
            if sided is not None and not isinstance(sided[1], Literal):
                yield sided


def _excluded(parts: list[Expr]) -> bool:
    """Whether one value would have to be in two places."""
    reach: dict[Expr, Range] = {}
    unequal: set[tuple[Expr, Literal]] = set()
    for operator, left, right in _comparisons(parts):
        wanted = where_true(operator, right.value) if right.value is not None else None
        if wanted is None:
            unequal.add((left, right))
            continue
        reach[left] = reach.get(left, range_of(left)).meet(wanted)
        if reach[left].is_empty():
            return True
    return any(reach[left] == Range(right.value, right.value) for left, right in unequal if left in reach)


def _complete(parts: list[Expr]) -> bool:
    """Whether what two comparisons leave out is nothing: neither lies in the part the other leaves out."""
    alive = [sided for sided in _comparisons(parts) if is_never_null(sided[1])]
    left_out: dict[Expr, list[Range]] = {}
    for operator, left, right in alive:
        if right.value is None:
            continue
        opposite = where_true(Comparison.EQ if operator is Comparison.NE else _OPPOSITE.get(operator, Comparison.NE), right.value)
        if opposite is not None:
            left_out.setdefault(left, []).append(opposite.meet(range_of(left)))
    return any(_met(ranges).is_empty() for ranges in left_out.values())


def _met(ranges: list[Range]) -> Range:
    whole = EVERYTHING
    for one in ranges:
        whole = whole.meet(one)
    return whole
